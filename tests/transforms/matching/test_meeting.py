"""Whom a batch meets among kept mentions, and how what they share is weighed, against plain searches."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.fingerprints import COLUMNS, FEED, PLACE, table
from transforms.matching.meeting import NONE, Index, Kept, indexed, meet, second
from transforms.matching.weighing import (
    END,
    FAR,
    HALF,
    NUMBER,
    NUMBERS,
    OTHER,
    PART,
    RARE,
    SEX,
    SEXES,
    UNSAID,
    YEAR,
    Pairs,
    weighed,
)

Words = dict[str, np.ndarray]
PEOPLE = 4
MEETING = [("phone",), ("born", "area"), ("sound", "year")]
SIZES = st.tuples(st.integers(0, 25), st.integers(0, 12))


def _words(size: int, random: np.random.Generator) -> Words:
    """Few values, so that many agree; 0 is unknown."""
    return {column: random.integers(0, 4, size).astype(np.uint32) for column in COLUMNS}


def _kept(size: int, size_of_index: int, random: np.random.Generator) -> Kept:
    """Mentions of which the first are in an index."""
    words = table(_words(size, random))
    first = {column: words[:size_of_index, PLACE[column]] for column in COLUMNS}
    tables, again = ({on: indexed(first, on, twice) for on in MEETING} for twice in (False, True))
    index = Index(size_of_index, tables, again) if size_of_index else NONE
    return Kept(words, random.integers(-1, PEOPLE, size), random.random(size) < 0.5, PEOPLE, index)


@pytest.mark.parametrize("columns", MEETING)
@pytest.mark.parametrize("again", [False, True])
@settings(deadline=None)
@given(sizes=SIZES, part=st.integers(0, 4), seed=st.integers(0, 1000))
def test_all_meet_that_share_what_both_know(
    columns: tuple[str, ...], again: bool, sizes: tuple[int, int], part: int, seed: int
) -> None:
    """Who was replaced meets nobody, who has a number only those who may meet everybody; in the index or not."""
    random = np.random.default_rng(seed)
    old, new = _kept(sizes[0], sizes[0] * part // 4, random), _words(sizes[1], random)
    everybody = random.random(sizes[1]) < 0.5
    theirs = {"born": "born_again", "year": "year_again"} if again else {}
    twice = np.isin(np.arange(sizes[0]), second(old.words)) if again else np.ones(sizes[0], bool)
    plain = [
        (row, at)
        for row in range(sizes[0])
        for at in range(sizes[1])
        if all(old.words[row, PLACE[theirs.get(c, c)]] == new[c][at] != 0 for c in columns)
        and old.entity[row] >= 0
        and twice[row]
        and (everybody[at] or not old.trusted[row])
    ]
    found = meet(old, new, columns, everybody, again)
    assert sorted(zip(*(side.tolist() for side in found), strict=True)) == plain
    assert [old.column("born", again).tolist()] == [old.words[:, PLACE[theirs.get("born", "born")]].tolist()]


@pytest.mark.parametrize("known", [0, 3000])
def test_many_meet_one(known: int) -> None:
    """More than there are of either; words that differ in their upper half alone are not the same."""
    phones = np.full(3000, 7 << 20, np.uint32)
    index = Index(known, {("phone",): indexed({"phone": phones}, ("phone",))}, {}) if known else NONE
    words = table({"phone": phones, FEED: phones})
    old = Kept(words, np.zeros(3000, np.int64), np.zeros(3000, bool), 1, index)
    new = {"phone": np.array([7 << 20, 7, 7 << 20], np.uint32)}
    row, at = meet(old, new, ("phone",), np.ones(3, bool))
    assert (len(row), set(at.tolist())) == (6000, {0, 2})


def _plain(old: Words, new: Words, rare: Words, row: int, at: int) -> list[float]:
    """What each field says of two mentions."""

    def same(column: str, other: str = "") -> bool:
        return bool(old[column][row] == new[other or column][at] != 0)

    def said(*columns: str) -> bool:
        return any(old[c][row] != 0 and new[c][at] != 0 for c in columns)

    def best(known: bool, unlike: float, *cases: tuple[bool, float]) -> float:
        return max([unlike if known else UNSAID, *(float(worth) for agree, worth in cases if agree)])

    worth = {column: rare[column][at] for column in RARE}
    alike = all(old[part][row] == new[part][at] for part in ("head14", "tail12"))
    twice = ("born", "born_again")
    return [
        best(said("shape"), FAR, *((same(c), worth[c]) for c in ("sound", "shape")),
             *((same(c), worth[c] - PART) for c in ("surname", "given"))),
        best(said("year"), FAR, (same("year") or same("year", "year_again") or same("year_again", "year"), YEAR),
             (any(same(one, other) for one in twice for other in twice), worth["born"])),
        best(said("town", "area"), OTHER, *((same(c), worth[c]) for c in ("town", "area", "near", "door"))),
        best(said("phone"), OTHER, (same("phone"), worth["phone"])),
        best(said("sex"), SEXES, (same("sex"), SEX)),
        best(said("number"), NUMBERS, (same("last4"), END), (same("head14") or same("tail12"), HALF),
             (same("number") and alike, NUMBER)),
    ]  # fmt: skip


@settings(deadline=None)
@given(sizes=SIZES, many=st.integers(0, 40), seed=st.integers(0, 1000))
def test_every_field_counts_as_its_best_row_says(sizes: tuple[int, int], many: int, seed: int) -> None:
    """Row by row, for each that rows are taken together by."""
    random = np.random.default_rng(seed)
    old, new = _words(sizes[0] + 1, random), _words(sizes[1] + 1, random)
    rare = {column: random.normal(5, 8, sizes[1] + 1) for column in RARE}
    at, by = random.integers(0, sizes[1] + 1, many), random.integers(0, 3, many)
    order = np.lexsort((by, at))
    pairs = Pairs(random.integers(0, sizes[0] + 1, many), at[order], by[order])
    groups: dict[tuple[int, int], list[list[float]]] = {}
    for row, one, together in zip(*(column.tolist() for column in pairs), strict=True):
        groups.setdefault((one, together), []).append(_plain(old, new, rare, row, one))
    expected = [sum(b for f in zip(*rows, strict=True) if (b := max(f)) != UNSAID) for rows in groups.values()]
    first, odds = weighed(table(old), new, rare, pairs)
    assert list(zip(pairs.new[first].tolist(), pairs.by[first].tolist(), strict=True)) == list(groups)
    assert odds.tolist() == pytest.approx(expected)
