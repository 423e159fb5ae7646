"""Comparing values by integers: levels of agreement for numbers, dates, phones and places (names: name_kernels).

Every kernel takes two arrays of equal length and returns uint8 levels, 0 where nothing can be compared and otherwise
ascending with the evidence that the two are the same. Nothing here loops over pairs.

Numbers travel as BCD nibbles of words and are compared by XOR.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
Levels = NDArray[np.uint8]
Flags = NDArray[np.bool_]

NAME = ("missing", "else", "surname", "given", "one_differs", "one_missing", "swapped", "sound", "shape", "exact")
BIRTH = ("missing", "conflict", "near", "day_month_swapped", "exact")
YEARS = ("missing", "conflict", "next", "same", "month")
NUMBER = ("missing", "differs", "far", "typo", "equal_invalid", "equal")
PHONE = ("missing", "differs", "typo", "equal")
PLACE = ("missing", "differs", "town", "area", "near", "door")
SEX = ("missing", "differs", "same")
MASK = ("missing", "incompatible", "compatible")
KIN = ("missing", "differs", "home", "blood", "spouse")

YEAR, MONTH, DAY = 1, 2, 3
_NIBBLES = np.uint64(0x1111111111111111)


def nibbles_differ(a: Words, b: Words) -> Words:
    """One bit a nibble (the lowest of the four) where `a` and `b` differ."""
    x = a ^ b
    x |= x >> np.uint64(2)
    x |= x >> np.uint64(1)
    return x & _NIBBLES


class NumberTable(NamedTuple):
    """Distinct identity numbers as 19 BCD nibbles in two words: `head` the first nine, `tail` the rest (X 10, * 15)."""

    head: Words
    tail: Words
    length: NDArray[np.uint8]
    trusted: Flags  # passes the check and belongs to whom it is written under
    digits: NDArray[np.uint8]  # (n, 19), for the few pairs that need a closer look


def number_levels(numbers: NumberTable, a: Ints, b: Ints, valid: Flags) -> Levels:
    """Levels of NUMBER; `valid` tells of each row of `numbers` whether its check character is right.

    Two numbers that both check are no slip of one another: only pairs where one does not are looked at closely.
    """
    doubtful = ~(valid.take(a) & valid.take(b))
    level = doubtful.view(np.uint8) + np.uint8(1)
    same = a == b
    rows = np.flatnonzero(doubtful & ~same)
    if len(rows):
        level[rows[one_slip(numbers, a[rows], b[rows])]] = 3
    level[same] = 5 - doubtful[same]
    return level


def one_slip(numbers: NumberTable, a: Ints, b: Ints) -> Flags:
    """One wrong digit, two neighbours swapped, or one digit left out or put in: what a hand does to a number."""
    head_a, head_b, tail_a, tail_b = (part.take(x) for part in (numbers.head, numbers.tail) for x in (a, b))
    differ_head, differ_tail = nibbles_differ(head_a, head_b), nibbles_differ(tail_a, tail_b)
    count = np.bitwise_count(differ_head) + np.bitwise_count(differ_tail)
    length_a, length_b = numbers.length.take(a), numbers.length.take(b)
    same_length = length_a == length_b
    hit: Flags = (count == 1) & same_length
    rows = np.flatnonzero((count == 2) & same_length)
    if len(rows):
        words = (head_a[rows], head_b[rows], tail_a[rows], tail_b[rows])
        hit[rows] = _digits_swapped(words, differ_head[rows], differ_tail[rows])
    longer_a = length_a == length_b + np.uint8(1)
    rows = np.flatnonzero(longer_a | (length_b == length_a + np.uint8(1)))
    if len(rows):
        longer, shorter = np.where(longer_a[rows], a[rows], b[rows]), np.where(longer_a[rows], b[rows], a[rows])
        hit[rows] = _digit_missing(numbers.digits[longer], numbers.digits[shorter])
    return hit


def _digits_swapped(words: tuple[Words, Words, Words, Words], in_head: Words, in_tail: Words) -> Flags:
    """Are the two digits that differ neighbours that changed places? `words`: heads and tails of both sides."""
    head_a, head_b, tail_a, tail_b = words
    last, nibble = np.uint64(32), np.uint64(15)
    across = (in_head == np.uint64(1) << last) & (in_tail == 1)
    across &= (head_a >> last & nibble == tail_b & nibble) & (head_b >> last & nibble == tail_a & nibble)
    crossed: Flags = across | _crossed(head_a, head_b, in_head) | _crossed(tail_a, tail_b, in_tail)
    return crossed


def _crossed(a: Words, b: Words, differ: Words) -> Flags:
    """Does `a` become `b` when two neighbouring nibbles, the only ones in which they differ, change places?"""
    first = differ & (~differ + np.uint64(1))
    four = np.uint64(4)
    there = first * np.uint64(15)
    back = ((a >> four) ^ b) & there | ((b >> four) ^ a) & there
    hit: Flags = (first != 0) & (differ == (first | first << four)) & (back == 0)
    return hit


def _digit_missing(longer: NDArray[np.uint8], shorter: NDArray[np.uint8]) -> Flags:
    hit = np.zeros(len(longer), bool)
    width = longer.shape[1]
    for at in range(width):
        hit |= (longer[:, :at] == shorter[:, :at]).all(axis=1) & (
            longer[:, at + 1 :] == shorter[:, at : width - 1]
        ).all(axis=1)
    return hit


def mask_levels(numbers: NumberTable, a: Ints, b: Ints) -> Levels:
    """Levels of MASK: do the digits that are visible in both agree? 0 where neither number is masked."""
    covered = np.zeros(len(a), bool)
    clash = numbers.length[a] != numbers.length[b]
    for part in (numbers.head, numbers.tail):
        hidden = _masked(part[a]) | _masked(part[b])
        covered |= hidden != 0
        clash |= nibbles_differ(part[a], part[b]) & ~hidden != 0
    return np.where(covered, np.where(clash, 1, 2), 0).astype(np.uint8)


def _masked(word: Words) -> Words:
    """The lowest bit of each nibble that is 15."""
    pairs = word & (word >> np.uint64(1))
    full: Words = pairs & (pairs >> np.uint64(2)) & _NIBBLES
    return full


def birth_levels(a: Ints, b: Ints) -> tuple[Levels, Levels]:
    """Levels of BIRTH where both are known to the day, of YEARS where one is not; 0 in the other of the two.

    Dates are packed as yyyymmdd * 4 + precision (YEAR, MONTH or DAY). An age gives a year that may be one off.
    """
    precision = np.minimum(a & 3, b & 3)
    (year_a, month_a, day_a), (year_b, month_b, day_b) = _parts(a >> 2), _parts(b >> 2)
    same_year, same_month, same_day = year_a == year_b, month_a == month_b, day_a == day_b
    agreeing = same_year.astype(np.int8) + same_month + same_day
    full = precision == DAY

    birth = full.astype(np.uint8)
    # 1 January is what is written when only the year is known
    new_year = ((a >> 2) % 10000 == 101) | ((b >> 2) % 10000 == 101)
    birth[full & ((agreeing == 2) | (same_year & new_year))] = 2
    birth[full & same_year & (month_a == day_b) & (month_b == day_a)] = 3
    birth[full & (agreeing == 3)] = 4
    years = (~full).astype(np.uint8)
    years[~full & (np.abs(year_a - year_b) == 1)] = 2
    years[~full & same_year & ((precision == YEAR) | (month_a != month_b))] = 3
    years[(precision == MONTH) & same_year & same_month] = 4
    return birth, years


def _parts(date: Ints) -> tuple[Ints, Ints, Ints]:
    return date // 10000, date // 100 % 100, date % 100


def phone_levels(a: Words, b: Words) -> Levels:
    """Levels of PHONE for numbers packed as BCD nibbles, the last digit lowest."""
    differ = nibbles_differ(a, b)
    count = np.bitwise_count(differ)
    level = np.where(count == 0, 3, np.where(count == 1, 2, 1)).astype(np.uint8)
    rows = np.flatnonzero(count == 2)
    if len(rows):
        level[rows[_crossed(a[rows], b[rows], differ[rows])]] = 2
    return level


class PlaceTable(NamedTuple):
    """Distinct addresses as ids of their parts; -1 where a part is not given."""

    town: Ints
    village: Ints
    group: Ints
    house: Ints
    road: Ints
    road_no: Ints
    compound: Ints
    building: Ints
    unit: Ints
    room: Ints
    door: Ints  # id of address_key
