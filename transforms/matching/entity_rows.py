"""What is known of an entity in one row of memory: a pair is compared by two lines of the processor's cache.

Attributes are sets (held), but almost all have one value or none. That is in the row, and whether there are more.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.held_kernels import Spans
from transforms.matching.kernels import Ints

Small = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Bits = NDArray[np.float64]
# The first value of each field of model.FIELDS (-1 for none), but for YEAR, that of birth; the trusted number; which of
# these have several values (bits); the earliest and latest possible year of birth; then the chance of being elsewhere.
NAME, BORN, YEAR, SEX, NUMBER, MASK, PHONE, PLACE, TRUSTED, SEVERAL, LOW, HIGH = range(12)
COVERED = 6  # as a real
REGISTERS = 56  # from this byte on
LINE = 64


class Told(NamedTuple):
    """The sets of holdings.Attributes."""

    name: Spans
    born: Spans
    sex: Spans
    number: Spans
    trusted: Spans
    mask: Spans
    phone: Spans
    place: Spans


class Years(NamedTuple):
    """Years of birth, and the earliest and latest possible."""

    year: Ints
    low: Ints
    high: Ints


class Known(NamedTuple):
    """What holdings.Holdings knows of entities."""

    told: Told
    registers: Bytes
    covered: Bits
    years: Years


class Rows(NamedTuple):
    """A row for each entity, and the same memory as reals and as bytes."""

    lanes: Small
    reals: Bits
    octets: Bytes


def empty(entities: int, registers: int) -> Rows:
    """Room for the rows of so many entities with so many bytes of registers, in whole LINEs of memory."""
    width = -(-(REGISTERS + registers) // LINE) * LINE
    octets = aligned(entities * width).reshape(entities, width)
    return Rows(octets.view(np.int32), octets.view(np.float64), octets)


def aligned(size: int) -> Bytes:
    """So many bytes of memory from the beginning of a LINE on."""
    memory = np.empty(size + LINE, np.uint8)
    begin = -memory.ctypes.data % LINE
    return memory[begin : begin + size]


@compiled
def write(rows: Rows, known: Known, who: Ints) -> None:
    """Write the rows of the entities `who`."""
    for entity in who:
        put(rows, known, entity)


@borrowing
def put(rows: Rows, known: Known, entity: int) -> None:
    """Write the row of one entity."""
    name, born, sex, number, trusted, mask, phone, place = known.told
    lanes, (year, low, high) = rows.lanes, known.years
    lanes[entity, SEVERAL] = 0
    _first(lanes, entity, NAME, name)
    _first(lanes, entity, BORN, born)
    _first(lanes, entity, SEX, sex)
    _first(lanes, entity, NUMBER, number)
    _first(lanes, entity, MASK, mask)
    _first(lanes, entity, PHONE, phone)
    _first(lanes, entity, PLACE, place)
    _first(lanes, entity, TRUSTED, trusted)
    lanes[entity, YEAR], lanes[entity, LOW], lanes[entity, HIGH] = year[entity], low[entity], high[entity]
    rows.reals[entity, COVERED] = known.covered[entity]
    for byte in range(known.registers.shape[1]):
        rows.octets[entity, REGISTERS + byte] = known.registers[entity, byte]


@borrowing
def _first(lanes: Small, entity: int, field: int, held: Spans) -> None:
    lanes[entity, field] = held.first[entity]
    lanes[entity, SEVERAL] |= (held.many[entity] > 1) << field
