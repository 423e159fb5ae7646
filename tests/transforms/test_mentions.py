import json
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from contracts.model import Contract
from transforms.conform import conform

NUMBER = "360299197001010013"  # of a region that was never assigned: a man born on 1 January 1970


def mentions(fields: list[tuple[str, str]], rows: list[dict[str, str]], **more: Any) -> list[dict[str, Any]]:
    columns = [("no", "code"), *fields]
    spec = Contract.model_validate(
        {
            "feed": "test_feed", "title": "试", "department": "试", "contact_office": "试", "legal_basis": ["试"],
            "sharing": "conditional", "purposes": ["test"], "delivery": {"mode": "snapshot", "drop": "a/b.csv"},
            "source": {"format": "jsonl"}, "key": "no",
            "fields": [{"name": n, "source": n, "kind": k} for n, k in columns], **more,
        }
    )  # fmt: skip
    names = [n for n, _ in columns] + [g.name for g in spec.groups]
    raw = {n: pa.array([str(i) if n == "no" else r.get(n) for i, r in enumerate(rows)], pa.string()) for n in names}
    table = pa.table({"_line": pa.array(range(len(rows)), pa.int64()), **raw})
    found: list[dict[str, Any]] = conform(table, spec, date(2026, 9, 1)).mentions.to_pylist()
    return found


def person(**attributes: Any) -> list[dict[str, Any]]:
    return [{"role": "person", **attributes}]


@pytest.mark.parametrize(
    ("row", "born", "precision"),
    [
        ({"born": "1970-01-02", "number": NUMBER}, date(1970, 1, 2), "day"),
        ({"born": "1970", "number": NUMBER}, date(1970, 1, 1), "day"),
        ({"born": "1970-05", "number": NUMBER}, date(1970, 1, 1), "day"),
        ({"number": NUMBER, "age": "30"}, date(1970, 1, 1), "day"),
        ({"number": NUMBER[:6] + NUMBER[8:17]}, date(1970, 1, 1), "day"),
        ({"born": "1970", "number": "无"}, date(1970, 1, 1), "year"),
        ({"born": "1970-05", "age": "30"}, date(1970, 5, 1), "month"),
        ({"age": "86"}, date(1940, 1, 1), "year"),
        ({"age": "186"}, None, None),
        ({"born": "1970-02-30"}, None, None),
        ({"number": NUMBER[:-1] + "4"}, None, None),
        ({}, None, None),
    ],
)
def test_the_best_known_birth(row: dict[str, str], born: date | None, precision: str | None) -> None:
    fields = [("name", "person_name"), ("number", "id_number"), ("born", "date"), ("age", "integer")]
    spec = person(name="name", id_number="number", born_on="born", age="age")
    (found,) = mentions(fields, [{"name": "甲小山", **row}], mentions=spec)
    assert (found["born_on"], found["born_precision"]) == (born, precision)


def test_a_time_of_birth_is_a_local_day() -> None:
    (found,) = mentions(
        [("born_at", "timestamp")], [{"born_at": "2026-09-15T20:30:00Z"}], mentions=person(born_on="born_at")
    )
    assert (found["born_on"], found["born_precision"]) == (date(2026, 9, 16), "day")


def test_a_month_of_birth_is_known_to_the_month() -> None:
    (found,) = mentions([("born", "month")], [{"born": "197005"}], mentions=person(born_on="born"))
    assert (found["born_on"], found["born_precision"]) == (date(1970, 5, 1), "month")


@pytest.mark.parametrize(
    ("recorded", "number", "sex"), [("女", NUMBER, "2"), (None, NUMBER, "1"), ("9", NUMBER, "1"), (None, "无", None)]
)
def test_the_recorded_sex_goes_before_the_numbers(recorded: str | None, number: str, sex: str | None) -> None:
    row = {"number": number} | ({"sex": recorded} if recorded else {})
    (found,) = mentions(
        [("sex", "sex"), ("number", "id_number")], [row], mentions=person(sex="sex", id_number="number")
    )
    assert found["sex"] == sex


