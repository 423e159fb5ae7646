"""Columns as integers: ids of distinct values, numbered in order of their first appearance."""

from collections.abc import Iterator, Sequence
from typing import Any, SupportsIndex, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from transforms.matching.hashing import Codes, Ints, Words


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


def codes(column: Any) -> tuple[Codes, Any]:
    """Ids (-1 for null) and the distinct values of an Arrow column, plain or dictionary-encoded, in any order."""
    if isinstance(column, pa.ChunkedArray) and not pa.types.is_dictionary(column.type):
        column = column.combine_chunks()
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    return pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32), encoded.dictionary


def coded(ids: Codes, values: Any) -> Any:
    """Dictionary-encoded: for each of `ids` its row of `values`, which may hold nulls and one value twice."""
    encoded = values.dictionary_encode()
    row = np.append(pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False), -1).astype(np.int32)[ids]
    return pa.DictionaryArray.from_arrays(pa.array(row, mask=row < 0), encoded.dictionary)


def renumbered(ids: Codes | Ints) -> tuple[Ints, Ints]:
    """`ids` renumbered in order of first appearance (negative: -1), and which old id each new one was."""
    encoded = pa.array(ids, mask=ids < 0).dictionary_encode()
    return pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64), encoded.dictionary.to_numpy()


def of_words(words: Words, none: NDArray[np.bool_] | None = None) -> Ints:
    """Ids of 64-bit words in order of first appearance, -1 where `none` (default: where the word is 0)."""
    encoded = pa.array(words, mask=words == 0 if none is None else none).dictionary_encode()
    ids: Ints = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
    return ids


def firsts(ids: Ints, size: int) -> Ints:
    """The row in which each of `size` ids (all of which appear) comes first."""
    first = np.empty(size, np.int64)
    rows = np.flatnonzero(ids >= 0)[::-1]
    first[ids[rows]] = rows
    return first
