"""What is known of each entity while entities merge: sets by attribute, and what follows from them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching import holding_loops
from transforms.matching.entity_rows import HIGH, LOW, Known, Rows, Told, Years, empty, write
from transforms.matching.fact_kernels import entered
from transforms.matching.held import Held
from transforms.matching.held_kernels import Spans
from transforms.matching.kernels import Ints
from transforms.matching.sets import Facts

Bits = NDArray[np.float64]
PARENT_AGE = 12


class Attributes(NamedTuple):
    """Sets by attribute; see sets.Facts for what they hold."""

    name: Held
    born: Held
    sex: Held
    number: Held
    trusted: Held
    mask: Held
    phone: Held
    place: Held


class Holdings(NamedTuple):
    """All that is known of each entity; the arrays are changed in place when entities merge."""

    held: Attributes
    registers: NDArray[np.uint8]  # (entities, bytes): bit s % 8 of byte s // 8 for an entry in source s
    year: Ints  # of birth (of the earliest date), -1 unknown
    covered: Bits  # the chance of being elsewhere too; 1 for those with a trusted number
    low: Ints  # earliest and latest possible year of birth, by children and parents
    high: Ints
    rows: Rows  # the same, entity by entity

    @property
    def told(self) -> Told:
        """The arrays of the sets as they stand."""
        return Told(*(each.spans for each in self.held))

    @property
    def arrays(self) -> Known:
        """All of them but the rows, for loops."""
        return Known(self.told, self.registers, self.covered, Years(self.year, self.low, self.high))

    @property
    def size(self) -> int:
        """How many entities there are, those that are merged into others included."""
        return len(self.year)


def attributes(facts: Facts) -> Attributes:
    """The sets of `facts`, ready to grow."""
    return Attributes(*(Held.of(getattr(facts, name)) for name in Attributes._fields))


def holdings(facts: Facts, coverage: Bits) -> Holdings:
    """What is known of each entity of `facts`; `coverage` is by source the chance that who is in it is elsewhere too.

    The most that any register of an entity says counts; who is known by a number is in the register of the known.
    """
    held, source = attributes(facts), facts.source
    size = len(source.start) - 1
    registers = np.zeros((size, len(coverage) // 8 + 1), np.uint8)
    covered = np.empty(size)
    entered(*source, coverage, registers, covered)
    covered[held.trusted.count > 0] = 1.0
    low, high = np.full(size, -1), np.full(size, 9999)
    year = np.where(held.born.first >= 0, (held.born.first >> 2) // 10000, -1)
    known = Holdings(held, registers, year, covered, low, high, empty(size, registers.shape[1]))
    write(known.rows, known.arrays, np.arange(size))
    return known


def unite(known: Holdings, a: Ints, b: Ints) -> None:
    """Let each a[i] be what a[i] and b[i] are together, in place; no entity is in two of them."""
    for held, room in zip(known.held, _needed(known, a, b), strict=True):
        held.make_room(int(room))
    used = np.array([held.used for held in known.held])
    holding_loops.unite(known.arrays, known.rows, used, a, b)
    for held, now in zip(known.held, used, strict=True):
        held.used = int(now)


def imagined(known: Holdings, a: Ints, b: Ints) -> Holdings:
    """Other holdings, whose i-th entity is what a[i] and b[i] would be together."""
    size, sets, width = len(a), len(known.held), known.registers.shape[1]
    values = np.empty(int(_needed(known, a, b).sum()), np.int64)
    begin, many = np.empty((2, sets, size), np.int32)
    first = np.empty((sets, size), np.int64)
    held = Attributes(*(Held(Spans(*three, values)) for three in zip(begin, many, first, strict=True)))
    registers, covered = np.empty((size, width), np.uint8), np.empty(size)
    year, low, high = np.empty((3, size), np.int64)
    thought = Holdings(held, registers, year, covered, low, high, empty(size, width))
    holding_loops.imagine(known.arrays, a, b, thought.arrays, thought.rows)
    return thought


def _needed(known: Holdings, a: Ints, b: Ints) -> Ints:
    """How many values all of `a` and `b` hold, set by set."""
    room = np.empty(len(known.held), np.int64)
    holding_loops.needed(known.told, a, b, room)
    return room


def bounds(known: Holdings, who: Ints, whom: Ints) -> None:
    """Set the earliest and latest year of birth, in place: `who` is a child of `whom`, PARENT_AGE years younger."""
    known.low[:], known.high[:] = -1, 9999
    year = known.year
    some = year[whom] >= 0
    np.maximum.at(known.low, who[some], year[whom[some]] + PARENT_AGE)
    some = year[who] >= 0
    np.minimum.at(known.high, whom[some], year[who[some]] - PARENT_AGE)
    known.rows.lanes[:, LOW], known.rows.lanes[:, HIGH] = known.low, known.high
