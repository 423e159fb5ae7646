"""Copies of records, as of an export that was appended to itself: they are one, and change nobody else."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.latin import Made
from transforms.matching.generic.evidence import COPY
from transforms.matching.generic.explain import explain
from transforms.matching.generic.link import Linked, link
from transforms.matching.generic.prepared import Wanted, firsts
from transforms.matching.generic.values import encode

Make = Callable[[int, int, int], Made]


def grown(table: pa.Table, rows: list[int], times: int) -> pa.Table:
    """`table` and, under keys behind all others, copies of some rows."""
    more = [table.take(pa.array(rows)) for _ in range(times)]
    keys = [pa.array([f"z{n}-{row}" for row in rows]) for n in range(times)]
    at = table.schema.get_field_index("record_key")
    return pa.concat_tables(
        [table, *(part.set_column(at, "record_key", k) for part, k in zip(more, keys, strict=True))]
    )


def entities(linked: Linked) -> dict[tuple[str, str], int]:
    return {(r["source"], r["record_key"]): r["entity_id"] for r in linked.members.to_pylist()}


def whole_record(table: pa.Table) -> int:
    """A row that has every field."""
    return next(n for n, row in enumerate(table.to_pylist()) if all(row.values()))


@pytest.mark.parametrize("times", [2, 30, 300])
def test_copies_of_a_record_are_one_entity_with_it(make: Make, wanted: Wanted, times: int) -> None:
    table, _ = make(300, 3, 1)
    row = whole_record(table)
    found = entities(link(grown(table, [row], times), wanted))
    one = found[table["source"][row].as_py(), table["record_key"][row].as_py()]
    assert {entity for (_, key), entity in found.items() if key.startswith("z")} == {one}


def test_copies_change_nobody_else(make: Make, wanted: Wanted) -> None:
    table, _ = make(300, 3, 1)
    found = [entities(link(grown(table, [whole_record(table)], n), wanted)) for n in (1, 30)]
    others = [name for name in found[0] if not name[1].startswith("z")]
    once, often = (np.unique([each[name] for name in others], return_inverse=True)[1].tolist() for each in found)
    assert once == often


def test_a_table_that_was_sent_forty_times_is_about_the_same_people(make: Make, wanted: Wanted) -> None:
    table, whose = make(60, 3, 1)
    found = entities(link(grown(table, list(range(table.num_rows)), 39), wanted))
    names = list(zip(table["source"].to_pylist(), table["record_key"].to_pylist(), strict=True))
    copied = [[found[source, f"z{n}-{row}"] for n in range(39)] for row, (source, _) in enumerate(names)]
    assert [{found[name]} for name in names] == [set(each) for each in copied]
    assert abs(len(set(found.values())) - len(set(whose))) <= 2


def test_a_third_copy_is_explained(make: Make, wanted: Wanted) -> None:
    table, _ = make(300, 3, 1)
    full = whole_record(table)
    source, key = table["source"][full].as_py(), table["record_key"][full].as_py()
    whole = grown(table, [full], 3)
    linked = link(whole, wanted)
    told = [r for r in linked.pairs.to_pylist() if r["rules"] == COPY]
    assert {r["state"] for r in told} == {"merged"}
    why = explain(whole, wanted, linked.model, ((source, key), (source, f"z2-{full}")))
    assert (why["rules"], why["probability"] > 0.9) == ([COPY], True)


@given(
    st.lists(st.tuples(st.sampled_from("stu"), st.sampled_from("ab"), st.sampled_from(["c", "d", None])), min_size=1)
)
def test_a_copy_is_the_third_and_later_of_its_source_to_say_the_same(rows: list[tuple[str, str, str | None]]) -> None:
    table = pa.table(dict(zip(("source", "name", "town"), map(list, zip(*rows, strict=True)), strict=True)))
    table = table.append_column("record_key", pa.array([str(n) for n in range(len(rows))])).sort_by("source")
    records = encode(table, {"name": "name", "town": "place"}, ["u"])
    seen: dict[tuple[object, ...], list[int]] = {}
    plain = []
    for at, row in enumerate(table.select(["source", "name", "town"]).to_pylist()):
        before = seen.setdefault(tuple(row.values()), [])
        plain.append(before[0] if len(before) > 1 and row["source"] != "u" else at)
        before.append(at)
    assert firsts(records).tolist() == plain
