"""A number that a register stated is not unsaid by an empty cell."""

from datetime import date
from typing import Any

import pyarrow as pa

from transforms.carried import carried

SCHEMA = pa.schema(
    {
        **dict.fromkeys(("feed", "record_key", "role", "name", "id_number", "id_status"), pa.string()),
        "born_on": pa.date32(),
        "born_precision": pa.string(),
        "sex": pa.string(),
        "valid_from": pa.date32(),
        "versions": pa.int64(),
    }
)
BORN = date(1990, 1, 1)
STATED = {"id_number": "990101199001011232", "id_status": "valid", "born_on": BORN, "born_precision": "day", "sex": "1"}
BLANK = {"id_number": None, "id_status": "missing", "born_on": None, "born_precision": None, "sex": None}


def version(month: int, said: dict[str, Any], **more: Any) -> dict[str, Any]:
    base = {"feed": "gongzu", "record_key": "GZ1", "role": "person", "name": "甲小山", "versions": 2}
    return base | {"valid_from": date(2026, month, 1)} | said | more


def numbers(*rows: dict[str, Any]) -> list[tuple[Any, ...]]:
    found = carried(pa.Table.from_pylist(list(rows), SCHEMA))
    assert found.schema == SCHEMA
    return [(r["id_number"], r["id_status"], r["born_on"], r["sex"]) for r in found.to_pylist()]


GIVEN = (STATED["id_number"], "valid", BORN, "1")
NONE = (None, "missing", None, None)


def test_a_number_left_out_later_is_the_one_stated_before_in_whatever_order_versions_come() -> None:
    assert numbers(version(9, STATED), version(10, BLANK)) == [GIVEN, GIVEN]
    assert numbers(version(10, BLANK), version(9, STATED)) == [GIVEN, GIVEN]
    assert numbers(version(9, STATED), version(10, BLANK), version(11, BLANK)) == [GIVEN] * 3


def test_nobody_gets_the_number_of_another_or_of_a_later_time() -> None:
    assert numbers(version(9, STATED), version(10, BLANK, name="乙大河"))[1] == NONE
    assert numbers(version(9, STATED), version(10, BLANK, record_key="GZ2"))[1] == NONE
    assert numbers(version(9, STATED, name=None), version(10, BLANK, name=None))[1] == NONE
    assert numbers(version(9, BLANK), version(10, STATED)) == [NONE, GIVEN]


def test_what_is_written_stays_as_it_is() -> None:
    other = {**BLANK, "id_number": "1", "id_status": "invalid"}
    assert numbers(version(9, STATED), version(10, other))[1] == ("1", "invalid", None, None)
    birth = {**BLANK, "born_on": BORN, "born_precision": "day", "sex": "2"}
    assert numbers(version(9, STATED), version(10, birth))[1] == (STATED["id_number"], "valid", BORN, "2")
    another = {**birth, "born_on": date(1991, 2, 2)}
    assert numbers(version(9, STATED), version(10, another))[1] == (None, "missing", date(1991, 2, 2), "2")
