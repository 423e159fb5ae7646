"""What people are looked up by: births in two places, parts of numbers, and nothing of what is not known."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.matching.counts import scopes
from transforms.matching.keys import BITS, block
from transforms.matching.profiles import Profiles, profiles
from transforms.matching.values import encode


def built(write: Any, rows: list[dict[str, Any]]) -> tuple[Profiles, dict[str, int]]:
    nodes, values = encode(pa.Table.from_pylist(rows, schema=write.SCHEMA))
    at = {key: i for i, key in enumerate(nodes.index["record_key"].to_pylist())}
    alone = np.arange(nodes.size)
    return profiles(nodes, values, scopes(values.places), alone, np.ones(nodes.size, bool)), at


def met(write: Any, rows: list[dict[str, Any]]) -> dict[frozenset[str], set[str]]:
    """Record keys that meet, with the rules that bring them together."""
    table, at = built(write, rows)
    key = {i: k for k, i in at.items()}
    found: dict[frozenset[str], set[str]] = {}
    pairs = block(table).pairs
    for a, b, bits in zip(pairs.a.tolist(), pairs.b.tolist(), pairs.rules.tolist(), strict=True):
        found[frozenset((key[a], key[b]))] = {name for name, bit in BITS.items() if bits & bit}
    return found


def test_a_wrong_digit_anywhere_leaves_one_end_of_the_number(write: Any) -> None:
    whole = write.number()["id_number"]
    early, late = "8" + whole[1:], whole[:-2] + "00"
    rows = [
        write.mention("a", "right", "唐志远", id_number=whole, id_status="invalid"),
        write.mention("a", "early", "唐志远", id_number=early, id_status="invalid"),
        write.mention("a", "late", "唐志远", id_number=late, id_status="invalid"),
        write.mention("a", "masked", "唐志远", id_number=whole[:6] + "********" + whole[14:], id_status="masked"),
    ]
    found = met(write, rows)
    assert "number_tail" in found[frozenset(("right", "early"))]
    assert "number_head" in found[frozenset(("right", "late"))]
    assert "number_last4" in found[frozenset(("right", "masked"))]
    assert not {"number", "number_head", "number_tail"} & found[frozenset(("right", "masked"))]


def test_the_end_of_a_number_that_lost_a_digit_is_counted_from_its_end(write: Any) -> None:
    whole = write.number()["id_number"]
    rows = [
        write.mention("a", "right", "唐志远", id_number=whole, id_status="invalid"),
        write.mention("a", "short", "简文秀", id_number=whole[:3] + whole[4:], id_status="invalid"),
    ]
    assert met(write, rows) == {frozenset(("right", "short")): {"number_tail"}}


def test_a_written_birth_hides_the_numbers_from_nobody(write: Any) -> None:
    wrong = date(1980, 5, 1)
    rows = [
        write.mention("a", "numbered", "唐志远", **write.number(), **write.day(wrong)),
        write.mention("a", "by number", "唐志远", **write.day(write.BORN)),
        write.mention("a", "by paper", "唐志远", **write.day(wrong)),
    ]
    found = met(write, rows)
    assert "name_birth" in found[frozenset(("numbered", "by number"))]
    assert "name_birth" in found[frozenset(("numbered", "by paper"))]
    assert "name_birth" not in found[frozenset(("by number", "by paper"))]


def test_a_year_alone_is_no_birthday(write: Any) -> None:
    year = {"born_on": date(1980, 1, 1), "born_precision": "year"}
    rows = [write.mention("a", str(i), "唐志远", **year) for i in range(2)]
    rules = met(write, rows)[frozenset(("0", "1"))]
    assert "sound_year" in rules
    assert not {"name_birth", "birth_surname"} & rules


def test_what_is_missing_brings_nobody_together(write: Any) -> None:
    assert met(write, [write.mention("a", str(i), None) for i in range(4)]) == {}
