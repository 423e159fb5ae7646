"""Uniting entities, and comparing what that touches anew with all that is then known."""

import numpy as np

from transforms.matching import holdings
from transforms.matching.kernels import Flags, Ints
from transforms.matching.score import Scored, score, screened
from transforms.matching.state import Bits
from transforms.matching.vetoes import FINAL, VETOES
from transforms.matching.web import REFUSED
from transforms.matching.world import KIN, PAIR, Run
from transforms.matching.worth import IMPOSSIBLE

LASTING = np.isin(np.arange(len(VETOES)), FINAL)


def unite(run: Run, rows: Ints, chance: Bits) -> Ints:
    """Unite the two ends of each of `rows` (no entity is in two of them) and score again what that touches.

    Returns the entities whose pairs are not what they were.
    """
    web, state = run.web, run.state
    _note(run, rows, chance)
    rows = np.sort(rows)  # neighbours in memory are mostly neighbours here as well
    a, b, _ = web.pairs(rows)
    holdings.unite(state.known, a, b)
    for others in (state.beside, state.apart):
        if others.used:
            others.unite(a, b)
    state.parent[b] = a
    fresh, around = web.relabel(state.parent, b, a)
    rescore(run, fresh)
    return web.wake(around)


def rescore(run: Run, rows: Ints) -> None:
    """Score `rows` of the web anew; those that nothing can lift again are refused for good."""
    web = run.web
    scored = screened(run.state, web.pairs(rows), web.kin[rows])
    web.veto[rows] = scored.veto
    seen = np.flatnonzero(scored.odds > IMPOSSIBLE)
    web.put(rows[seen], scored.rows(seen))
    web.fate[rows[final(scored)]] = REFUSED


def final(scored: Scored) -> Flags:
    """Which pairs are ruled out by what no further record can change."""
    return LASTING[scored.veto]


def _note(run: Run, rows: Ints, chance: Bits) -> None:
    """Write down how the ends of `rows` came in."""
    web = run.web
    way = np.where(_by_kin(run, rows), KIN, PAIR)
    for side in (web.a[rows], web.b[rows]):
        new = run.method[side] == 0
        run.method[side[new]], run.chance[side[new]] = way[new], chance[new]
    web.chance[rows] = chance
    run.sure += float(chance.sum())
    run.mergers.append(len(rows))


def _by_kin(run: Run, rows: Ints) -> Flags:
    """Pairs that would not have reached even odds without their relatives."""
    hit = np.zeros(len(rows), bool)
    some = np.flatnonzero(run.web.kin[rows] >= 2)
    if len(some):
        without = score(run.state, run.web.pairs(rows[some]), np.zeros(len(some), np.uint8))
        hit[some] = without.odds < 0
    return hit
