"""Texts of Arrow columns in compiled loops, which read their bytes where they lie: no text becomes an object, and none
is copied."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled, eight_bytes
from transforms.matching.hashing import FACTOR, LONG, PRIME, Codes, Words, long_hash

Octets = NDArray[np.uint8]
Place = int | np.int64
_ALL = ~np.uint64(0)


class Layout(NamedTuple):
    """An Arrow array of strings as it lies in memory, nothing copied: the bytes of all; where each begins and, one
    further, ends; bits of those that are not null, the first of them `shift` bits in (no bytes: none is null)."""

    data: Octets
    offsets: Codes
    valid: Octets
    shift: int


def layout(array: Any) -> Layout:
    """The layout of an Arrow array of type string (a list or a large one is made one)."""
    if not isinstance(array, pa.Array):
        array = pa.array(array, pa.string())
    array = array if pa.types.is_string(array.type) else array.cast(pa.string())
    valid, offsets, data = array.buffers()
    starts = view(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    if not len(array):
        starts = frozen(np.zeros(1, np.int32))
    return Layout(view(data, np.uint8), starts, *nulls(array, valid))


def nulls(array: Any, valid: Any) -> tuple[Octets, int]:
    return (view(valid, np.uint8), array.offset) if array.null_count else (view(None, np.uint8), 0)


def view(buffer: Any, kind: Any) -> Any:
    """A buffer as an array. All are read only, or loops would be compiled once for each sort."""
    return frozen(np.frombuffer(buffer, kind) if buffer is not None and buffer.size else np.zeros(0, kind))


def frozen(array: Any) -> Any:
    """The same array, to read only."""
    array = array.view()
    array.flags.writeable = False
    return array


@borrowing
def stepped(total: np.uint64) -> np.uint64:
    """The step M of hashing."""
    total = total * PRIME
    total ^= total >> np.uint64(29)
    total *= FACTOR
    return total ^ total >> np.uint64(32)


@borrowing
def present(valid: Octets, at: int) -> bool:
    """Is the bit set, or is there none?"""
    return len(valid) == 0 or (valid[at >> 3] >> (at & 7)) & 1 != 0


@borrowing
def few_bytes(data: Octets, at: Place, count: Place) -> np.uint64:
    """Up to eight bytes as a word, the first lowest, the others zero."""
    if count <= 0:
        return np.uint64(0)
    if at + 8 <= len(data):
        return eight_bytes(data, at) & (_ALL >> np.uint64(64 - 8 * count))  # type: ignore[no-any-return]
    word = np.uint64(0)
    for i in range(count):
        word |= np.uint64(data[at + i]) << np.uint64(8 * i)
    return word


@borrowing
def hashed(data: Octets, at: Place, end: Place) -> np.uint64:
    """The hash (hashing) of the bytes from `at` to `end`, however many."""
    total = stepped(np.uint64(end - at + 1))
    while at + 8 <= end:
        total = stepped(total ^ eight_bytes(data, at))
        at += 8
    return stepped(total ^ few_bytes(data, at, end - at)) if at < end else total


@compiled
def _hashes(laid: Layout, words: Words) -> int:
    data, offsets, valid = laid.data, laid.offsets, laid.valid
    longest = 0
    for row in range(len(words)):
        if present(valid, laid.shift + row):
            at, end = np.int64(offsets[row]), np.int64(offsets[row + 1])
            longest = max(longest, int(end - at))
            words[row] = hashed(data, at, end)
        else:
            words[row] = 0
    return longest


def text_hash(texts: Any) -> Words:
    """hashing.text_hash, the same for columns of any length."""
    words = np.empty(len(texts), np.uint64)
    at = 0
    for chunk in chunks(texts):
        laid, some = layout(chunk), words[at : at + len(chunk)]
        at += len(chunk)
        if _hashes(laid, some) > LONG:
            for row in np.flatnonzero((np.diff(laid.offsets) > LONG) & (some != 0)):
                some[row] = long_hash(laid.data[laid.offsets[row] : laid.offsets[row + 1]].tobytes())
    return words


def chunks(column: Any) -> list[Any]:
    """The arrays a column is made of."""
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]
