"""From scored pairs to people: the strongest bonds first, and every merger weighed again with all that is then known.

In each round those pairs merge that are the best choice of both sides, pass the threshold, break no constraint, and
have no rival: a third entity that one side fits nearly as well and that can't be the other side as well (a twin, a
namesake). Merged entities are compared anew, so no chain of single resemblances can tie two families together.
"""

from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from transforms.matching import kin, score
from transforms.matching.counts import Counts, Scopes, counts
from transforms.matching.kernels import KIN as KIN_LEVELS
from transforms.matching.kernels import Flags, Ints
from transforms.matching.keys import BITS, KIN_BIT, merge
from transforms.matching.model import FIELDS, Model
from transforms.matching.score import Bits, Pairs, Scored, State
from transforms.matching.sets import facts
from transforms.matching.values import Nodes, Values, mix

SAME_KEY, SAME_NUMBER = BITS["version"], BITS["number"]
SPINE, PAIR, KIN, DECISION = 1, 2, 3, 4
BLOOD = KIN_LEVELS.index("blood")
METHODS = ("alone", "spine", "pair", "kin", "decision")
RIVAL = 8.0  # bits: a rival 250 times less likely than the best choice changes nothing


@dataclass(frozen=True)
class Options:
    """How sure to be. Mergers begin with the surest and go on to less sure ones, down to a probability of `accept`, as
    long as the expected share of right ones among all mergers stays at `precision`. From `grey` on a person is asked.
    `rounds` and `passes` bound the work.
    """

    precision: float = 0.98
    accept: float = 0.7
    grey: float = 0.1
    rounds: int = 60
    passes: int = 6


STEPS = (0.95, 0.85)


class World(NamedTuple):
    """What does not change while clusters grow. `apart` lists mentions a decision keeps apart, two rows of pairs."""

    model: Model
    nodes: Nodes
    values: Values
    places: Scopes
    links: kin.Ties
    borrowed: Flags
    apart: Ints


class Clusters(NamedTuple):
    """`entity`, `chance` (of the merger that brought it in; nan if none) and `method` by mention; the pairs that are left.

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
    low, high = score.bounds(known, *kin.families(world.links, entity))
    a, b = np.sort(entity[world.apart], axis=0)
    apart = np.unique(a * len(entity) + b)
    return State(known, tally or counts(known, world.values, world.places), world.values, world.places, world.nodes, low, high, kin.apart(world.links, entity), apart)


def cluster(world: World, entity: Ints, method: NDArray[np.uint8], pairs: Pairs, options: Options) -> Clusters:
    """Merge entities until nothing more can be merged; `entity` and `method` are the spine's, `pairs` from blocking."""
    alone = np.full(len(entity), np.nan)
    found = Clusters(entity, alone, method, pairs, _none(), np.zeros(0), state_of(world, entity), [], 0.0)
    for step in (*(s for s in STEPS if s > options.accept), options.accept):
        for _ in range(options.passes):
            before = found.entity
            found = _pass(world, found, step, options)
            if np.array_equal(before, found.entity):
                break
    return _in_order(world, found)


def _in_order(world: World, found: Clusters) -> Clusters:
    """Tell nameless newborn twins apart by order, where as many certificates as children are left and all fit alike.

    Certificates are numbered as the children come, and so, mostly, are identity numbers; and whichever is which, each
    has been registered. The score says that it is a guess.
    """
    levels = found.scored.levels
    twin = ~np.isnan(found.rivalled) & (levels["kin"] == BLOOD) & (levels["born"] == 4) & (levels["name"] == 0)
    rows = np.flatnonzero(twin)
    numbers = found.state.facts.trusted
    sides = np.stack([found.pairs.a[rows], found.pairs.b[rows]])
    known = numbers.count(sides) > 0
    rows, sides, known = rows[known[0] != known[1]], sides[:, known[0] != known[1]], known[:, known[0] != known[1]]
    child, certificate = np.where(known[0], sides[0], sides[1]), np.where(known[0], sides[1], sides[0])
    chosen: list[int] = []
    done: set[int] = set()
    for paper in np.unique(certificate):
        children = np.unique(child[certificate == paper])
        papers = np.unique(certificate[np.isin(child, children)])
        every = np.isin(child, children).sum() == len(children) * len(papers)
        if int(paper) in done or not every or len(children) != len(papers):
            continue
        done.update(int(p) for p in papers)
        by_number = sorted(children, key=lambda c: world.values.number_text[numbers.values[numbers.start[c]]][14:])
        chosen += [
            int(rows[(child == one) & (certificate == other)][0])
            for one, other in zip(by_number, papers, strict=True)
        ]
    if not chosen:
        return found
    picked = np.array(chosen, np.int64)
    return _merge(world, found, picked, found.rivalled[picked])


