"""The state of a run: what stays as it is while clusters grow, and the clusters so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching import kin
from transforms.matching.alike import news
from transforms.matching.births import UNKNOWN, Birthdays
from transforms.matching.causes import Bonds
from transforms.matching.compare import tables
from transforms.matching.context import registers
from transforms.matching.counts import Counts, Scopes, counted
from transforms.matching.frequency import Frequency, frequencies
from transforms.matching.held import Held
from transforms.matching.held_kernels import Places
from transforms.matching.holdings import Bits, Holdings, bounds, holdings
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.model import Model
from transforms.matching.score import Scored
from transforms.matching.sets import distinct, facts, gather
from transforms.matching.state import Pairs, State
from transforms.matching.values import Nodes, Values
from transforms.matching.vetoes import root
from transforms.matching.web import OPEN, REFUSED, Web

SPINE, PAIR, KIN, DECISION = 1, 2, 3, 4
METHODS = ("alone", "spine", "pair", "kin", "decision")


@dataclass(frozen=True)
class Options:
    """How sure to be. Mergers begin with the surest and go on to less sure ones, down to a probability of `accept`, as
    long as the expected share of right ones among all mergers stays at `precision`. From `grey` on a person is asked.
    `rounds` and `passes` bound the work. Two mentions of one feed of `unique` are never one person.
    """

    precision: float = 0.97
    accept: float = 0.7
    grey: float = 0.1
    rounds: int = 60
    passes: int = 6
    unique: frozenset[str] = frozenset()


class Known(NamedTuple):
    """What a bigger run found out already, for linking a part of it again.

    `counts` gives the frequencies to weigh values by, in the ids of the values of this run, instead of those of these
    mentions alone. `start` gives, by mention in the order of `nodes`, the group it begins in instead of the spine's
    (any id from 0 on; negative: the spine's). A group stays whole but for what a decision takes out of it; mentions
    without a group join that of the first mention the spine puts them together with. `birthdays` are those of all.
    """

    counts: Callable[[Values, Scopes], Counts] | None = None
    start: Callable[[Nodes], Ints] | None = None
    birthdays: Birthdays = UNKNOWN


class World(NamedTuple):
    """What does not change while clusters grow. `apart` lists mentions a decision keeps apart, two rows of pairs.

    `tally` has the frequencies of values where they are known beforehand; else they are counted as things stand. Feeds
    of `unique` list everybody once.
    """

    model: Model
    nodes: Nodes
    values: Values
    places: Scopes
    links: kin.Ties
    borrowed: Flags
    apart: Ints
    tally: Counts | None = None
    unique: frozenset[str] = frozenset()


class Gone(NamedTuple):
    """Pairs of entities that were not worth keeping, their odds in bits, roughly, and what rules them out."""

    a: Places
    b: Places
    odds: NDArray[np.floating]
    veto: Levels


@dataclass
class Run:
    """Clusters as they grow.

    `base` is the entity each mention began in and `begun` the method by which, `state.parent` what that has become.
    `method` and `chance` say by entity how it was merged first, and with what probability (0 and nan: it was not).
    `links` are what relatives are to one another, by the entities there were to begin with.
    `mergers` lists how many each round made, `sure` the sum of their probabilities. `gone` are the pairs that were not
    worth keeping, in the ids of when they were scored.
    """

    world: World
    base: Ints
    begun: NDArray[np.uint8]
    state: State
    web: Web
    method: NDArray[np.uint8]
    chance: Bits
    links: kin.Ties
    mergers: list[int] = field(default_factory=list)
    sure: float = 0.0
    gone: list[Gone] = field(default_factory=list)

    def entity(self) -> Ints:
        """The entity of each mention as things stand: the lowest of those it was made of."""
        return self.now()[self.base]

    def now(self) -> Ints:
        """The entity that each that there was to begin with has become."""
        return root(self.state.parent, np.arange(self.state.known.size))

    def how(self) -> NDArray[np.uint8]:
        """The method by which each mention came in (a row of METHODS)."""
        return np.where(self.begun > 0, self.begun, self.method[self.base])


class Clusters(NamedTuple):
    """How a run ended: the entity of each mention, and every pair of entities that was compared and stayed two.

    A pair may be listed more than once, then its last score comes first.
    """

    entity: Ints
    bonds: Bonds


def compact(entity: Ints) -> Ints:
    """Entities called after their first mention (by row), numbered from 0 in that order."""
    first = np.zeros(len(entity), bool)
    first[entity] = True
    return (np.cumsum(first) - 1)[entity]


def clusters(run: Run) -> Clusters:
    """The end of `run`, for who goes on from there."""
    web = run.web
    rows = np.concatenate([np.flatnonzero(web.fate == OPEN), np.flatnonzero(web.fate == REFUSED)])
    every = [Gone(web.a[rows], web.b[rows], web.odds[rows], web.veto[rows]), *run.gone]
    one, other, odds, veto = (np.concatenate(column) for column in zip(*every, strict=True))
    a, b = (root(run.state.parent, side) for side in (one, other))
    two = np.flatnonzero(a != b)
    return Clusters(run.entity(), Bonds(np.minimum(a, b)[two], np.maximum(a, b)[two], odds[two], veto[two]))


def let_go(pairs: Pairs, scored: Scored, rows: Ints) -> Gone:
    """What is worth remembering of those `rows` of `pairs` that are not kept: there are many, and odds are rough."""
    a, b = (side[rows].astype(np.int32) for side in (pairs.a, pairs.b))
    return Gone(a, b, scored.odds[rows].astype(np.float32), scored.veto[rows])


def begin(world: World, entity: Ints, method: NDArray[np.uint8]) -> Run:
    """A run that starts from `entity`, numbered from 0 without gaps, and `method` of each mention."""
    size = int(entity.max(initial=-1)) + 1
    none = np.zeros(size, np.uint8)
    links = kin.lifted(world.links, entity, size)
    return Run(world, entity, method, state_of(world, entity), Web(size), none, np.full(size, np.nan), links)


def state_of(world: World, entity: Ints) -> State:
    """Everything a score depends on when mentions are grouped by `entity`, numbered from 0 without gaps."""
    size = int(entity.max(initial=-1)) + 1
    gathered = facts(world.nodes, world.values, entity, world.borrowed, size)
    known = holdings(gathered, coverages(world))
    width = known.registers.shape[1]
    bounds(known, *kin.families(world.links, entity))
    a, b = entity[world.apart]
    beside, apart = kin.apart(world.links, entity, size), distinct(np.minimum(a, b) * size + np.maximum(a, b))
    others = _mutual(beside, size)
    return State(
        world.model,
        tables(world.values),
        known,
        frequency_of(world, entity, known),
        registers(world.model, world.nodes.sources),
        np.arange(size),
        others,
        _mutual(apart, size) if len(apart) or len(beside) else others,  # nobody: once is enough
        np.packbits([f in world.unique for f, _ in world.nodes.sources] + [False] * 8, bitorder="little")[:width],
    )


def frequency_of(world: World, entity: Ints, known: Holdings) -> Frequency:
    """Shares by value: as known beforehand, or as counted in what is known of the `entity` of each mention."""
    if world.tally is not None:
        return frequencies(world.tally)
    fresh = entity[news(world.nodes.alike, entity)]
    return frequencies(counted(fresh, known.held, world.values, world.places))


def recount(run: Run) -> None:
    """Bring frequencies up to date with the clusters, unless they were known beforehand."""
    if run.world.tally is None:
        run.state = run.state._replace(frequency=frequency_of(run.world, run.entity(), run.state.known))


def coverages(world: World) -> Bits:
    """By register: the chance that who is in it is in another too."""
    covers = world.model.covers
    return np.array([covers.get(f"{feed} {role}", world.model.coverage) for feed, role in world.nodes.sources] or [1.0])


def _mutual(codes: Ints, size: int) -> Held:
    """From codes a * size + b the set of those beside each entity."""
    a, b = codes // max(size, 1), codes % max(size, 1)
    return Held.of(gather(np.concatenate([a, b]), np.concatenate([b, a]), size))
