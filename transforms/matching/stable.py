"""Values as 64-bit words that depend on the value alone, so that what one run keeps another can look up.

A word of 0 stands for what is not known. Each attribute has a salt: words of different attributes are unrelated.
"""

import zlib
from typing import NamedTuple

import numpy as np

from transforms.matching.counts import Scopes
from transforms.matching.kernels import Ints, Words
from transforms.matching.values import Values, mix


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


def spread(values: Ints, salt: str) -> Words:
    """A word for each of `values`, 0 for the negative ones."""
    word = mix([values, np.full(len(values), zlib.crc32(salt.encode()))]) | np.uint64(1)
    return np.where(values >= 0, word, np.uint64(0))


def name_words(values: Values) -> NameWords:
    """The words of every distinct name."""
    rows = np.arange(len(values.shape))
    parts = {"exact": rows, **{p: getattr(values, p) for p in ("shape", "sound", "surname", "given")}}
    return NameWords(**{part: spread(ids, part) for part, ids in parts.items()})


def place_words(values: Values, places: Scopes) -> PlaceWords:
    """The words of every distinct address."""
    return PlaceWords(*(spread(getattr(places, scope), scope) for scope in PlaceWords._fields))


def phone_words(values: Values) -> Words:
    """The words of every distinct telephone."""
    return spread(values.phones.astype(np.int64), "phone")


def number_words(values: Values) -> NumberWords:
    """The words of every distinct number; a part that a mask covers is not known."""
    length = values.numbers.length.astype(np.int64)
    packed = mix([values.numbers.head.view(np.int64), values.numbers.tail.view(np.int64), length])
    whole = spread((packed >> np.uint64(1)).astype(np.int64), "number")
    nothing = np.zeros_like(length)
    return NumberWords(
        number=np.where(values.number_status == 2, np.uint64(0), whole),
        head14=spread(_cut(values, nothing, 14), "head14"),
        tail12=spread(_cut(values, length - 12, 12), "tail12"),
        last4=spread(_cut(values, length - 4, 4), "last4"),
    )


def _cut(values: Values, start: Ints, many: int) -> Ints:
    """`many` digits of each number from `start` on, packed; -1 where a mask covers one of them."""
    digits, length = values.numbers.digits, values.numbers.length
    rows = np.arange(len(length))
    packed = np.zeros(len(length), np.int64)
    masked = np.zeros(len(length), bool)
    for at in range(many):
        place = start + at
        digit = np.where((place >= 0) & (place < length), digits[rows, np.clip(place, 0, 18)], 0)
        masked |= digit == 15
        packed = packed << 4 | digit
    return np.where(masked, -1, packed)
