"""From scored pairs to people: the strongest bonds first, and every merger weighed again with all that is then known.

In each round those pairs merge that are the best choice of both sides, pass the threshold, break no constraint, and
have no rival: a third entity that one side fits nearly as well and that can't be the other side as well (a twin, a
namesake). Merged entities are compared anew, so no chain of single resemblances can tie two families together.
"""

import numpy as np
from numpy.typing import NDArray

from transforms.matching import kin, score
from transforms.matching.kernels import Ints
from transforms.matching.keys import KIN_BIT, merge
from transforms.matching.merging import unite
from transforms.matching.rivals import rivalled
from transforms.matching.state import Bits, Pairs
from transforms.matching.twins import in_order
from transforms.matching.values import mix
from transforms.matching.world import SAME_KEY, SAME_NUMBER, Clusters, Options, World, nothing, state_of

STEPS = (0.95, 0.85)


def cluster(world: World, entity: Ints, method: NDArray[np.uint8], pairs: Pairs, options: Options) -> Clusters:
    """Merge entities until nothing more can be merged; `entity` and `method` are the spine's, `pairs` from blocking."""
    alone = np.full(len(entity), np.nan)
    found = Clusters(entity, alone, method, pairs, nothing(), np.zeros(0), state_of(world, entity), [], 0.0)
    for step in (*(s for s in STEPS if s > options.accept), options.accept):
        for _ in range(options.passes):
            before = found.entity
            found = _pass(world, found, step, options)
            if np.array_equal(before, found.entity):
                break
    return in_order(world, found)


def _pass(world: World, found: Clusters, step: float, options: Options) -> Clusters:
    """Look for relatives' pairs as things stand, score everything, and merge what reaches `step` until it rests."""
    size = len(found.entity)
    state = state_of(world, found.entity)
    loose = state.facts.trusted.many(np.arange(size)) == 0
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
            now = unite(world, now, rows[good], chance[good])
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
    return mutual, rivalled(world, now, mutual)
