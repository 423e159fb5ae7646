"""Comparing two values: the levels of kernels, a pair at a time, for compiled loops."""

from typing import Any, NamedTuple

import numpy as np

from transforms.matching.compiled import borrowing
from transforms.matching.kernels import DAY, MONTH, YEAR, Ints, Levels, Words
from transforms.matching.name_kernels import GAP, SWAP
from transforms.matching.place_kernels import COMPARABLE, COMPOUND, GROUP, KIND, PLACED, TOWN, UNIT, Lines

Scalar = Any  # a number of a compiled loop, of 64 bits with or without a sign, or a truth value
NIBBLES, ONE = np.uint64(0x1111111111111111), np.uint64(1)
TWO, FOUR, NIBBLE, TOP, LAST = np.uint64(2), np.uint64(4), np.uint64(15), np.uint64(60), np.uint64(32)
EIGHT, THIRTEEN, FIFTEEN, LANE, LOW = np.uint64(8), np.uint64(13), np.uint64(15), np.uint64(16), np.uint64(0xFFFF)
BELOW, GATHER = np.uint64(0x7FFF7FFF7FFF7FFF), np.uint64(0x1000200040008000)  # of lanes: all bits but their highest
SHORT, IS_SHORT, MARKS = 7, np.uint64(1 << 7), np.uint64(31)  # of the marks of a name: short or not, lengths
TRUSTED, LENGTH = np.uint64(8), np.uint64(255)  # of the number of digits of a number, which is above its head
ABOVE, NINE = np.uint64(40), np.uint64((1 << 36) - 1)  # in the first word of a number: above its head, and that
HEAD, DIGITS = 9, 19  # nibbles of its first word, and of both
LEVELS = 16  # at most so many levels
ASK = 255  # a level that the texts have to tell


Number = tuple[Scalar, Scalar, Scalar]


class Names(NamedTuple):
    """Distinct names: a row of `words` is its shape (of a long one, a hash of it) and its sound, `marks` its lengths
    and from bit SHORT on whether it is short. `cases` is the table of name_kernels. `compared`, ascending, has those
    pairs of long names that were compared by their texts, as (x * names + y) * LEVELS + level, where x < y.
    """

    words: Words
    marks: Levels
    cases: Levels
    compared: Ints


class Places(NamedTuple):
    """Distinct addresses as place_kernels has them."""

    lines: Lines
    cases: Levels


@borrowing
def nibbles_differ(a: Scalar, b: Scalar) -> Scalar:
    """One bit a nibble (the lowest of the four) where two words differ."""
    x = a ^ b
    x |= x >> TWO
    x |= x >> ONE
    return x & NIBBLES


@borrowing
def many(bits: Scalar) -> Scalar:
    """How many nibbles are marked in `bits`; 0 of sixteen."""
    return np.int64((bits * NIBBLES) >> TOP)


@borrowing
def lanes_differ(a: Scalar, b: Scalar) -> Scalar:
    """The highest bit of each of the four 16-bit lanes in which two words differ."""
    x = a ^ b
    return ((x & BELOW) + BELOW | x) & ~BELOW


@borrowing
def lanes(tops: Scalar) -> Scalar:
    """Bits 0 to 3 say of which lanes the highest bit is set."""
    return (tops >> FIFTEEN) * GATHER >> TOP


