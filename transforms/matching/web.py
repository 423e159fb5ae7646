"""The pairs that are worth keeping while entities merge, and which of them each entity is in."""

import numpy as np
from numpy.typing import NDArray

from transforms.matching.held import Held
from transforms.matching.holdings import Bits
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.patterns import Patterns
from transforms.matching.score import Scored
from transforms.matching.sets import distinct, gather
from transforms.matching.state import Pairs

OPEN, MERGED, PARALLEL, REFUSED = 0, 1, 2, 3  # what became of a pair; PARALLEL: another pair has the same two ends now
COLUMNS = ("a", "b", "left", "right", "rules", "kin", "patterns", "odds", "veto", "chance", "support", "fate")


class Web:
    """Pairs of entities, a row each, changed in place.

    a, b: its ends as they are now (a < b). left, right: the entities it was first found between. rules: see keys. kin:
    its level of kernels.KIN. patterns, odds, veto: its score (see score.Scored). chance: its probability in view of its
    rivals if it was chosen and not merged, or at its merger, else nan. support: how many of the pairs that its ends
    were in before they grew speak for it. fate: OPEN, or why not.
    """

    def __init__(self, size: int) -> None:
        none = np.empty(0, np.int64)
        self.size = size
        self.a, self.b, self.left, self.right, self.rules = none, none, none, none, none
        self.kin: Levels = none.astype(np.uint8)
        self.patterns: Patterns = none.astype(np.uint32)
        self.odds: Bits = none.astype(np.float64)
        self.veto: Levels = self.kin
        self.chance: Bits = self.odds
        self.support = none
        self.fate: NDArray[np.uint8] = self.kin
        self.at = Held.of(gather(none, none, size))

    def add(self, pairs: Pairs, kin: Levels, scored: Scored) -> None:
        """Take in further pairs, which are none of those that are here already."""
        many = len(pairs.a)
        fresh = {
            "a": pairs.a,
            "b": pairs.b,
            "left": pairs.a,
            "right": pairs.b,
            "rules": pairs.rules,
            "kin": kin,
            "patterns": scored.patterns,
            "odds": scored.odds,
            "veto": scored.veto,
            "chance": np.full(many, np.nan),
            "support": (scored.odds > 0).astype(np.int64),
            "fate": np.zeros(many, np.uint8),
        }
        for name in COLUMNS:
            setattr(self, name, np.concatenate([getattr(self, name), fresh[name]]))
        rows = np.flatnonzero(self.fate == OPEN)
        twice = np.concatenate([self.b[rows], self.a[rows]])
        self.at = Held.of(gather(twice, np.concatenate([rows, rows]), self.size))

    def pairs(self, rows: Ints) -> Pairs:
        """The ends and rules of `rows`."""
        return Pairs(self.a[rows], self.b[rows], self.rules[rows])

    def put(self, rows: Ints, scored: Scored) -> None:
        """Write new scores."""
        self.patterns[rows], self.odds[rows], self.veto[rows] = scored
        self.chance[rows] = np.nan

    def of(self, entity: Ints) -> tuple[Ints, Ints]:
        """All open pairs of each of `entity`: the row of `entity`, ascending, and that of the pair."""
        at, row = self.at.each(entity)
        kept = np.flatnonzero(self.fate[row] == OPEN)
        return at[kept], row[kept]

    def other(self, rows: Ints, end: Ints) -> Ints:
        """The other ends of `rows`."""
        far: Ints = self.a[rows] + self.b[rows] - end
        return far

    def relabel(self, into: Ints, gone: Ints, heir: Ints) -> Ints:
        """Hand the pairs of each entity gone[i] to heir[i]; the rows whose ends that changed and that are still open.

        `into` is the entity that each is now. A pair between the two is MERGED; of pairs that have become one, the
        first stays, found by all the rules and supported by all the pairs that the others were; the rest are PARALLEL.
        """
        rows = distinct(self.of(np.concatenate([gone, heir]))[1])
        a, b = into[self.a[rows]], into[self.b[rows]]
        self.a[rows], self.b[rows] = np.minimum(a, b), np.maximum(a, b)
        self.fate[rows[a == b]] = MERGED
        rows = rows[a != b]
        order = np.argsort(self.a[rows] * self.size + self.b[rows], kind="stable")
        rows = rows[order]
        first = np.flatnonzero(
            np.append(True, (np.diff(self.a[rows]) != 0) | (np.diff(self.b[rows]) != 0))[: len(rows)]
        )
        kept: Ints = rows[first]
        if len(rows):
            self.rules[kept] = np.bitwise_or.reduceat(self.rules[rows], first)
            self.kin[kept] = np.maximum.reduceat(self.kin[rows], first)
            self.support[kept] = np.add.reduceat(self.support[rows], first)
        parallel = np.ones(len(rows), bool)
        parallel[first] = False
        self.fate[rows[parallel]] = PARALLEL
        self.at.unite(heir, gone, self._open)
        return kept

    def _open(self, _: Ints, rows: Ints) -> Flags:
        still: Flags = self.fate[rows] == OPEN
        return still
