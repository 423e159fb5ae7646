"""What the registers themselves say of a pair: who is usually entered in them, and how often the same person is."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.held import Held
from transforms.matching.holdings import Bits, Holdings
from transforms.matching.kernels import Ints
from transforms.matching.model import Model

FIRST, DECADES = 185, 24  # decades of birth from 1850 on
NOTHING = 9.0  # more than anything is worth
LEAST = -12.0


class Registers(NamedTuple):
    """What every set of registers says, eight at a time: a row for each value of a byte of Holdings.registers."""

    repeat: Bits  # (bytes, 256): the sum over the set
    ages: Bits  # (bytes, 256, DECADES): the least of the set
    sexes: Bits  # (bytes, 256, 3)


def registers(model: Model, sources: list[tuple[str, str]]) -> Registers:
    """Tables for `sources` (feed, role), in the order of their ids."""
    width = len(sources) // 8 + 1
    repeat, ages, sexes = np.zeros(8 * width), np.full((8 * width, DECADES), 0.0), np.full((8 * width, 3), 0.0)
    for row, (feed, role) in enumerate(sources):
        label = f"{feed} {role}"
        repeat[row] = model.repeat.get(label, 0.0)
        for decade, bits in model.ages.get(label, {}).items():
            ages[row, min(max(int(decade) - FIRST, 0), DECADES - 1)] = bits
        for sex, bits in model.sexes.get(label, {}).items():
            sexes[row, int(sex)] = bits
    within = (np.arange(256)[:, None] >> np.arange(8) & 1) > 0
    by_byte = (width, 8)

    def least(table: Bits) -> Bits:
        spread = np.where(within[None, :, :, None], table.reshape(*by_byte, -1)[:, None], NOTHING)
        worst: Bits = spread.min(axis=2)
        return worst

    return Registers((within[None] * repeat.reshape(*by_byte)[:, None]).sum(axis=2), least(ages), least(sexes))


class Entered(NamedTuple):
    """One side of some pairs, and the registers in which each of it is."""

    known: Holdings
    entity: Ints
    registers: NDArray[np.uint8]


def entered(known: Holdings, entity: Ints) -> Entered:
    """The side that `entity` of `known` are."""
    return Entered(known, entity, known.registers.take(entity, axis=0))


def repeats(tables: Registers, left: Entered, right: Entered) -> Bits:
    """A register that lists a person once speaks against two of its entries being one, as loudly as it usually does."""
    both = left.registers & right.registers
    total = np.zeros(len(both))
    for at in range(both.shape[1]):
        total += tables.repeat[at].take(both[:, at])
    return np.maximum(total, LEAST)


def typical(tables: Registers, left: Entered, right: Entered) -> Bits:
    """How typical the one's birth and sex are of the registers in which the other, who gives none, is entered."""
    total = np.zeros(len(left.entity))
    for table, one, other in (
        (tables.ages, left.known.held.born, right.known.held.born),
        (tables.sexes, left.known.held.sex, right.known.held.sex),
    ):
        x, y = one.first.take(left.entity), other.first.take(right.entity)
        rows = np.flatnonzero((x < 0) & (y >= 0))
        total[rows] += _least(table, left.registers[rows], other, right.entity[rows], y[rows])
        rows = np.flatnonzero((y < 0) & (x >= 0))
        total[rows] += _least(table, right.registers[rows], one, left.entity[rows], x[rows])
    return total


def _least(table: Bits, registers: NDArray[np.uint8], theirs: Held, other: Ints, first: Ints) -> Bits:
    """What `registers` say of the values that the other gives, `first` being the first of them: the least of it."""
    worst = _worst(table, registers, first)
    several = np.flatnonzero(theirs.count.take(other) > 1)
    if len(several):
        at, value = theirs.each(other[several])
        np.minimum.at(worst, several[at], _worst(table, registers[several[at]], value))
    return np.where(worst < NOTHING, worst, 0.0)


def _worst(table: Bits, bytes_: NDArray[np.uint8], value: Ints) -> Bits:
    column = value if table.shape[2] == 3 else np.clip((value >> 2) // 100000 - FIRST, 0, DECADES - 1)
    worst = np.full(len(value), NOTHING)
    for at in range(bytes_.shape[1]):
        np.minimum(worst, table[at][bytes_[:, at], column], out=worst)
    return worst
