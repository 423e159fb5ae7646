"""Runs of equal keys, found by sorting: the entity sits in the low bits of its key, so one sort of words does it.

A word has 64 bits: of the key as many count as the entities leave free, and two keys that agree in them by chance
bring a few pairs more.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.kernels import Flags, Ints, Words

MARKS = 22  # bits of a key by which those that can't be wanted are passed over


class Blocks(NamedTuple):
    """Entities that share a key, ascending: a run of `entity` from `start` on.

    `many` counts them, and `loose` those of them without a trusted number.
    """

    key: Words
    start: Ints
    many: Ints
    loose: Ints
    entity: Ints


def gathered(key: Words, entity: Ints, loose: Flags, bits: int) -> Blocks:
    """Distinct (key, entity) in blocks of one key; of the key as many high bits count as `entity` leaves free."""
    packed = distinct((key & ~low(bits)) | entity.astype(np.uint64))
    high, entity = packed >> np.uint64(bits), (packed & low(bits)).astype(np.int64)
    start = np.flatnonzero(first_of_runs(high))
    if not len(start):
        return Blocks(high, start, start, start, entity)
    count = np.diff(np.append(start, len(entity)))
    return Blocks(high[start], start, count, np.add.reduceat(loose[entity], start, dtype=np.int64), entity)


def pairs(blocks: Blocks, chosen: Flags, loose: Flags, both: bool, bits: int) -> Words:
    """All pairs within the `chosen` blocks, or only those with at least one loose entity, as ``a << bits | b``."""
    start, count = blocks.start[chosen], blocks.many[chosen]
    slot = _ranges(start, count)
    stop = np.repeat(start + count, count)
    if both:
        one, begin = slot, slot + 1
    else:
        free = np.flatnonzero(loose[blocks.entity[slot]])
        one, begin, stop = slot[free], np.repeat(start, count)[free], stop[free]
    width = stop - begin
    two = _ranges(begin, width)
    a, b = np.repeat(blocks.entity[one], width), blocks.entity[two]
    if not both:  # two loose ones meet once
        keep = np.flatnonzero((two > np.repeat(one, width)) | ~loose[b])
        a, b = a[keep], b[keep]
    return np.minimum(a, b).astype(np.uint64) << np.uint64(bits) | np.maximum(a, b).astype(np.uint64)


def _ranges(start: Ints, many: Ints) -> Ints:
    """``start, start + 1, ...``, `many` numbers for each start, one after the other."""
    return np.repeat(start - np.cumsum(many) + many, many) + np.arange(many.sum())


def among(words: Words, wanted: Words) -> Flags:
    """Which of `words` are in `wanted` (ascending, not empty)? Most are not, and a table of marks tells at once."""
    found = maybe(words, wanted)
    rows = np.flatnonzero(found)
    found[rows] = wanted[np.minimum(np.searchsorted(wanted, words[rows]), len(wanted) - 1)] == words[rows]
    return found


def maybe(words: Words, wanted: Words) -> Flags:
    """Which of `words` may be in `wanted`, by their highest bits; none that is in it is left out."""
    shift = np.uint64(max(0, int(max(words.max(initial=0), wanted.max(initial=0))).bit_length() - MARKS))
    marks = np.zeros(1 << MARKS, bool)
    marks[wanted >> shift] = True
    found: Flags = marks.take(words >> shift)
    return found


def low(bits: int) -> np.uint64:
    """The mask of the `bits` lowest bits."""
    return np.uint64((1 << bits) - 1)


def first_of_runs(ordered: Words | Ints) -> Flags:
    """True where a value differs from the one before it."""
    first: Flags = np.append(np.ones(min(1, len(ordered)), bool), ordered[1:] != ordered[:-1])
    return first


def distinct(words: Words) -> Words:
    """The distinct words, ascending."""
    ordered = np.sort(words)
    return ordered[np.flatnonzero(first_of_runs(ordered))]
