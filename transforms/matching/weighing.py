"""How much speaks for kept mentions and those of a batch being one person: roughly, and in favour of a proper look."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.fingerprints import PLACE, Fingerprints, Short, Table
from transforms.matching.kernels import Ints
from transforms.matching.state import Bits

# What agreement in part is worth less than its value is rare, and what disagreement is worth: rough logarithms of the
# shares of the shipped model, rounded in favour of meeting.
PART, FAR, OTHER, SEXES, NUMBERS = 3.0, -6.0, -1.0, -5.0, -8.0
YEAR, SEX, NUMBER, HALF, END = 5.0, 1.0, 40.0, 15.0, 8.0
UNSAID = -99.0
AHEAD = 32  # pairs whose rows are asked for at a time
WEIGHED = (
    "surname", "given", "sound", "shape", "born", "year", "born_again", "year_again", "town", "area", "near", "door",
    "phone", "sex", "last4", "head14", "tail12", "number",
)  # fmt: skip
RARE = ("surname", "given", "sound", "shape", "born", "town", "area", "near", "door", "phone")
FIELDS = 6  # name, born, place, phone, sex, number


class Pairs(NamedTuple):
    """Kept rows, mentions of a batch, and what the rows are taken together by, ascending by the last two."""

    row: Ints
    new: Ints
    by: Ints


class Found(NamedTuple):
    """Which columns of kept words are looked at; room for a kept mention, one of the batch, what it is worth to agree
    with that, and the best in each field; and, as long as the pairs, for the first pair of each group and its odds."""

    columns: Ints
    here: Short
    there: Short
    worth: Bits
    best: Bits
    begins: Ints
    odds: Bits


def weighed(old: Table, new: Fingerprints, rarity: Mapping[str, Bits], pairs: Pairs) -> tuple[Ints, Bits]:
    """For each (mention of the batch, what rows are taken together by) the first of its pairs, and what speaks for it
    in bits: in every field what the best of its rows says. `rarity` is by column and mention of the batch.
    """
    columns, many = np.array([PLACE[column] for column in WEIGHED]), len(pairs.row)
    words = np.stack([new[column] for column in WEIGHED], axis=1)
    rare = np.stack([rarity[column] for column in RARE], axis=1)
    here, there = np.empty((2, len(WEIGHED)), np.uint32)
    found = Found(columns, here, there, np.empty(len(RARE)), np.empty(FIELDS), np.empty(many, np.int64), np.empty(many))
    groups = _weighed(old, words, rare, pairs, found)
    return found.begins[:groups], found.odds[:groups]


@compiled
def _weighed(old: Table, new: Table, rare: Bits, pairs: Pairs, found: Found) -> int:
    """Fill in what is `found` for each group of pairs, and return how many there are."""
    here, there, worth, best = found.here, found.there, found.worth, found.best
    groups, asked = 0, np.uint32(0)
    for pair in range(len(pairs.row)):
        if pair % AHEAD == 0:
            asked ^= _asked(old, pairs.row, pair)
        at = pairs.new[pair]
        if pair == 0 or at != pairs.new[pair - 1] or pairs.by[pair] != pairs.by[pair - 1]:
            _begun(new, rare, at, found)
            found.begins[groups] = pair
            groups += 1
        for column in range(18):
            here[column] = old[pairs.row[pair], found.columns[column]]
        _name(here, there, worth, best)
        _born_and_place(here, there, worth, best)
        _rest(here, there, worth, best)
        found.odds[groups - 1] = _sum(best)
    here[0] = asked  # or nobody would ask
    return groups


@borrowing
def _asked(old: Table, rows: Ints, begin: int) -> np.uint32:
    """Ask for the rows of the pairs from `begin` on: what is far apart in memory comes in half the time, and less, if
    several ask for theirs at once."""
    asked, last = np.uint32(0), old.shape[1] - 1
    for pair in range(begin, min(begin + AHEAD, len(rows))):
        asked ^= old[rows[pair], 0] ^ old[rows[pair], last]
    return asked


@borrowing
def _begun(new: Table, rare: Bits, at: int, found: Found) -> None:
    """What is said by the mention `at`, beside which nothing was looked at yet."""
    for column in range(18):
        found.there[column] = new[at, column]
    for column in range(10):
        found.worth[column] = rare[at, column]
    for field in range(FIELDS):
        found.best[field] = UNSAID


@borrowing
def _sum(best: Bits) -> float:
    total = 0.0
    for field in range(FIELDS):
        total += 0.0 if best[field] == UNSAID else best[field]
    return total


@borrowing
def _same(here: Short, one: int, there: Short, other: int) -> bool:
    return bool(here[one] != 0 and here[one] == there[other])


@borrowing
def _name(here: Short, there: Short, rare: Bits, best: Bits) -> None:
    if here[3] != 0 and there[3] != 0:
        best[0] = max(best[0], FAR)
    for column in range(4):
        if _same(here, column, there, column):
            best[0] = max(best[0], rare[column] - (PART if column < 2 else 0.0))


@borrowing
def _born_and_place(here: Short, there: Short, rare: Bits, best: Bits) -> None:
    if here[5] != 0 and there[5] != 0:
        best[1] = max(best[1], FAR)
    if _same(here, 5, there, 5) or _same(here, 5, there, 7) or _same(here, 7, there, 5):
        best[1] = max(best[1], YEAR)
    if _same(here, 4, there, 4) or _same(here, 4, there, 6) or _same(here, 6, there, 4) or _same(here, 6, there, 6):
        best[1] = max(best[1], rare[4])
    for column in range(8, 12):
        if column < 10 and here[column] != 0 and there[column] != 0:
            best[2] = max(best[2], OTHER)
        if _same(here, column, there, column):
            best[2] = max(best[2], rare[column - 3])


@borrowing
def _rest(here: Short, there: Short, rare: Bits, best: Bits) -> None:
    if here[12] != 0 and there[12] != 0:
        best[3] = max(best[3], rare[9] if here[12] == there[12] and rare[9] > OTHER else OTHER)
    if here[13] != 0 and there[13] != 0:
        best[4] = max(best[4], SEX if here[13] == there[13] else SEXES)
    if here[17] != 0 and there[17] != 0:
        best[5] = max(best[5], NUMBERS)
    if _same(here, 14, there, 14):
        best[5] = max(best[5], END)
    if _same(here, 15, there, 15) or _same(here, 16, there, 16):
        best[5] = max(best[5], HALF)
    if _same(here, 17, there, 17) and here[15] == there[15] and here[16] == there[16]:  # not by chance
        best[5] = max(best[5], NUMBER)
