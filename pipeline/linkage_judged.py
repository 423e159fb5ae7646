"""The pairs of a run by row of its members, whichever engine scored them."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from transforms.matching.bonds import spanning
from transforms.matching.named import joined
from transforms.matching.subgroups import Mergers
from transforms.matching.thresholds import best

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
STATES = ("merged", "grey", "refused")


class Judged(NamedTuple):
    """Scored pairs: two rows of the members, odds in bits, a row of STATES, and whether kin speak for the pair."""

    left: Ints
    right: Ints
    odds: Floats
    state: NDArray[np.uint8]
    kin: NDArray[np.bool_]

    @property
    def chance(self) -> Floats:
        """The odds as probabilities."""
        found: Floats = 1 / (1 + np.exp2(-np.clip(self.odds, -60, 60)))
        return found


def of_edges(edges: pa.Table, kin: int) -> Judged:
    """The edges of the engine for Chinese people (see its evidence.edges); `kin`: the bit of that rule."""
    left, right = (edges[c].to_numpy().astype(np.int64) for c in ("left", "right"))
    by_kin = edges["rules"].to_numpy() & kin > 0
    return Judged(left, right, edges["odds"].to_numpy().astype(np.float64), edges["state"].to_numpy(), by_kin)


def judged(members: pa.Table, pairs: pa.Table) -> Judged:
    """The scored `pairs` (left_source, left_key, right_*, odds, state, rules) with their rows in `members`."""
    keys = joined(members["source"], members["record_key"]).combine_chunks()
    left, right = (pc.index_in(joined(pairs[f"{s}_source"], pairs[f"{s}_key"]), value_set=keys).to_numpy()
                   for s in ("left", "right"))  # fmt: skip
    state = pc.index_in(pairs["state"].cast(pa.string()), value_set=pa.array(STATES)).to_numpy()
    kin = pc.match_substring_regex(pairs["rules"].cast(pa.string()), r"\bkin\b").to_numpy()
    odds = pairs["odds"].to_numpy().astype(np.float64)
    return Judged(left.astype(np.int64), right.astype(np.int64), odds, state.astype(np.uint8), kin)


def mergers(found: Judged, size: int) -> tuple[Mergers, Ints]:
    """The pairs that hold entities together: of those merged the strongest that tie all `size` members; and their rows.

    Every further pair within an entity agrees with what these say already.
    """
    rows = np.flatnonzero(found.state == 0)
    rows = rows[spanning(size, found.left[rows], found.right[rows], found.odds[rows])]
    return Mergers(found.left[rows], found.right[rows], found.chance[rows], found.kin[rows]), rows


def left_over(found: Judged, entity: Ints) -> Floats:
    """Probabilities of pairs that a lower threshold would merge: not merged, and the best that both entities have."""
    rows = np.flatnonzero((found.state == 1) & (entity[found.left] != entity[found.right]))
    chance = found.chance[rows]
    return chance[best(entity[found.left[rows]], entity[found.right[rows]], chance)]
