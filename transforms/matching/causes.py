"""Nothing changes without a cause: what a batch really changed among the clusters it touched.

Linking a part of the people again, with fewer neighbours around them than a full run has, can come out differently
where nothing new is known. So of such a run only that counts which the batch explains: a cluster with none of its
mentions stays what it was, unless somebody of the batch now comes between its parts or something now speaks against it.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.persons import by_first
from transforms.matching.state import Bits
from transforms.matching.vetoes import root

BELONGED = float(np.log2(0.7 / 0.3))  # odds of parts that were together and are no longer compared (world.Options)


class Bonds(NamedTuple):
    """Pairs of clusters (a < b) that were compared: the odds in bits that they are one, and what forbids it or 0."""

    a: Ints
    b: Ints
    odds: Bits
    veto: Levels


def caused(was: Ints, now: Ints, fixed: Flags, bonds: Bonds, decided: Flags | None = None) -> Ints:
    """The clusters `now` gives each mention, without what has no cause in the batch, from 0 on by first mention.

    was: the entity before, -1 for mentions of the batch. fixed: mentions of entities that were only looked at.
    decided: mentions about which somebody decided something new, which is a cause as well.
    """
    size = int(now.max(initial=-1)) + 1
    renewed = np.zeros(size, bool)
    renewed[now[(was < 0) & ~fixed]] = True
    if decided is not None:
        renewed[now[decided]] = True
    before = np.unique(was, return_inverse=True)[1]
    span = int(before.max(initial=0)) + 1
    # a cluster with news is one piece, one without them is taken apart into what each entity has in it
    piece = np.where(fixed, -1 - before, np.where(renewed[now], now, size + now * span + before))
    code, first, piece = np.unique(piece, return_index=True, return_inverse=True)
    into = np.arange(len(code))
    strongest = _Strengths(bonds, renewed, size)
    old = np.flatnonzero((was >= 0) & ~fixed)
    part, many = np.unique(before[old] * len(code) + piece[old], return_counts=True)
    owner, part = part // len(code), part % len(code)
    order = np.lexsort((first[part], -many, owner))
    owner, part = owner[order], part[order]
    head = np.append(True, np.diff(owner) > 0)[: len(owner)]
    home = part[np.maximum.accumulate(np.where(head, np.arange(len(part)), 0))] if len(part) else part
    held: dict[int, set[int]] = {}  # by piece the clusters that came together in it
    for left, right in zip(part[~head].tolist(), home[~head].tolist(), strict=True):
        one, other = int(now[first[left]]), int(now[first[right]])
        if one == other or strongest.together(one, other):
            low, high = _root(into, left), _root(into, right)
            theirs, ours = (held.get(end, {int(now[first[end]])}) for end in (low, high))
            if not strongest.forbidden(theirs, ours):
                into[low], held[high] = high, theirs | ours
    return by_first(root(into, piece))


def _root(into: Ints, piece: int) -> int:
    while into[piece] != piece:
        piece = int(into[piece])
    return piece


class _Strengths:
    """How strongly clusters are bound, and who of the batch comes between them."""

    def __init__(self, bonds: Bonds, renewed: Flags, size: int) -> None:
        ends, others = np.append(bonds.a, bonds.b), np.append(bonds.b, bonds.a)
        order = np.lexsort((others, ends))
        self._start = np.searchsorted(ends[order], np.arange(size + 1))
        self._other, self._odds = others[order], np.tile(bonds.odds, 2)[order]
        self._free = np.tile(bonds.veto == 0, 2)[order]
        self._renewed = renewed

    def forbidden(self, some: set[int], others: set[int]) -> bool:
        """Whether anything forbids that one of `some` clusters is one with one of `others`."""
        for one in some:
            where = slice(self._start[one], self._start[one + 1])
            other, last = np.unique(self._other[where], return_index=True)  # of several scores the first counts
            if not others.isdisjoint(other[~self._free[where][last]].tolist()):
                return True
        return False

    def together(self, part: int, home: int) -> bool:
        """Whether `part`, in a cluster of its own now, still belongs to `home`, more likely than not."""
        where = slice(self._start[part], self._start[part + 1])
        other, odds, free = self._other[where], self._odds[where], self._free[where]
        bond = np.flatnonzero(other == home)
        if len(bond) and not free[bond[0]]:
            return False
        if not len(bond) and self._renewed[part] and self._renewed[home]:
            return False
        strength = float(odds[bond[0]]) if len(bond) else BELONGED
        rivals = odds[free & self._renewed[other] & (other != home)]
        between = float(rivals.max()) if len(rivals) else -np.inf
        return bool(2.0**-strength * (1.0 + 2.0**between) <= 1.0)
