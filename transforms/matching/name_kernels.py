"""Comparing names by integers: up to four characters in the four 16-bit lanes of a word, compared by XOR.

The first character is in the lowest lane; a lane that is 0 is "no character". Which lanes differ, by shape and by
sound, and how long the two names and their surnames are make 18 bits: a table of all cases holds the level of each,
and only pairs that may be a swap or a missing character are looked at again.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.kernels import Flags, Ints, Levels, Words

_WIDTH = np.uint64(16)
# one bit of each of the four bytes of a word into its highest byte's lowest four bits
_GATHER, _TOP = np.uint32(1 << 24 | 1 << 17 | 1 << 10 | 1 << 3), np.uint32(24)
SWAP, GAP = 64, 128  # marks of the table: may be swapped, may miss a character
CLOSER = 1 << 18  # where the second table begins in `cases`


def lanes_differ(a: Words, b: Words) -> NDArray[np.uint8]:
    """Bits 0 to 3 say which of the four 16-bit lanes of `a` and `b` differ."""
    one_byte_a_lane = ((a ^ b).view(np.uint16) != 0).view(np.uint32)
    bits: NDArray[np.uint8] = (one_byte_a_lane * _GATHER >> _TOP).astype(np.uint8)
    return bits


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
    shape_a, shape_b = names.shape.take(a), names.shape.take(b)
    other = lanes_differ(shape_a, shape_b)
    heard = other & lanes_differ(names.sound.take(a), names.sound.take(b))
    case = (other | heard << np.uint8(4)).astype(np.uint32)
    case |= (names.length.take(a) | names.family.take(a) << np.uint8(3)).astype(np.uint32) << np.uint32(8)
    case |= (names.length.take(b) | names.family.take(b) << np.uint8(3)).astype(np.uint32) << np.uint32(13)
    level = levels_by_case().take(case)
    rows = np.flatnonzero(level >= SWAP)
    if len(rows):
        marked = level[rows].astype(np.uint16)
        level[rows] = _closer(shape_a[rows], shape_b[rows], other[rows].astype(np.uint16), marked)
    level[a == b] = 9
    return level


def _closer(a: Words, b: Words, other: NDArray[np.uint16], marked: NDArray[np.uint16]) -> Levels:
    """The levels of pairs that the table has marked; bit i of `up` compares lane i + 1 of `a` with lane i of `b`."""
    up, down = lanes_differ(a >> _WIDTH, b).astype(np.uint16), lanes_differ(a, b >> _WIDTH).astype(np.uint16)
    found = closer_by_case()[other | up << np.uint16(4) | down << np.uint16(8)]
    gap = marked & np.uint16(GAP) > 0
    missing = gap & (found & np.uint8(1) > 0)
    level = np.where(missing, 5, marked & np.uint16(15)).astype(np.uint8)
    level[~gap & (found & np.uint8(2) > 0)] = 6
    return level


@cache
def cases() -> Levels:
    """Both tables of cases, one after the other."""
    return np.concatenate([levels_by_case(), closer_by_case()])


@cache
def closer_by_case() -> Levels:
    """Bit 0: the two are one when a character of one is left out; bit 1: when two neighbours change places.

    Lanes beyond a name's end are zero in both or make the longer one differ, so the lengths need no look.
    """
    case = np.arange(1 << 12)
    other, up, down = case & 15, case >> 4 & 15, case >> 8 & 15
    missing = np.zeros(len(case), bool)
    for lane in range(4):
        below = (1 << lane) - 1
        for shifted in (up, down):
            missing |= (other & below == 0) & (shifted & 15 & ~below == 0)
    swapped = np.zeros(len(case), bool)
    for lane in range(3):
        swapped |= (other == 3 << lane) & (up >> lane & 1 == 0) & (down >> lane & 1 == 0)
    bits: Levels = (missing | swapped << 1).astype(np.uint8)
    return bits


@cache
def levels_by_case() -> Levels:
    """The level of every case (see the module's head), with the marks SWAP and GAP."""
    case = np.arange(1 << 18)
    other, heard = case & 15, case >> 4 & 15
    length_a, family_a, length_b, family_b = case >> 8 & 7, case >> 11 & 3, case >> 13 & 7, case >> 16 & 3
    short = (length_a > 0) & (length_b > 0)
    same_length = (length_a == length_b) & short
    family = np.minimum(family_a, family_b)
    family_mask = (1 << family) - 1
    same_family = (family_a == family_b) & (heard & family_mask == 0) & short
    given_equal = same_length & (heard & ~family_mask == 0) & (length_a > family)
    level = np.ones(len(case), np.uint8)
    level[same_family] = 2
    level[given_equal & (family_a == family_b)] = 3
    level[same_length & same_family & (length_a - family >= 2) & (np.bitwise_count(heard) == 1)] = 4
    neighbours = (other == 3) | (other == 6) | (other == 12)
    level[same_length & same_family & neighbours & (heard != 0)] |= SWAP
    level[short & (np.abs(length_a - length_b) == 1) & (np.minimum(length_a, length_b) >= 2)] |= GAP
    level[same_length & (heard == 0)] = 7
    level[same_length & (other == 0)] = 8
    return level
