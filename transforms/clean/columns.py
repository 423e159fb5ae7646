"""Run a function of one value over a column, once for each distinct value."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# An Arrow array, or a chunked one where a function takes it. pyarrow's stubs want the element type, which here comes
# from a contract at run time.
Array: TypeAlias = Any


def combined(column: Array) -> Array:
    """`column` as one array of one chunk."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return pa.concat_arrays(column.chunks or [pa.array([], column.type)])


def per_distinct(
    column: Array, clean: Callable[[str | None], tuple[Any, ...]], types: Sequence[pa.DataType]
) -> list[Array]:
    """Apply `clean` to the distinct values of a string column (null included) and spread the answers back.

    `clean` returns one value for each of `types`; the result is one array for each, as long as `column`.
    """
    encoded = combined(column).dictionary_encode(null_encoding="encode")
    answers = [clean(value) for value in encoded.dictionary.to_pylist()]
    return [pa.array([a[i] for a in answers], type_).take(encoded.indices) for i, type_ in enumerate(types)]


def matching(column: Array, pattern: str) -> Any:
    """Which values match an RE2 pattern, as a numpy bool array; null does not."""
    matched: Array = pc.match_substring_regex(column, pattern)
    return pc.fill_null(matched, False).to_numpy(zero_copy_only=False)


def merged(quick: Any, of_quick: Sequence[Array], of_slow: Sequence[Array]) -> list[Array]:
    """Answers in the order of the rows: `of_quick` for the rows where `quick` (numpy bool), `of_slow` elsewhere."""
    first = np.cumsum(quick) - 1
    second = np.cumsum(~quick) - 1 + int(quick.sum())
    order: Array = pa.array(np.where(quick, first, second))
    return [pa.concat_arrays([q, s]).take(order) for q, s in zip(of_quick, of_slow, strict=True)]
