"""Two values of one field to a level of agreement. 0 is missing, 1 disagreement, the highest is the same value.

A compiled loop decides all that is seen from a few words of each value (level_loops.py); a kernel sees the distinct
pairs that are left.
"""

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from transforms.matching.generic import letters, level_loops
from transforms.matching.generic.level_loops import ASK, Way
from transforms.matching.generic.values import Column, Flags, Ints, Levels

STRING = ("missing", "other", "initial", "similar", "close", "swapped", "same")
FULL_NAME = ("missing", "other", "one word", "similar", "close", "reordered", "same")
BIRTH = ("missing", "other", "year or day", "two parts", "slip", "partly known", "same")
NUMBER = ("missing", "other", "two slips", "slip", "same")
HOUSE = ("missing", "other", "slip", "part", "same")
POSTCODE = ("missing", "other", "beginning", "slip", "same")
EQUAL = ("missing", "other", "same")
AMOUNT = ("missing", "other", "quarter", "tenth", "hundredth", "same")
ADDRESS = ("missing", "other", "words", "number", "similar", "close", "same")

NAMES: dict[str, tuple[str, ...]] = {
    "name": FULL_NAME, "given_name": STRING, "surname": STRING, "birth_date": BIRTH, "sex": EQUAL, "number": NUMBER,
    "phone": NUMBER, "address": ADDRESS, "house_number": HOUSE, "street": FULL_NAME, "place": FULL_NAME,
    "postcode": POSTCODE, "text": FULL_NAME, "category": EQUAL, "door": EQUAL, "amount": AMOUNT,
}  # fmt: skip
SWAPPED = 5
_CLOSE, _SIMILAR = 0.94, 0.85  # Jaro-Winkler
_DIGITS = re.compile(r"\d+")
CLOSE = 88.0  # of 100, by the longest common subsequence


