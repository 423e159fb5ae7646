"""Comparing names by integers: up to four characters in the four 16-bit lanes of a word, compared by XOR.

The first character is in the lowest lane; a lane that is 0 is "no character".
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.kernels import Flags, Ints, Levels, Words

_LANE = np.uint64(0xFFFF)


def lanes_differ(a: Words, b: Words) -> NDArray[np.uint8]:
    """Bits 0 to 3 say which of the four 16-bit lanes of `a` and `b` differ."""
    x = a ^ b
    mask = np.zeros(len(a), np.uint8)
    for lane in range(4):
        mask |= ((x >> np.uint64(16 * lane)) & _LANE != 0).astype(np.uint8) << lane
    return mask


def _without(word: Words, lane: int) -> Words:
    """`word` with one lane taken out and those above moved down."""
    low = word & np.uint64((1 << (16 * lane)) - 1)
    high = word >> np.uint64(16 * lane + 16) if lane < 3 else np.zeros_like(word)
    return low | (high << np.uint64(16 * lane))


def one_missing(longer: Words, shorter: Words) -> Flags:
    """Does `longer` become `shorter` when one of its characters is left out?"""
    hit = np.zeros(len(longer), bool)
    for lane in range(4):
        hit |= _without(longer, lane) == shorter
    return hit


class NameTable(NamedTuple):
    """Distinct names, encoded once. `shape`: variants and look-alikes folded; `sound`: syllables; `family`: the length
    of the surname.

    `short` is false for names that do not fit four characters; their words are 0 and `text` is compared instead.
    """

    shape: Words
    sound: Words
    length: NDArray[np.uint8]
    family: NDArray[np.uint8]
    short: Flags


def name_levels(names: NameTable, a: Ints, b: Ints) -> Levels:
    """Levels of NAME for rows `a` and `b` of `names`; pairs with a long name are left at 1 (else) unless identical."""
    shape_a, shape_b = names.shape[a], names.shape[b]
    other = lanes_differ(shape_a, shape_b)
    heard = other & lanes_differ(names.sound[a], names.sound[b])
    length_a, length_b = names.length[a], names.length[b]
    short = names.short[a] & names.short[b]
    same_length = (length_a == length_b) & short
    family = np.minimum(names.family[a], names.family[b])
    family_mask = ((1 << family.astype(np.int16)) - 1).astype(np.uint8)
    same_family = (names.family[a] == names.family[b]) & (heard & family_mask == 0) & short
    given_equal = same_length & (heard & ~family_mask == 0) & (length_a > family)
    spare = length_a.astype(np.int16) - family

    level = np.ones(len(a), np.uint8)
    level[same_family] = 2
    level[given_equal & (names.family[a] == names.family[b])] = 3
    level[same_length & same_family & (spare >= 2) & (np.bitwise_count(heard) == 1)] = 4
    level[_shorter(names, a, b) & short] = 5
    level[same_length & same_family & _swapped(shape_a, shape_b, other)] = 6
    level[same_length & (heard == 0)] = 7
    level[same_length & (other == 0)] = 8
    level[a == b] = 9
    return level


def _shorter(names: NameTable, a: Ints, b: Ints) -> Flags:
    """One has a character less than the other (and two or more are left)."""
    flip = names.length[a] < names.length[b]
    longer, shorter = np.where(flip, b, a), np.where(flip, a, b)
    near = (names.length[longer] - names.length[shorter] == 1) & (names.length[shorter] >= 2)
    hit = np.zeros(len(a), bool)
    rows = np.flatnonzero(near)
    hit[rows] = one_missing(names.shape[longer[rows]], names.shape[shorter[rows]])
    return hit


def _swapped(a: Words, b: Words, differ: NDArray[np.uint8]) -> Flags:
    """Two neighbouring characters have changed places."""
    hit = np.zeros(len(a), bool)
    for lane in range(3):
        low, high = np.uint64(16 * lane), np.uint64(16 * lane + 16)
        crossed = ((a >> low) & _LANE == (b >> high) & _LANE) & ((a >> high) & _LANE == (b >> low) & _LANE)
        hit |= (differ == 3 << lane) & crossed
    return hit
