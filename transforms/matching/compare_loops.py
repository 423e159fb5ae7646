"""Entities to levels of agreement, field by field: the best that any value of one and any of the other come to."""

from collections.abc import Callable
from typing import Any

import numpy as np

from transforms.matching import lot
from transforms.matching.compiled import borrowing, compiled
from transforms.matching.entity_rows import TRUSTED
from transforms.matching.held_kernels import Spans
from transforms.matching.kernels import BIRTH, Ints, Levels, Words
from transforms.matching.level_loops import (
    ASK,
    Names,
    Scalar,
    birth_level,
    close,
    mask_level,
    name_level,
    number_at,
    number_level,
    phone_level,
    place_level,
    sex_level,
)
from transforms.matching.lot import Asked, Both, Work
from transforms.matching.packed import Side, Tables

NEAR, YEARLY = BIRTH.index("near"), 40000
FAR, CLOSE, SAME = 1, 2, 3  # of trusted numbers
Kernel = Callable[[Any, Scalar, Scalar], Scalar]
Best = Callable[[Any, Spans, Any, Spans, Any], tuple[Scalar, Scalar, Scalar]]


def best_of(kernel: Kernel) -> Best:
    """A loop over every value of one entity with every value of another, for the highest level of `kernel`, -1 where
    one has none, and the two values that reached it. Of equals the first counts, values of the left before the right.
    """

    @borrowing
    def best(table: Any, left: Spans, a: Any, right: Spans, b: Any) -> tuple[Scalar, Scalar, Scalar]:
        top: Scalar = -1
        x, y = -1, -1
        for i in range(left.start[a], left.start[a] + left.many[a]):
            for j in range(right.start[b], right.start[b] + right.many[b]):
                found: Scalar = np.int64(kernel(table, left.values[i], right.values[j]))
                if found > top:
                    top, x, y = found, left.values[i], right.values[j]
        return top, x, y

    return best


def levels_of(kernel: Kernel, field: int) -> Callable[[Any, Both, Work], None]:
    """A loop over pairs that fills in the level of `field`, 0 where one side has no value, and which values agreed."""
    best = best_of(kernel)

    @borrowing
    def loop(table: Any, both: Both, work: Work) -> None:
        ids, levels, used = work
        lanes, lanes_, held, held_ = both
        for at in range(used):
            x, y = np.int64(lanes[ids[lot.A, at], field]), np.int64(lanes_[ids[lot.B, at], field])
            known = (x | y) >= 0
            levels[field, at] = kernel(table, x, y) if known else 0
            ids[lot.LEFT + field, at], ids[lot.RIGHT + field, at] = x if known else -1, y if known else -1
        for at in range(used):
            if ids[lot.SEVERAL, at] >> field & 1 and ids[lot.LEFT + field, at] >= 0:
                levels[field, at], ids[lot.LEFT + field, at], ids[lot.RIGHT + field, at] = best(
                    table, held, ids[lot.A, at], held_, ids[lot.B, at]
                )

    return loop


@borrowing
def born_level(_: int, x: Scalar, y: Scalar) -> Scalar:
    """The level of kernels.BIRTH."""
    return birth_level(x, y)[0]


@borrowing
def year_level(_: int, x: Scalar, y: Scalar) -> Scalar:
    """The level of kernels.YEARS."""
    return birth_level(x, y)[1]


@borrowing
def hidden_level(table: Words, x: Scalar, y: Scalar) -> Scalar:
    """The level of kernels.MASK."""
    return mask_level(number_at(table, x), number_at(table, y))


@borrowing
def likeness(table: Words, x: Scalar, y: Scalar) -> Scalar:
    """Are two trusted numbers FAR from one another, CLOSE, or the SAME?"""
    if x == y:
        return SAME
    return CLOSE if close(number_at(table, x), number_at(table, y)) else FAR


@borrowing
def asking(table: tuple[Names, Asked], x: Scalar, y: Scalar) -> Scalar:
    """Write the two names down if they have to be compared by their texts."""
    names, asked = table
    if name_level(names, x, y) == ASK:
        if asked.many[0] < len(asked.codes):
            asked.codes[asked.many[0]] = min(x, y) * len(names.words) + max(x, y)
        asked.many[0] += 1
    return 0


