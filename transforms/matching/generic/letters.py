"""What two words cannot be is seen from the letters they are made of: far cheaper than to compare them.

Of each value there are 64 bits: for each of 32 classes of letters whether it has one, and whether it has two. To write
a letter too many or too few changes one bit at most, and a wrong one two; so bits that differ are a lower bound for
the distance of two values. The comparisons themselves (compare.py) are left with what this lets through.
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Bitmaps = NDArray[np.uint64]

_CLASSES = 32  # Latin letters differ in their last five bits


def bitmaps(texts: list[str]) -> Bitmaps:
    """The bits of each text."""
    if not texts:
        return np.zeros(0, np.uint64)
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    length = np.fromiter(map(len, texts), np.int64, len(texts))
    row = np.repeat(np.arange(len(texts)), length)
    many = np.bincount(row * _CLASSES + (points & (_CLASSES - 1)), minlength=len(texts) * _CLASSES)
    many = many.reshape(len(texts), _CLASSES)
    found: Bitmaps = np.packbits(np.hstack([many > 0, many > 1]), axis=1).view(np.uint64)[:, 0]
    return found


def apart(letters: Bitmaps, a: Ints, b: Ints) -> Ints:
    """At least how many letters must go or come to make values `b` of values `a`."""
    found: Ints = np.bitwise_count(letters[a] ^ letters[b]).astype(np.int64)
    return found


def slips(letters: Bitmaps, length: Ints, a: Ints, b: Ints, most: int) -> Flags:
    """Values that may differ by `most` slips of the pen: a letter too many, too few, wrong, or two exchanged."""
    able: Flags = (apart(letters, a, b) <= 2 * most) & (np.abs(length[a] - length[b]) <= most)
    return able
