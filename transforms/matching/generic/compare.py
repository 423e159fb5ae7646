"""Two values of one field to a level of agreement. 0 is missing, 1 disagreement, the highest is the same value.

Each kernel sees pairs of distinct values that differ; equality is decided on codes before.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from transforms.matching.generic.values import Column, Flags, Ints, Levels, Texts

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
    kernel = KERNELS.get(column.kind)
    rows = np.flatnonzero(level == 1)
    if len(rows) and (kernel or column.kind == "birth_date"):
        low, high = np.minimum(a[rows], b[rows]), np.maximum(a[rows], b[rows])
        if kernel is None:
            level[rows] = births(column.packed[low], column.packed[high])
        else:
            left, right, back = distinct(low, high, len(column.text))
            level[rows] = kernel(column, left, right)[back]
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
    near = cpdist(a, b, scorer=JaroWinkler.similarity, dtype=np.float32)
    level[near >= _SIMILAR] = 3
    rows = np.flatnonzero((near >= _LOW) & (near < 1))
    short = np.minimum(column.length[left[rows]], column.length[right[rows]])
    slips = cpdist(a[rows], b[rows], scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
    level[rows[(slips <= 1) & (short >= 3)]] = 4
    level[rows[(near[rows] >= _CLOSE) & (short >= 4)]] = 4
    level[rows[_begins(a[rows], b[rows]) & (level[rows] < 4)]] = 2
    return level


def _begins(a: Texts, b: Texts) -> Flags:
    """One is an initial or a cut-off form of the other."""
    pairs = zip(a, b, strict=True)
    return np.fromiter(((x.startswith(y) or y.startswith(x)) for x, y in pairs), bool, len(a))


def texts(column: Column, left: Ints, right: Ints) -> Levels:
    """Several words: their likeness as a whole and with the words in order of the alphabet, and shared words."""
    a, b = column.text[left], column.text[right]
    level = np.ones(len(a), np.uint8)
    level[share(column.words, left, right)] = 2
    whole = cpdist(a, b, scorer=fuzz.ratio, dtype=np.float32)
    rows = np.flatnonzero(whole < CLOSE)
    sorted_words = np.zeros(len(a), np.float32)
    sorted_words[rows] = cpdist(a[rows], b[rows], scorer=fuzz.token_sort_ratio, dtype=np.float32)
    likeness = np.maximum(whole, sorted_words)
    level[likeness >= ALIKE] = 3
    level[likeness >= CLOSE] = 4
    level[sorted_words > 99.9] = 5
    return level


def share(words: Ints, left: Ints, right: Ints) -> Flags:
    """The first, last or longest word of one is one of those three of the other."""
    x, y = words[left], words[right]
    found = np.zeros(len(left), bool)
    for turn in range(3):
        found |= ((x == np.roll(y, turn, axis=1)) & (x >= 0)).any(axis=1)
    return found


def numbers(column: Column, left: Ints, right: Ints) -> Levels:
    """Identifiers: one or two slips (a sign wrong, missing, too many, or two next to each other swapped)."""
    a, b = column.text[left], column.text[right]
    level = np.ones(len(a), np.uint8)
    slips = cpdist(a, b, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8)
    length = np.minimum(column.length[left], column.length[right])
    level[(slips == 2) & (length >= 6)] = 2
    level[(slips == 1) & (length >= 4)] = 3
    return level


def houses(column: Column, left: Ints, right: Ints) -> Levels:
    """House numbers: one slip among two digits or more; or one is part of the other (12 and 12a, 3 and unit 3)."""
    a, b = column.text[left], column.text[right]
    level = np.ones(len(a), np.uint8)
    slips = cpdist(a, b, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
    length = np.maximum(column.length[left], column.length[right])
    level[(slips == 1) & (length >= 2)] = 2
    level[_begins(a, b)] = 3
    return level


def postcodes(column: Column, left: Ints, right: Ints) -> Levels:
    """Postcodes: one slip, or the same beginning."""
    level = np.ones(len(left), np.uint8)
    level[column.words[left, 0] == column.words[right, 0]] = 2
    slips = cpdist(column.text[left], column.text[right], scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
    level[slips == 1] = 3
    return level


def addresses(column: Column, left: Ints, right: Ints) -> Levels:
    """Whole addresses: likeness of the words, and whether the numbers in them are the same in the same order."""
    a, b = column.text[left], column.text[right]
    level = np.ones(len(a), np.uint8)
    like = cpdist(a, b, scorer=fuzz.token_sort_ratio, dtype=np.float32)
    numbered = np.fromiter((_digits(x) == _digits(y) != "" for x, y in zip(a, b, strict=True)), bool, len(a))
    level[like >= 65] = 2
    level[numbered & (like >= 45)] = 3
    level[like >= 85] = 4
    level[numbered & (like >= 75)] = 5
    return level


def _digits(text: str) -> str:
    return " ".join("".join(c if c.isdigit() else " " for c in text).split())


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


KERNELS: dict[str, Callable[[Column, Ints, Ints], Levels]] = {
    "name": texts, "given_name": strings, "surname": strings, "number": numbers, "phone": numbers,
    "address": addresses, "house_number": houses, "street": texts, "place": texts, "postcode": postcodes,
    "text": texts,
}  # fmt: skip
