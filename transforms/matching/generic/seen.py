"""Levels of values that kernels compared already, in a hash table: values meet again and again as entities grow."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled

Words = NDArray[np.uint64]
Levels = NDArray[np.uint8]


class Seen(NamedTuple):
    """Levels of pairs of values that were compared, in a hash table: `key` as `named` has it, 0 where there is none."""

    key: Words
    level: Levels


@borrowing
def named(x: int, y: int, values: int) -> Any:
    """A number above 0 for two of so many `values`, in whichever order."""
    return np.uint64(min(x, y)) * np.uint64(values) + np.uint64(max(x, y)) + np.uint64(1)


@borrowing
def place(seen: Seen, key: Any) -> Any:
    """Where `key` is, or would be."""
    last = np.uint64(len(seen.key) - 1)
    mixed = key * np.uint64(0x9E3779B97F4A7C15)
    at = (mixed ^ (mixed >> np.uint64(29))) & last
    while seen.key[at] != np.uint64(0) and seen.key[at] != key:
        at = (at + np.uint64(1)) & last
    return at


@compiled
def put(seen: Seen, key: Words, level: Levels) -> None:
    """Put in levels by key; a key of 0 is none."""
    for each in range(len(key)):
        if key[each] != np.uint64(0):
            at = place(seen, key[each])
            seen.key[at], seen.level[at] = key[each], level[each]
