"""Sets of values by entity that grow while entities merge: those of entities that do not are never touched again."""

from collections.abc import Callable

import numpy as np

from transforms.matching.kernels import Flags, Ints
from transforms.matching.sets import Combos, Sets, distinct

Keep = Callable[[Ints, Ints], Flags]  # rows and values, ascending, to which of them stay


class Held:
    """Values of entity e are ``values[start[e]:start[e] + count[e]]``, ascending; `first[e]` the first, -1 for none.

    `values` has room at its end, so that a union costs as much as it holds. There are no 2**31 of them: half the bytes
    hold where an entity's begin and how many they are.
    """

    __slots__ = ("count", "first", "span", "start", "used", "values")

    def __init__(self, start: Ints, count: Ints, values: Ints, span: int) -> None:
        self.start, self.count = start.astype(np.int32), count.astype(np.int32)
        self.values, self.used, self.span = values, len(values), span
        self.first = np.append(values, -1)[np.where(count > 0, start, len(values))]

    @classmethod
    def of(cls, sets: Sets) -> "Held":
        """The same sets, ready to grow."""
        return cls(sets.start[:-1], np.diff(sets.start), sets.values, int(sets.values.max(initial=0)) + 1)

    def sets(self) -> Sets:
        """The same sets as they stand, one after the other."""
        return Sets(np.append(0, np.cumsum(self.count)), self.each(np.arange(len(self.count)))[1])

    def each(self, entity: Ints) -> tuple[Ints, Ints]:
        """All values of `entity`, one after the other, each with the row of `entity` that holds it."""
        count = self.count[entity]
        stop = np.cumsum(count)
        row = np.repeat(np.arange(len(entity)), count)
        return row, self.values[np.arange(len(row)) + np.repeat(self.start[entity] - stop + count, count)]

    def union(self, a: Ints, b: Ints, keep: Keep | None = None) -> "Held":
        """New sets: the i-th holds what a[i] and b[i] hold, of which only what `keep` leaves."""
        (row, value), (other, more) = self.each(a), self.each(b)
        code = distinct(np.concatenate([row * self.span + value, other * self.span + more]))
        row = code // self.span
        value = code - row * self.span
        if keep is not None:
            kept = keep(row, value)
            row, value = row[kept], value[kept]
        count = np.bincount(row, minlength=len(a))
        return Held(np.cumsum(count) - count, count, value, self.span)

    def unite(self, a: Ints, b: Ints, keep: Keep | None = None) -> None:
        """Let each a[i] hold what b[i] holds as well, and b[i] nothing; no entity is in two of them."""
        mine, theirs = self.count[a], self.count[b]
        heir = np.flatnonzero((mine == 0) & (theirs > 0))
        for column in (self.start, self.count, self.first):
            column[a[heir]] = column[b[heir]]
        both = np.flatnonzero((mine > 0) & (theirs > 0) & ~((mine + theirs == 2) & (self.first[a] == self.first[b])))
        if len(both):
            one = a[both]
            added = self.union(one, b[both], keep)
            self._append(added.values)
            self.start[one] = self.used - len(added.values) + added.start
            self.count[one], self.first[one] = added.count, added.first
        self.count[b], self.first[b] = 0, -1

    def _append(self, values: Ints) -> None:
        if self.used + len(values) > len(self.values):
            room = np.empty(len(self.values) // 2 + len(values), self.values.dtype)
            self.values = np.concatenate([self.values[: self.used], room])
        self.values[self.used : self.used + len(values)] = values
        self.used += len(values)


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
