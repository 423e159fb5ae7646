"""Whose kept mentions are, the other way round: found by one loop over all, instead of an index that every batch would
change."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import compiled
from transforms.matching.kernels import Flags, Ints

Ids = NDArray[np.int32]  # of entities, or of rows; -1 is none


class Members(NamedTuple):
    """The kept rows of some entities: those of the i-th are ``rows[start[i]:start[i + 1]]``, ascending."""

    start: Ints
    rows: Ints

    def owner(self) -> Ints:
        """For each of `rows`, which of the entities it belongs to."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))


class Belonging(NamedTuple):
    """The first row of every entity, and for every row the next one of its entity: -1 where there is none."""

    first: Ids
    following: Ids

    def members(self, wanted: Ints) -> Members:
        """The rows of the `wanted` entities."""
        start = np.zeros(len(wanted) + 1, np.int64)
        wanted = np.ascontiguousarray(wanted, np.int64)
        rows = np.empty(_counted(self, wanted, start), np.int64)
        _followed(self, wanted, rows)
        return Members(start, rows)


NOBODYS = Belonging(np.empty(0, np.int32), np.empty(0, np.int32))


def belonging(entity: Ids, people: int) -> Belonging:
    """Of rows of entities below `people`; a row of -1 belongs to nobody."""
    found = Belonging(np.full(people, -1, np.int32), np.empty(len(entity), np.int32))
    _chained(np.ascontiguousarray(entity, np.int32), found)
    return found


@compiled
def _chained(entity: Ids, out: Belonging) -> None:
    """From the last row on, each goes before those of its entity that were met."""
    for row in range(len(entity) - 1, -1, -1):
        if entity[row] >= 0:
            out.following[row] = out.first[entity[row]]
            out.first[entity[row]] = row


@compiled
def _counted(known: Belonging, wanted: Ints, start: Ints) -> int:
    """Say where the rows of each end; returns how many there are."""
    many = 0
    for at in range(len(wanted)):
        row = known.first[wanted[at]]
        while row >= 0:
            row = known.following[row]
            many += 1
        start[at + 1] = many
    return many


@compiled
def _followed(known: Belonging, wanted: Ints, rows: Ints) -> None:
    many = 0
    for at in range(len(wanted)):
        row = known.first[wanted[at]]
        while row >= 0:
            rows[many] = row
            row = known.following[row]
            many += 1


def living(entity: Ids, people: int) -> Flags:
    """Which entities below `people` have a mention."""
    marks = np.zeros(people, bool)
    _marked(np.ascontiguousarray(entity, np.int32), marks)
    return marks


@compiled
def _marked(entity: Ids, marks: Flags) -> None:
    for row in range(len(entity)):
        if entity[row] >= 0:
            marks[entity[row]] = True


def untouched(one: Ids, other: Ids, marks: Flags) -> Flags:
    """Which pairs of rows have neither of the two marked."""
    found = np.empty(len(one), bool)
    _untouched(np.ascontiguousarray(one, np.int32), np.ascontiguousarray(other, np.int32), marks, found)
    return found


@compiled
def _untouched(one: Ids, other: Ids, marks: Flags, found: Flags) -> None:
    for pair in range(len(one)):
        found[pair] = not (marks[one[pair]] | marks[other[pair]])