def _none() -> Scored:
    return Scored({f: np.zeros(0, np.uint8) for f in FIELDS}, np.zeros(0), np.zeros(0, np.uint8))


def _pass(world: World, found: Clusters, step: float, options: Options) -> Clusters:
    """Look for relatives' pairs as things stand, score everything, and merge what reaches `step` until it rests."""
    size = len(found.entity)
    state = state_of(world, found.entity)
    loose = state.facts.trusted.count(np.arange(size)) == 0
    relations = kin.relate(world.links, found.entity, ~loose)
    bonds = kin.pairs(relations, loose)
    codes = np.concatenate([found.pairs.a * size + found.pairs.b, bonds[0] * size + bonds[1]])
    bits = np.concatenate([found.pairs.rules, np.full(len(bonds[0]), KIN_BIT)])
    pairs = merge(codes, bits, size)
    level = kin.levels(relations, bonds, pairs.a, pairs.b, size)
    scored = score.score(world.model, state, pairs, level, (SAME_KEY, SAME_NUMBER))
    now = found._replace(state=state, pairs=pairs, scored=scored, rivalled=np.full(len(pairs.a), np.nan))
    return _settle(world, now, step, options)


def _settle(world: World, now: Clusters, step: float, options: Options) -> Clusters:
    """Merge what is at least as likely as `step`, as far as the expected precision bears it, until nothing is left."""
    for _ in range(options.rounds):
        rows, chance = _choose(world, now, step)
        if not len(rows):
            break
        order = np.argsort(-chance, kind="stable")
        rows, chance = rows[order], chance[order]
        share = (now.sure + np.cumsum(chance)) / (sum(now.mergers) + 1 + np.arange(len(rows)))
        good = (chance >= step) & ((share >= options.precision) | (chance >= options.precision))
        now.rivalled[rows[~good]] = chance[~good]
        if good.any():
            now = _merge(world, now, rows[good], chance[good])
    return now


def _choose(world: World, now: Clusters, accept: float) -> tuple[Ints, Bits]:
    """Rows of pairs that are the best choice of both sides, and their probability in view of their rivals."""
    odds, pairs = now.scored.odds, now.pairs
    least = np.log2(accept / (1 - accept))
    able = np.flatnonzero((odds >= least) & (now.scored.veto == 0) & np.isnan(now.rivalled))
    if not len(able):
        return able, odds[:0]
    ends = np.concatenate([pairs.a[able], pairs.b[able]])
    rows = np.concatenate([able, able])
    order = np.lexsort((mix([pairs.a[rows], pairs.b[rows]]), -np.round(odds[rows], 6), ends))
    first = np.append(True, np.diff(ends[order]) > 0)
    best, times = np.unique(rows[order][first], return_counts=True)
    mutual = best[times == 2]
    return mutual, _rivalled(world, now, mutual)


def _rivalled(world: World, now: Clusters, rows: Ints) -> Bits:
    """The probability of each of `rows`, taking their rivals into account."""
    pairs, odds = now.pairs, now.scored.odds
    near = np.flatnonzero((now.scored.veto == 0) & (odds > -RIVAL))
    mass = np.zeros(len(rows))
    for one, other in ((pairs.a, pairs.b), (pairs.b, pairs.a)):
        ends = np.concatenate([pairs.a[near], pairs.b[near]])
        far = np.concatenate([pairs.b[near], pairs.a[near]])
        edge = np.concatenate([near, near])
        order = np.argsort(ends, kind="stable")
        ends, far, edge = ends[order], far[order], edge[order]
        start, stop = np.searchsorted(ends, one[rows]), np.searchsorted(ends, one[rows], "right")
        total = stop - start
        at = np.repeat(np.arange(len(rows)), total)
        slot = np.repeat(start - np.cumsum(total) + total, total) + np.arange(len(at))
        third, rival = far[slot], edge[slot]
        keep = (rival != rows[at]) & (odds[rival] > odds[rows[at]] - RIVAL)
        at, third, rival = at[keep], third[keep], rival[keep]
        y = other[rows[at]]
        trio = Pairs(np.minimum(y, third), np.maximum(y, third), np.zeros(len(y), np.int64))
        between = score.score(world.model, now.state, trio, np.zeros(len(y), np.uint8), (SAME_KEY, SAME_NUMBER))
        # three that may all be one: then the rival is no rival, and speaks for the pair
        evidence = between.odds + np.log2(now.state.counts.people / world.model.coverage)
        all_one = np.where(between.veto > 0, 0.0, np.exp2(np.clip(odds[rival] + evidence, -60, 60)))
        np.add.at(mass, at, np.exp2(np.minimum(odds[rival], 60)) / (1 + all_one))
    strength = np.exp2(np.minimum(odds[rows], 60))
    return strength / (1 + strength + mass)


