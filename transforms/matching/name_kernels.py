"""Comparing names by integers: up to four characters in the four 16-bit lanes of a word, compared by XOR.

The first character is in the lowest lane; a lane that is 0 is "no character". Which lanes differ, by shape and by
sound, and how long the two names and their surnames are make 18 bits: a table of all cases holds the level of each,
marks the pairs that may be a swap or a missing character, which one more look at the words tells.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.kernels import Flags, Levels, Words

SWAP, GAP = 64, 128  # marks of the table: may be swapped, may miss a character


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


def _part(case: NDArray[np.int32], at: int, ones: int) -> NDArray[np.int8]:
    """The bits of each case from `at` on, in as few bytes as they take: this is made in every process."""
    return (case >> at & ones).astype(np.int8)


@cache
def levels_by_case() -> Levels:
    """The level of every case (see the module's head), with the marks SWAP and GAP."""
    case = np.arange(1 << 18, dtype=np.int32)
    other, heard = (_part(case, at, 15) for at in (0, 4))
    length_a, family_a, length_b, family_b = (_part(case, at, ones) for at, ones in ((8, 7), (11, 3), (13, 7), (16, 3)))
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
