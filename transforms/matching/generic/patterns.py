"""Pairs of records with all their levels of agreement in one integer, three bits a field in the order of the fields.

A pattern and the model say for ever why a pair was joined or refused. Pairs are worked on in parts of PART, so that
memory beyond the pairs themselves stays the same however many there are.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.generic.compare import SWAPPED, compare
from transforms.matching.generic.values import Flags, Ints, Levels, Records

PART = 500_000
WIDTH = 3  # bits a field
BY_NO_RULE = 0  # the rules of a copy and what it is a copy of: they need none to meet
MOST_FIELDS = 64 // WIDTH

Patterns = NDArray[np.uint64]
Rows = NDArray[np.int32]


class Pairs(NamedTuple):
    """Records `a` < `b`, a bit for each rule that found the pair in `rules`, and the pattern of agreement."""

    a: Rows
    b: Rows
    rules: Ints
    pattern: Patterns

    def take(self, rows: Ints | Flags | slice) -> "Pairs":
        """Some of the pairs."""
        return Pairs(self.a[rows], self.b[rows], self.rules[rows], self.pattern[rows])

    def and_(self, more: "Pairs") -> "Pairs":
        """These, and `more` behind them."""
        columns = [(getattr(self, name), getattr(more, name)) for name in self._fields]
        return Pairs(*map(np.concatenate, columns))


def parts(size: int) -> Iterator[slice]:
    """`size` rows in pieces of PART."""
    return (slice(at, min(at + PART, size)) for at in range(0, size, PART))


def levels(records: Records, a: Ints | Rows, b: Ints | Rows, exchanged: dict[str, Ints]) -> dict[str, Levels]:
    """Levels of every field for records `a`, `b`; given name and surname that changed places are seen."""
    found = {n: compare(column, column.code[a], column.code[b]) for n, column in records.columns.items()}
    for one, two in (tuple(exchanged),) if len(exchanged) == 2 else ():
        x, y = records.columns[one].code, records.columns[two].code
        crossed = (exchanged[one][x[a]] == y[b]) | (exchanged[two][y[a]] == x[b])
        for name in (one, two):
            level = found[name]
            level[crossed & (level > 0) & (level < 4)] = SWAPPED
    return found


def packed(seen: dict[str, Levels]) -> Patterns:
    """Levels by field as patterns."""
    size = len(next(iter(seen.values())))
    pattern = np.zeros(size, np.uint64)
    for at, level in enumerate(seen.values()):
        pattern |= level.astype(np.uint64) << np.uint64(WIDTH * at)
    return pattern


def patterns(records: Records, a: Ints | Rows, b: Ints | Rows, exchanged: dict[str, Ints]) -> Patterns:
    """The pattern of each pair of records `a`, `b`."""
    found = [packed(levels(records, a[rows], b[rows], exchanged)) for rows in parts(len(a))]
    return np.concatenate(found) if found else np.zeros(0, np.uint64)


def level(pattern: Patterns, at: int) -> Levels:
    """The level of the field that is number `at`."""
    return ((pattern >> np.uint64(WIDTH * at)) & np.uint64(7)).astype(np.uint8)


def unpacked(pattern: Patterns, fields: list[str]) -> dict[str, Levels]:
    """Levels by field; `fields` in the order of the records' columns."""
    return {name: level(pattern, at) for at, name in enumerate(fields)}
