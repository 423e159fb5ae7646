"""Comparing what is known of entities: every value of one with every value of the other."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from transforms.matching.compare import Compared, compare, tables
from transforms.matching.kernels import MASK, NAME, NUMBER, PHONE, YEARS
from transforms.matching.sets import facts
from transforms.matching.values import encode


def compared(write: Any, left: list[dict[str, Any]], right: list[dict[str, Any]]) -> Compared:
    """Compare two entities that are made of some mentions each."""
    rows = [
        {**r, "feed": feed, "record_key": f"{i}"}
        for feed, side in (("a", left), ("b", right))
        for i, r in enumerate(side)
    ]
    nodes, values = encode(pa.Table.from_pylist(rows, schema=write.SCHEMA))
    entity = np.where(np.arange(nodes.size) < len(left), 0, len(left))
    known = facts(nodes, values, entity, np.zeros(nodes.size, bool))
    return compare(known, tables(values), np.array([0]), np.array([len(left)]))


def test_the_best_of_several_values_counts(write: Any) -> None:
    left = [write.mention("", "", "唐志远", phone="13900000001"), write.mention("", "", "唐远", phone="13700000002")]
    right = [write.mention("", "", "唐远", phone="13900000001")]
    found = compared(write, left, right)
    assert NAME[found.levels["name"][0]] == "exact"
    assert PHONE[found.levels["phone"][0]] == "equal"


def test_a_field_that_one_side_lacks_is_missing(write: Any) -> None:
    found = compared(write, [write.mention("", "", "唐志远", sex="1")], [write.mention("", "", None)])
    assert {f: int(v[0]) for f, v in found.levels.items()} == dict.fromkeys(found.levels, 0)
    assert found.loose[0]


def test_a_year_beside_a_date_of_one_person_hides_no_conflict(write: Any) -> None:
    left = [
        write.mention("", "", None, **write.day(write.BORN)),
        write.mention("", "", None, born_on=write.BORN.replace(month=1, day=1), born_precision="year"),
    ]
    found = compared(write, left, [write.mention("", "", None, **write.day(write.BORN.replace(month=9, day=3)))])
    assert YEARS[found.levels["year"][0]] == "missing"
    assert found.levels["born"][0] == 1


def test_masks_are_held_against_full_numbers(write: Any) -> None:
    number = write.number()
    mask = {"id_number": number["id_number"][:6] + "*" * 8 + number["id_number"][14:], "id_status": "masked"}
    found = compared(write, [write.mention("", "", None, **mask)], [write.mention("", "", None, **number)])
    assert MASK[found.levels["mask"][0]] == "compatible"
    assert NUMBER[found.levels["number"][0]] == "missing"


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("阿卜来提·如则托合提", "阿卜来提·如则托合提", "exact"),
        ("阿卜来提·如则托合提", "阿卜来提如则托合提", "shape"),
        ("阿卜来提·如则托合提", "阿卜来提·如则托", "one_missing"),
        ("阿卜来提·如则托合提", "阿卜来堤·如则托合提", "one_differs"),
        ("阿卜来提·如则托合提", "如则托合提·阿卜来提", "swapped"),
        ("阿卜来提·如则托合提", "古丽·买买提", "else"),
        ("阿卜来提·如则托合提", "唐志远", "else"),
    ],
)
def test_long_names_are_compared_by_their_letters(write: Any, a: str, b: str, level: str) -> None:
    found = compared(write, [write.mention("", "", a)], [write.mention("", "", b)])
    assert NAME[found.levels["name"][0]] == level
