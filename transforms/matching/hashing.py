"""64-bit hashes of texts and of rows, the same in every run, on every machine and for ever: a later batch meets an
earlier one by them, so neither the algorithm nor its constants may change.

A text is its UTF-8 bytes. With M(h) = h * 0x9E3779B97F4A7C15, h ^= h >> 29, h *= 0xBF58476D1CE4E5B9, h ^= h >> 32 (all
modulo 2^64; steps of splitmix64, Steele, Lea and Flood 2014), h begins as M(1 + length in bytes) and takes in eight
bytes at a time, little endian, the last ones filled up with zeros: h = M(h ^ word). Every step is a bijection, so two
texts meet by accident alone: among ten million once in 370,000 data sets. Null is 0. Texts of more than LONG bytes are
taken by the first eight bytes of their BLAKE2b instead: a single page of text would cost as much as a column.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Words = NDArray[np.uint64]

LONG = 512
PRIME, FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


def mix(columns: Sequence[Ints | Codes | Words]) -> Words:
    """One 64-bit hash of several integer columns; equal rows hash alike."""
    total = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        total = _step(total ^ column.astype(np.uint64))
    return total


def text_hash(texts: Any) -> Words:
    """The hash of each text of an Arrow array (string, plain or chunked) or a list; 0 for null. No loop over rows."""
    data, start, length = layout(texts)
    total = _step((length + 1).astype(np.uint64))
    whole = _windows(data)
    rows: Any = np.flatnonzero((length > 0) & (length <= LONG))
    at, left = start[rows], length[rows]
    while len(at):
        rows = slice(None) if len(at) == len(total) else rows  # the common case, and twice as fast
        word = whole[at]
        short = left < 8
        word[short] &= (np.uint64(1) << (8 * left[short]).astype(np.uint64)) - np.uint64(1)
        total[rows] = _step(total[rows] ^ word)
        more = left > 8
        if not more.all():
            rows, at, left = np.arange(len(total))[rows][more], at[more], left[more]
        at, left = at + 8, left - 8
    for row in np.flatnonzero(length > LONG):
        whole_text = data[start[row] : start[row] + length[row]].tobytes()
        total[row] = long_hash(whole_text)
    total[length < 0] = 0
    return total


def long_hash(text: bytes) -> int:
    """The hash of more than LONG bytes."""
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def beginnings(texts: Any) -> tuple[list[Words], bool]:
    """The first 24 bytes of each text in three words that sort as the texts do, and whether no text has more."""
    data, start, length = layout(texts)
    whole = _windows(data)
    words = []
    for offset in range(0, 24, 8):
        word = whole[start + offset]
        left = length - offset
        short = left < 8
        word[short] &= (np.uint64(1) << (8 * np.maximum(left[short], 0)).astype(np.uint64)) - np.uint64(1)
        words.append(word.byteswap())
    return words, bool((length <= 24).all())


def _windows(data: NDArray[np.uint8]) -> Words:
    """The eight bytes from each place on, as a word."""
    return np.lib.stride_tricks.as_strided(data[:8].view("<u8"), (len(data) - 7,), (1,))


def layout(texts: Any) -> tuple[NDArray[np.uint8], Ints, Ints]:
    """The UTF-8 bytes of all texts (with 24 zeros behind them), where each begins, and its length; -1 for null."""
    array = texts if isinstance(texts, pa.Array | pa.ChunkedArray) else pa.array(texts, pa.string())
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays([c.cast(pa.large_string()) for c in array.chunks] or [pa.array([], pa.string())])
    wide = pa.types.is_large_string(array.type)
    array = array if wide else array.cast(pa.string())
    offsets = np.frombuffer(
        array.buffers()[1] or b"\0" * 8,
        np.int64 if wide else np.int32,
        len(array) + 1,
        array.offset * (8 if wide else 4),
    ).astype(np.int64)
    low, high = int(offsets[0]), int(offsets[-1])
    data = np.zeros(high - low + 24, np.uint8)
    if high > low:
        data[: high - low] = np.frombuffer(array.buffers()[2], np.uint8, high - low, low)
    length = np.diff(offsets)
    if array.null_count:
        length[array.is_null().to_numpy(zero_copy_only=False)] = -1
    return data, offsets[:-1] - low, length


def _step(total: Words) -> Words:
    total = total * PRIME
    total ^= total >> np.uint64(29)
    total *= FACTOR
    total ^= total >> np.uint64(32)
    return total
