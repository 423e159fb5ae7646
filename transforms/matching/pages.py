"""Columns in the encodings of Parquet: texts one after the other, each behind its length (PLAIN), and small integers
in as few bits as the largest takes (the bit-packed runs of RLE). https://parquet.apache.org/docs/file-format/data-pages
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled, eight_bytes
from transforms.matching.hashing import Codes
from transforms.matching.octets import Layout, Octets, few_bytes, frozen, layout

NOBODY = frozen(np.zeros(0, np.int32))


def plain(texts: Any, rows: Codes = NOBODY) -> Octets:
    """The bytes of an Arrow array of strings, none of them null; of those in `rows`, where any are given."""
    laid, rows = layout(texts), frozen(np.ascontiguousarray(rows, np.int32))
    size = _size(laid, rows)
    found = np.empty(size + 8, np.uint8)
    _plain(laid, rows, found)
    return found[:size]


@compiled
def _size(laid: Layout, rows: Codes) -> int:
    offsets, many = laid.offsets, len(laid.offsets) - 1
    if not len(rows):
        return 4 * many + int(offsets[many]) - int(offsets[0])
    size = 4 * len(rows)
    for place in range(len(rows)):
        size += int(offsets[rows[place] + 1]) - int(offsets[rows[place]])
    return size


@compiled
def _plain(laid: Layout, rows: Codes, out: Octets) -> None:
    """Eight bytes at a time; what is too much of a text is overwritten by the next."""
    data, offsets, at = laid.data, laid.offsets, np.uint64(0)
    for place in range(len(rows) if len(rows) else len(offsets) - 1):
        row = np.int64(rows[place]) if len(rows) else place
        begin, end = np.int64(offsets[row]), np.int64(offsets[row + 1])
        _put(out, at, np.uint64(end - begin))
        at += np.uint64(4)
        whole = begin + 8 * ((min(end, np.int64(len(data) - 7)) - begin + 7) // 8)
        for step in range(begin, whole, 8):
            _put(out, at + np.uint64(step - begin), eight_bytes(data, step))
        if whole < end:
            _put(out, at + np.uint64(whole - begin), few_bytes(data, whole, end - whole))
        at += np.uint64(end - begin)


@borrowing
def _put(out: Octets, at: np.uint64, word: np.uint64) -> None:
    """The eight bytes from `at` on. LLVM makes one store of it."""
    for each in range(8):
        out[at + np.uint64(each)] = np.uint8(word >> np.uint64(8 * each) & np.uint64(255))


def width(many: int) -> int:
    """How many bits tell `many` apart, at least one."""
    return max(1, (many - 1).bit_length())


def packed(codes: NDArray[Any], bits: int) -> Octets:
    """Integers from 0 on, each in so many `bits`, in groups of eight, the last of them filled with 0."""
    found = np.zeros(-(-len(codes) // 8) * bits, np.uint8)
    _packed(frozen(np.ascontiguousarray(codes, np.int32)), bits, found)
    return found


@compiled
def _packed(codes: Codes, bits: int, out: Octets) -> None:
    word, have, at = np.uint64(0), 0, 0
    for row in range(len(codes)):
        word |= np.uint64(codes[row]) << np.uint64(have)
        have += bits
        while have >= 8:
            out[at] = np.uint8(word & np.uint64(255))
            word >>= np.uint64(8)
            have -= 8
            at += 1
    if have:
        out[at] = np.uint8(word)
