"""Values as 64-bit words that depend on the value alone, so that what one run keeps another can look up.

A word of 0 stands for what is not known. Each attribute has a salt: words of different attributes are unrelated.
"""

import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.counts import Scopes
from transforms.matching.hashing import FACTOR, PRIME
from transforms.matching.kernels import Ints, Words
from transforms.matching.values import Values

Short = NDArray[np.uint32]
PARTS = ("road", "road_no", "compound", "village", "group", "building", "house", "room", "town")


class Cut(NamedTuple):
    """A part of a number: so many digits, from its beginning or its end."""

    first: bool
    many: int


CUTS = {"head14": Cut(True, 14), "tail12": Cut(False, 12), "last4": Cut(False, 4)}
NUMBER = ("number", *CUTS)


class NameWords(NamedTuple):
    """By row of the names: the name as written, folded, as it sounds, and its two parts."""

    exact: Words
    shape: Words
    sound: Words
    surname: Words
    given: Words


class PlaceWords(NamedTuple):
    """By row of the addresses: the scopes it is in (see counts.Scopes)."""

    door: Words
    near: Words
    area: Words
    town: Words


@borrowing
def _step(total: np.uint64) -> np.uint64:
    total = total * PRIME
    total ^= total >> np.uint64(29)
    total *= FACTOR
    return total ^ (total >> np.uint64(32))


@borrowing
def _mixed(one: np.uint64, other: np.uint64) -> np.uint64:
    """hashing.mix of two words."""
    return _step(_step(one) ^ other)


@borrowing
def word(value: np.uint64, salt: np.uint64) -> np.uint64:
    """One of the words of `spread`, for compiled loops; `salt` is the seed of its attribute."""
    # no branch: which values are known can't be foreseen
    return (_mixed(value, salt) | np.uint64(1)) * np.uint64(value != 0)


@compiled
def _spreads(values: Words, salt: int, words: Words) -> None:
    for row in range(len(values)):
        words[row] = word(values[row], np.uint64(salt))


def spread(values: Words | Ints, salt: str) -> Words:
    """A word for each of `values`, spread over all 64 bits; 0 for 0, which stands for what is not known."""
    words = np.empty(len(values), np.uint64)
    _spreads(np.ascontiguousarray(values).astype(np.uint64, copy=False), seed(salt), words)
    return words


def short(words: Words) -> Short:
    """32 bits of each word; 0 stays 0 and nothing else becomes it."""
    found = np.empty(len(words), np.uint32)
    _shortened(np.ascontiguousarray(words), found)
    return found


@compiled
def _shortened(words: Words, found: Short) -> None:
    for row in range(len(words)):
        found[row] = short_word(words[row])


@borrowing
def short_word(whole: np.uint64) -> np.uint32:
    """See short."""
    high: np.uint32 = np.uint32(whole >> np.uint64(32))
    return high if high != 0 else np.uint32(whole != 0)


def seed(salt: str) -> int:
    """What makes the words of an attribute its own."""
    return zlib.crc32(salt.encode())


def name_words(values: Values) -> NameWords:
    """The words of every distinct name."""
    return NameWords(*(name_word(values, part) for part in NameWords._fields))


def name_word(values: Values, part: str) -> Words:
    """One of them."""
    return spread(getattr(values.hashes, part), part)


def place_words(values: Values, places: Scopes) -> PlaceWords:
    """The words of the scopes of every distinct address."""
    ids = tuple(np.ascontiguousarray(getattr(values.places, part)) for part in PARTS)
    hashes = tuple(np.append(values.hashes.parts[part], np.uint64(0)) for part in PARTS)
    seeds = np.array([seed(name) for name in ("street", "compound", "village", *PlaceWords._fields)], np.uint64)
    words = np.empty((len(PlaceWords._fields), len(ids[0])), np.uint64)
    _places(ids, hashes, seeds, words)
    found = zip(PlaceWords._fields, words, strict=True)
    return PlaceWords(*(np.where(getattr(places, scope) >= 0, word, np.uint64(0)) for scope, word in found))


@compiled
def _places(ids: tuple[Ints, ...], hashes: tuple[Words, ...], salt: Words, words: Words) -> None:
    """By row the words of PlaceWords, each into a row of `words`; `ids` (into `hashes`) are those of PARTS."""
    for row in range(len(ids[0])):
        town = hashes[8][ids[8][row]]
        if ids[3][row] >= 0:
            area = word(hashes[3][ids[3][row]], salt[2])
            near, door = hashes[4][ids[4][row]], hashes[6][ids[6][row]]
        else:
            street = _mixed(hashes[0][ids[0][row]], hashes[1][ids[1][row]])
            area = word(street, salt[0])
            if ids[2][row] >= 0:
                area = word(hashes[2][ids[2][row]], salt[1])
            near, door = hashes[5][ids[5][row]], hashes[7][ids[7][row]]
        near = _mixed(area, near)
        words[0, row] = word(_mixed(near, door), salt[3])
        words[1, row], words[2, row] = word(near, salt[4]), word(area, salt[5])
        words[3, row] = word(town, salt[6])


def phone_words(values: Values) -> Words:
    """The words of every distinct telephone."""
    return spread(values.phones, "phone")


def number_word(values: Values, part: str) -> Words:
    """Of every distinct number the words of one of NUMBER: all of it (unless masked), its first 14, last 12 or last 4
    characters; a part that a mask covers is not known."""
    if part == "number":
        return np.where(values.number_status == 2, np.uint64(0), spread(values.hashes.number, part))
    words = np.empty(len(values.numbers.length), np.uint64)
    _cuts(values.numbers.digits, values.numbers.length, CUTS[part], seed(part), words)
    return words


@compiled
def _cuts(digits: NDArray[np.uint8], length: NDArray[np.uint8], cut: Cut, salt: int, words: Words) -> None:
    """The words of a part of each number; 0 where a mask covers a digit of it."""
    for row in range(len(length)):
        size = np.int64(length[row])
        total, masked = np.uint64(0), False
        for place in range(0 if cut.first else size - cut.many, cut.many if cut.first else size):
            digit = np.uint64(digits[row, place]) if 0 <= place < size else np.uint64(0)
            masked |= digit == 15
            total = total << np.uint64(4) | digit
        words[row] = np.uint64(0) if masked else word(total + np.uint64(1), np.uint64(salt))
