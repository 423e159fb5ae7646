"""Levels to odds: how much likelier is one person than two relatives or two strangers?"""

from typing import NamedTuple

import numpy as np

from transforms.matching.compare import Compared, compare
from transforms.matching.context import repeats, typical
from transforms.matching.counts import CROWD
from transforms.matching.frequency import frequent
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.model import FIELDS, Model
from transforms.matching.state import Bits, Pairs, State
from transforms.matching.vetoes import vetoes

LEAST_COVER = 0.02
SAME_RECORD = 0.98  # two versions of one record key are about one person, but for a lease or a benefit that passed on
# An agreeing birth or sex is in the number already; if the number were another's it would still say a little.
IMPLIED = {"born": (4, 0.1), "year": (3, 0.5), "sex": (2, 0.65)}


class Scored(NamedTuple):
    """Levels by field, `odds` in bits that a pair is one person, and `veto`: a row of VETOES, 0 for none."""

    levels: dict[str, Levels]
    odds: Bits
    veto: Levels


def probability(odds: Bits) -> Bits:
    """Odds in bits as a probability."""
    return 1.0 / (1.0 + np.exp2(-np.clip(odds, -60, 60)))


def score(model: Model, state: State, pairs: Pairs, kin: Levels, same: tuple[int, int]) -> Scored:
    """Compare and weigh `pairs`. `same` are the rule bits that mean "same record key" and "same number"."""
    compared, version = look(state, pairs, kin, same)
    levels = compared.levels
    parts = list(contributions(model, state, pairs, compared).values())
    one, kinsman, stranger = (np.sum([p[i] for p in parts], axis=0) for i in range(3))
    for said in context(model, state, pairs, levels, version).values():
        one = one + said
    people = float(state.counts.people)
    prior = np.where(version, SAME_RECORD, _cover(model, state, pairs.a, pairs.b))
    rest = np.where(version, 1 - SAME_RECORD, people)
    some = np.where(version, 1 - SAME_RECORD, model.family)
    odds = one + np.log2(prior) - np.logaddexp2(np.log2(rest) + stranger, np.log2(some) + kinsman)
    return Scored(levels, odds, vetoes(state, pairs, levels))


def look(state: State, pairs: Pairs, kin: Levels, same: tuple[int, int]) -> tuple[Compared, Flags]:
    """The levels of `pairs`, and which of them are versions of one mention."""
    compared = compare(state.facts, state.values, pairs.a, pairs.b)
    compared.levels["kin"] = kin
    numbered = (pairs.rules & same[1] > 0) & (compared.levels["number"] == 0)
    compared.levels["number"][numbered] = 5
    return compared, pairs.rules & same[0] > 0


def context(model: Model, state: State, pairs: Pairs, levels: dict[str, Levels], version: Flags) -> dict[str, Bits]:
    """What the registers themselves say, in bits for one person: who is usually in them, and how often."""
    return {
        "typical": np.where(levels["number"] >= 3, 0.0, typical(model, state, pairs)),
        "repeat": np.where((levels["number"] >= 4) | version, 0.0, repeats(model, state, pairs)),
    }


def _cover(model: Model, state: State, a: Ints, b: Ints) -> Bits:
    """The chance that the one is among those whom the other may be: that of the side without a number."""
    cover = np.minimum(state.covered[a], state.covered[b])
    # A small register can share nobody with the others so far: that makes it unlikely, not impossible.
    return np.where(cover < 1.0, np.clip(cover, LEAST_COVER, 1.0), model.coverage)


class Contribution(NamedTuple):
    """log2 of the probability of one field's levels if the two are one person, relatives, strangers."""

    one: Bits
    kinsman: Bits
    stranger: Bits


def contributions(model: Model, state: State, pairs: Pairs, compared: Compared) -> dict[str, Contribution]:
    """What each field says, pair by pair: the parts that a score is the sum of."""
    implied = compared.levels["number"] >= 3
    cover = _cover(model, state, pairs.a, pairs.b)
    outside = (1 - cover) / cover
    parts: dict[str, Contribution] = {}
    for field in FIELDS:
        level = compared.levels[field]
        m, f, u = (np.log2(np.array(t[field]))[level] for t in (model.m, model.f, model.u))
        u = frequent(field, u, outside, state.counts, compared)
        if field in IMPLIED:
            top, chance = IMPLIED[field]
            agreed = implied & (level == top)
            m, f, u = (np.where(agreed, v, x) for v, x in ((0.0, m), (np.log2(chance), f), (np.log2(chance), u)))
        if field == "phone":
            crowded = (level == 3) & (np.append(state.counts.crowded, 0)[compared.phone] > CROWD)
            m, f, u = (np.where(crowded, 0.0, x) for x in (m, f, u))
        parts[field] = Contribution(m, f, u)
    return parts
