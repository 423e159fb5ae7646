"""The pairs that are kept through batches, against a plain list of them."""

import io
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kept import State, Store
from pipeline.kept_pairs import Renewed, begun, renewed
from pipeline.kept_results import Happened, Whose, names, only, picked, results
from pipeline.linkage_files import write_parquet

SOURCES = ("register", "clinic", "school")
Pair = tuple[int, int, str]
# of each batch how many records come, the rows that are recognised again, and the pairs that are found
PAIRS = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.sampled_from(["a", "b"])), max_size=12)
BATCHES = st.lists(st.tuples(st.integers(0, 4), st.lists(st.integers(0, 99), max_size=4), PAIRS), max_size=4)


def _grown(store: Store, many: int) -> Store:
    """With so many records more, each of another source than the one before."""
    rows = range(store.state.rows, store.state.rows + many)
    sources = pa.array([SOURCES[(row + len(store.state.segments)) % 3] for row in rows], pa.string())
    named = pa.table({"source": sources.dictionary_encode(), "record_key": pa.array([f"{row}" for row in rows])})
    store.grow(named, [np.zeros((many, 1), np.uint32)], 1)
    return store


def _pairs(pairs: Iterable[Pair]) -> pa.Table:
    left, right, rules = zip(*pairs, strict=True) if (pairs := list(pairs)) else ((), (), ())
    told = pa.array(rules, pa.string()).dictionary_encode()
    return pa.table({"left": pa.array(left, pa.int32()), "right": pa.array(right, pa.int32()), "rules": told})


def _written(found: pa.Table | pa.RecordBatchReader) -> pa.Table:
    sink = io.BytesIO()
    write_parquet(found, sink)
    return pq.read_table(pa.py_buffer(sink.getvalue()))


def _told(store: Store, found: Renewed) -> list[tuple[str, ...]]:
    store.commit(found.kept, {}, {})
    table = _written(found.now)
    assert table.column_names == ["left_source", "left_key", "right_source", "right_key", "rules"]
    return [tuple(row.values()) for row in table.to_pylist()]


@settings(deadline=None, max_examples=50)
@given(size=st.integers(1, 6), first=PAIRS, batches=BATCHES)
def test_pairs_go_on_from_batch_to_batch(
    size: int, first: list[Pair], batches: list[tuple[int, list[int], list[Pair]]]
) -> None:
    with TemporaryDirectory() as folder:
        store = _grown(Store(Path(folder), State("person", {}, 1)), size)

        def expected(pairs: list[Pair]) -> list[tuple[str, ...]]:
            name = [tuple(row.values()) for part in names(store) for row in part.to_pylist()]
            return [(*name[a], *name[b], rules) for a, b, rules in pairs]

        plain = [(a % size, b % size, rules) for a, b, rules in first]
        assert _told(store, begun(store, _pairs(plain))) == expected(plain)
        for many, again, fresh in batches:
            rows = np.array(again, np.int64) % store.state.rows
            _grown(store, many)
            came = [(a % store.state.rows, b % store.state.rows, rules) for a, b, rules in fresh]
            plain = [(a, b, rules) for a, b, rules in plain if not {a, b} & {*rows.tolist()}] + came
            assert _told(store, renewed(store, rows, _pairs(came))) == expected(plain)


def test_members_are_those_that_live_and_remember_which_id_comes_next(tmp_path: Path) -> None:
    store = _grown(_grown(Store(tmp_path, State("person", {}, 1)), 3), 2)
    pairs = begun(store, _pairs([])).now
    entity = np.array([4, -1, 7, 7, 4], np.int32)
    happened = Happened(np.array([4, 0]), np.array([1, 4]), np.array([-1, 2], np.int32))
    found = {name: _written(table) for name, table in results(store, Whose(entity, 9), pairs, happened).items()}
    members = found["members"]
    assert [tuple(row.values()) for row in members.to_pylist()] == [
        ("register", "0", 4), ("school", "2", 7), ("clinic", "3", 7), ("school", "4", 4),
    ]  # fmt: skip
    assert members.schema.metadata[b"huilian.next_id"] == b"9"
    assert found["events"]["record_key"].to_pylist() == ["4", "0"]
    assert found["pairs"].num_rows == 0


@given(sizes=st.lists(st.integers(0, 3), min_size=1, max_size=4), seed=st.integers(0, 99))
def test_rows_are_picked_in_any_order_from_whichever_part_has_them(sizes: list[int], seed: int) -> None:
    values = np.arange(sum(sizes))
    ends = np.cumsum([0, *sizes])
    parts = [pa.table({"value": values[a:b]}) for a, b in zip(ends[:-1], ends[1:], strict=True)]
    random = np.random.default_rng(seed)
    wanted = random.integers(0, len(values), 5) if len(values) else np.zeros(0, np.int64)
    assert picked(parts, wanted)["value"].to_pylist() == wanted.tolist()


def test_only_marked_rows_of_a_batch_are_left() -> None:
    batch = pa.record_batch({"a": [1, 2, 3], "b": ["x", None, "z"]})
    assert only(batch, np.array([True, False, True])).to_pylist() == [{"a": 1, "b": "x"}, {"a": 3, "b": "z"}]
    assert only(batch, np.ones(3, bool)) is batch
