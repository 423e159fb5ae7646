"""Entities to levels of agreement, field by field: the best that any value of one and any of the other come to."""

from collections.abc import Callable
from typing import Any

import numpy as np

from transforms.matching import lot
from transforms.matching.compiled import borrowing, compiled
from transforms.matching.entity_rows import TRUSTED, Small, Told
from transforms.matching.held_kernels import Spans
from transforms.matching.kernels import BIRTH, Ints, Levels, Words
from transforms.matching.level_loops import (
    ASK,
    Names,
    Places,
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
from transforms.matching.model import FIELDS, LEVELS
from transforms.matching.packed import Side, Tables

NEAR, YEARLY = BIRTH.index("near"), 40000
FAR, CLOSE, SAME = 1, 2, 3  # of trusted numbers
AHEAD = 64  # pairs of values that are fetched before they are compared
Kernel = Callable[[Any, Scalar, Scalar], Scalar]
Fetch = Callable[[Any, Scalar], Scalar]
Levelling = Callable[[Any, Ints, Ints, Levels], Scalar]
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


def levels_of(kernel: Kernel, field: int, fetch: Fetch) -> Callable[[Any, Both, Work], None]:
    """A loop over pairs that fills in the level of `field`, 0 where one side has no value, and which values agreed.

    Values that are far apart in memory are fetched for all pairs before the first is compared: while one is on its way
    the next ones are asked for, which a loop that has more to do than that does not come to. Whether both sides have a
    value is no branch: none could be foreseen. If not, the first values are compared, for nothing.
    """
    best, several = best_of(kernel), several_of(field, fetch)

    @borrowing
    def loop(table: Any, both: Both, work: Work) -> None:
        ids, levels, _, used = work
        held, held_ = both
        for at in range(used):
            x, y = ids[lot.LEFT + field, at], ids[lot.RIGHT + field, at]
            known = (x | y) >= 0
            ids[lot.LEFT + field, at], ids[lot.RIGHT + field, at] = x if known else -1, y if known else -1
            ids[lot.FETCHED, at] = np.int64(fetch(table, max(x, 0)) ^ fetch(table, max(y, 0)))
        for at in range(used):
            x, y = np.int64(ids[lot.LEFT + field, at]), np.int64(ids[lot.RIGHT + field, at])
            levels[field, at] = np.int64(kernel(table, max(x, 0), max(y, 0))) * (x >= 0)
        for i in range(several(table, both, work)):
            at = ids[lot.SOME, i]
            levels[field, at], ids[lot.LEFT + field, at], ids[lot.RIGHT + field, at] = best(
                table, held, ids[lot.A, at], held_, ids[lot.B, at]
            )

    return loop


def several_of(field: int, fetch: Fetch) -> Callable[[Any, Both, Work], Scalar]:
    """A loop that writes down, in SOME, the pairs of which one side has several values and whose first do not agree as
    well as any could; how many. What is asked of them next is fetched as in levels_of, a step at a time: where the
    values of a side are, and the last one (mostly the second).
    """
    top = len(LEVELS[FIELDS[field]]) - 1

    @borrowing
    def loop(table: Any, both: Both, work: Work) -> Scalar:
        ids, levels, _, used = work
        held, held_ = both
        many = 0
        for at in range(used):
            ids[lot.SOME, many] = at
            more = ids[lot.SEVERAL, at] >> field & 1 & (ids[lot.LEFT + field, at] >= 0)
            many += more & (levels[field, at] < top)
        for i in range(many):
            a, b = ids[lot.A, ids[lot.SOME, i]], ids[lot.B, ids[lot.SOME, i]]
            ids[lot.FETCHED, i] = held.start[a] ^ held.many[a] ^ held_.start[b] ^ held_.many[b]
        for i in range(many):
            a, b = ids[lot.A, ids[lot.SOME, i]], ids[lot.B, ids[lot.SOME, i]]
            x, y = held.values[held.start[a] + held.many[a] - 1], held_.values[held_.start[b] + held_.many[b] - 1]
            ids[lot.FETCHED, i] = np.int64(fetch(table, x) ^ fetch(table, y))
        return many

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


@borrowing
def at_hand(_: int, row: Scalar) -> Scalar:
    """What is no row of a table needs no fetching."""
    return 0


@borrowing
def fetch_name(names: Names, row: Scalar) -> Scalar:
    """Any part of a row, for all of it to come."""
    return names.words[np.uint64(row), 0]


@borrowing
def fetch_number(numbers: Words, row: Scalar) -> Scalar:
    """The same of a number."""
    return numbers[np.uint64(row), 0]


@borrowing
def fetch_phone(phones: Words, row: Scalar) -> Scalar:
    """The same of a telephone."""
    return phones[np.uint64(row)]


@borrowing
def fetch_place(places: Places, row: Scalar) -> Scalar:
    """The same of an address."""
    return places.lines[np.uint64(row), 0]


names = levels_of(name_level, lot.NAME, fetch_name)
born = levels_of(born_level, lot.BORN, at_hand)
sexes = levels_of(sex_level, lot.SEX, at_hand)
numbers = levels_of(number_level, lot.NUMBER, fetch_number)
phones = levels_of(phone_level, lot.PHONE, fetch_phone)
places = levels_of(place_level, lot.PLACE, fetch_place)
year, hidden, asked_for, alike = best_of(year_level), best_of(hidden_level), best_of(asking), best_of(likeness)


@borrowing
def compare(tables: Tables, left: Side, right: Side, work: Work, asked: Asked) -> None:
    """Fill in the levels of all fields but kin."""
    one, other = left.told, right.told
    first(left.rows.lanes, right.rows.lanes, work)
    names(tables.names, Both(one.name, other.name), work)
    ask(tables.names, one.name, other.name, work, asked)
    births = Both(one.born, other.born)
    born(0, births, work)
    years(births, work)
    sexes(0, Both(one.sex, other.sex), work)
    numbers(tables.numbers, Both(one.number, other.number), work)
    phones(tables.phones, Both(one.phone, other.phone), work)
    places(tables.places, Both(one.place, other.place), work)
    masks(tables.numbers, one, other, work)


@borrowing
def first(left: Small, right: Small, work: Work) -> None:
    """Put the first value of each side in each field where it is looked for: a row is read once for all fields."""
    ids = work.ids
    for at in range(work.used):
        a, b = np.uint64(ids[lot.A, at]), np.uint64(ids[lot.B, at])  # with a sign: counted from the end
        for field in range(lot.PLACE + 1):
            ids[lot.LEFT + field, at], ids[lot.RIGHT + field, at] = left[a, field], right[b, field]


@borrowing
def ask(table: Names, left: Spans, right: Spans, work: Work, asked: Asked) -> None:
    """Write down which names have to be compared by their texts."""
    ids, levels, _, used = work
    for at in range(used):
        if levels[lot.NAME, at] == ASK:
            asked_for((table, asked), left, ids[lot.A, at], right, ids[lot.B, at])


@borrowing
def years(both: Both, work: Work) -> None:
    """The levels of births that are not both known to the day, and who was born in one year on different days."""
    ids, levels, _, used = work
    held, held_ = both
    for at in range(used):
        x, y = np.int64(ids[lot.LEFT + lot.BORN, at]), np.int64(ids[lot.RIGHT + lot.BORN, at])
        levels[lot.YEAR, at] = year_level(0, x, y) if x >= 0 else 0
        levels[lot.SPACED, at] = levels[lot.BORN, at] == NEAR and x // YEARLY == y // YEARLY
    for at in range(used):
        if ids[lot.SEVERAL, at] >> lot.BORN & 1 and ids[lot.LEFT + lot.BORN, at] >= 0:
            levels[lot.YEAR, at] = year(0, held, ids[lot.A, at], held_, ids[lot.B, at])[0]


@borrowing
def masks(table: Words, one: Told, other: Told, work: Work) -> None:
    """The best level over masked numbers of one side with any number of the other."""
    ids, levels, _, used = work
    for at in range(used):
        a, b = ids[lot.A, at], ids[lot.B, at]
        top = 0
        if ids[lot.LEFT + lot.MASK, at] >= 0 or ids[lot.RIGHT + lot.MASK, at] >= 0:
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


def values_of(kernel: Kernel, fetch: Fetch) -> Levelling:
    """A loop that fills in the levels of values a[i] and b[i] of a table, fetched as levels_of does it. What it returns
    is of no use, or nobody would ask for it."""

    @borrowing
    def loop(table: Any, a: Ints, b: Ints, level: Levels) -> Scalar:
        fetched = np.uint64(0)
        for begin in range(0, len(a), AHEAD):
            end = min(begin + AHEAD, len(a))
            for at in range(begin, end):
                fetched ^= fetch(table, a[at]) ^ fetch(table, b[at])
            for at in range(begin, end):
                level[at] = kernel(table, a[at], b[at])
        return fetched

    return loop


_names, _numbers = values_of(name_level, fetch_name), values_of(number_level, fetch_number)


@compiled
def names_of(table: Names, a: Ints, b: Ints, level: Levels) -> Scalar:
    """Fill in the levels of kernels.NAME of names a[i] and b[i], ASK where the texts are needed."""
    return _names(table, a, b, level)


@compiled
def numbers_of(table: Words, a: Ints, b: Ints, level: Levels) -> Scalar:
    """Fill in the levels of kernels.NUMBER of numbers a[i] and b[i]."""
    return _numbers(table, a, b, level)
