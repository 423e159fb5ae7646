"""Sets of values by entity that grow while entities merge: those of entities that do not are never touched again."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from transforms.matching.held_kernels import Spans, heads, united
from transforms.matching.kernels import Ints
from transforms.matching.sets import Combos, Sets

Column = TypeVar("Column", bound=np.generic)


class Held:
    """Values of entity e are ``values[start[e]:start[e] + count[e]]``, ascending; `first[e]` the first, -1 for none.

    `values` has room at its end, so that a union costs as much as it holds. There are no 2**31 of them: half the bytes
    hold where an entity's begin and how many they are.
    """

    __slots__ = ("count", "first", "start", "used", "values")

    def __init__(self, spans: Spans) -> None:
        self.start, self.count, self.first, self.values = spans
        self.used = len(self.values)

    @classmethod
    def of(cls, sets: Sets) -> "Held":
        """The same sets, ready to grow."""
        spans = _spans(len(sets.start) - 1, sets.values)
        heads(sets.start, spans)
        return cls(spans)

    @property
    def spans(self) -> Spans:
        """The arrays, for the loops over them."""
        return Spans(self.start, self.count, self.first, self.values)

    def make_room(self, many: int) -> None:
        """See that so many further values fit in."""
        if self.used + many > len(self.values):
            self.values = roomier(self.values, self.used, many)

    def sets(self) -> Sets:
        """The same sets as they stand, one after the other."""
        return Sets(np.append(0, np.cumsum(self.count)), self.each(np.arange(len(self.count)))[1])

    def each(self, entity: Ints) -> tuple[Ints, Ints]:
        """All values of `entity`, one after the other, each with the row of `entity` that holds it."""
        count = self.count[entity]
        stop = np.cumsum(count)
        row = np.repeat(np.arange(len(entity)), count)
        return row, self.values[np.arange(len(row)) + np.repeat(self.start[entity] - stop + count, count)]

    def unite(self, a: Ints, b: Ints, dated: bool = False) -> None:
        """Let each a[i] hold what b[i] holds as well, and b[i] nothing; no entity is in two of them.

        `dated`: they are births; a year alone agrees with every date, would hide that dates differ, and is left out.
        """
        self.make_room(int(self.count[a].sum() + self.count[b].sum()))
        self.used = united(self.spans, self.used, a, b, dated)


def _spans(size: int, values: Ints) -> Spans:
    """Room for the sets of so many entities, whose values these are."""
    return Spans(np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int64), values)


def roomier(values: NDArray[Column], used: int, room: int) -> NDArray[Column]:
    """The first `used` of `values`, with as much `room` behind them, and more, as growing by half costs least."""
    more = np.empty(len(values) + len(values) // 2 + room, values.dtype)
    more[:used] = values[:used]
    return more


def combine(left: Held, a: Ints, right: Held, b: Ints) -> Combos:
    """All combinations of the values of each a[i] in `left` and b[i] in `right`."""
    width = right.count[b]
    total = left.count[a] * width
    pair = np.repeat(np.arange(len(a)), total)
    within = np.arange(len(pair)) - (np.cumsum(total) - total)[pair]
    step = within // width[pair]
    return Combos(
        pair,
        left.values[left.start[a][pair] + step],
        right.values[right.start[b][pair] + within - step * width[pair]],
    )
