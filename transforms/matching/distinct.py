"""Distinct values by hash tables in compiled loops: a million texts are numbered in a tenth of a second.

Texts are told apart by their hashes of 64 bits (hashing): two of ten million meet once in 370,000 data sets.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.hashing import PRIME, Codes, Ints, Words
from transforms.matching.octets import Octets, frozen, nulls, text_hash, view

AHEAD = 64  # words that are looked for together
FEW = 1 << 12  # slots to begin with
Table = NDArray[np.uint64]
Tables = tuple[Table, Table]


class Coded(NamedTuple):
    """Integers of an Arrow array, and which are null (see Layout)."""

    ids: Codes
    valid: Octets
    shift: int


def numbered(words: Words) -> tuple[Ints, Ints]:
    """Ids of 64-bit words in order of first appearance, -1 where the word is 0; the row in which each comes first."""
    ids, first = np.empty(len(words), np.int64), np.empty(len(words), np.int64)
    old, slots, count, row = np.zeros((0, 2), np.uint64), np.zeros((FEW, 2), np.uint64), np.zeros(2, np.int64), 0
    while True:
        row = _number_from((old, slots), frozen(words), (ids, first), count, row)
        if row == len(words):
            return ids, first[: count[0]].copy()
        old, slots = slots, np.zeros((4 * len(slots), 2), np.uint64)


@compiled
def _number_from(tables: Tables, words: Words, out: tuple[Ints, Ints], count: Ints, row: int) -> int:
    """Fill in ids and first rows from `row` on, and say how far it went before the second table, into which the first
    is copied, was full to the half. A slot is a word and its id plus one.

    Words that are far apart in memory are asked for together: it takes half the time.
    """
    (old, slots), (ids, first) = tables, out
    for at in range(len(old)):
        if old[at, 0]:
            place = _place(slots, old[at, 0])
            slots[place, 0], slots[place, 1] = old[at, 0], old[at, 1]
    asked = np.uint64(0)
    while row < len(words) and 2 * (count[0] + AHEAD) < len(slots):
        end = min(row + AHEAD, len(words))
        for at in range(row, end):
            asked ^= slots[_begin(slots, words[at]), 0]
        for at in range(row, end):
            ids[at] = _id(slots, words[at], at, first, count)
        row = end
    count[1] = np.int64(asked)  # or nobody would ask
    return row


@borrowing
def _id(slots: Table, word: np.uint64, row: int, first: Ints, count: Ints) -> np.int64:
    if word == 0:
        return np.int64(-1)
    place = _place(slots, word)
    if slots[place, 0] == 0:
        slots[place, 0], slots[place, 1] = word, np.uint64(count[0] + 1)
        first[count[0]] = row
        count[0] += 1
    return np.int64(slots[place, 1]) - np.int64(1)


@borrowing
def _begin(slots: Table, word: np.uint64) -> np.uint64:
    return (word * PRIME >> np.uint64(32)) & np.uint64(len(slots) - 1)


@borrowing
def _place(slots: Table, word: np.uint64) -> np.uint64:
    """The slot of a word, or where it is to go."""
    place = _begin(slots, word)
    while slots[place, 0] != 0 and slots[place, 0] != word:
        place = (place + np.uint64(1)) & np.uint64(len(slots) - 1)
    return place


def distinct(arrays: Sequence[Any]) -> tuple[Codes, Any]:
    """Ids (-1 for null) in order of first appearance of the texts of several arrays, one after the other, and the
    distinct texts. An array is one of strings or a dictionary of them."""
    texts = [a.dictionary if pa.types.is_dictionary(a.type) else a for a in arrays]
    ids, first = numbered(np.concatenate([np.zeros(0, np.uint64), *map(text_hash, texts)]))
    out = np.empty(sum(map(len, arrays)), np.int32)
    row = at = 0
    found = [pa.array([], pa.string())]
    for array, each in zip(arrays, texts, strict=True):
        mine = ids[at : at + len(each)].astype(np.int32)
        low, high = np.searchsorted(first, (at, at + len(each)))
        found.append(each.take(pa.array(first[low:high] - at)))
        rows = taken(array.indices, mine) if pa.types.is_dictionary(array.type) else mine
        out[row : row + len(array)] = rows
        row, at = row + len(array), at + len(each)
    return out, pa.concat_arrays(found)


def integers(array: Any) -> Coded:
    """The integers of an Arrow array of type int32 (others are cast)."""
    array = array if pa.types.is_int32(array.type) else array.cast(pa.int32())
    valid, data = array.buffers()
    return Coded(view(data, np.int32)[array.offset : array.offset + len(array)], *nulls(array, valid))


@compiled
def _taken(values: Codes, coded: Coded, order: Ints, out: Codes) -> None:
    """Fill in what each of the integers, in this order (none: theirs), stands for (no values: itself), -1 for null.

    Nulls lie scattered, so what a row has is worked out without asking: a processor that guesses it would guess wrong.
    """
    ids, valid, shift = coded
    for row in range(len(out)):
        at = order[row] if len(order) else row
        known = np.int32(1)
        if len(valid):
            known = np.int32(valid[shift + at >> 3] >> np.uint8(shift + at & 7) & np.uint8(1))
        out[row] = (values[ids[at] * known] if len(values) else ids[at]) | (known - np.int32(1))


def taken(array: Any, values: Codes | None = None, order: Ints | None = None) -> Codes:
    """What each integer of an Arrow array stands for (None: itself), -1 for null; in another order than theirs."""
    coded = integers(array)
    if not len(coded.valid) and values is None and order is None:
        return coded.ids
    out = np.empty(len(array), np.int32)
    if values is None:
        values = np.empty(0, np.int32)
    elif not len(values):  # then all are null, and point at nothing
        values = np.zeros(1, np.int32)
    _taken(values, coded, frozen(np.empty(0, np.int64) if order is None else order), out)
    return out


def column_of(ids: Codes, values: Any) -> Any:
    """Dictionary-encoded: for each of `ids` its row of `values`, null for -1."""
    known = ids >= 0
    missing = len(ids) - int(np.count_nonzero(known))
    valid = pa.py_buffer(np.packbits(known, bitorder="little")) if missing else None
    buffers = [valid, pa.py_buffer(np.ascontiguousarray(ids, np.int32))]
    indices = pa.Array.from_buffers(pa.int32(), len(ids), buffers, missing)
    return pa.DictionaryArray.from_arrays(indices, values, safe=False)  # they are in range, and need no look