@borrowing
def name_level(names: Names, x: Scalar, y: Scalar) -> Scalar:
    """The level of kernels.NAME; ASK of two of which one is long and that are not `compared` yet.

    Where a character is missing, the names up to the first lane that differs are equal as they are and from there on
    when one of them is shifted; where two change places, those lanes are equal when either is.
    """
    words, row, other_row = names.words, np.uint64(x), np.uint64(y)  # an index with a sign might count from the end
    shape, shape_ = words[row, 0], words[other_row, 0]
    marks, marks_ = np.uint64(names.marks[row]), np.uint64(names.marks[other_row])
    if shape == shape_:
        return 9 if x == y else 8
    if marks & marks_ & IS_SHORT == 0:
        return _long(names.compared, min(x, y) * len(words) + max(x, y))
    differ = lanes_differ(shape, shape_)
    heard = lanes(differ & lanes_differ(words[row, 1], words[other_row, 1]))
    case = lanes(differ) | heard << FOUR | (marks & MARKS) << EIGHT | (marks_ & MARKS) << THIRTEEN
    level = np.int64(names.cases[case])
    first = (differ & (~differ + ONE)) >> FIFTEEN
    up, down = shape >> LANE ^ shape_, shape_ >> LANE ^ shape
    if level & SWAP:
        return 6 if (up | down) & first * LOW == 0 else level & 15
    # no branch: which names are of neighbouring lengths can't be foreseen, and a wrong guess costs as much as the rest
    missing = (min(up, down) < first) & (level >= GAP)
    return 5 if missing else level & 15


@borrowing
def _long(compared: Ints, wanted: Scalar) -> Scalar:
    at = np.searchsorted(compared, wanted * LEVELS)
    if at < len(compared) and compared[at] // LEVELS == wanted:
        return compared[at] % LEVELS
    return ASK


@borrowing
def phone_level(phones: Words, x: int, y: int) -> Scalar:
    """The level of kernels.PHONE."""
    a, b = phones[np.uint64(x)], phones[np.uint64(y)]
    differ = nibbles_differ(a, b)
    if differ == 0:
        return 3
    count = many(differ)
    return 2 if count == 1 or (count == 2 and crossed(a, b, differ)) else 1


@borrowing
def crossed(a: Scalar, b: Scalar, differ: Scalar) -> Scalar:
    """Does `a` become `b` when two neighbouring nibbles, the only ones in which they differ, change places?"""
    first = differ & (~differ + ONE)
    there = first * NIBBLE
    back = ((a >> FOUR) ^ b) & there | ((b >> FOUR) ^ a) & there
    return first != 0 and differ == (first | first << FOUR) and back == 0


@borrowing
def sex_level(_: int, x: int, y: int) -> Scalar:
    """The level of kernels.SEX."""
    return 2 if x == y else 1


@borrowing
def place_level(places: Places, x: int, y: int) -> Scalar:
    """The level of kernels.PLACE."""
    same, clash, row, other_row = 0, 0, np.uint64(x), np.uint64(y)
    for lane in range(places.lines.shape[1]):  # a number that LLVM knew would keep it from taking eight lanes at once
        one, other = places.lines[row, lane], places.lines[other_row, lane]
        bit = 1 << lane if (one | other) >= 0 else 0
        same |= bit if one == other else 0
        clash |= bit if one != other else 0
    case = same & (KIND - 1)
    if ((same | clash) & PLACED) | (clash & KIND):
        case |= COMPARABLE
    # written out: a loop over the parts takes as long as all the rest
    case |= ((clash & TOWN) != 0) << 12 | ((clash & GROUP) != 0) << 13
    case |= ((clash & COMPOUND) != 0) << 14 | ((clash & UNIT) != 0) << 15
    return np.int64(places.cases[case])


@borrowing
def number_at(numbers: Words, row: int) -> Number:
    """Head and tail (see kernels.NumberTable), and length with trust from bit TRUSTED on."""
    first, tail = numbers[np.uint64(row), 0], numbers[np.uint64(row), 1]
    return first & NINE, tail, first >> ABOVE


@borrowing
def number_level(numbers: Words, x: int, y: int) -> Scalar:
    """The level of kernels.NUMBER; those that are trusted are taken to be valid."""
    a, b = number_at(numbers, x), number_at(numbers, y)
    sure = np.int64((a[2] & b[2]) >> TRUSTED)
    if x == y:
        return 4 + sure
    if sure:
        return 1
    return 3 if one_slip(a, b) else 2


