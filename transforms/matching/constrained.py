"""Uniting what belongs together without uniting what must not: the strongest first, every union held against the bars.

For kinds of entity whose records are few once equal ones are one (organisations, addresses): plain Python, a few
microseconds a pair.
"""

from collections.abc import Iterable, Sequence


class Union:
    """Elements 0 to size - 1, each an entity of its own at first.

    `own` are columns of which an entity holds one value at most (a credit code): one value an element, None for
    unknown. `apart` are pairs that may not meet, whatever speaks for it.
    """

    def __init__(self, size: int, own: Sequence[Sequence[object]], apart: Iterable[tuple[int, int]] = ()) -> None:
        """Raises ValueError for a column of another length."""
        if any(len(column) != size for column in own):
            raise ValueError("a column has another length than there are elements")
        self._parent = list(range(size))
        self._held: list[list[object]] = [[column[i] for column in own] for i in range(size)]
        self._enemies: list[set[int]] = [set() for _ in range(size)]
        for a, b in apart:
            self._enemies[a].add(b)
            self._enemies[b].add(a)

    def root(self, element: int) -> int:
        """The element that stands for the entity: its smallest."""
        path = []
        while self._parent[element] != element:
            path.append(element)
            element = self._parent[element]
        for passed in path:
            self._parent[passed] = element
        return element

    def may(self, a: int, b: int, ruled: bool = False) -> bool:
        """Whether the entities of `a` and `b` may be one; `ruled` says that a person ruled so, whatever they hold."""
        a, b = self.root(a), self.root(b)
        if not ruled and any(
            x is not None and y is not None and x != y for x, y in zip(self._held[a], self._held[b], strict=True)
        ):
            return False
        few, other = (a, b) if len(self._enemies[a]) < len(self._enemies[b]) else (b, a)
        return not any(self.root(enemy) == other for enemy in self._enemies[few])

    def join(self, a: int, b: int, ruled: bool = False) -> bool:
        """Unite the entities of `a` and `b` if they may be; whether they are one now."""
        a, b = sorted((self.root(a), self.root(b)))
        if a == b:
            return True
        if not self.may(a, b, ruled):
            return False
        self._parent[b] = a
        self._held[a] = [x if x is not None else y for x, y in zip(self._held[a], self._held[b], strict=True)]
        self._enemies[a] |= self._enemies[b]
        return True
