"""Rivals: a third entity that one side of a pair fits nearly as well, and that cannot be the other side as well."""

import numpy as np

from transforms.matching import score
from transforms.matching.kernels import Ints
from transforms.matching.state import Bits, Pairs
from transforms.matching.world import SAME_KEY, SAME_NUMBER, Clusters, World

RIVAL = 8.0  # bits: a rival 250 times less likely than the best choice changes nothing


def rivalled(world: World, now: Clusters, rows: Ints) -> Bits:
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