@borrowing
def one_slip(a: Number, b: Number) -> Scalar:
    """One wrong digit, two neighbours swapped, or one digit left out or put in: what a hand does to a number."""
    longer = np.int64(a[2] & LENGTH) - np.int64(b[2] & LENGTH)
    if longer == 0:
        head, tail = nibbles_differ(a[0], b[0]), nibbles_differ(a[1], b[1])
        count = many(head) + many(tail)
        if count != 2:
            return count == 1
        if head != 0 and tail != 0:  # the last of the one and the first of the other
            ends = head == ONE << LAST and tail == ONE
            return ends and a[0] >> LAST == b[1] & NIBBLE and b[0] >> LAST == a[1] & NIBBLE
        return crossed(a[0], b[0], head) or crossed(a[1], b[1], tail)
    if longer == 1:
        return _digit_missing(a, b)
    return longer == -1 and _digit_missing(b, a)


@borrowing
def _digit_missing(longer: Number, shorter: Number) -> Scalar:
    """Does the one become the other when its first digit that differs is left out?"""
    at = 0
    while at < DIGITS - 1 and _digit(longer, at) == _digit(shorter, at):
        at += 1
    while at < DIGITS - 1 and _digit(longer, at + 1) == _digit(shorter, at):
        at += 1
    return at == DIGITS - 1


@borrowing
def _digit(number: Number, at: int) -> Scalar:
    head, tail, _ = number
    return (head >> np.uint64(4 * at) if at < HEAD else tail >> np.uint64(4 * (at - HEAD))) & NIBBLE


@borrowing
def close(a: Number, b: Number) -> Scalar:
    """Two valid numbers so close that one may be a slip of the other which happens to pass the check."""
    if many(nibbles_differ(a[0], b[0])) + many(nibbles_differ(a[1], b[1])) <= 2:
        return True
    return (a[2] ^ b[2]) & LENGTH != 0 and one_slip(a, b)


@borrowing
def mask_level(a: Number, b: Number) -> Scalar:
    """The level of kernels.MASK: do the digits that are visible in both agree? 0 where neither number is masked."""
    head, tail = _masked(a[0]) | _masked(b[0]), _masked(a[1]) | _masked(b[1])
    if head | tail == 0:
        return 0
    clash = nibbles_differ(a[0], b[0]) & ~head | nibbles_differ(a[1], b[1]) & ~tail | (a[2] ^ b[2]) & LENGTH
    return 1 if clash != 0 else 2


@borrowing
def _masked(word: Scalar) -> Scalar:
    """The lowest bit of each nibble that is 15."""
    pairs = word & (word >> ONE)
    return pairs & (pairs >> TWO) & NIBBLES


@borrowing
def birth_level(a: Scalar, b: Scalar) -> tuple[Scalar, Scalar]:
    """The level of kernels.BIRTH where both are known to the day, of YEARS where one is not; 0 for the other one."""
    precision = min(a & 3, b & 3)
    date_a, date_b = a >> 2, b >> 2
    year_a, year_b = date_a // 10000, date_b // 10000
    within_a, within_b = date_a - year_a * 10000, date_b - year_b * 10000
    month_a, month_b = within_a // 100, within_b // 100
    day_a, day_b = within_a - month_a * 100, within_b - month_b * 100
    if precision == DAY:
        if date_a == date_b:
            return 4, 0
        if year_a == year_b and month_a == day_b and month_b == day_a:
            return 3, 0
        agreeing = np.int64(year_a == year_b) + np.int64(month_a == month_b) + np.int64(day_a == day_b)
        new_year = within_a == 101 or within_b == 101
        return (2 if agreeing == 2 or (year_a == year_b and new_year) else 1), 0
    if year_a != year_b:
        return 0, 2 if abs(year_a - year_b) == 1 else 1
    if precision == YEAR or month_a != month_b:
        return 0, 3
    return 0, 4 if precision == MONTH else 1
