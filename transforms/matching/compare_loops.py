"""Entities to levels of agreement in compiled loops, field by field: every value of one with every value of the other.

Fields are looked at one after the other, some hundred pairs each, because a processor that waits for the values of one
pair goes on with the next ones as long as the loop is short.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, lent
from transforms.matching.held_kernels import Spans
from transforms.matching.kernels import BIRTH, Ints, Levels, Words
from transforms.matching.level_loops import (
    ASK,
    Names,
    birth_level,
    mask_level,
    name_level,
    number_at,
    number_level,
    phone_level,
    place_level,
    sex_level,
)
from transforms.matching.model import FIELDS
from transforms.matching.packed import Small, Tables, Told

NAME, BORN, YEAR, SEX, NUMBER, MASK, PHONE, PLACE, KIN = range(len(FIELDS))
# further rows of Work.levels: see compare.Compared and score_loops
SPACED, LOOSE, CLASH, VERSION, ASKING, ROWS = range(len(FIELDS), len(FIELDS) + 6)
A, B, ROW, NAME_ID, BORN_ID, PHONE_ID, PLACE_ID, UNUSED, IDS = range(9)  # rows of Work.ids
ONE, KINSMAN, STRANGER, COVER, SUMS = range(5)  # rows of Work.sums
NEAR, YEARLY = BIRTH.index("near"), 40000


class Work(NamedTuple):
    """Pairs of entities, a column each, the first `used` columns; what they have in common, and what that is worth."""

    ids: NDArray[np.int64]  # the pair: A, B, which ROW of all; values of the left side that agreed best: NAME_ID ...
    levels: NDArray[np.uint8]  # by field, and SPACED ...
    sums: NDArray[np.float64]
    used: int


class Asked(NamedTuple):
    """Codes x * names + y of names whose texts have to be compared, as far as there is room, and how many there are."""

    codes: Ints
    many: Ints  # (1,)


def room(size: int) -> Work:
    """Room for `size` pairs."""
    return Work(
        np.empty((IDS, size), np.int64), np.zeros((ROWS, size), np.uint8), np.empty((SUMS, size), np.float64), size
    )


def best_of(kernel: Callable[..., int], field: int, value_at: int) -> Callable[..., None]:
    """A loop over pairs that fills in the highest level of any value of the one with any of the other, and the left
    value that reached it (else -1). Of equals the first counts, values of the left side before those of the right.
    """

    @borrowing
    def loop(table: Any, left: Spans, right: Spans, work: Work) -> None:
        ids, levels, _, used = work
        begin, many, one, each = left
        start, others, other, every = right
        for at in range(used):
            a, b = ids[A, at], ids[B, at]
            x, y = one[a], other[b]
            top = 0
            if x < 0 or y < 0:
                x = -1
            elif many[a] + others[b] == 2:
                top = kernel(table, x, y)
            else:
                top = -1
                for i in range(begin[a], begin[a] + many[a]):
                    for j in range(start[b], start[b] + others[b]):
                        found = kernel(table, each[i], every[j])
                        if found > top:
                            top, x = found, each[i]
            levels[field, at], ids[value_at, at] = top, x

    return loop


names = best_of(name_level, NAME, NAME_ID)
sexes = best_of(sex_level, SEX, UNUSED)
numbers = best_of(number_level, NUMBER, UNUSED)
phones = best_of(phone_level, PHONE, PHONE_ID)
places = best_of(place_level, PLACE, PLACE_ID)


@borrowing
def compare(tables: Tables, left: Told, right: Told, work: Work, asked: Asked) -> None:
    """Fill in the levels of all fields but kin."""
    name_table, number_table, phone_table, place_table = tables
    name, born, sex, number, trusted, mask, phone, place = left
    name_, born_, sex_, number_, trusted_, mask_, phone_, place_ = right
    names(name_table, name, name_, work)
    ask(name_table, name, name_, work, asked)
    births(born, born_, work)
    sexes(np.int64(0), sex, sex_, work)
    numbers(number_table, number, number_, work)
    phones(phone_table, phone, phone_, work)
    places(place_table, place, place_, work)
    masks(number_table, (mask, number), (mask_, number_), work)
    numberless(trusted.many, trusted_.many, work)


@borrowing
def ask(names: Names, left: Spans, right: Spans, work: Work, asked: Asked) -> None:
    """Write down which names have to be compared by their texts."""
    size = len(names.words)
    codes, many = asked
    begin, mine, _, each = left
    start, theirs, _, every = right
    for at in range(work.used):
        if work.levels[NAME, at] == ASK:
            a, b = work.ids[A, at], work.ids[B, at]
            for i in range(begin[a], begin[a] + mine[a]):
                for j in range(start[b], start[b] + theirs[b]):
                    x, y = each[i], every[j]
                    if name_level(names, x, y) == ASK:
                        if many[0] < len(codes):
                            codes[many[0]] = min(x, y) * size + max(x, y)
                        many[0] += 1


@borrowing
def births(left: Spans, right: Spans, work: Work) -> None:
    """The best of births, for the fields born and year at once."""
    ids, levels, _, used = work
    begin, mine, one, each = left
    start, theirs, other, every = right
    for at in range(used):
        a, b = ids[A, at], ids[B, at]
        x, y = one[a], other[b]
        born, year = 0, 0
        if x < 0 or y < 0:
            x, y = -1, -1
        elif mine[a] + theirs[b] == 2:
            born, year = birth_level(x, y)
        else:
            born = -1
            for i in range(begin[a], begin[a] + mine[a]):
                for j in range(start[b], start[b] + theirs[b]):
                    day, vague = birth_level(each[i], every[j])
                    year = max(year, vague)
                    if day > born:
                        born, x, y = day, each[i], every[j]
        levels[BORN, at], levels[YEAR, at], ids[BORN_ID, at] = born, year, x
        levels[SPACED, at] = born == NEAR and x // YEARLY == y // YEARLY


@borrowing
def masks(table: Words, left: tuple[Spans, Spans], right: tuple[Spans, Spans], work: Work) -> None:
    """The best level over masked numbers of one side with any number of the other; a side is (masked, in full)."""
    ids, levels, _, used = work
    masked, full = left
    masked_, full_ = right
    mine, theirs = masked.many, masked_.many
    for at in range(used):
        a, b = ids[A, at], ids[B, at]
        top = 0
        if mine[a]:
            top = max(_masked(table, masked, a, masked_, b), _masked(table, masked, a, full_, b))
        if theirs[b]:
            top = max(top, _masked(table, full, a, masked_, b))
        levels[MASK, at] = top


@borrowing
def _masked(table: Words, left: Spans, a: int, right: Spans, b: int) -> int:
    begin, mine, _, each = left
    start, theirs, _, every = right
    top = 0
    for i in range(begin[a], begin[a] + mine[a]):
        for j in range(start[b], start[b] + theirs[b]):
            top = max(top, mask_level(number_at(table, each[i]), number_at(table, every[j])))
    return top


@borrowing
def numberless(left: Small, right: Small, work: Work) -> None:
    """Which pairs have no trusted number on either side."""
    ids, levels, _, used = work
    for at in range(used):
        levels[LOOSE, at] = left[ids[A, at]] == 0 and right[ids[B, at]] == 0


@lent
def names_of(table: Names, a: Ints, b: Ints, level: Levels) -> None:
    """Fill in the levels of kernels.NAME of names a[i] and b[i], ASK where the texts are needed."""
    for at in range(len(a)):
        level[at] = name_level(table, a[at], b[at])
