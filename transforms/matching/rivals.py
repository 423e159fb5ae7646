"""Rivals: a third entity that one side of a pair fits nearly as well, and that cannot be the other side as well."""

import numpy as np

from transforms.matching.holdings import imagined
from transforms.matching.kernels import Flags, Ints
from transforms.matching.score import probability, ruled_out, score
from transforms.matching.sets import distinct
from transforms.matching.state import Bits, Pairs
from transforms.matching.world import Run

RIVAL = 8.0  # bits: a rival 250 times less likely than the best choice changes nothing


def rivalled(run: Run, rows: Ints) -> Bits:
    """The probability of each of `rows`, taking their rivals into account.

    With S the odds of the pair, R those of a rival and q the probability that all three would be one, the pair is right
    with S / (S + (1 + R)(1 - q)); a rival that would thus speak for the pair is left out.
    """
    web, many = run.web, len(rows)
    at, rival, near = web.rivals(rows, RIVAL)
    odds = web.odds[rival]
    mass = np.zeros(many)
    if len(at):
        apart = 1 - _all_one(run, rows[at], rival, near)
        np.add.at(mass, at, np.maximum(0.0, (1 + np.exp2(np.minimum(odds, 60))) * apart - 1))
    strength = np.exp2(np.minimum(web.odds[rows], 60))
    return strength / (1 + strength + mass)


def _all_one(run: Run, row: Ints, rival: Ints, near: Ints) -> Bits:
    """The probability that the third, with which `rival` joins the end `near` of the pair `row`, is one with both ends.

    If it would be were those one, it is no rival: a mention with a telephone and one with an address may look like two
    people until a third has both.
    """
    web, state = run.web, run.state
    far, third = web.other(row, near), web.other(rival, near)
    chance = np.zeros(len(row))
    open_ = np.flatnonzero(_may_meet(run, far, third))
    if len(open_):
        row, rival, third = row[open_], rival[open_], third[open_]
        one = distinct(row)
        a, b, _ = web.pairs(one)
        pairs = Pairs(third, np.searchsorted(one, row), web.pairs(rival).rules)
        scored = score(state, pairs, web.kin[rival], imagined(state.known, a, b))
        chance[open_] = np.where(scored.veto > 0, 0.0, probability(scored.odds))
    return chance


def _may_meet(run: Run, a: Ints, b: Ints) -> Flags:
    """Which pairs of entities nothing rules out."""
    return ~ruled_out(run.state, Pairs(a, b, np.zeros(len(a), np.int64)))
