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


def repeats(tables: Registers, left: Holdings, a: Ints, right: Holdings, b: Ints) -> Bits:
    """A register that lists a person once speaks against two of its entries being one, as loudly as it usually does."""
    both = left.registers[a] & right.registers[b]
    total = np.zeros(len(a))
    for at in range(both.shape[1]):
        total += tables.repeat[at].take(both[:, at])
    return np.maximum(total, LEAST)


def typical(tables: Registers, left: Holdings, a: Ints, right: Holdings, b: Ints) -> Bits:
    """How typical the one's birth and sex are of the registers in which the other, who gives none, is entered."""
    total = np.zeros(len(a))
    for known, e, other, o in ((left, a, right, b), (right, b, left, a)):
        _add(total, tables.ages, known.registers, e, (known.held.born, other.held.born, o))
        _add(total, tables.sexes, known.registers, e, (known.held.sex, other.held.sex, o))
    return total


def _add(total: Bits, table: Bits, entered: NDArray[np.uint8], one: Ints, sets: tuple[Held, Held, Ints]) -> None:
    """Add what the registers of `one`, who gives no value, say of the values that the other gives: the least of it."""
    mine, theirs, other = sets
    rows = np.flatnonzero((mine.first.take(one) < 0) & (theirs.first.take(other) >= 0))
    if not len(rows):
        return
    bytes_ = entered[one[rows]]
    worst = _worst(table, bytes_, theirs.first[other[rows]])
    several = np.flatnonzero(theirs.count[other[rows]] > 1)
    if len(several):
        at, value = theirs.each(other[rows[several]])
        np.minimum.at(worst, several[at], _worst(table, bytes_[several[at]], value))
    total[rows] += np.where(worst < NOTHING, worst, 0.0)


def _worst(table: Bits, bytes_: NDArray[np.uint8], value: Ints) -> Bits:
    column = value if table.shape[2] == 3 else np.clip((value >> 2) // 100000 - FIRST, 0, DECADES - 1)
    worst = np.full(len(value), NOTHING)
    for at in range(bytes_.shape[1]):
        np.minimum(worst, table[at][bytes_[:, at], column], out=worst)
    return worst
