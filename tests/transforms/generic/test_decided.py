"""Decisions of people in the engine for any tables: obeyed whatever the values say, and the same in any order."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms.matching.generic.link import Linked, link
from transforms.matching.generic.model import Model
from transforms.matching.generic.prepared import Wanted

Made = tuple[pa.Table, list[int]]
Name = tuple[str, str]


def _table(rows: list[tuple[Name, Name, str]]) -> pa.Table:
    columns = ("left_source", "left_key", "right_source", "right_key", "verdict")
    return pa.Table.from_pylist([dict(zip(columns, (*a, *b, verdict), strict=True)) for a, b, verdict in rows])


def _ids(linked: Linked) -> dict[Name, int]:
    return {(r["source"], r["record_key"]): r["entity_id"] for r in linked.members.to_pylist()}


@pytest.fixture(scope="module")
def trained(make: Callable[[int, int, int], Made]) -> tuple[pa.Table, Linked]:
    table = make(60, 3, 4)[0]
    return table, link(table, WANTED)


WANTED = Wanted(
    {"given": "given_name", "surname": "surname", "born": "birth_date", "town": "place", "number": "number"}, []
)


@given(st.data())
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_is_decided_holds_and_nothing_else_falls_apart(
    trained: tuple[pa.Table, Linked], data: st.DataObject
) -> None:
    table, plain = trained
    before = _ids(plain)
    names = list(before)
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=6))
    rows, group = [], {name: i for i, name in enumerate(names)}
    for one, other in pairs:
        if one != other and not any({one, other} == {a, b} for a, b, _ in rows):
            rows.append((one, other, "same"))
            group = {n: group[one] if g == group[other] else g for n, g in group.items()}
    apart = data.draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=6))
    same_entity = [(a, b) for a in names for b in names if a < b and before[a] == before[b]]
    apart += data.draw(st.lists(st.sampled_from(same_entity), max_size=4))
    rows += [(a, b, "different") for a, b in apart if group[a] != group[b]]
    model: Model = plain.model
    found = link(table, WANTED, model, _table(rows) if rows else None)
    ids = _ids(found)
    for one, other, verdict in rows:
        assert (ids[one] == ids[other]) == (verdict == "same")
    shuffled = link(table.take(pc.sort_indices(table["born"])), WANTED, model, _table(rows[::-1]) if rows else None)
    assert _ids(shuffled) == ids


def test_without_decisions_nothing_changes(trained: tuple[pa.Table, Linked]) -> None:
    table, plain = trained
    assert _ids(link(table, WANTED, None, _table([]))) == _ids(plain)


def test_a_kept_pair_says_what_became_of_it(trained: tuple[pa.Table, Linked]) -> None:
    table, plain = trained
    row = next(r for r in plain.pairs.to_pylist() if r["state"] == "merged")
    pair = (row["left_source"], row["left_key"]), (row["right_source"], row["right_key"])
    found = link(table, WANTED, plain.model, _table([(*pair, "different")]))
    [now] = [r for r in found.pairs.to_pylist() if [r[c] for c in list(row)[:4]] == [row[c] for c in list(row)[:4]]]
    assert now["state"] in ("grey", "refused")
    assert found.report["entities"] >= plain.report["entities"]
