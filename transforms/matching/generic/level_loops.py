"""Levels of agreement that are seen from a few words of two values, in compiled loops: far cheaper than their letters.

Births are compared whole. Of everything else the loop tells what two values cannot be, and asks for a kernel of
compare.py where they might be alike: what it refuses no kernel would give a level above `words in common`.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
Levels = NDArray[np.uint8]
Bits = NDArray[np.float64]

ASK = 128  # with the level that is sure already: a kernel has to look
EQUAL, BIRTHS, STRINGS, TEXTS, NUMBERS, HOUSES, POSTCODES, ADDRESSES, TITLES, AMOUNTS = range(10)  # ways to compare
WAYS = {
    "birth_date": BIRTHS, "given_name": STRINGS, "surname": STRINGS, "name": TEXTS, "street": TEXTS, "place": TEXTS,
    "text": TEXTS, "number": NUMBERS, "phone": NUMBERS, "house_number": HOUSES, "postcode": POSTCODES,
    "address": ADDRESSES, "amount": AMOUNTS, "sex": EQUAL, "category": EQUAL, "door": EQUAL,
}  # fmt: skip
LOW = 0.70  # Jaro-Winkler of single names
ALIKE = 0.78  # of texts, by the longest common subsequence
HAIR = 1e-9  # so that a cosine of just a half is one however its sum was rounded
SOME, HALF, MOST, NEARLY = 0.25 - HAIR, 0.5 - HAIR, 0.75 - HAIR, 0.9 - HAIR  # of titles, by the cosine of their words
HUNDREDTH, TENTH, QUARTER = np.uint64(9951), np.uint64(95311), np.uint64(223144)  # more, in amounts.places
SLIGHT, FAIR = 0.45, 0.65  # of addresses, in the same way: where the numbers agree, and at all


class Values(NamedTuple):
    """Of distinct values: the bits of their letters (letters.py), length, first eight characters or place, three words;
    of titles all words with their weights (titles.Tokens)."""

    letters: Words
    length: Ints
    packed: Words
    words: Ints
    span: Ints
    word: Ints
    weight: Bits


class Way(NamedTuple):
    """How values are compared, and the level of equal ones."""

    way: int
    top: int


@compiled
def levels(values: Values, how: Way, a: Ints, b: Ints, level: Levels) -> None:
    """Levels of values `a` and `b`: 0 where one is missing (negative), the top for the same, else as `rough` has it."""
    way, top = how
    for at in range(len(a)):
        x, y = a[at], b[at]
        level[at] = 0 if x < 0 or y < 0 else top if x == y else rough(values, way, x, y)


@borrowing
def rough(values: Values, way: int, x: int, y: int) -> int:
    """The level of two different values, or ASK with what is sure."""
    if way == EQUAL:
        return 1
    if way == BIRTHS:
        return births(values.packed[x], values.packed[y])
    if way == AMOUNTS:
        return amounts(values.packed[x], values.packed[y])
    if way == TEXTS:
        sure = 2 if share(values.words, x, y) else 1
        return ASK | sure if alike(values, x, y, ALIKE) else sure
    if way == TITLES:
        return titles(values, x, y)
    if way == STRINGS:
        return ASK | 1 if near(values, x, y) or may_begin(values, x, y) else 1
    if way == NUMBERS:
        return ASK | 1 if slips(values, x, y, 2) else 1
    if way == HOUSES:
        return ASK | 1 if slips(values, x, y, 1) or may_begin(values, x, y) else 1
    same = values.words[x, 0] >= 0 and values.words[x, 0] == values.words[y, 0]  # the beginning, or the numbers
    if way == POSTCODES:
        sure = 2 if same else 1
        return ASK | sure if slips(values, x, y, 1) else sure
    return ASK | 1 if alike(values, x, y, SLIGHT if same else FAIR) else 1


@borrowing
def apart(letters: Words, x: int, y: int) -> Any:
    """At least how many letters must go or come to make one of the other: the bits that differ, counted."""
    bits = letters[x] ^ letters[y]
    bits = bits - ((bits >> np.uint64(1)) & np.uint64(0x5555555555555555))
    bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((bits * np.uint64(0x0101010101010101)) >> np.uint64(56))


@borrowing
def slips(values: Values, x: int, y: int, most: int) -> Any:
    """May they differ by `most` slips of the pen: a letter too many, too few, wrong, or two exchanged?"""
    if abs(values.length[x] - values.length[y]) > most:
        return False
    return apart(values.letters, x, y) <= 2 * most


@borrowing
def alike(values: Values, x: int, y: int, least: float) -> Any:
    """May their longest common subsequence be `least` and more of both lengths' mean (0 to 1)?"""
    long, short = values.length[x], values.length[y]
    gone = max(apart(values.letters, x, y), abs(long - short))
    return gone <= (1 - least) * (long + short) + 1e-6


