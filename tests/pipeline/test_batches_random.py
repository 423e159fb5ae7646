"""Small registers of any kind, a batch after them, decisions with both: what may never fail, whatever is in them."""

import io
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import batches, linkage
from pipeline.linkage_progress import Progress
from tests.factory import id_number
from tests.pipeline.tables import FIELDS, config, ids

Record = tuple[str, str]
Said = tuple[Record, Record, str]
BORN = [date(1950, 3, 1), date(1950, 3, 2), date(1987, 11, 30)]
NUMBERS = [id_number(born, order) for born in BORN for order in (11, 12)]
CELLS = {
    "name": ["赵桂兰", "赵桂蘭", "赵兰", "钱桂兰", "阿依古丽·买买提", "阿依古丽", "之子", "Li Wei", "王" * 30, "张*"],
    "sex": ["男", "女", "1", "未知"],
    "born": [*map(str, BORN), "1950", "1950-03", "2099-01-01", "不详"],
    "id_number": [*NUMBERS, NUMBERS[0][:-1] + "?", NUMBERS[1][:6] + "********" + NUMBERS[1][14:], "无"],
    "phone": ["13800000001", "13800000002", "110"],
    "address": ["平安镇红旗村3组1号", "平安镇红旗村3组2号", "平安镇", "同上"],
}
# Whoever else there is: tables without a Chinese name or number would go through the engine for any tables.
SURE = [("ab"[i % 2], {field: cells[i % 3] for field, cells in CELLS.items()}) for i in range(12)]
ROW = st.fixed_dictionaries({field: st.just("") | st.sampled_from(cells) for field, cells in CELLS.items()})
ROWS = st.lists(st.tuples(st.sampled_from("ab"), ROW), min_size=1, max_size=8)


def table(rows: list[tuple[str, dict[str, str]]], prefix: str) -> pa.Table:
    """Records named by their place."""
    named = [{"source": s, "record_key": f"{prefix}{i}", "person": "", **row} for i, (s, row) in enumerate(rows)]
    return pa.Table.from_pylist(named)


def decided(folder: Path, said: list[Said]) -> Path | None:
    """Decisions as `huilian link --decisions` takes them."""
    lines = ["left_source,left_key,right_source,right_key,verdict"]
    lines += [",".join((*left, *right, verdict)) for left, right, verdict in said]
    path = folder / "decided.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path if said else None


def possible(pairs: list[tuple[int, int, bool]], records: list[Record]) -> list[Said]:
    """Decisions that do not contradict each other: first who is the same, then who may be different."""
    group = list(range(len(records)))
    chosen = [(a % len(records), b % len(records), same) for a, b, same in pairs]
    said: list[Said] = []
    for a, b, _ in (pair for pair in chosen if pair[2] and pair[0] != pair[1]):
        group = [group[a] if g == group[b] else g for g in group]
        said.append((records[a], records[b], "same"))
    return said + [(records[a], records[b], "different") for a, b, same in chosen if not same and group[a] != group[b]]


PAIRS = st.lists(st.tuples(st.integers(0, 23), st.integers(0, 23), st.booleans()), max_size=4)


@settings(max_examples=20, deadline=None)
@given(ROWS, ROWS, PAIRS)
def test_whatever_comes_ids_last_and_decisions_hold(
    before: list[tuple[str, dict[str, str]]], new: list[tuple[str, dict[str, str]]], pairs: list[tuple[int, int, bool]]
) -> None:
    quiet, before = Progress(io.StringIO()), SURE + before
    everybody = [(s, f"k{i}") for i, (s, _) in enumerate(before)] + [(s, f"n{i}") for i, (s, _) in enumerate(new)]
    said = possible(pairs, everybody)
    with TemporaryDirectory() as name:
        folder, out = Path(name), Path(name) / "out"
        first = config(folder, "first", table(before, "k"), FIELDS)
        linkage.link(first, out, None, quiet, linkage.Stays(True, None))
        alone = ids(out)
        linkage.link(config(folder, "turned", table(before, "k")[::-1], FIELDS), out, None, quiet)
        assert ids(out) == alone  # in another order, once more

        then = config(folder, "then", table(new, "n"), FIELDS)
        batches.run(then, out, False, quiet, decided(folder, said))
        found = ids(out)
        assert set(found) == set(everybody)
        for left, right, verdict in said:
            assert (found[left] == found[right]) == (verdict == "same")

        batches.run(then, out, False, quiet)
        assert ids(out) == found  # the same batch again