def compare(column: Column, a: Ints, b: Ints) -> Levels:
    """Levels of values `a` and `b` (codes, -1 missing) row by row, symmetric in the two."""
    level = np.empty(len(a), np.uint8)
    level_loops.levels(column.values, Way(column.way, len(NAMES[column.kind]) - 1), a, b, level)
    asked = np.flatnonzero(level & ASK)
    if len(asked):
        x, y = a[asked], b[asked]
        left, right, back = distinct(np.minimum(x, y), np.maximum(x, y), len(column.text))
        level[asked] = np.maximum(level[asked] & ~np.uint8(ASK), KERNELS[column.kind](column, left, right)[back])
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
    near = cpdist(a, b, scorer=JaroWinkler.similarity, score_cutoff=level_loops.LOW, dtype=np.float32)
    level[near >= _SIMILAR] = 3
    rows = np.flatnonzero((near >= level_loops.LOW) & (near < 1))
    rows = rows[letters.slips(column.letters, column.length, left[rows], right[rows], 1) | (near[rows] >= _CLOSE)]
    short = np.minimum(column.length[left[rows]], column.length[right[rows]])
    slips = cpdist(a[rows], b[rows], scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
    level[rows[(slips <= 1) & (short >= 3)]] = 4
    level[rows[(near[rows] >= _CLOSE) & (short >= 4)]] = 4
    level[_begins(column, left, right) & (level < 4)] = 2
    return level


def _begins(column: Column, left: Ints, right: Ints) -> Flags:
    """One is an initial or a cut-off form of the other."""
    short = np.minimum(np.minimum(column.length[left], column.length[right]), 8).astype(np.uint64)
    found: Flags = ((column.packed[left] ^ column.packed[right]) >> (np.uint64(64) - short * np.uint64(8))) == 0
    rows = np.flatnonzero(found)
    pairs = zip(column.text[left[rows]], column.text[right[rows]], strict=True)
    found[rows] = np.fromiter(((x.startswith(y) or y.startswith(x)) for x, y in pairs), bool, len(rows))
    return found


def texts(column: Column, left: Ints, right: Ints) -> Levels:
    """Several words: their likeness as a whole and with the words in order of the alphabet."""
    a, b = column.text[left], column.text[right]
    level = np.ones(len(a), np.uint8)
    whole = cpdist(a, b, scorer=fuzz.ratio, score_cutoff=100 * level_loops.ALIKE, dtype=np.float32)
    one, two = column.ordered[left], column.ordered[right]
    rows = np.flatnonzero((whole < CLOSE) & ((one != a) | (two != b)))
    in_order = np.zeros(len(a), np.float32)
    in_order[rows] = cpdist(
        one[rows], two[rows], scorer=fuzz.ratio, score_cutoff=100 * level_loops.ALIKE, dtype=np.float32
    )
    likeness = np.maximum(whole, in_order)
    level[likeness >= 100 * level_loops.ALIKE] = 3
    level[likeness >= CLOSE] = 4
    level[in_order > 99.9] = 5
    return level


def free_texts(column: Column, left: Ints, right: Ints) -> Levels:
    """Like `texts`; but two titles of which each has a number that the other lacks are of two things, one letter apart
    (models of one make, volumes of one work), and only their words count."""
    level = texts(column, left, right)
    if column.titles is not None:
        rows = np.flatnonzero(level > 1)
        pairs = ((_DIGITS.findall(column.text[v]) for v in pair) for pair in zip(left[rows], right[rows], strict=True))
        apart = [bool(set(a) - set(b)) and bool(set(b) - set(a)) for a, b in pairs]
        level[rows[np.array(apart, bool)]] = 1
    return level


def numbers(column: Column, left: Ints, right: Ints) -> Levels:
    """Identifiers: one or two slips (a sign wrong, missing, too many, or two next to each other swapped)."""
    level = np.ones(len(left), np.uint8)
    slips = cpdist(column.text[left], column.text[right], scorer=OSA.distance, score_cutoff=2, dtype=np.uint8)
    length = np.minimum(column.length[left], column.length[right])
    level[(slips == 2) & (length >= 6)] = 2
    level[(slips == 1) & (length >= 4)] = 3
    return level


def houses(column: Column, left: Ints, right: Ints) -> Levels:
    """House numbers: one slip among two digits or more; or one is part of the other (12 and 12a, 3 and unit 3)."""
    level = np.ones(len(left), np.uint8)
    slips = cpdist(column.text[left], column.text[right], scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
    length = np.maximum(column.length[left], column.length[right])
    level[(slips == 1) & (length >= 2)] = 2
    level[_begins(column, left, right)] = 3
    return level


def postcodes(column: Column, left: Ints, right: Ints) -> Levels:
    """Postcodes: one slip."""
    level = np.ones(len(left), np.uint8)
    slips = cpdist(column.text[left], column.text[right], scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
    level[slips == 1] = 3
    return level


def addresses(column: Column, left: Ints, right: Ints) -> Levels:
    """Whole addresses: likeness of the words, and whether the numbers in them are the same in the same order."""
    level = np.ones(len(left), np.uint8)
    like = cpdist(
        column.ordered[left],
        column.ordered[right],
        scorer=fuzz.ratio,
        score_cutoff=100 * level_loops.SLIGHT,
        dtype=np.float32,
    )
    numbered = _numbered(column, left, right)
    level[like >= 100 * level_loops.FAIR] = 2
    level[numbered & (like >= 100 * level_loops.SLIGHT)] = 3
    level[like >= 85] = 4
    level[numbered & (like >= 75)] = 5
    return level


def _numbered(column: Column, left: Ints, right: Ints) -> Flags:
    same: Flags = (column.words[left, 0] == column.words[right, 0]) & (column.words[left, 0] >= 0)
    return same


KERNELS: dict[str, Callable[[Column, Ints, Ints], Levels]] = {
    "name": free_texts, "given_name": strings, "surname": strings, "number": numbers, "phone": numbers,
    "address": addresses, "house_number": houses, "street": texts, "place": texts, "postcode": postcodes,
    "text": free_texts,
}  # fmt: skip
