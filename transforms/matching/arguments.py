"""Arguments of compiled loops as machine code takes them: every array, number and truth value in words of eight bytes.

Machine code believes what it is told. What it was made for is compared with what it is given at every call, or it would
write where nothing of its own is.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from pyarrow import py_buffer

FIT = 0x101  # of the flags of an array: its rows lie one behind the other, and its numbers where such may lie
CODES: dict[type, str] = {  # of struct, where every one of them takes eight bytes
    bool: "?7x", int: "q", float: "d", np.bool: "?7x", np.int64: "q", np.uint64: "Q", np.float64: "d",
}  # fmt: skip


class Leaf(NamedTuple):
    """An array, a number, or the beginning of a tuple: its words as struct writes them, and what code is made for."""

    words: str
    text: str


def flat(values: tuple[Any, ...], kinds: list[Any], words: list[Any]) -> None:
    """Append to `kinds` of what sort `values` are, and to `words` what they are: of an array its address and lengths.

    Code that was made for equal `kinds` can be run. Raises TypeError for what no code can be made for.
    """
    for value in values:
        if isinstance(value, np.ndarray):
            if value.flags.num & FIT != FIT:
                raise TypeError("a compiled loop takes contiguous, aligned arrays; next: np.ascontiguousarray")
            kinds += (value.dtype, value.ndim)
            words.append(py_buffer(value).address)
            words += value.shape
        elif isinstance(value, tuple):
            kinds += (type(value), len(value))
            flat(value, kinds, words)
        elif type(value) in CODES:
            kinds.append(CODES[type(value)])
            words.append(value)
        else:
            raise TypeError(f"a compiled loop takes arrays, numbers and tuples of them, not {type(value).__name__}")


def leaves(values: tuple[Any, ...]) -> Iterator[Leaf]:
    """What `flat` tells in kinds, for machine code that is kept: the same text in every process.

    Raises TypeError for an array of something else than numbers.
    """
    for value in values:
        if isinstance(value, np.ndarray):
            if value.dtype.kind not in "biuf" or not value.dtype.isnative or not value.ndim:
                raise TypeError(f"a compiled loop takes arrays of numbers, not {value.ndim}-dimensional {value.dtype}")
            yield Leaf("Q" + "q" * value.ndim, f"{value.dtype.str}[{value.ndim}]")
        elif isinstance(value, tuple):
            kind = type(value)
            yield Leaf("", f"{kind.__module__}.{kind.__qualname__}{getattr(kind, '_fields', '')}[{len(value)}]")
            yield from leaves(value)
        else:
            yield Leaf(CODES[type(value)], CODES[type(value)])
