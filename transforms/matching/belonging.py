"""Whose kept mentions are: loops over all, a nanosecond each, instead of an index that every batch would change."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import compiled
from transforms.matching.kernels import Flags, Ints

Numbers = NDArray[np.int32]


class Members(NamedTuple):
    """The kept rows of some entities: those of the i-th are ``rows[start[i]:start[i + 1]]``, ascending."""

    start: Ints
    rows: Ints

    def owner(self) -> Ints:
        """For each of `rows`, which of the entities it belongs to."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))


def members(entity: Ints, wanted: Ints, people: int) -> Members:
    """The rows of the `wanted` entities, no two of them the same."""
    number = np.full(people, -1, np.int32)
    number[wanted] = np.arange(len(wanted))
    start, found = np.zeros(len(wanted) + 1, np.int64), np.empty(len(entity), np.int32)
    entity = np.ascontiguousarray(entity)
    many = _found(entity, number, found, start)
    rows = np.empty(many, np.int64)
    _placed(entity, number, found, Members(start, rows))
    return Members(start, rows)


@compiled
def _found(entity: Ints, number: Numbers, found: Numbers, start: Ints) -> int:
    """Put all rows of an entity with a number into `found`, and say where those of each end; returns how many."""
    many = 0
    for row in range(len(entity)):
        mine = number[entity[row]] if entity[row] >= 0 else np.int32(-1)
        if mine >= 0:
            found[many] = row
            start[mine + 1] += 1
            many += 1
    for at in range(len(start) - 1):
        start[at + 1] += start[at]
    return many


@compiled
def _placed(entity: Ints, number: Numbers, found: Numbers, out: Members) -> None:
    """Put every row where those of its entity end, beginning with the last: then they begin there."""
    for at in range(len(out.rows) - 1, -1, -1):
        mine = number[entity[found[at]]] + 1
        out.start[mine] -= 1
        out.rows[out.start[mine]] = found[at]
    many = len(out.start) - 1
    for at in range(many):
        out.start[at] = out.start[at + 1]
    out.start[many] = len(out.rows)


def living(entity: Ints, people: int) -> Flags:
    """Which entities below `people` have a mention."""
    marks = np.zeros(people, bool)
    _marked(np.ascontiguousarray(entity), np.zeros(0, bool), marks)
    return marks


def certain(entity: Ints, trusted: Flags, people: int) -> Flags:
    """Which entities below `people` have a mention with a valid number of its own."""
    marks = np.zeros(people, bool)
    _marked(np.ascontiguousarray(entity), np.ascontiguousarray(trusted), marks)
    return marks


@compiled
def _marked(entity: Ints, chosen: Flags, marks: Flags) -> None:
    for row in range(len(entity)):
        if entity[row] >= 0 and (len(chosen) == 0 or chosen[row]):
            marks[entity[row]] = True