def test_everything_a_mention_carries() -> None:
    fields = [
        ("name", "person_name"),
        ("phone", "phone"),
        ("place", "address"),
        ("house", "code"),
        ("relation", "relation"),
    ]
    spec = person(name="name", phone="phone", address="place", household="house", relation="relation")
    spec[0]["kin"] = [{"role": "监护人", "relation": "ward"}]
    row = {
        "name": "甲 小山(男)",
        "phone": "138-0013-8000",
        "place": "涌泉镇大田村8组12",
        "house": "99",
        "relation": "长子",
    }
    (found,) = mentions(fields, [row], mentions=spec)
    assert {k: v for k, v in found.items() if v is not None} == {
        "_line": 0, "record_key": "0", "role": "person", "entity": "person", "name": "甲小山",
        "name_raw": "甲 小山(男)", "id_status": "missing", "phone": "13800138000", "household": "99", "relation": "22",
        "address": "涌泉镇大田村8组12", "town": "涌泉镇", "village": "大田", "village_group": "8", "house_no": "12",
        "address_key": "大田村/8/12", "kin": '[["监护人", "ward"]]',
    }  # fmt: skip


def test_an_organisation_without_name_and_code_is_not_mentioned() -> None:
    spec = [{"role": "用人单位", "entity": "organisation", "name": "org", "credit_code": "code", "optional": True}]
    rows = [{"org": "试测公司"}, {"code": "91360299MA35ABCD4M"}, {"org": "无", "code": "-"}, {}]
    found = mentions([("org", "org_name"), ("code", "credit_code")], rows, mentions=spec)
    assert [(m["record_key"], m["name"], m["credit_code"]) for m in found] == [
        ("0", "试测公司", None),
        ("1", None, "91360299MA35ABCD4M"),
    ]
    assert {m["entity"] for m in found} == {"organisation"}


def test_items_keep_their_place_and_take_the_records_address() -> None:
    columns = (("name", "person_name"), ("id_number", "id_number"), ("phone", "phone"))
    group = {
        "name": "owners", "source": "owners", "role": "权利人{n}", "address": "place",
        "fields": [{"name": n, "source": n, "kind": k} for n, k in columns],
    }  # fmt: skip
    items = [
        {"name": "甲小山", "id_number": NUMBER},
        {"name": " ", "id_number": None},
        {"name": "乙小云", "phone": "13800138000"},
    ]
    rows = [
        {"place": "锦绣家园6-4-1704", "owners": json.dumps(items)},
        {"place": "锦绣家园6-4-1705", "owners": "[]"},
        {"place": "锦绣家园6-4-1706"},
        {"place": "锦绣家园6-4-1707", "owners": json.dumps([{"name": "无", "id_number": "无"}, {"name": "丙小海"}])},
    ]
    found = mentions([("place", "address")], rows, groups=[group])
    assert [(m["record_key"], m["role"], m["name"], m["address_key"]) for m in found] == [
        ("0", "权利人1", "甲小山", "锦绣家园/6-4-1704"),
        ("0", "权利人3", "乙小云", "锦绣家园/6-4-1704"),
        ("3", "权利人2", "丙小海", "锦绣家园/6-4-1707"),
    ]
    assert [(m["id_status"], m["sex"], m["phone"]) for m in found[:2]] == [
        ("valid", "1", None),
        ("missing", None, "13800138000"),
    ]


def test_mentions_come_in_the_order_of_the_rows() -> None:
    spec = [{"role": "男方", "name": "him"}, {"role": "女方", "name": "her"}]
    rows = [{"him": "甲小山", "her": "乙小云"}, {"him": "丙小海", "her": "丁小江"}]
    found = mentions([("him", "person_name"), ("her", "person_name")], rows, mentions=spec)
    assert [m["name"] for m in found] == ["甲小山", "乙小云", "丙小海", "丁小江"]


def test_a_feed_that_names_nobody_has_no_mentions() -> None:
    assert mentions([("note", "text")], [{"note": "试"}]) == []
