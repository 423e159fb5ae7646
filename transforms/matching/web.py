"""The pairs that are worth keeping while entities merge, and which of them each entity is in."""

import numpy as np
from numpy.typing import NDArray

from transforms.matching import web_kernels
from transforms.matching.held import roomier
from transforms.matching.held_kernels import Places
from transforms.matching.holdings import Bits
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.patterns import Patterns
from transforms.matching.score import Scored
from transforms.matching.sets import distinct
from transforms.matching.state import Pairs
from transforms.matching.web_kernels import MERGED, NONE, OPEN, PARALLEL, REFUSED, Edges, Lists, Mergers, Touched

__all__ = ["MERGED", "OPEN", "PARALLEL", "REFUSED", "Web"]


class Web:
    """Pairs of entities, a row each, changed in place. There are no 2**30 of them, and no more entities.

    a, b: its ends as they are now (a < b). left, right: the entities it was first found between. rules: see keys. kin:
    its level of kernels.KIN. patterns, odds, veto: its score (see score.Scored). chance: its probability in view of its
    rivals if it was chosen and not merged, or at its merger, else nan. support: how many of the pairs that its ends
    were in before they grew speak for it. fate: OPEN, or why not. `lists`: the rows of each entity (web_kernels).
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.a, self.b, self.left, self.right, self.rules, self.support = (np.empty(0, np.int32) for _ in range(6))
        self.kin: Levels
        self.veto: Levels
        self.fate: NDArray[np.uint8]
        self.kin, self.veto, self.fate = (np.empty(0, np.uint8) for _ in range(3))
        self.patterns: Patterns = np.empty(0, np.uint32)
        self.odds: Bits
        self.chance: Bits
        self.odds, self.chance = np.empty(0), np.empty(0)
        self._best: Places
        self._seen: Places
        self._best, self._seen = np.full((2, size), NONE, np.int32)
        self._list()

    def add(self, pairs: Pairs, kin: Levels, scored: Scored) -> None:
        """Take in further pairs, which are none of those that are here already."""
        many = len(pairs.a)
        ends = {"a": pairs.a, "b": pairs.b, "left": pairs.a, "right": pairs.b, "rules": pairs.rules, "kin": kin}
        rest = {"chance": np.full(many, np.nan), "support": scored.odds > 0, "fate": np.zeros(many, np.uint8)}
        for name, column in (ends | scored._asdict() | rest).items():
            there = getattr(self, name)
            setattr(self, name, np.concatenate([there, column], dtype=there.dtype, casting="unsafe"))
        self._list()

    def _list(self) -> None:
        start, many = np.zeros((2, self.size), np.int32)
        self.lists = Lists(start, many, np.empty(2 * len(self.a), np.int32))
        self._used = web_kernels.listed(self._edges, self.lists)

    @property
    def _edges(self) -> Edges:
        return Edges(*(getattr(self, name) for name in Edges._fields))

    def pairs(self, rows: Ints) -> Pairs:
        """The ends and rules of `rows`."""
        return Pairs(*(column[rows].astype(np.int64) for column in (self.a, self.b, self.rules)))

    def ends(self, rows: Ints) -> Ints:
        """The left ends of `rows` and then their right ends."""
        return np.concatenate([self.a[rows], self.b[rows]], dtype=np.int64)

    def put(self, rows: Ints, scored: Scored) -> None:
        """Write new scores."""
        self.patterns[rows], self.odds[rows], self.veto[rows] = scored
        self.chance[rows] = np.nan

    def other(self, rows: Ints, end: Ints) -> Ints:
        """The other ends of `rows`."""
        far: Ints = self.a[rows] + self.b[rows] - end
        return far

    def hopeful(self, least: float) -> Ints:
        """The entities with a pair of `least` bits or more that may be chosen; earlier choices are forgotten."""
        self._best[:] = NONE
        found = np.empty(self.size, np.int64)
        return found[: web_kernels.hopeful(self._edges, least, self._seen, found)]

    def choose(self, look: Ints, least: float) -> Ints:
        """Rows of pairs that are the best choice of both sides, of `least` bits or more, one of which is among `look`.

        `look` are the entities whose pairs are not what they were when they were last looked at, and maybe more.
        """
        rows = np.empty(len(look), np.int64)
        return distinct(rows[: web_kernels.chosen(self._edges, self.lists, look, (self._best, least), rows)])

    def rivals(self, rows: Ints, bits: float) -> tuple[Ints, Ints, Ints]:
        """Open pairs that nothing rules out of an end of one of `rows`, less likely than that by fewer than `bits`.

        Which of `rows`, the row of the rival, the end they share. Below -bits none counts.
        """
        room = int(self.lists.many[self.ends(rows)].sum())
        at, rival, near = np.empty((3, room), np.int64)
        many = web_kernels.rivals(self._edges, self.lists, rows, bits, (at, rival, near))
        return at[:many], rival[:many], near[:many]

    def lacks(self, a: Ints, b: Ints) -> Flags:
        """Which of the pairs (a, b) are not among those that are open."""
        flags = np.empty(len(a), bool)
        web_kernels.lacking(self._edges, self.lists, a, b, flags)
        return flags

    def relabel(self, into: Ints, gone: Ints, heir: Ints) -> tuple[Ints, Ints]:
        """Hand the pairs of each entity gone[i] to heir[i]; the rows whose ends that changed and that are still open,
        and the entities that have one of them, or had.

        `into` is the entity that each is now. A pair between the two is MERGED; of pairs that have become one, the
        first stays, found by all the rules and supported by all the pairs that the others were; the rest are PARALLEL.
        """
        many = self.lists.many
        room = int(many[heir].sum() + many[gone].sum())
        if self._used + room > len(self.lists.rows):
            self.lists = self.lists._replace(rows=roomier(self.lists.rows, self._used, room))
        fresh, around = np.empty(room, np.int64), np.empty(room + len(heir), np.int64)
        mergers, out = Mergers(into, heir, gone), (Touched(fresh, around), self._seen)
        self._used, told, near = web_kernels.relabelled(self._edges, self.lists, self._used, mergers, out)
        return distinct(fresh[:told]), around[:near]

    def wake(self, around: Ints) -> Ints:
        """Let what was refused for its rivals be judged again, in the pairs of `around`: these, and their ends."""
        look = np.empty(self.size, np.int64)
        return look[: web_kernels.woken(self._edges, self.lists, around, self._seen, look)]