def _merge(world: World, now: Clusters, rows: Ints, chance: Bits) -> Clusters:
    """Unite the two sides of each of `rows` (no entity is in two of them) and score again what that touches."""
    size, old = len(now.entity), now.pairs
    joined = _joined(world, now, rows, chance)
    into = np.arange(size)
    into[old.b[rows]] = old.a[rows]
    a, b = into[old.a], into[old.b]
    kept = np.flatnonzero(a != b)
    codes = np.minimum(a, b)[kept] * size + np.maximum(a, b)[kept]
    order = kept[np.argsort(codes, kind="stable")]
    code, start = np.unique(np.sort(codes), return_index=True)
    pairs = Pairs(code // size, code % size, np.bitwise_or.reduceat(old.rules[order], start) if len(code) else code)
    level = np.maximum.reduceat(now.scored.levels["kin"][order], start) if len(code) else np.zeros(0, np.uint8)
    touched = np.zeros(size, bool)
    touched[old.a[rows]] = True
    fresh = touched[pairs.a] | touched[pairs.b]
    state = state_of(world, joined.entity, now.state.counts)
    some = Pairs(pairs.a[fresh], pairs.b[fresh], pairs.rules[fresh])
    again = score.score(world.model, state, some, level[fresh], (SAME_KEY, SAME_NUMBER))
    before = order[start]
    levels = {f: _spread(now.scored.levels[f][before], again.levels[f], fresh) for f in FIELDS}
    odds = _spread(now.scored.odds[before], again.odds, fresh)
    scored = Scored(levels, odds, _spread(now.scored.veto[before], again.veto, fresh))
    rivalled = np.where(fresh, np.nan, now.rivalled[before])
    mergers = [*now.mergers, len(rows)]
    return joined._replace(pairs=pairs, scored=scored, rivalled=rivalled, state=state, mergers=mergers)


Column = TypeVar("Column", bound=np.generic)


def _spread(before: NDArray[Column], after: NDArray[Column], fresh: Flags) -> NDArray[Column]:
    result = before.copy()
    result[fresh] = after
    return result


def _joined(world: World, now: Clusters, rows: Ints, chance: Bits) -> Clusters:
    """The mentions of both sides of `rows` under one entity, each with the probability and method by which it came in."""
    a, b = now.pairs.a[rows], now.pairs.b[rows]
    size = len(now.entity)
    method = np.where(_by_kin(world, now, rows), KIN, PAIR)
    into, strength, way = np.arange(size), np.full(size, np.nan), np.zeros(size, np.uint8)
    into[b] = a
    for side in (a, b):
        strength[side], way[side] = chance, method
    new = now.method == 0
    came = new & (way[now.entity] > 0)
    return now._replace(
        entity=into[now.entity],
        chance=np.where(came, strength[now.entity], now.chance),
        method=np.where(came, way[now.entity], now.method).astype(np.uint8),
        sure=now.sure + float(chance.sum()),
    )


def _by_kin(world: World, now: Clusters, rows: Ints) -> Flags:
    """Pairs that would not have reached even odds without their relatives."""
    levels = now.scored.levels["kin"][rows]
    some = np.flatnonzero(levels >= 2)
    hit = np.zeros(len(rows), bool)
    pairs = Pairs(now.pairs.a[rows[some]], now.pairs.b[rows[some]], now.pairs.rules[rows[some]])
    without = score.score(world.model, now.state, pairs, np.zeros(len(some), np.uint8), (SAME_KEY, SAME_NUMBER))
    hit[some] = without.odds < 0
    return hit
