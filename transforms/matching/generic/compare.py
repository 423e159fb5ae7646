"""Two values of one field to a level of agreement. 0 is missing, 1 disagreement, the highest is the same value.

Each kernel sees distinct pairs of values that differ and that its sift lets through, which may not refuse what the
kernel gives a level above disagreement; equality and shared words are decided on codes before.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from transforms.matching.generic import letters
from transforms.matching.generic.values import SEVERAL_WORDS, Column, Flags, Ints, Levels

STRING = ("missing", "other", "initial", "similar", "close", "swapped", "same")
FULL_NAME = ("missing", "other", "one word", "similar", "close", "reordered", "same")
BIRTH = ("missing", "other", "year or day", "two parts", "slip", "partly known", "same")
NUMBER = ("missing", "other", "two slips", "slip", "same")
HOUSE = ("missing", "other", "slip", "part", "same")
POSTCODE = ("missing", "other", "beginning", "slip", "same")
EQUAL = ("missing", "other", "same")
ADDRESS = ("missing", "other", "words", "number", "similar", "close", "same")

NAMES: dict[str, tuple[str, ...]] = {
    "name": FULL_NAME, "given_name": STRING, "surname": STRING, "birth_date": BIRTH, "sex": EQUAL, "number": NUMBER,
    "phone": NUMBER, "address": ADDRESS, "house_number": HOUSE, "street": FULL_NAME, "place": FULL_NAME,
    "postcode": POSTCODE, "text": FULL_NAME, "category": EQUAL, "door": EQUAL,
}  # fmt: skip
SWAPPED = 5
_LOW, _CLOSE, _SIMILAR = 0.70, 0.94, 0.85  # Jaro-Winkler
ALIKE, CLOSE = 78.0, 88.0  # of 100, by the longest common subsequence


def compare(column: Column, a: Ints, b: Ints) -> Levels:
    """Levels of values `a` and `b` (codes, -1 missing) row by row, symmetric in the two."""
    top = len(NAMES[column.kind]) - 1
    level = np.where((a < 0) | (b < 0), 0, np.where(a == b, top, 1)).astype(np.uint8)
    rows = np.flatnonzero(level == 1)
    if not len(rows):
        return level
    left, right = a[rows], b[rows]
    if column.kind == "birth_date":
        level[rows] = births(column.packed[left], column.packed[right])
    elif column.kind in KERNELS:
        sift, kernel = SIFTS[column.kind], KERNELS[column.kind]
        some = np.flatnonzero(sift(column, left, right))
        if column.kind in SEVERAL_WORDS:
            level[rows[share(column.words, left, right)]] = 2
        elif column.kind == "postcode":
            level[rows[column.words[left, 0] == column.words[right, 0]]] = 2
        left, right = left[some], right[some]
        left, right, back = distinct(np.minimum(left, right), np.maximum(left, right), len(column.text))
        level[rows[some]] = np.maximum(level[rows[some]], kernel(column, left, right)[back])
    return level


def distinct(low: Ints, high: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """The distinct pairs among (`low`, `high`), codes below `size`, and for each row the place of its pair."""
    encoded = pa.array(low * size + high).dictionary_encode()
    codes = encoded.dictionary.to_numpy()
    return codes // size, codes % size, encoded.indices.to_numpy()


def strings(column: Column, left: Ints, right: Ints) -> Levels:
    """Single names: Jaro-Winkler, and one slip of the pen (OSA 1) in names of four letters or more."""
    a, b = column.text[left], column.text[right]
    level = np.ones(len(a), np.uint8)
    near = cpdist(a, b, scorer=JaroWinkler.similarity, score_cutoff=_LOW, dtype=np.float32)
    level[near >= _SIMILAR] = 3
    rows = np.flatnonzero((near >= _LOW) & (near < 1))
    rows = rows[letters.slips(column.letters, column.length, left[rows], right[rows], 1) | (near[rows] >= _CLOSE)]
    short = np.minimum(column.length[left[rows]], column.length[right[rows]])
    slips = cpdist(a[rows], b[rows], scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
    level[rows[(slips <= 1) & (short >= 3)]] = 4
    level[rows[(near[rows] >= _CLOSE) & (short >= 4)]] = 4
    level[_begins(column, left, right) & (level < 4)] = 2
    return level


def _sift_strings(column: Column, left: Ints, right: Ints) -> Flags:
    """An initial is far from a long name, so what may begin the other is let through whatever its likeness."""
    return letters.near(column.letters, column.length, left, right, _LOW) | _may_begin(column, left, right)


def _may_begin(column: Column, left: Ints, right: Ints) -> Flags:
    """As far as the first eight characters tell."""
    short = np.minimum(np.minimum(column.length[left], column.length[right]), 8).astype(np.uint64)
    able: Flags = ((column.packed[left] ^ column.packed[right]) >> (np.uint64(64) - short * np.uint64(8))) == 0
    return able


def _begins(column: Column, left: Ints, right: Ints) -> Flags:
    """One is an initial or a cut-off form of the other."""
    found = _may_begin(column, left, right)
    rows = np.flatnonzero(found)
    pairs = zip(column.text[left[rows]], column.text[right[rows]], strict=True)
    found[rows] = np.fromiter(((x.startswith(y) or y.startswith(x)) for x, y in pairs), bool, len(rows))
    return found


def texts(column: Column, left: Ints, right: Ints) -> Levels:
    """Several words: their likeness as a whole and with the words in order of the alphabet."""
    a, b = column.text[left], column.text[right]
    level = np.ones(len(a), np.uint8)
    whole = cpdist(a, b, scorer=fuzz.ratio, score_cutoff=ALIKE, dtype=np.float32)
    one, two = column.ordered[left], column.ordered[right]
    rows = np.flatnonzero((whole < CLOSE) & ((one != a) | (two != b)))
    in_order = np.zeros(len(a), np.float32)
    in_order[rows] = cpdist(one[rows], two[rows], scorer=fuzz.ratio, score_cutoff=ALIKE, dtype=np.float32)
    likeness = np.maximum(whole, in_order)
    level[likeness >= ALIKE] = 3
    level[likeness >= CLOSE] = 4
    level[in_order > 99.9] = 5
    return level


def _sift_texts(column: Column, left: Ints, right: Ints) -> Flags:
    return letters.alike(column.letters, column.length, left, right, ALIKE / 100)


def share(words: Ints, left: Ints, right: Ints) -> Flags:
    """The first, last or longest word of one is one of those three of the other."""
    found = np.zeros(len(left), bool)
    for x in range(3):
        mine = words[left, x]
        for y in range(3):
            found |= (mine == words[right, y]) & (mine >= 0)
    return found


def numbers(column: Column, left: Ints, right: Ints) -> Levels:
    """Identifiers: one or two slips (a sign wrong, missing, too many, or two next to each other swapped)."""
    level = np.ones(len(left), np.uint8)
    slips = cpdist(column.text[left], column.text[right], scorer=OSA.distance, score_cutoff=2, dtype=np.uint8)
    length = np.minimum(column.length[left], column.length[right])
    level[(slips == 2) & (length >= 6)] = 2
    level[(slips == 1) & (length >= 4)] = 3
    return level


def _sift_numbers(column: Column, left: Ints, right: Ints) -> Flags:
    return letters.slips(column.letters, column.length, left, right, 2)


def houses(column: Column, left: Ints, right: Ints) -> Levels:
    """House numbers: one slip among two digits or more; or one is part of the other (12 and 12a, 3 and unit 3)."""
    level = np.ones(len(left), np.uint8)
    slips = cpdist(column.text[left], column.text[right], scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
    length = np.maximum(column.length[left], column.length[right])
    level[(slips == 1) & (length >= 2)] = 2
    level[_begins(column, left, right)] = 3
    return level


def _sift_houses(column: Column, left: Ints, right: Ints) -> Flags:
    return _sift_slip(column, left, right) | _may_begin(column, left, right)


def postcodes(column: Column, left: Ints, right: Ints) -> Levels:
    """Postcodes: one slip."""
    level = np.ones(len(left), np.uint8)
    slips = cpdist(column.text[left], column.text[right], scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
    level[slips == 1] = 3
    return level


def _sift_slip(column: Column, left: Ints, right: Ints) -> Flags:
    return letters.slips(column.letters, column.length, left, right, 1)


def addresses(column: Column, left: Ints, right: Ints) -> Levels:
    """Whole addresses: likeness of the words, and whether the numbers in them are the same in the same order."""
    level = np.ones(len(left), np.uint8)
    like = cpdist(column.ordered[left], column.ordered[right], scorer=fuzz.ratio, score_cutoff=45, dtype=np.float32)
    numbered = _numbered(column, left, right)
    level[like >= 65] = 2
    level[numbered & (like >= 45)] = 3
    level[like >= 85] = 4
    level[numbered & (like >= 75)] = 5
    return level


def _sift_addresses(column: Column, left: Ints, right: Ints) -> Flags:
    able = letters.alike(column.letters, column.length, left, right, 0.65)
    able |= _numbered(column, left, right) & letters.alike(column.letters, column.length, left, right, 0.45)
    return able


def _numbered(column: Column, left: Ints, right: Ints) -> Flags:
    same: Flags = (column.words[left, 0] == column.words[right, 0]) & (column.words[left, 0] >= 0)
    return same


def births(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> Levels:
    """Packed births (values.pack): day and month swapped or one slip; two of three parts; the year or the day.

    A birth known to the year or month alone agrees partly with every day in it.
    """
    differ = a ^ b
    wrong = np.zeros(len(a), np.uint8)
    for at in range(8):
        wrong += ((differ >> np.uint64(8 * at)) & np.uint64(255)) > 0
    year, month, day = (differ >> np.uint64(32)) == 0, ((differ >> np.uint64(16)) & _16) == 0, (differ & _16) == 0
    swapped = year & ((a & _16) == ((b >> np.uint64(16)) & _16)) & ((b & _16) == ((a >> np.uint64(16)) & _16))
    level = np.ones(len(a), np.uint8)
    level[year | (month & day)] = 2
    level[(year & (month | day)) | (month & day & _years_near(a, b))] = 3
    level[(wrong == 1) | swapped | _neighbours(differ, a, b, wrong)] = 4
    zero_day, zero_month = (
        ((a & _16) == _ZERO) | ((b & _16) == _ZERO),
        (((a >> np.uint64(16)) & _16) == _ZERO) | (((b >> np.uint64(16)) & _16) == _ZERO),
    )
    level[year & zero_day & (month | zero_month)] = 5
    other = zero_day & zero_month & ~year  # years alone, which are near by chance
    level[other] = np.where(_years_near(a[other], b[other]), 2, 1)
    return level


_16 = np.uint64(0xFFFF)
_ZERO = np.uint64(0x3030)


def _years_near(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> Flags:
    """The years differ by at most two, or by ten."""
    gap = np.abs(year(a) - year(b))
    near: Flags = (gap <= 2) | (gap == 10)
    return near


def year(packed: NDArray[np.uint64]) -> Ints:
    found = np.zeros(len(packed), np.int64)
    for at in (56, 48, 40, 32):
        found = found * 10 + ((packed >> np.uint64(at)) & np.uint64(255)).astype(np.int64) - 48
    return found


def _neighbours(differ: NDArray[np.uint64], a: NDArray[np.uint64], b: NDArray[np.uint64], wrong: Levels) -> Flags:
    """Two characters that stand side by side are exchanged."""
    found = np.zeros(len(a), bool)
    for at in range(7):
        low, high = np.uint64(8 * at), np.uint64(8 * at + 8)
        mask = np.uint64(255)
        crossed = (((a >> low) & mask) == ((b >> high) & mask)) & (((b >> low) & mask) == ((a >> high) & mask))
        found |= crossed & ((differ >> low) & mask > 0)
    neighbours: Flags = found & (wrong == 2)
    return neighbours


Sift = Callable[[Column, Ints, Ints], Flags]
SIFTS: dict[str, Sift] = {
    "name": _sift_texts, "given_name": _sift_strings, "surname": _sift_strings, "number": _sift_numbers,
    "phone": _sift_numbers, "address": _sift_addresses, "house_number": _sift_houses, "street": _sift_texts,
    "place": _sift_texts, "postcode": _sift_slip, "text": _sift_texts,
}  # fmt: skip
KERNELS: dict[str, Callable[[Column, Ints, Ints], Levels]] = {
    "name": texts, "given_name": strings, "surname": strings, "number": numbers, "phone": numbers,
    "address": addresses, "house_number": houses, "street": texts, "place": texts, "postcode": postcodes,
    "text": texts,
}  # fmt: skip