@borrowing
def near(values: Values, x: int, y: int) -> Any:
    """May their likeness after Jaro be LOW, all the letters they share being in order?"""
    long, short = values.length[x], values.length[y]
    common = min(min(long, short), (long + short - apart(values.letters, x, y)) // 2)
    return common * (long + short) >= (3 * LOW - 1 - 1e-6) * long * short


@borrowing
def may_begin(values: Values, x: int, y: int) -> Any:
    """May one begin the other, an initial say? As far as the first eight characters tell."""
    short = min(min(values.length[x], values.length[y]), 8)
    if short == 0:
        return True
    return (values.packed[x] ^ values.packed[y]) >> np.uint64(64 - 8 * short) == 0


@borrowing
def share(words: Ints, x: int, y: int) -> bool:
    """Is the first, last or longest word of one among those three of the other?"""
    for i in range(3):
        for j in range(3):
            if words[x, i] >= 0 and words[x, i] == words[y, j]:
                return True
    return False


@borrowing
def titles(values: Values, x: int, y: int) -> int:
    """Titles by how much of what they say they share; those of like letters are for the kernel, too."""
    like, i, j = 0.0, values.span[x, 0], values.span[y, 0]
    while i < values.span[x, 1] and j < values.span[y, 1]:
        if values.word[i] == values.word[j]:
            like += values.weight[i] * values.weight[j]
            i, j = i + 1, j + 1
        elif values.word[i] < values.word[j]:
            i += 1
        else:
            j += 1
    sure = 5 if like >= NEARLY else 4 if like >= MOST else 3 if like >= HALF else 2 if like >= SOME else 1
    return ASK | sure if alike(values, x, y, ALIKE) else sure


@borrowing
def amounts(x: Any, y: Any) -> int:
    """Amounts by their places (amounts.places): the larger is within a hundredth, a tenth or a quarter more."""
    gap = x - y if x > y else y - x
    if x == 0 or y == 0 or gap > QUARTER:
        return 1
    return 2 if gap > TENTH else 3 if gap > HUNDREDTH else 4


@borrowing
def births(x: Any, y: Any) -> int:
    """Packed births (values.pack): day and month swapped or one slip; two of three parts; the year or the day.

    A birth known to the year or month alone agrees partly with every day in it.
    """
    day_x, day_y = x & np.uint64(0xFFFF), y & np.uint64(0xFFFF)
    month_x, month_y = (x >> np.uint64(16)) & np.uint64(0xFFFF), (y >> np.uint64(16)) & np.uint64(0xFFFF)
    year, month, day = (x >> np.uint64(32)) == (y >> np.uint64(32)), month_x == month_y, day_x == day_y
    zero = np.uint64(0x3030)
    no_day, no_month = day_x == zero or day_y == zero, month_x == zero or month_y == zero
    if year and no_day and (month or no_month):
        return 5
    if no_day and no_month and not year:  # years alone, which are near by chance
        return 2 if close(x, y) else 1
    if (year and day_x == month_y and day_y == month_x) or slip(x, y):
        return 4
    if year and (month or day):
        return 3
    if month and day:
        return 3 if close(x, y) else 2
    return 2 if year else 1


@borrowing
def close(x: Any, y: Any) -> Any:
    """Do the years differ by at most two, or by ten?"""
    gap = abs(year_of(x) - year_of(y))
    return gap <= 2 or gap == 10


@borrowing
def year_of(packed: Any) -> Any:
    """The first four characters as a number."""
    found = np.int64(0)
    for at in range(4):
        found = found * 10 + np.int64((packed >> np.uint64(56 - 8 * at)) & np.uint64(255)) - 48
    return found


@borrowing
def slip(x: Any, y: Any) -> Any:
    """Is one character of eight another, or are two that stand side by side exchanged?"""
    byte, one = np.uint64(255), np.uint64(8)
    while (x ^ y) & byte == 0:
        x, y = x >> one, y >> one
    rest = (x ^ y) >> one
    if rest == 0:
        return True
    return rest >> one == 0 and x & byte == (y >> one) & byte and y & byte == (x >> one) & byte
