"""Relations of records and households, mention by mention (see kin)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.kernels import Ints, Levels

SPOUSE, CHILD, PARENT, WARD, GUARDIAN, HOME, BESIDE = 1, 2, 3, 4, 5, 6, 7


class Beside(NamedTuple):
    """Of each mention its record, register, id, row of the kin it gives, household, and relation to the head of it.

    `said` has a bit for every relation that a mention with that row of kin has to who is in that register, if they are
    of one record.
    """

    record: Ints
    source: Ints
    key: Ints
    kin: Ints
    household: Ints
    relation: Ints
    said: NDArray[np.int64]  # (rows of kin, sources)


class Groups(NamedTuple):
    """Mentions of group g are ``rows[start[g]:start[g + 1]]``, ascending; no groups at all where none has two."""

    start: Ints
    rows: Ints


@compiled
def grouped(group: Ints, start: Ints, rows: Ints) -> bool:
    """Fill in Groups of mentions by `group` (negative: none); `start` is 0 throughout. Is there one of several?"""
    several = False
    for mention in range(len(group)):
        if group[mention] >= 0:
            start[group[mention] + 1] += 1
            several |= start[group[mention] + 1] > 1
    if several:
        for one in range(len(start) - 1):
            start[one + 1] += start[one]
        for mention in range(len(group)):
            if group[mention] >= 0:
                rows[start[group[mention]]] = mention
                start[group[mention]] += 1
        for one in range(len(start) - 1, 0, -1):
            start[one] = start[one - 1]
        start[0] = 0
    return several


@compiled
def ties(beside: Beside, records: Groups, homes: Groups, crowd: int, out: tuple[Ints, Ints, Ints]) -> int:
    """Who is what of whom, within records and within households, as far as they have at most `crowd` mentions.

    What is said in so many words holds in a larger record as well. Written into `out` if there is room; returns how
    many ties there are.
    """
    many = 0
    for groups, at_home in ((records, False), (homes, True)):
        for group in range(len(groups.start) - 1):
            first, stop = groups.start[group], groups.start[group + 1]
            few = stop - first <= crowd
            for place in range(first, stop if few or not at_home else first):
                for other in range(first, stop):
                    one, two = groups.rows[place], groups.rows[other]
                    if at_home:
                        many = _told(_within(beside, one, two), one, two, out, many)
                    elif one != two:
                        bits = _said(beside, one, two)
                        if few and beside.source[one] != beside.source[two]:
                            bits |= 1 << BESIDE
                        many = _told(bits, one, two, out, many)
    return many


@borrowing
def _told(bits: int, one: int, two: int, out: tuple[Ints, Ints, Ints], many: int) -> int:
    """Write down a tie for each bit; returns how many there are then."""
    who, kind, whom = out
    for relation in range(SPOUSE, BESIDE + 1):
        if bits >> relation & 1:
            if len(who):
                who[many], kind[many], whom[many] = one, relation, two
            many += 1
    return many


@borrowing
def _said(beside: Beside, one: int, two: int) -> int:
    """The relations that the first of two mentions of one record is said to have to the second.

    Of several versions of a mention the first stands for it.
    """
    if beside.kin[one] < 0 or (two > 0 and beside.key[two] == beside.key[two - 1]):
        return 0
    return int(beside.said[beside.kin[one], beside.source[two]])


@borrowing
def _within(beside: Beside, one: int, two: int) -> int:
    """The relations of the first of two mentions of one household to the second, by theirs to the head (GB/T 4761).

    Everybody shares a home; the head's spouse, children and parents are told apart.
    """
    if beside.key[one] == beside.key[two]:
        return 0
    mine, theirs = beside.relation[one], beside.relation[two]
    head, spouse = 1 <= theirs <= 3, 10 <= theirs <= 12
    i_head, i_spouse = 1 <= mine <= 3, 10 <= mine <= 12
    bits = 1 << HOME
    if (i_spouse and head) or (i_head and spouse):
        bits |= 1 << SPOUSE
    if (_child(mine) and (head or spouse)) or (i_head and 50 <= theirs <= 52):
        bits |= 1 << CHILD
    if (1 <= mine <= 12 and _child(theirs)) or (50 <= mine <= 52 and head):
        bits |= 1 << PARENT
    return bits


@borrowing
def _child(relation: int) -> bool:
    return 20 <= relation <= 39 and relation != 28 and relation != 38


@compiled
def leveled(
    found: tuple[Ints, Ints, Levels], marks: Levels, ends: tuple[Ints, Ints], start: Ints, level: Levels
) -> None:
    """Fill in of each pair its `level` in `found` (first ends, ascending, second ends, levels), else 1 where `marks` of
    both `ends` have a bit in common. `start` is 0 throughout, one longer than `marks`.
    """
    (first, second, best), (a, b) = found, ends
    for pair in range(len(first)):
        start[first[pair] + 1] += 1
    for one in range(len(marks)):
        start[one + 1] += start[one]
    for pair in range(len(a)):
        level[pair] = marks[a[pair]] & marks[b[pair]] > 0
        for place in range(start[a[pair]], start[a[pair] + 1]):
            if second[place] == b[pair]:
                level[pair] = best[place]
