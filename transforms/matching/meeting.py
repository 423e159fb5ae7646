"""Kept mentions that share words with those of a batch: one pass over the columns of all that is kept for each rule."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.fingerprints import Fingerprints, Short
from transforms.matching.kernels import Flags, Ints

Two = tuple[Short, Short]
Rows = NDArray[np.int32]
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
    return _shared(theirs, (old.entity, old.trusted), mine, everybody)


def fixed(words: Short) -> Short:
    """As something that can't be written to: a function is compiled for that, or for other words."""
    found = np.ascontiguousarray(words).view()
    found.flags.writeable = False
    return found


@compiled
def _shared(old: Two, state: tuple[Ints, Flags], new: Two, everybody: Flags) -> tuple[Ints, Ints]:
    size = 1024
    while size < 2 * len(everybody):
        size *= 2
    marks, head, after = np.zeros(1 << 15, np.uint32), np.full(size, -1, np.int32), np.empty(len(everybody), np.int32)
    _entered(new[0], new[1], marks, (head, after))
    maybe = np.empty(len(state[0]), np.int32)
    maybe = maybe[: _marked(old[0], old[1], marks, maybe)]
    many = _met(maybe, (old, state, new, everybody), (head, after), np.empty((2, 0), np.int64))
    rows = np.empty((2, many), np.int64)
    _met(maybe, (old, state, new, everybody), (head, after), rows)
    return rows[0], rows[1]


@borrowing
def _mixed(one: np.uint32, other: np.uint32) -> np.uint32:
    """32 bits that depend on both; the upper ones choose a mark, the lower ones a chain."""
    word = (np.uint64(one) << np.uint64(32) | np.uint64(other)) * MIX
    mixed: np.uint32 = np.uint32(word >> np.uint64(32))
    return mixed


@borrowing
def _entered(one: Short, other: Short, marks: Short, chains: tuple[Rows, Rows]) -> None:
    """Chains of the new rows by what they share, each ascending."""
    head, after = chains
    mask = np.uint32(len(head) - 1)
    for at in range(len(after) - 1, -1, -1):
        if one[at] != 0 and other[at] != 0:
            mixed = _mixed(one[at], other[at])
            marks[mixed >> MARK] |= ONE << (mixed >> BIT & LOW)
            after[at] = head[mixed & mask]
            head[mixed & mask] = at


@borrowing
def _marked(one: Short, other: Short, marks: Short, maybe: Rows) -> int:
    """Rows that bear a mark, put into `maybe`: the few that may be met. No branch, for none would be foreseen."""
    many = 0
    for row in range(len(one)):
        mixed = _mixed(one[row], other[row])
        maybe[many] = row
        many += int(marks[mixed >> MARK] >> (mixed >> BIT & LOW) & ONE)
    return many


@borrowing
def _met(maybe: Rows, sides: tuple[Two, tuple[Ints, Flags], Two, Flags], chains: tuple[Rows, Rows], rows: Ints) -> int:
    """Put into `rows`, where there is room, all that meet; returns how many do."""
    (one, other), (entity, trusted), (new_one, new_other), everybody = sides
    head, after = chains
    mask, many = np.uint32(len(head) - 1), 0
    for row in maybe:
        at = head[_mixed(one[row], other[row]) & mask]
        while at >= 0:
            same = one[row] == new_one[at] and other[row] == new_other[at]
            if same and entity[row] >= 0 and (everybody[at] or not trusted[row]):
                if many < rows.shape[1]:
                    rows[0, many], rows[1, many] = row, at
                many += 1
            at = after[at]
    return many
