"""Births and sexes as registers record them: what was filled in from a number, or for want of a day, is told apart."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from transforms.matching.compiled import compiled
from transforms.matching.hashing import Codes
from transforms.matching.kernels import DAY, YEAR, Flags, Ints

TOO_OFTEN = 4.0  # times what chance would have it
# By register ("feed role") how many births are told to the day, and how many of them are the first of January.
Birthdays = Mapping[str, Sequence[int]]
UNKNOWN: Birthdays = {}


class Said(NamedTuple):
    """What mentions say: for three things the id of it by mention, and what the ids mean, at the end what -1 does."""

    source: Ints
    number: Ints
    day: tuple[Codes, Ints]  # yyyymmdd, -1 for none
    precision: tuple[Codes, Ints]
    sex: tuple[Codes, Ints]


def recorded(said: Said, born: Ints, sex: Ints, known: Ints) -> tuple[Ints, Ints]:
    """Births (kernels.birth_levels) and sexes, without those of registers that record none: there the number's, which
    are `born` and `sex` by number and at the end -1 and 0, were filled in.

    A register records births when one of its mentions has another than its number's, or one without a valid number.
    And 1 January is taken for "some day of the year" in registers where it is far too common to be true. What is
    `known` of the Birthdays of each source (rows of two) tells that too: a few mentions can't.
    """
    births, sexes = np.empty((2, len(said.number)), np.int64)
    sources = int(said.source.max(initial=0)) + 1
    own, seen = np.zeros((sources, 2), bool), np.zeros((sources, 2), np.int64)
    _record(said, (born, sex), (births, sexes), own, seen)
    seen = np.maximum(seen, known[:sources])
    doubted = seen[:, 1] > TOO_OFTEN * (seen[:, 0] / 365.25 + 1)
    if doubted.any():
        days = np.flatnonzero((births >= 0) & (births & 3 == DAY) & doubted[said.source])
        births[days[(births[days] >> 2) % 10000 == 101]] += YEAR - DAY
    return births, sexes


@compiled
def _record(said: Said, derived: tuple[Ints, Ints], out: tuple[Ints, Ints], own: Flags, seen: Ints) -> None:
    """Fill in births and sexes; which of the two each source has of its own; how many days, and how many of them 1
    January, it names."""
    source, number, (days, day), (hows, how), (marks, mark) = said
    (born, sex), (births, sexes) = derived, out
    for row in range(len(number)):
        of, written = source[row], day[days[row]]
        births[row] = written * 4 + how[hows[row]] if written >= 0 else -1
        sexes[row] = mark[marks[row]]
        own[of, 0] |= births[row] >= 0 and births[row] != born[number[row]]
        own[of, 1] |= sexes[row] != 0 and sexes[row] != sex[number[row]]
    for row in range(len(number)):
        of = source[row]
        if not own[of, 0] and births[row] == born[number[row]]:
            births[row] = -1
        if not own[of, 1] and sexes[row] == sex[number[row]]:
            sexes[row] = 0
        if births[row] >= 0 and births[row] & 3 == DAY:
            seen[of, 0] += 1
            seen[of, 1] += (births[row] >> 2) % 10000 == 101
