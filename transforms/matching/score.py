"""Levels to odds: how much likelier is one person than two relatives or two strangers?"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from transforms.matching import worth
from transforms.matching.compare import Compared, against, nothing_asked
from transforms.matching.context import entered, repeats, typical
from transforms.matching.evidence_loops import Weights
from transforms.matching.frequency import Frequency, frequent
from transforms.matching.holdings import Bits, Holdings
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.lot import room
from transforms.matching.model import FIELDS, Model
from transforms.matching.packed import side
from transforms.matching.patterns import Patterns
from transforms.matching.score_loops import Asking, Setting, To, Weighed, weigh
from transforms.matching.state import Pairs, State
from transforms.matching.veto_loops import Barred


class Scored(NamedTuple):
    """Packed levels (see patterns), `odds` in bits that a pair is one person, `veto`: a row of VETOES, 0 for none."""

    patterns: Patterns
    odds: Bits
    veto: Levels

    def rows(self, rows: Ints) -> "Scored":
        """Some of the scores."""
        return Scored(self.patterns[rows], self.odds[rows], self.veto[rows])


def joined(parts: Sequence[Scored]) -> Scored:
    """The scores of several lots of pairs, one lot after the other."""
    return Scored(
        np.concatenate([p.patterns for p in parts]),
        np.concatenate([p.odds for p in parts]),
        np.concatenate([p.veto for p in parts]),
    )


def probability(odds: Bits) -> Bits:
    """Odds in bits as a probability."""
    return 1.0 / (1.0 + np.exp2(-np.clip(odds, -60, 60)))


def score(state: State, pairs: Pairs, kin: Levels, other: Holdings | None = None) -> Scored:
    """Compare and weigh `pairs` at their levels of `kin`; their right sides are entities of `other`, if given."""
    return _weighed(state, pairs, kin, other or state.known, 0)


def screened(state: State, pairs: Pairs, kin: Levels) -> Scored:
    """The same, but that pairs which two numbers rule out whatever else agrees get IMPOSSIBLE odds and no pattern."""
    return _weighed(state, pairs, kin, state.known, worth.SCREEN)


def sieved(state: State, pairs: Pairs, kin: Levels) -> Scored:
    """The same of all pairs that something rules out which nothing that is found out later can lift."""
    return _weighed(state, pairs, kin, state.known, worth.SIEVE)


def ruled_out(state: State, pairs: Pairs) -> Flags:
    """Which of `pairs`, at no level of kin, a veto forbids."""
    return sieved(state, pairs, np.zeros(len(pairs.a), np.uint8)).veto > 0


def _weighed(state: State, pairs: Pairs, kin: Levels, right: Holdings, screen: int) -> Scored:
    """What the compiled loop says of `pairs`. Names it asks for are compared by their texts, then it looks again."""
    if not len(pairs.a):
        return Scored(np.zeros(0, np.uint32), np.zeros(0), np.zeros(0, np.uint8))
    model, own = state.model, right is state.known
    left = side(state.known)
    weights = Weights(model.logs, float(model.coverage), float(model.family))
    barred = Barred(int(own), state.parent, state.beside.spans, state.apart.spans, state.once)
    setting = Setting(state.tables.packed, weights, state.frequency, state.registers, barred)
    many, asked = len(pairs.a), nothing_asked(len(pairs.a))
    done = Weighed(np.zeros(many, np.uint32), np.empty(many), np.zeros(many, np.uint8))
    asking = Asking(pairs.a, pairs.b, pairs.rules, kin, screen)
    weigh(setting, left, left if own else side(right), asking, To(done, room(many), asked))
    if asked.many[0]:
        state.tables.learn(asked)
        rows = np.flatnonzero(np.isnan(done.odds))
        again = _weighed(state, pairs.rows(rows), kin[rows], right, screen)
        done.patterns[rows], done.odds[rows], done.veto[rows] = again
    return Scored(*done)


class Seen(NamedTuple):
    """Pairs as compared. `version`: they are versions of one mention; `cover`: the chance that the one is elsewhere."""

    compared: Compared
    version: Flags
    cover: Bits


def look(state: State, pairs: Pairs, kin: Levels, right: Holdings) -> Seen:
    """What can be seen of `pairs` of an entity of `state` with one of `right`."""
    compared = against(state.tables, state.known.held, pairs.a, right.held, pairs.b)
    compared.levels["kin"] = kin
    numbered = (pairs.rules & worth.SAME_NUMBER > 0) & (compared.levels["number"] == 0)
    compared.levels["number"][numbered] = 5
    return Seen(compared, pairs.rules & worth.SAME_KEY > 0, _cover(state, pairs.a, right, pairs.b))


def context(state: State, pairs: Pairs, right: Holdings, seen: Seen) -> dict[str, Bits]:
    """What the registers themselves say, in bits for one person: who is usually in them, and how often."""
    number, sides = seen.compared.levels["number"], (entered(state.known, pairs.a), entered(right, pairs.b))
    return {
        "typical": np.where(number >= 3, 0.0, typical(state.registers, *sides)),
        "repeat": np.where((number >= 4) | seen.version, 0.0, repeats(state.registers, *sides)),
    }


def _cover(state: State, a: Ints, right: Holdings, b: Ints) -> Bits:
    """The chance that the one is among those whom the other may be: that of the side without a number."""
    cover = np.minimum(state.known.covered.take(a), right.covered.take(b))
    # A small register can share nobody with the others so far: that makes it unlikely, not impossible.
    return np.where(cover < 1.0, np.maximum(cover, worth.LEAST_COVER), state.model.coverage)


class Contribution(NamedTuple):
    """log2 of the probability of one field's levels if the two are one person, relatives, strangers."""

    one: Bits
    kinsman: Bits
    stranger: Bits


def contributions(model: Model, frequency: Frequency, cover: Bits, compared: Compared) -> dict[str, Contribution]:
    """What each field says, pair by pair: the parts that a score is the sum of."""
    implied = compared.levels["number"] >= 3
    parts: dict[str, Contribution] = {}
    for field in FIELDS:
        level = compared.levels[field]
        m, f, u = (np.log2(np.array(t[field])).take(level) for t in (model.m, model.f, model.u))
        frequent(field, u, cover, frequency, compared)
        if field == "born":
            rows = np.flatnonzero(compared.spaced & (compared.levels["name"] >= worth.FAMILY))
            f[rows] = np.minimum(f[rows], u[rows] + worth.COUSINS)
        if field in worth.IMPLIED:
            top, chance = worth.IMPLIED[field]
            rows = np.flatnonzero(implied & (level == top))
            m[rows], f[rows], u[rows] = 0.0, np.log2(chance), np.log2(chance)
        if field == "phone":
            rows = np.flatnonzero(level == 3)
            rows = rows[frequency.crowded[compared.phone[rows]]]
            m[rows], f[rows], u[rows] = 0.0, 0.0, 0.0
        parts[field] = Contribution(m, f, u)
    return parts
