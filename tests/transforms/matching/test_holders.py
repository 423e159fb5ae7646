"""Whose a key was when: told apart by name, number and birth, whatever order versions come in."""

from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.mentions import MENTION
from transforms.matching.holders import UNTIL, Holders, alike, held_at, holders, of_now, spanned

KEYS = ["feed", "record_key", "role"]
HISTORY = {"valid_from": pa.date32(), "valid_to": pa.date32(), "record_until": pa.date32(), "versions": pa.int64()}
SCHEMA = pa.schema([("feed", pa.string()), *((k, pa.type_for_alias(v)) for k, v in MENTION.items()), *HISTORY.items()])


def month(number: int) -> date:
    return date(2026 + (number - 1) // 12, (number - 1) % 12 + 1, 1)


def version(key: str, since: int, until: int | None, name: str | None, role: str = "person", **more: Any) -> Any:
    """A version of one mention, from month `since` until `until`."""
    row = {"feed": "f", "record_key": key, "role": role, "entity": "person", "name": name, "id_status": "missing"}
    return {**row, "valid_from": month(since), "valid_to": month(until) if until else None, **more}


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as the warehouse hands them out: with the end of their record and the number of their versions."""
    ends: dict[str, list[date | None]] = {}
    many: dict[tuple[str, str], int] = {}
    for row in rows:
        ends.setdefault(row["record_key"], []).append(row["valid_to"])
        many[row["record_key"], row["role"]] = many.get((row["record_key"], row["role"]), 0) + 1
    for row in rows:
        last = ends[row["record_key"]]
        row["record_until"] = None if None in last else max(e for e in last if e)
        row["versions"] = many[row["record_key"], row["role"]]
    return pa.Table.from_pylist(rows, SCHEMA)


def told(held: Holders) -> list[tuple[str, str, str, int, int | None, bool]]:
    """Register's key, role, holder's name, since, until, is_last."""
    names = {tuple(r[c] for c in KEYS): r["name"] for r in held.mentions.to_pylist()}
    assert len(names) == held.mentions.num_rows
    rows = [
        (r["key"], r["role"], names[tuple(r[c] for c in KEYS)], r["valid_from"], r["valid_to"], r["is_last"])
        for r in held.spans.to_pylist()
    ]
    return sorted(rows, key=lambda r: (r[0], r[1], r[3]))


def test_a_key_passes_on_where_name_number_and_birth_all_differ() -> None:
    rows = [version("U1", 8, 9, "唐志远", id_number="1"), version("U1", 9, None, "苗青荷", id_number="2")]
    held = holders(table(rows))
    assert told(held) == [
        ("U1", "person", "唐志远", month(8), month(9), False),
        ("U1", "person", "苗青荷", month(9), None, True),
    ]
    assert held.mentions.column_names == ["feed", *MENTION]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"name": "唐志远", "id_number": "1"}, {"name": "唐志远", "id_number": "2"}),
        ({"name": "唐志远", "id_number": "1"}, {"name": "苗青荷", "id_number": "1"}),
        (
            {"name": "唐志远", "born_on": date(1980, 5, 17), "born_precision": "day"},
            {"name": "苗青荷", "born_on": date(1980, 5, 17), "born_precision": "day"},
        ),
        ({"name": "唐志远", "id_number": "1"}, {"name": "唐治远", "id_number": None}),
        ({"name": "唐志远"}, {"name": None}),
    ],
    ids=["another number", "another name", "the same birth", "a slip", "no name"],
)
def test_a_correction_makes_nobody_else(before: dict[str, Any], after: dict[str, Any]) -> None:
    held = holders(table([version("U1", 8, 9, **before), version("U1", 9, None, **after)]))
    assert held.mentions["name"].to_pylist() == [after["name"]]
    assert [r["valid_from"] for r in held.spans.to_pylist()] == [month(8)]


def test_a_birth_known_to_the_year_is_many_peoples() -> None:
    born = {"born_on": date(1980, 1, 1), "born_precision": "year"}
    rows = [version("U1", 8, 9, "唐志远", **born), version("U1", 9, None, "苗青荷", **born)]
    assert holders(table(rows)).mentions.num_rows == 2


def test_a_version_that_says_nothing_hides_no_change() -> None:
    rows = [version("U1", 7, 8, "唐志远"), version("U1", 8, 9, None), version("U1", 9, None, "苗青荷")]
    assert [name for _, _, name, *_ in told(holders(table(rows)))] == [None, "苗青荷"]


def test_who_comes_back_after_a_gap_is_one_holder_in_two_spans() -> None:
    held = holders(table([version("U1", 6, 7, "唐志远"), version("U1", 9, None, "唐志远")]))
    assert held.mentions.num_rows == 1
    assert [(a, b, last) for *_, a, b, last in told(held)] == [
        (month(6), month(7), False),
        (month(9), None, True),
    ]


def test_a_role_that_is_gone_ends_and_does_not_stand_beside_who_is_left() -> None:
    rows = [
        version("U1", 8, 9, "唐志远", "权利人1"),
        version("U1", 9, None, "苗青荷", "权利人1"),
        version("U1", 8, 9, "苗青荷", "权利人2"),
        version("U2", 8, 9, "贺兰心", "权利人1"),
    ]
    held = holders(table(rows))
    keys = {(r["key"], r["role"], r["name"]): r["record_key"] for r in held.spans.join(
        held.mentions.select([*KEYS, "name"]), KEYS).to_pylist()}  # fmt: skip
    assert keys["U1", "权利人1", "唐志远"] == keys["U1", "权利人2", "苗青荷"] == f"U1{UNTIL}2026-09-01"
    assert keys["U1", "权利人1", "苗青荷"] == "U1"
    assert keys["U2", "权利人1", "贺兰心"] == "U2", "the record itself has ended"
    assert [last for key, role, *_, last in told(held) if role == "权利人2"] == [True]


def test_a_co_owner_without_a_number_who_moves_up_stays_one_person(linked: Any, write: Any) -> None:
    both = [
        ("权利人1", write.number(), "唐志远", 8, 9),
        ("权利人2", {}, "苗青荷", 8, 9),
        ("权利人1", {}, "苗青荷", 9, None),
    ]
    phone = {"phone": "13900000001"}
    rows = [version("U1", a, b, name, role, **write.FLAT, **phone, **more) for role, more, name, a, b in both]
    held = holders(table(rows))
    found = linked([{c: r[c] for c in write.SCHEMA.names} for r in held.mentions.to_pylist()])
    ours = found.members.filter(pc.equal(found.members["feed"], "f"))
    spans = spanned(ours, held).to_pylist()
    people = {(r["record_key"], r["role"], r["valid_from"]): r["cluster"] for r in spans}
    assert people["U1", "权利人2", month(8)] == people["U1", "权利人1", month(9)]
    assert people["U1", "权利人1", month(8)] != people["U1", "权利人1", month(9)]


def test_an_organisations_key_never_passes_on() -> None:
    rows = [version("U1", 8, 9, "甲公司"), version("U1", 9, None, "乙公司")]
    assert told(holders(table(rows), passes=False)) == [("U1", "person", "乙公司", month(8), None, True)]


def test_days_find_their_holder() -> None:
    held = holders(
        table([version("U1", 6, 8, "唐志远"), version("U1", 9, None, "苗青荷"), version("U2", 6, None, "贺兰心")])
    )
    asked = [("U1", 6), ("U1", 7), ("U1", 8), ("U1", 10), ("U1", None), ("U1", 1), ("U2", 1), ("gone", 6)]
    rows = [{"feed": "f", "key": k, "role": "person", "day": m and month(m)} for k, m in asked]
    shape = pa.schema({"feed": pa.string(), "key": pa.string(), "role": pa.string(), "day": pa.date32()})
    found = held_at(pa.Table.from_pylist(rows, shape), held, ("feed", "key", "role", "day")).to_pylist()
    first = f"U1{UNTIL}2026-08-01"
    assert found == [first, first, "U1", "U1", "U1", first, "U2", "gone"]
    assert len(held_at(shape.empty_table(), held, ("feed", "key", "role", "day"))) == 0


def test_pairs_of_former_holders_are_left_out_and_those_of_gone_roles_named_by_their_register() -> None:
    rows = [version("U1", 8, 9, "唐志远"), version("U1", 9, None, "苗青荷"), version("U1", 8, 9, "贺兰心", "权利人2")]
    held = holders(table(rows))
    gone = f"U1{UNTIL}2026-09-01"
    sides = [(gone, "person"), (gone, "权利人2"), ("U1", "person")]
    pairs = pa.Table.from_pylist(
        [
            {
                "left_feed": "f",
                "left_key": k,
                "left_role": r,
                "right_feed": "g",
                "right_key": "1",
                "right_role": "person",
            }
            for k, r in sides
        ]
    )
    assert [(r["left_key"], r["left_role"]) for r in of_now(pairs, held).to_pylist()] == [
        ("U1", "权利人2"),
        ("U1", "person"),
    ]


@pytest.mark.parametrize(
    ("left", "right", "one"),
    [
        ("唐志远", "唐志", True),
        ("唐志远", "唐治远", True),
        ("唐志远", "唐远志", True),
        ("張偉", "张伟", True),
        ("王海", "王梅", True),
        ("张伟", "张强", False),
        ("张伟", "李伟", False),
        ("唐志远", "苗青荷", False),
    ],
)
def test_a_name_written_twice_is_told_from_another(left: str, right: str, one: bool) -> None:
    assert alike(left, right) is alike(right, left) is one


def plain(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The same by hand: key, role, name, since, until, is_last."""
    out: list[list[Any]] = []
    known: dict[str, Any] = {}
    for row in sorted(rows, key=lambda r: (r["record_key"], r["role"], r["valid_from"])):
        said = {c: row[c] for c in ("name", "id_number") if row.get(c)}
        fresh = not out or (out[-1][0], out[-1][1]) != (row["record_key"], row["role"])
        if fresh:
            known = {}
        other = bool({"name"} <= known.keys() & said.keys()) and not alike(known["name"], said["name"])
        passed = other and known.get("id_number", 0) != said.get("id_number", 1)
        known |= said
        if not fresh and not passed:
            for one in out:
                if one[6] == out[-1][6]:
                    one[2] = row["name"]
        if fresh or passed or out[-1][4] != row["valid_from"]:
            number = out[-1][6] + (fresh or passed) if out else 0
            if not fresh:
                out[-1][5] = False
            out.append([row["record_key"], row["role"], row["name"], row["valid_from"], row["valid_to"], True, number])
        else:
            out[-1][4] = row["valid_to"]
    return [tuple(one[:6]) for one in out]


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    rows = []
    for key in draw(st.sets(st.sampled_from(["U1", "U2", "U3"]), min_size=1)):
        for role in draw(st.sets(st.sampled_from(["权利人1", "权利人2"]), min_size=1)):
            cuts = sorted(draw(st.sets(st.integers(1, 9), min_size=2, max_size=6)))
            for since, until in zip(cuts, cuts[1:], strict=False):
                if draw(st.booleans()) or since == cuts[0]:
                    end = None if until == cuts[-1] and draw(st.booleans()) else until
                    name = draw(st.sampled_from(["唐志远", "唐治远", "苗青荷", "贺兰心", None]))
                    number = draw(st.sampled_from(["1", "2", None]))
                    rows.append(version(key, since, end, name, role, id_number=number))
    return rows


@given(histories(), st.randoms(use_true_random=False))
def test_spans_are_those_of_a_plain_reading_in_whatever_order_versions_come(
    rows: list[dict[str, Any]], random: Any
) -> None:
    expected = plain(rows)
    random.shuffle(rows)
    assert told(holders(table(rows))) == expected
