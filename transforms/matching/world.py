"""The state of a run: what stays as it is while clusters grow, and the clusters so far."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching import kin
from transforms.matching.counts import Counts, Scopes, counts
from transforms.matching.kernels import Flags, Ints
from transforms.matching.keys import BITS
from transforms.matching.model import FIELDS, Model
from transforms.matching.score import Scored
from transforms.matching.sets import Facts, distinct, facts
from transforms.matching.state import Bits, Pairs, State
from transforms.matching.values import Nodes, Values
from transforms.matching.vetoes import bounds, years

SAME_KEY, SAME_NUMBER = BITS["version"], BITS["number"]
SPINE, PAIR, KIN, DECISION = 1, 2, 3, 4
METHODS = ("alone", "spine", "pair", "kin", "decision")


@dataclass(frozen=True)
class Options:
    """How sure to be. Mergers begin with the surest and go on to less sure ones, down to a probability of `accept`, as
    long as the expected share of right ones among all mergers stays at `precision`. From `grey` on a person is asked.
    `rounds` and `passes` bound the work.
    """

    precision: float = 0.97
    accept: float = 0.7
    grey: float = 0.1
    rounds: int = 60
    passes: int = 6


class Known(NamedTuple):
    """What a bigger run found out already, for linking a part of it again.

    `counts` gives the frequencies to weigh values by, in the ids of the values of this run, instead of those of these
    mentions alone. `start` gives, by mention in the order of `nodes`, the group it begins in instead of the spine's
    (any id from 0 on; negative: the spine's). A group stays whole but for what a decision takes out of it; mentions
    without a group join that of the first mention the spine puts them together with.
    """

    counts: Callable[[Values, Scopes], Counts] | None = None
    start: Callable[[Nodes], Ints] | None = None


class World(NamedTuple):
    """What does not change while clusters grow. `apart` lists mentions a decision keeps apart, two rows of pairs.

    `tally` has the frequencies of values where they are known beforehand; else they are counted as things stand.
    """

    model: Model
    nodes: Nodes
    values: Values
    places: Scopes
    links: kin.Ties
    borrowed: Flags
    apart: Ints
    tally: Counts | None = None


class Clusters(NamedTuple):
    """`entity`, `chance` (of the merger that brought it in, else nan) and `method` by mention; the pairs that are left.

    `rivalled` is the probability, in view of its rivals, of a pair that was chosen and not merged, else nan. `mergers`
    lists how many each round made and `sure` the sum of their probabilities.
    """

    entity: Ints
    chance: Bits
    method: NDArray[np.uint8]
    pairs: Pairs
    scored: Scored
    rivalled: Bits
    state: State
    mergers: list[int]
    sure: float


def state_of(world: World, entity: Ints, tally: Counts | None = None) -> State:
    """Everything a score depends on when mentions are grouped by `entity`; `tally` saves counting anew."""
    known = facts(world.nodes, world.values, entity, world.borrowed)
    year = years(known)
    low, high = bounds(year, *kin.families(world.links, entity))
    a, b = np.sort(entity[world.apart], axis=0)
    apart = distinct(a * len(entity) + b)
    return State(
        known,
        tally or world.tally or counts(known, world.values, world.places),
        world.values,
        world.places,
        world.nodes,
        year,
        _covered(world, known),
        low,
        high,
        kin.apart(world.links, entity),
        apart,
    )


def _covered(world: World, known: Facts) -> Bits:
    """The most that any register of an entity says; who is known by a number is in the register of the known."""
    chance = np.array(
        [world.model.covers.get(f"{f} {r}", world.model.coverage) for f, r in world.nodes.sources] or [1.0]
    )
    most = np.zeros(len(known.entity))
    np.maximum.at(most, known.entity, chance[world.nodes.source])
    return np.where(np.diff(known.trusted.start) > 0, 1.0, most)


def nothing() -> Scored:
    """The scores of no pairs."""
    return Scored({f: np.zeros(0, np.uint8) for f in FIELDS}, np.zeros(0), np.zeros(0, np.uint8))
