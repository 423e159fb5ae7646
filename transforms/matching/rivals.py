"""Rivals: a third entity that one side of a pair fits nearly as well, and that cannot be the other side as well."""

import numpy as np

from transforms.matching import score
from transforms.matching.kernels import Ints
from transforms.matching.sets import imagined
from transforms.matching.state import Bits, Pairs
from transforms.matching.world import SAME_KEY, SAME_NUMBER, Clusters, World

RIVAL = 8.0  # bits: a rival 250 times less likely than the best choice changes nothing


def rivalled(world: World, now: Clusters, rows: Ints) -> Bits:
    """The probability of each of `rows`, taking their rivals into account.

    With S the odds of the pair, R those of a rival and q the probability that all three would be one, the pair is right
    with S / (S + (1 + R)(1 - q)); a rival that would thus speak for the pair is left out.
    """
    pairs, odds = now.pairs, now.scored.odds
    near = np.flatnonzero((now.scored.veto == 0) & (odds > -RIVAL))
    mass = np.zeros(len(rows))
    for one in (pairs.a, pairs.b):
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
        apart = 1 - _all_one(world, now, rows[at], rival, third)
        np.add.at(mass, at, np.maximum(0.0, (1 + np.exp2(np.minimum(odds[rival], 60))) * apart - 1))
    strength = np.exp2(np.minimum(odds[rows], 60))
    return strength / (1 + strength + mass)


def _all_one(world: World, now: Clusters, row: Ints, rival: Ints, third: Ints) -> Bits:
    """The probability that `third` would be one with both sides of pair `row` if those were one: then it is no rival.

    A mention with a telephone and one with an address may look like two people until a third has both.
    """
    facts, size = now.state.facts, len(now.entity)
    a, b = now.pairs.a[row], now.pairs.b[row]
    near = np.where((now.pairs.a[rival] == a) | (now.pairs.b[rival] == a), a, b)
    far = np.where(near == a, b, a)
    between = Pairs(np.minimum(far, third), np.maximum(far, third), np.zeros(len(row), np.int64))
    known = score.score(world.model, now.state, between, np.zeros(len(row), np.uint8), (SAME_KEY, SAME_NUMBER))
    open_ = np.flatnonzero(known.veto == 0)
    a, b, third, rival = a[open_], b[open_], third[open_], rival[open_]
    low, high = np.maximum(now.state.low[a], now.state.low[b]), np.minimum(now.state.high[a], now.state.high[b])
    nobody = np.empty(0, np.int64)
    as_if = now.state._replace(
        facts=imagined(facts, a, b),
        year=np.append(now.state.year, np.maximum(now.state.year[a], now.state.year[b])),
        covered=np.append(now.state.covered, np.maximum(now.state.covered[a], now.state.covered[b])),
        low=np.append(now.state.low, low),
        high=np.append(now.state.high, high),
        beside=nobody,
        apart=nobody,
    )
    pairs = Pairs(third, size + np.arange(len(a)), now.pairs.rules[rival])
    scored = score.score(world.model, as_if, pairs, now.scored.levels["kin"][rival], (SAME_KEY, SAME_NUMBER))
    chance = np.zeros(len(row))
    chance[open_] = np.where(scored.veto > 0, 0.0, score.probability(scored.odds))
    return chance
