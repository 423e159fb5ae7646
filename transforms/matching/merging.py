"""Uniting entities, and comparing what that touches anew with all that is then known."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from transforms.matching import score
from transforms.matching.kernels import Flags, Ints
from transforms.matching.model import FIELDS
from transforms.matching.score import Scored
from transforms.matching.state import Bits, Pairs
from transforms.matching.world import KIN, PAIR, SAME_KEY, SAME_NUMBER, Clusters, World, state_of

Column = TypeVar("Column", bound=np.generic)


def unite(world: World, now: Clusters, rows: Ints, chance: Bits) -> Clusters:
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


def _spread(before: NDArray[Column], after: NDArray[Column], fresh: Flags) -> NDArray[Column]:
    result = before.copy()
    result[fresh] = after
    return result


def _joined(world: World, now: Clusters, rows: Ints, chance: Bits) -> Clusters:
    """The mentions of both sides of `rows` under one entity, with the probability and method by which they came in."""
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
