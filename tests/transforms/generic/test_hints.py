"""What a config could say better is told, and what is said well is not doubted."""

import pyarrow as pa
import pytest

from transforms.matching.generic.hints import of_fields
from transforms.matching.generic.link import link
from transforms.matching.generic.model import START_M
from transforms.matching.generic.prepared import Wanted

LIKE = {
    "birth_date": ["1981-03-09", "19810309", "9.3.1981", "1981年3月9日"],
    "sex": ["M", "female", "男"],
    "phone": ["+44 20 7946 0018", "020 7946 0018", "13800000000"],
    "postcode": ["AB12 3CD", "zz1 9xx"],
    "number": ["4711081", "AB 471 1081", "123-45-6789"],
    "amount": ["12.50", "€ 1,299.00", "9,99 EUR", "¥18.5元"],
    None: ["master baker", "12 High Street", "x1", "广州市", "1981 annual report"],
}


@pytest.mark.parametrize("kind", LIKE)
def test_a_text_that_looks_like_another_kind_is_pointed_at(kind: str | None) -> None:
    table = pa.table({"field": LIKE[kind] * 5})
    told = of_fields(table, {"field": "text"})
    assert told == ([{"note": "looks_like", "field": "field", "like": kind, "kind": "text"}] if kind else [])
    if kind:
        assert of_fields(table, {"field": kind}) == []


def test_what_no_field_can_help_with_is_told() -> None:
    """A constant, a column with next to nothing in it, and dates that are none."""
    size = 200
    table = pa.table(
        {"same": ["x"] * size, "empty": ["a", "b", *[None] * (size - 2)], "born": ["someday"] * 199 + ["?"]}
    )
    told = of_fields(table, {"same": "text", "empty": "text", "born": "birth_date"})
    assert told == [
        {"note": "constant", "field": "same"},
        {"note": "sparse", "field": "empty", "filled": 2, "records": size},
        {"note": "no_dates", "field": "born"},
    ]


def test_every_kind_that_is_suggested_is_one() -> None:
    assert {kind for kind in LIKE if kind} <= set(START_M)


def test_narrow_rules_are_told_with_one_that_would_help(make, wanted: Wanted) -> None:  # type: ignore[no-untyped-def]
    """Rules that miss much are, and rules that find nearly all are not."""
    table, _ = make(300, 3, 5)
    narrow = link(table, wanted._replace(rules=(("given", "surname", "born", "town", "number"),))).report
    note = narrow["notes"][0]
    assert [note["note"], *narrow["notes"][1:]] == ["narrower_rules"]
    assert 0 <= note["share"] < 0.9
    assert 0 < note["gain"] <= 1
    assert narrow["rules"][0]["recall"] < 0.9
    wide = link(table, wanted._replace(rules=(("number",), ("surname",), ("born",), ("given", "town")))).report
    assert wide["notes"] == []
    assert link(table, wanted).report["notes"] == []
