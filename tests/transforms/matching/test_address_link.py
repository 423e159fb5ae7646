"""Addresses: one door however it is written, a missing township, what a person is asked, what is never one."""

import json
from collections.abc import Sequence

import pyarrow as pa
import pytest

from transforms.clean.addresses import parse_address
from transforms.matching.address_link import link_addresses
from transforms.matching.address_places import PARTS
from transforms.matching.generic_pairs import Linked

TOWNS = ("云溪镇", "上坪乡", "城中街道")
VILLAGES = ("石坑", "大湾", "沙洲")
COLUMNS = ("feed", "record_key", "role", "source", "address", "address_key", *PARTS)


def county() -> list[tuple[str, str]]:
    """Doors that two registers have in two spellings, so that there is something to learn from."""
    found = []
    for town in TOWNS[:2]:
        for village in VILLAGES:
            for house in range(1, 13):
                found.append((f"{town}{village}村{house % 4 + 1}组{house}号", "police"))
                found.append((f"{town}{village}村委会第{house % 4 + 1}村民小组{house}", "grid"))
    for room in range(101, 113):
        found.append((f"城中街道翠湖花园{room % 5 + 1}栋1单元{room}室", "housing"))
        found.append((f"城中街道翠湖花园{room % 5 + 1}-1-{room}", "police grid"))
    return found


def linked(texts: Sequence[str], decisions: pa.Table | None = None) -> Linked:
    rows = []
    for i, (text, source) in enumerate([*((t, "visits") for t in texts), *county()]):
        parsed = parse_address(text)._asdict()
        rows.append({"feed": "address", "record_key": str(i), "role": "text", "source": source, "address": text,
                     "address_key": parsed.pop("key"), **parsed})  # fmt: skip
    schema = pa.schema([(c, pa.string()) for c in COLUMNS])
    return link_addresses(pa.Table.from_pylist(rows, schema), decisions)


def one(found: Linked, *rows: int) -> bool:
    cluster = dict(zip(found.members["record_key"].to_pylist(), found.members["cluster"].to_pylist(), strict=True))
    return len({cluster[str(row)] for row in rows}) == 1


def asked(found: Linked) -> dict[frozenset[str], float]:
    return {frozenset([p["left_key"], p["right_key"]]): p["score"] for p in found.pairs.to_pylist()}


def decision(left: int, right: int, verdict: str) -> pa.Table:
    sides = {"left": str(left), "right": str(right)}
    row = {f"{s}_{n}": v for s, key in sides.items() for n, v in (("feed", "address"), ("key", key), ("role", "text"))}
    return pa.Table.from_pylist([{**row, "verdict": verdict}])


SAME = [
    ("云溪镇石坑村3组45号", "江西省云石县云溪镇石坑村委会第3村民小组45"),
    ("城中街道翠湖花园9栋1单元903室", "城中街道人民路5号翠湖花园9幢1单元903"),
    ("城中街道翠湖花园9栋1单元903室", "城中街道翠湖花园小区9-1-903"),
    ("云溪镇石坑村上屋12号", "云溪镇石坑村上屋自然村12号"),
    ("云溪镇人民路", "云溪镇人民路"),
]
TWO = [
    ("云溪镇石坑村3组45号", "云溪镇石坑村3组46号"),
    ("云溪镇石坑村3组45号", "上坪乡石坑村3组45号"),
    ("城中街道翠湖花园9栋1单元903室", "城中街道翠湖花园9栋2单元903室"),
    ("云溪镇石坑村3组45号", "云溪镇大湾村3组45号"),
    ("云溪镇人民路", "云溪镇"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_one_place_however_it_is_written(left: str, right: str) -> None:
    assert one(linked([left, right]), 0, 1)


@pytest.mark.parametrize(("left", "right"), TWO)
def test_two_places(left: str, right: str) -> None:
    assert not one(linked([left, right]), 0, 1)


def test_a_door_without_its_town_goes_to_the_only_town_that_has_it() -> None:
    found = linked(["翠湖花园9栋1单元903室", "城中街道翠湖花园9-1-903"])
    assert one(found, 0, 1)
    method = dict(zip(found.members["record_key"].to_pylist(), found.members["method"].to_pylist(), strict=True))
    assert (method["0"], method["1"]) == ("likeness", "door")


def test_of_two_towns_neither_and_a_person_is_asked_with_the_chance_shared() -> None:
    found = linked(["石坑村3组45号", "云溪镇石坑村3组45号", "上坪乡石坑村3组45号"])
    assert not one(found, 0, 1)
    assert not one(found, 0, 2)
    shares = [asked(found)[frozenset(pair)] for pair in ("01", "02")]
    assert shares[0] == pytest.approx(shares[1])
    assert sum(shares) <= 1


def test_a_door_that_lacks_its_unit_is_asked_about() -> None:
    found = linked(["城中街道翠湖花园9栋903室", "城中街道翠湖花园9栋1单元903室"])
    assert not one(found, 0, 1)
    assert asked(found)[frozenset("01")] == 0.5


def test_what_a_person_decided_is_obeyed() -> None:
    texts = ["城中街道翠湖花园9栋903室", "城中街道翠湖花园9栋1单元903室", "城中街道翠湖花园9-1-903"]
    assert one(linked(texts, decision(1, 0, "same")), 0, 1, 2)
    apart = linked(texts, decision(2, 1, "different"))
    assert not one(apart, 1, 2)
    assert one(linked(texts), 1, 2)


def test_evidence_names_no_place() -> None:
    found = linked(["石坑村3组45号", "云溪镇石坑村3组45号", "上坪乡石坑村3组45号"])
    assert found.pairs.num_rows
    for pair in found.pairs.to_pylist():
        assert set(json.loads(pair["evidence"])) == {"fields", "context", "rules", "model"}
        assert "石坑" not in pair["evidence"]


def test_text_that_is_no_address_is_one_only_with_itself() -> None:
    found = linked(["某处", "某地", "某处 "])
    assert not one(found, 0, 1)


def test_no_texts_no_addresses() -> None:
    found = link_addresses(pa.table({c: pa.array([], pa.string()) for c in COLUMNS}))
    assert (found.members.num_rows, found.pairs.num_rows, found.conflicts.num_rows) == (0, 0, 0)
