"""Values as 64-bit words that depend on the value alone, so that what one run keeps another can look up.

A word of 0 stands for what is not known. Each attribute has a salt: words of different attributes are unrelated.
"""

import zlib
from typing import NamedTuple

import numpy as np

from transforms.matching.counts import Scopes
from transforms.matching.hashing import mix
from transforms.matching.kernels import Ints, Words
from transforms.matching.values import Values


class NameWords(NamedTuple):
    """By row of the names: the name as written, folded, as it sounds, and its two parts."""

    exact: Words
    shape: Words
    sound: Words
    surname: Words
    given: Words


class NumberWords(NamedTuple):
    """By row of the numbers: the number (unless masked), and its first 14, last 12 and last 4 characters."""

    number: Words
    head14: Words
    tail12: Words
    last4: Words


class PlaceWords(NamedTuple):
    """By row of the addresses: the scopes it is in (see counts.Scopes)."""

    door: Words
    near: Words
    area: Words
    town: Words


def spread(values: Words | Ints, salt: str) -> Words:
    """A word for each of `values`, spread over all 64 bits; 0 for 0, which stands for what is not known."""
    seed = np.full(len(values), zlib.crc32(salt.encode()))
    return np.where(values == 0, np.uint64(0), mix([values, seed]) | np.uint64(1))


def name_words(values: Values) -> NameWords:
    """The words of every distinct name."""
    return NameWords(*(spread(getattr(values.hashes, part), part) for part in NameWords._fields))


def place_words(values: Values, places: Scopes) -> PlaceWords:
    """The words of the scopes of every distinct address."""
    part = {p: np.append(h, np.uint64(0))[getattr(values.places, p)] for p, h in values.hashes.parts.items()}
    rural = values.places.village >= 0
    street = mix([part["road"], part["road_no"]])
    urban = np.where(values.places.compound >= 0, spread(part["compound"], "compound"), spread(street, "street"))
    area = np.where(rural, spread(part["village"], "village"), urban)
    near = mix([area, np.where(rural, part["group"], part["building"])])
    door = mix([near, np.where(rural, part["house"], part["room"])])
    words = zip(PlaceWords._fields, (door, near, area, part["town"]), strict=True)
    return PlaceWords(*(np.where(getattr(places, s) >= 0, spread(w, s), np.uint64(0)) for s, w in words))


def phone_words(values: Values) -> Words:
    """The words of every distinct telephone."""
    return spread(values.phones, "phone")


def number_words(values: Values) -> NumberWords:
    """The words of every distinct number; a part that a mask covers is not known."""
    length = values.numbers.length.astype(np.int64)
    whole = spread(values.hashes.number, "number")
    nothing = np.zeros_like(length)
    return NumberWords(
        number=np.where(values.number_status == 2, np.uint64(0), whole),
        head14=spread(_cut(values, nothing, 14), "head14"),
        tail12=spread(_cut(values, length - 12, 12), "tail12"),
        last4=spread(_cut(values, length - 4, 4), "last4"),
    )


def _cut(values: Values, start: Ints, many: int) -> Ints:
    """`many` digits of each number from `start` on, as one number from 1 on; 0 where a mask covers one of them.

    Where those are depends on a number's length alone, of which there are few.
    """
    digits, length = values.numbers.digits, values.numbers.length
    packed = np.zeros(len(length), np.int64)
    for one in np.flatnonzero(np.bincount(length)).tolist():
        rows = np.flatnonzero(length == one)
        part = digits if len(rows) == len(length) else digits[rows]
        first = int(start[rows[0]])
        total, masked = np.zeros(len(rows), np.int64), np.zeros(len(rows), bool)
        for place in range(first, first + many):
            digit = part[:, place] if 0 <= place < one else np.uint8(0)
            masked |= digit == 15
            total = total << 4 | digit
        packed[rows] = np.where(masked, 0, total + 1)
    return packed
