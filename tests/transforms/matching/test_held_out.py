"""Probabilities tried on mentions whose numbers are hidden."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.generic.chinese import mentions
from transforms.matching.held_out import FEW, held_out, rivals
from transforms.matching.link import Linked, link

SURNAMES, GIVEN = (
    "王李张陈赵刘杨黄周吴",
    ["建国", "秀英", "春梅", "志强", "玉兰", "海燕", "文斌", "小红", "永康", "丽华"],
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _person(i: int) -> dict[str, str]:
    date = f"{1950 + i % 50}-{1 + i % 12:02d}-{1 + i * 7 % 28:02d}"
    body = f"990101{date.replace('-', '')}{i + 1:03d}"
    check = "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]
    return {"name": SURNAMES[i % 10] + GIVEN[(i * 7 + i // 10) % 10], "sfz": body + check, "born": date}


def _linked(people: int) -> Linked:
    """Everybody in three registers, in the third now and then without a number."""
    rows = []
    for source in "abc":
        for i in range(people):
            person = _person(i) | ({"sfz": ""} if source == "c" and i % 4 == 0 else {})
            rows.append({"source": source, "record_key": str(i), **person})
    table = mentions(pa.Table.from_pylist(rows), {"name": "name", "sfz": "number", "born": "birth_date"})
    return link(table, None)


def test_people_told_apart_by_name_and_birth_are_found_again() -> None:
    """Most of those left out are reached, what is sure is right, and every pair is in one band."""
    found = held_out(_linked(300).run)
    assert found is not None
    assert found["by"] == "numbers"
    assert found["left_out"] >= FEW
    assert found["reached"] > 0.95
    assert sum(b["pairs"] for b in found["bands"]) == found["pairs"]
    assert found["bands"][-1]["observed"] > 0.95
    assert found["brier"] < 0.05


def test_too_few_to_tell_is_nothing_told() -> None:
    """Ten people in three registers say nothing about calibration."""
    assert held_out(_linked(10).run) is None


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-20, 20)), max_size=20))
def test_rivals_share_one_certainty(rows: list[tuple[int, float]]) -> None:
    """Each candidate's odds over one and the odds of all candidates of the same mention."""
    who, odds = np.array([w for w, _ in rows], np.int64), np.array([o for _, o in rows], float)
    for (mine, bits), chance in zip(rows, rivals(odds, who), strict=True):
        every = sum(2**other for w, other in rows if w == mine)
        assert chance == pytest.approx(2**bits / (1 + every))


def test_what_is_ruled_out_has_no_share() -> None:
    """A veto is no rival either."""
    found = rivals(np.array([3.0, -math.inf]), np.array([0, 0]))
    assert found.tolist() == [pytest.approx(8 / 9), 0.0]
