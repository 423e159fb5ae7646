"""Which mentions say the same, their records throughout."""

from collections.abc import Sequence

import numpy as np

from transforms.matching.coded import mixed
from transforms.matching.hashing import Codes, Ints, Words, mix
from transforms.matching.kernels import Flags


def alike(record: Ints, said: Sequence[Ints | Codes]) -> Ints:
    """For each mention the first that has the same id in all columns of what is `said`, as have the other mentions of
    their records. The first column is nowhere -1, and those of one `record` stand together."""
    words = mixed([column.astype(np.int32, copy=False) for column in said])
    begins = np.flatnonzero(np.append(True, record[1:] != record[:-1])[: len(record)])
    if len(begins) < len(record):
        words = mix([words, _whole(words, begins)])
    found = np.arange(len(words))
    rows = _several(words)
    _, first, number = np.unique(words[rows], return_index=True, return_inverse=True)
    found[rows] = rows[first[number]]
    return found


def _whole(words: Words, begins: Ints) -> Words:
    """For each row the sum of its record."""
    return np.repeat(np.add.reduceat(words, begins), np.diff(np.append(begins, len(words))))


def _several(words: Words) -> Ints:
    """The rows, ascending, whose words come more than once, and a few others: a sort of nothing else finds them."""
    bits = np.uint64(len(words).bit_length())
    packed = np.sort(words >> bits << bits | np.arange(len(words), dtype=np.uint64))
    same = packed[1:] >> bits == packed[:-1] >> bits
    several = np.append(same, False)[: len(words)] | np.append(False, same)[: len(words)]
    return np.sort((packed[several] & (np.uint64(1) << bits) - np.uint64(1)).astype(np.int64))


def news(first: Ints, entity: Ints) -> Flags:
    """Which mentions are the first of their entity to say what they say, `first` being what `alike` found."""
    found: Flags = (first == np.arange(len(first))) | (entity[first] != entity)
    return found
