"""Anybody's columns as mentions of Chinese people."""

from typing import Any

import pyarrow as pa
import pytest

from transforms.matching.generic.chinese import mentions
from transforms.matching.generic.routing import is_chinese, plan

NUMBER = "990101198005170011"
KINDS = {"xm": "name", "sfz": "number"}


def tables(**columns: list[str | None]) -> pa.Table:
    """One source; every column text."""
    size = len(next(iter(columns.values())))
    texts = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    return pa.table({"source": ["a"] * size, "record_key": [str(i) for i in range(size)], **texts})


def one(kinds: dict[str, str], **columns: str | None) -> dict[str, Any]:
    """The only row, without what is null."""
    given = {name: [value] for name, value in columns.items()}
    row = mentions(tables(xm=["张伟"], sfz=[NUMBER], **given), KINDS | kinds).to_pylist()[0]
    return {k: v for k, v in row.items() if v is not None}


def test_values_are_cleaned_once_each_and_come_as_integers() -> None:
    found = mentions(tables(xm=["张 伟", "张伟", "无名"], sfz=[NUMBER, " 9901011980051700 11", "没有"]), KINDS)
    assert found["name"].to_pylist() == ["张伟", "张伟", None]
    assert found["id_number"].to_pylist() == [NUMBER, NUMBER, None]
    assert found["id_status"].to_pylist()[2] == "missing"
    assert all(pa.types.is_dictionary(found[c].type) for c in ("name", "id_number", "id_status", "role"))


@pytest.mark.parametrize("said", [["在用", "在用"], ["valid", None], [None, None]])
def test_numbers_are_cleaned_unless_it_is_said_of_each_what_it_is(said: list[str | None]) -> None:
    kinds = {"xm": "name", "id_number": "number"}
    given = {"xm": ["张伟", "李芳"], "id_number": [" 9901011980051700 11", "无"]}
    found = mentions(tables(**given, id_status=said), kinds)
    assert found["id_number"].to_pylist() == [NUMBER, None]
    assert found["id_status"].to_pylist() == ["invalid", "missing"]  # its check digit is not right
    taken = mentions(tables(**given, id_status=["invalid", "missing"]), kinds)
    assert taken["id_number"].to_pylist() == given["id_number"]


def test_of_two_fields_of_a_kind_the_second_fills_what_the_first_lacks() -> None:
    kinds = {"tel": "phone", "tel2": "phone"}
    assert one(kinds, tel="13900000001", tel2="13900000002")["phone"] == "13900000001"
    assert one(kinds, tel="无", tel2="13900000002")["phone"] == "13900000002"


def test_a_town_in_its_own_column_completes_the_address_and_no_other_part_does() -> None:
    kinds = {"where": "address", "town": "place"}
    row = one(kinds, where="翠湖花园9栋1单元903室", town="城中街道")
    assert (row["town"], row["compound"], row["room"]) == ("城中街道", "翠湖花园", "903")
    more = {"where": "address", "home": "address"}
    row = one(more, where="翠湖花园9栋1单元903室", home="云溪镇石坑村3组12号")
    assert "house_no" not in row
    row = one(more, where=None, home="云溪镇石坑村3组12号")
    assert (row["village"], row["house_no"]) == ("石坑", "12")


def test_an_address_may_be_in_pieces() -> None:
    row = one({"town": "place", "way": "street", "no": "house_number"}, town="城中街道", way="学府路", no="8号")
    assert (row["town"], row["road"], row["road_no"]) == ("城中街道", "学府路", "8")


def test_a_name_may_be_in_two_pieces() -> None:
    found = mentions(tables(x=["张", "欧阳"], m=["伟", "修"], sfz=[NUMBER, None]),
                     {"x": "surname", "m": "given_name", "sfz": "number"})  # fmt: skip
    assert found["name"].to_pylist() == ["张伟", "欧阳修"]


@pytest.mark.parametrize(
    ("kinds", "suited"),
    [
        (KINDS, True),
        (KINDS | {"note": "text"}, True),
        ({"xm": "name", "note": "number"}, False),
        ({"note": "name", "sfz": "number"}, False),
        ({"xm": "name"}, False),
        ({"note": "number", "sfz": "number", "xm": "name"}, True),
    ],
)
def test_names_and_numbers_decide_on_the_engine(kinds: dict[str, str], suited: bool) -> None:
    size = 50
    given = tables(xm=["张伟"] * size, sfz=[NUMBER] * size, note=[str(i) for i in range(size)])
    assert is_chinese(given, kinds) == suited


def test_what_becomes_of_fields_is_told() -> None:
    kinds = {"note": "text", "code": "number", **KINDS, "t": "phone", "u": "phone", "place": "place"}
    made = plan(tables(**{f: ["1"] for f in kinds} | {"sfz": [NUMBER]}), kinds)
    assert made.number == "sfz"
    assert made.told() == [
        {"note": "unused", "field": "note"},
        {"note": "unused", "field": "code"},
        {"note": "in_place", "field": "u", "of": "t"},
        {"note": "as_address", "field": "place"},
    ]
    whole = plan(tables(**{f: ["1"] for f in kinds} | {"sfz": [NUMBER], "zz": ["1"]}), kinds | {"zz": "address"})
    assert whole.told()[-1] == {"note": "completing", "field": "place", "of": "zz"}