names = levels_of(name_level, lot.NAME)
born = levels_of(born_level, lot.BORN)
sexes = levels_of(sex_level, lot.SEX)
numbers = levels_of(number_level, lot.NUMBER)
phones = levels_of(phone_level, lot.PHONE)
places = levels_of(place_level, lot.PLACE)
year, hidden, asked_for, alike = best_of(year_level), best_of(hidden_level), best_of(asking), best_of(likeness)


@borrowing
def compare(tables: Tables, left: Side, right: Side, work: Work, asked: Asked) -> None:
    """Fill in the levels of all fields but kin."""
    one, other = left.told, right.told
    lanes, lanes_ = left.rows.lanes, right.rows.lanes
    names(tables.names, Both(lanes, lanes_, one.name, other.name), work)
    ask(tables.names, one.name, other.name, work, asked)
    births = Both(lanes, lanes_, one.born, other.born)
    born(0, births, work)
    years(births, work)
    sexes(0, Both(lanes, lanes_, one.sex, other.sex), work)
    numbers(tables.numbers, Both(lanes, lanes_, one.number, other.number), work)
    phones(tables.phones, Both(lanes, lanes_, one.phone, other.phone), work)
    places(tables.places, Both(lanes, lanes_, one.place, other.place), work)
    masks(tables.numbers, left, right, work)


@borrowing
def ask(table: Names, left: Spans, right: Spans, work: Work, asked: Asked) -> None:
    """Write down which names have to be compared by their texts."""
    ids, levels, used = work
    for at in range(used):
        if levels[lot.NAME, at] == ASK:
            asked_for((table, asked), left, ids[lot.A, at], right, ids[lot.B, at])


@borrowing
def years(both: Both, work: Work) -> None:
    """The levels of births that are not both known to the day, and who was born in one year on different days."""
    ids, levels, used = work
    _, _, held, held_ = both
    for at in range(used):
        x, y = np.int64(ids[lot.LEFT + lot.BORN, at]), np.int64(ids[lot.RIGHT + lot.BORN, at])
        levels[lot.YEAR, at] = year_level(0, x, y) if x >= 0 else 0
        levels[lot.SPACED, at] = levels[lot.BORN, at] == NEAR and x // YEARLY == y // YEARLY
    for at in range(used):
        if ids[lot.SEVERAL, at] >> lot.BORN & 1 and ids[lot.LEFT + lot.BORN, at] >= 0:
            levels[lot.YEAR, at] = year(0, held, ids[lot.A, at], held_, ids[lot.B, at])[0]


@borrowing
def masks(table: Words, left: Side, right: Side, work: Work) -> None:
    """The best level over masked numbers of one side with any number of the other."""
    ids, levels, used = work
    (one, mine), (other, theirs) = left, right
    for at in range(used):
        a, b = ids[lot.A, at], ids[lot.B, at]
        top = 0
        if mine.lanes[a, lot.MASK] >= 0 or theirs.lanes[b, lot.MASK] >= 0:
            top = max(top, hidden(table, one.mask, a, other.mask, b)[0])
            top = max(top, hidden(table, one.mask, a, other.number, b)[0])
            top = max(top, hidden(table, one.number, a, other.mask, b)[0])
        levels[lot.MASK, at] = top


@borrowing
def clash(table: Words, left: Side, a: Scalar, right: Side, b: Scalar) -> Scalar:
    """2 where both sides have trusted numbers, none in common and none that are close; 1 where two are; else 0."""
    x, y = left.rows.lanes[a, TRUSTED], right.rows.lanes[b, TRUSTED]
    if (x | y) < 0 or x == y:
        return 0
    return SAME - alike(table, left.told.trusted, a, right.told.trusted, b)[0]


@compiled
def names_of(table: Names, a: Ints, b: Ints, level: Levels) -> None:
    """Fill in the levels of kernels.NAME of names a[i] and b[i], ASK where the texts are needed."""
    for at in range(len(a)):
        level[at] = name_level(table, a[at], b[at])
