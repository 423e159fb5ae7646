"""Sets of values by entity that grow while entities merge: those of entities that do not are never touched again."""

import numpy as np

from transforms.matching.held_kernels import Spans, heads, unions, united
from transforms.matching.kernels import Ints
from transforms.matching.sets import Combos, Sets


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
        return cls(Spans(*heads(*sets), sets.values))

    @property
    def spans(self) -> Spans:
        """The arrays, for the loops over them."""
        return Spans(self.start, self.count, self.first, self.values)

    def sets(self) -> Sets:
        """The same sets as they stand, one after the other."""
        return Sets(np.append(0, np.cumsum(self.count)), self.each(np.arange(len(self.count)))[1])

    def each(self, entity: Ints) -> tuple[Ints, Ints]:
        """All values of `entity`, one after the other, each with the row of `entity` that holds it."""
        count = self.count[entity]
        stop = np.cumsum(count)
        row = np.repeat(np.arange(len(entity)), count)
        return row, self.values[np.arange(len(row)) + np.repeat(self.start[entity] - stop + count, count)]

    def union(self, a: Ints, b: Ints, dated: bool = False) -> "Held":
        """New sets: the i-th holds what a[i] and b[i] hold; see unite."""
        return Held(unions(self.spans, a, b, dated))

    def unite(self, a: Ints, b: Ints, dated: bool = False) -> None:
        """Let each a[i] hold what b[i] holds as well, and b[i] nothing; no entity is in two of them.

        `dated`: they are births; a year alone agrees with every date, would hide that dates differ, and is left out.
        """
        self.values, self.used = united(self.spans, self.used, a, b, dated)


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
