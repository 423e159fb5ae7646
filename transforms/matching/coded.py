"""Columns as integers: ids of distinct values, numbered in order of their first appearance."""

from collections.abc import Iterator, Sequence
from typing import Any, SupportsIndex, overload

import numpy as np
import pyarrow as pa

from transforms.matching.compiled import compiled
from transforms.matching.distinct import column_of, distinct, numbered, taken
from transforms.matching.hashing import PRIME, Codes, Ints, Words
from transforms.matching.octets import chunks, frozen, stepped

SEED = PRIME  # no id is so large: no row of ids must come to 0, which stands for nothing


class Texts(Sequence[str]):
    """Distinct texts in an Arrow array, a third of the memory of a list of str; whole columns of it go by `array`."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, at: SupportsIndex) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> "Texts": ...
    def __getitem__(self, at: SupportsIndex | slice) -> "str | Texts":
        if isinstance(at, slice):
            return Texts(self.array[at])
        return str(self.array[int(at)].as_py())

    def __iter__(self) -> Iterator[str]:
        return iter(self.array.to_pylist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Texts) and bool(self.array.equals(other.array))

    __hash__ = None  # type: ignore[assignment]


def codes(column: Any, order: Ints | None = None) -> tuple[Codes, Any]:
    """Ids (-1 for null) and the distinct values of an Arrow column, plain or dictionary-encoded, in any order; the ids
    of the rows as they are, or as `order` has them."""
    arrays = chunks(column)
    encoded = pa.types.is_dictionary(column.type)
    if pa.types.is_string(column.type.value_type if encoded else column.type) and not (encoded and len(arrays) == 1):
        ids, values = distinct(arrays)
        return (ids if order is None else ids[order]), values
    if len(arrays) != 1 or not encoded:
        column = pa.chunked_array(arrays, column.type)
        whole = column.unify_dictionaries().combine_chunks() if encoded else column.combine_chunks().dictionary_encode()
        arrays = [whole]
    return taken(arrays[0].indices, None, order), arrays[0].dictionary


def coded(ids: Codes, values: Any) -> Any:
    """Dictionary-encoded: for each of `ids` its row of `values`, which may hold nulls and one value twice."""
    number, few = codes(values)
    return column_of(np.append(number, np.int32(-1))[ids], few)


def renumbered(ids: Codes) -> tuple[Ints, Ints]:
    """`ids` renumbered in order of first appearance (negative: -1), and which old id each new one was."""
    many = int(ids.max(initial=-1)) + 1
    row, old = np.empty(len(ids), np.int64), np.empty(many, np.int64)
    return row, old[: _renumbered(frozen(ids), np.full(many, -1), row, old)].copy()


@compiled
def _renumbered(ids: Codes, number: Ints, row: Ints, old: Ints) -> int:
    count = 0
    for at in range(len(ids)):
        one = np.int64(ids[at])
        if one < 0:
            row[at] = -1
            continue
        if number[one] < 0:
            number[one] = count
            old[count] = one
            count += 1
        row[at] = number[one]
    return count


def of_words(words: Words) -> Ints:
    """Ids of 64-bit words in order of first appearance, -1 where the word is 0."""
    return numbered(words)[0]


def mixed(columns: Sequence[Codes]) -> Words:
    """A 64-bit word for each row of several columns of ids, equal for equal rows; 0 where all are negative."""
    words = np.full(len(columns[0]), SEED)
    for at, ids in enumerate(columns):
        _mix_in(words, frozen(ids), len(columns) if at + 1 == len(columns) else 0)
    return words


@compiled
def _mix_in(words: Words, ids: Codes, last: int) -> None:
    """Take in one column more; with the last (say which: the how manieth) clear the rows that have nothing."""
    none = SEED
    for _ in range(last):
        none = stepped(none ^ ~np.uint64(0))
    for row in range(len(words)):
        words[row] = stepped(words[row] ^ np.uint64(np.int64(ids[row])))
        if last and words[row] == none:
            words[row] = 0
