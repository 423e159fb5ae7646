"""What the mentions of each entity say, collected in one pass over them (see sets.facts)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.held_kernels import days, ordered
from transforms.matching.kernels import Flags, Ints, Levels

NAME, BORN, SEX, NUMBER, TRUSTED, MASK, PHONE, PLACE, SOURCE, MANY = range(10)
VALID, INVALID, MASKED, NOTHING = 0, 1, 2, 9
WIDE = 8
Rows = NDArray[np.int32]
Bits = NDArray[np.float64]


class Said(NamedTuple):
    """What each mention says, -1 (sex: 0) for nothing; `borrowed`: its valid number is somebody else's."""

    name: Ints
    born: Ints
    sex: Ints
    number: Ints
    phone: Ints
    place: Ints
    source: Ints
    borrowed: Flags


class Implied(NamedTuple):
    """By number: whether it is VALID, INVALID or MASKED, and the birth and the sex that are in it."""

    status: Levels
    born: Ints
    sex: Ints


class Room(NamedTuple):
    """Room to collect in: `begin` (entities + 1) and `start` (MANY * (entities + 1)) all 0, `rows` (mentions, WIDE),
    `values` MANY times as many as a set may hold of all, `used` and `first` (MANY)."""

    begin: Ints
    rows: Rows
    start: Ints
    values: Ints
    used: Ints
    first: Ints


@compiled
def collected(said: Said, implied: Implied, entity: Ints, room: Room) -> None:
    """Fill in `start`, the offsets by entity, MANY rows of them in one, and the distinct `values`, ascending.

    Those of each of the MANY begin at multiples of a part of MANY of the room that is there for values.
    """
    begin, rows, start, values, used, first = room
    size, width = len(begin) - 1, len(values) // MANY
    _together(said, implied, entity, begin, rows)
    for what in range(MANY):
        used[what] = what * width
    place = 0
    for one in range(size):
        for what in range(MANY):
            first[what] = used[what]
            start[what * (size + 1) + one] = used[what] - what * width
        while place < begin[one]:
            _listen(rows, place, values, used)
            place += 1
        used[TRUSTED] = ordered(values, first[TRUSTED], used[TRUSTED])
        for trusted in range(first[TRUSTED], used[TRUSTED]):
            _put(values, used, BORN, implied.born[values[trusted]])
            sex = implied.sex[values[trusted]]
            _put(values, used, SEX, sex if sex > 0 else -1)
        for what in range(MANY):
            used[what] = ordered(values, first[what], used[what])
        used[BORN] = days(values, first[BORN], used[BORN])
    for what in range(MANY):
        start[what * (size + 1) + size] = used[what] - what * width


@borrowing
def _together(said: Said, implied: Implied, entity: Ints, begin: Ints, rows: Rows) -> None:
    """Write what mentions say into `rows`, those of one entity together; `begin` is then where those of each end."""
    for mention in range(len(entity)):
        begin[entity[mention] + 1] += 1
    for one in range(len(begin) - 1):
        begin[one + 1] += begin[one]
    for mention in range(len(entity)):
        _write(said, implied, mention, rows, begin[entity[mention]])
        begin[entity[mention]] += 1


@borrowing
def _write(said: Said, implied: Implied, mention: int, rows: Rows, to: int) -> None:
    """Write what one mention says into one row, beside those of its entity: so memory is gone through once.

    Of a birth and a sex that agree with a borrowed number nothing is left: they may have been filled in from it, and
    are as borrowed.
    """
    number, born, sex = said.number[mention], said.born[mention], said.sex[mention]
    status = implied.status[number] if number >= 0 else NOTHING
    if said.borrowed[mention] and number >= 0:
        born = -1 if born == implied.born[number] else born
        sex = 0 if sex == implied.sex[number] else sex
    rows[to, 0], rows[to, 1], rows[to, 2] = said.name[mention], said.phone[mention], said.place[mention]
    rows[to, 3], rows[to, 4], rows[to, 5] = said.source[mention], born, sex if sex > 0 else -1
    rows[to, 6], rows[to, 7] = number, NOTHING if status == VALID and said.borrowed[mention] else status


@borrowing
def _listen(rows: Rows, row: int, values: Ints, used: Ints) -> None:
    """Sort what is in one row into the sets of its entity."""
    _put(values, used, NAME, rows[row, 0])
    _put(values, used, PHONE, rows[row, 1])
    _put(values, used, PLACE, rows[row, 2])
    _put(values, used, SOURCE, rows[row, 3])
    _put(values, used, BORN, rows[row, 4])
    _put(values, used, SEX, rows[row, 5])
    number, status = rows[row, 6], rows[row, 7]
    _put(values, used, TRUSTED, number if status == VALID else -1)
    _put(values, used, NUMBER, number if status <= INVALID else -1)
    _put(values, used, MASK, number if status == MASKED else -1)


@borrowing
def _put(values: Ints, used: Ints, what: int, value: int) -> None:
    """Add a value, or write where the next will be: no branch, which would be guessed wrong half of the time."""
    values[used[what]] = value
    used[what] += value >= 0


@compiled
def entered(start: Ints, source: Ints, coverage: Bits, registers: Levels, highest: Bits) -> None:
    """Set the bit of each source of each entity in `registers` (entities, bytes); fill in the highest `coverage`."""
    for entity in range(len(highest)):
        highest[entity] = 0.0
        for place in range(start[entity], start[entity + 1]):
            one = source[place]
            registers[entity, one >> 3] |= np.uint8(1 << (one & 7))
            highest[entity] = max(highest[entity], coverage[one])
