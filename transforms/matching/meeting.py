"""Kept mentions that share words with those of a batch: one pass over the columns of all that is kept for each rule."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, lent
from transforms.matching.fingerprints import Fingerprints, Short
from transforms.matching.kernels import Flags, Ints

Two = tuple[Short, Short]
Rows = NDArray[np.int32]
Sides = tuple[Two, tuple[Ints, Flags], Two, Flags]
MIX = np.uint64(0x9E3779B97F4A7C15)
# a mark for each of a million values: most kept mentions are told by it to be none of these
MARK, BIT, LOW, ONE = np.uint32(17), np.uint32(12), np.uint32(31), np.uint32(1)


class Kept(NamedTuple):
    """What is kept of the mentions so far, by row: their words, whose they are (-1: replaced by a later version), and
    whether they have a valid number of their own. `people` bounds the ids of entities."""

    words: Fingerprints
    entity: Ints
    trusted: Flags
    people: int


def meet(old: Kept, new: Fingerprints, columns: tuple[str, ...], everybody: Flags) -> tuple[Ints, Ints]:
    """All (row of `old`, row of `new`) that are known to agree in all of `columns`, one or two, ascending.

    Only living rows are met, and those of a valid number only by who may meet `everybody`.
    """
    one, other = columns[0], columns[-1]
    theirs, mine = ((fixed(words[one]), fixed(words[other])) for words in (old.words, new))
    few, size = len(everybody), 1024
    while size < 2 * few:
        size *= 2
    marks, head, after = np.zeros(1 << 15, np.uint32), np.full(size, -1, np.int32), np.empty(few, np.int32)
    room = Room(marks, head, after, np.empty(len(old.entity), np.int32))
    some = _marked(theirs, mine, room)
    sides, many = (theirs, (old.entity, old.trusted), mine, everybody), 2 * few
    while True:
        rows = np.empty(many, np.int64), np.empty(many, np.int64)
        many = _met(room, some, sides, rows)
        if many <= len(rows[0]):
            return rows[0][:many], rows[1][:many]


def fixed(words: Short) -> Short:
    """As something that can't be written to: a function is compiled for that, or for other words."""
    found = np.ascontiguousarray(words).view()
    found.flags.writeable = False
    return found


class Room(NamedTuple):
    """Marks of all that the new rows share, chains of these rows by it (the first of each, and who comes after whom),
    and as much room as there are old rows."""

    marks: Short
    head: Rows
    after: Rows
    maybe: Rows


@lent
def _marked(old: Two, new: Two, room: Room) -> int:
    """Put the new rows into chains, each ascending, and old rows that may share something with them into `maybe`."""
    one, other = new
    marks, head, after, maybe = room
    mask = np.uint32(len(head) - 1)
    for at in range(len(after) - 1, -1, -1):
        if one[at] != 0 and other[at] != 0:
            mixed = _mixed(one[at], other[at])
            marks[mixed >> MARK] |= ONE << (mixed >> BIT & LOW)
            after[at] = head[mixed & mask]
            head[mixed & mask] = at
    return _may_meet(old[0], old[1], marks, maybe)


@borrowing
def _mixed(one: np.uint32, other: np.uint32) -> np.uint32:
    """32 bits that depend on both; the upper ones choose a mark, the lower ones a chain."""
    word = (np.uint64(one) << np.uint64(32) | np.uint64(other)) * MIX
    mixed: np.uint32 = np.uint32(word >> np.uint64(32))
    return mixed


@borrowing
def _may_meet(one: Short, other: Short, marks: Short, maybe: Rows) -> int:
    """Rows that bear a mark, put into `maybe`: the few that may be met. No branch, for none would be foreseen."""
    many = 0
    for row in range(len(one)):
        mixed = _mixed(one[row], other[row])
        maybe[many] = row
        many += int(marks[mixed >> MARK] >> (mixed >> BIT & LOW) & ONE)
    return many


@lent
def _met(room: Room, some: int, sides: Sides, rows: tuple[Ints, Ints]) -> int:
    """Put into `rows`, where there is room, all that meet of the first `some` of `maybe`; returns how many do."""
    (one, other), (entity, trusted), (new_one, new_other), everybody = sides
    mask, many = np.uint32(len(room.head) - 1), 0
    for place in range(some):
        row = room.maybe[place]
        at = room.head[_mixed(one[row], other[row]) & mask]
        while at >= 0:
            same = one[row] == new_one[at] and other[row] == new_other[at]
            if same and entity[row] >= 0 and (everybody[at] or not trusted[row]):
                if many < len(rows[0]):
                    rows[0][many], rows[1][many] = row, at
                many += 1
            at = room.after[at]
    return many
