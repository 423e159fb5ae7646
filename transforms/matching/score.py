"""Levels to odds: how much likelier is one person than two relatives or two strangers?"""

from typing import NamedTuple

import numpy as np

from transforms.matching.compare import CHUNK, Compared, against
from transforms.matching.context import entered, repeats, typical
from transforms.matching.frequency import Frequency, frequent
from transforms.matching.holdings import Bits, Holdings
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.keys import BITS
from transforms.matching.model import FIELDS, Model
from transforms.matching.patterns import Patterns, pack
from transforms.matching.state import Pairs, State
from transforms.matching.vetoes import NUMBER, numbers, vetoes

SAME_KEY, SAME_NUMBER = BITS["version"], BITS["number"]
LEAST_COVER = 0.02
IMPOSSIBLE = -np.inf  # bits
SAME_RECORD = 0.98  # two versions of one record key are about one person, but for a lease or a benefit that passed on
# An agreeing birth or sex is in the number already; if the number were another's it would still say a little.
# Of two born in one year on different days no one is the other's parent, and no mother has both: so of relatives of one
# surname (a level of kernels.NAME from FAMILY on) that leaves cousins. How many of them they are, in log2.
FAMILY, SPACED = 2, np.log2(0.03)
IMPLIED = {"born": (4, 0.1), "year": (3, 0.5), "sex": (2, 0.65)}


class Scored(NamedTuple):
    """Packed levels (see patterns), `odds` in bits that a pair is one person, `veto`: a row of VETOES, 0 for none."""

    patterns: Patterns
    odds: Bits
    veto: Levels

    def rows(self, rows: Ints) -> "Scored":
        """Some of the scores."""
        return Scored(self.patterns[rows], self.odds[rows], self.veto[rows])


def joined(parts: list[Scored]) -> Scored:
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
    """Compare and weigh `pairs`, at their levels of `kin`; where `other` is given, their right sides are its entities.

    CHUNK pairs at a time, so that what is worked out on the way takes little room.
    """
    right = other or state.known
    parts = [
        _some(state, Pairs(*(column[i : i + CHUNK] for column in pairs)), kin[i : i + CHUNK], right)
        for i in range(0, max(len(pairs.a), 1), CHUNK)
    ]
    return parts[0] if len(parts) == 1 else joined(parts)


def screened(state: State, pairs: Pairs, kin: Levels) -> Scored:
    """The same, but that pairs which two numbers rule out whatever else agrees get IMPOSSIBLE odds and no pattern."""
    trusted = state.known.held.trusted
    clash, close = numbers(state.tables.values, trusted, pairs.a, trusted, pairs.b)
    out = clash & ~close
    many = len(out)
    result = Scored(np.zeros(many, np.uint32), np.full(many, IMPOSSIBLE), np.where(out, NUMBER, 0).astype(np.uint8))
    rows = np.flatnonzero(~out)
    result.patterns[rows], result.odds[rows], result.veto[rows] = score(state, pairs.rows(rows), kin[rows])
    return result


def ruled_out(state: State, pairs: Pairs) -> Flags:
    """Which of `pairs`, at no level of kin, a veto forbids: what `screened` says of them, without their odds."""
    known = state.known
    clash, close = numbers(state.tables.values, known.held.trusted, pairs.a, known.held.trusted, pairs.b)
    out = clash & ~close
    free = np.flatnonzero(~out)
    for first in range(0, len(free), CHUNK):
        rows = free[first : first + CHUNK]
        some = pairs.rows(rows)
        levels = look(state, some, np.zeros(len(rows), np.uint8), known).compared.levels
        out[rows] = vetoes(state, some.a, known, some.b, levels) > 0
    return out


def _some(state: State, pairs: Pairs, kin: Levels, right: Holdings) -> Scored:
    seen = look(state, pairs, kin, right)
    levels = seen.compared.levels
    one, kinsman, stranger = (np.zeros(len(pairs.a)) for _ in range(3))
    for part in contributions(state.model, state.frequency, seen.cover, seen.compared).values():
        one += part.one
        kinsman += part.kinsman
        stranger += part.stranger
    for said in context(state, pairs, right, seen).values():
        one += said
    prior = np.where(seen.version, SAME_RECORD, seen.cover)
    kinsman += np.where(seen.version, np.log2(1 - SAME_RECORD), np.log2(state.model.family))
    stranger += np.where(seen.version, np.log2(1 - SAME_RECORD), np.log2(state.frequency.people))
    most = np.maximum(kinsman, stranger)
    rest = most + np.log2(1 + np.exp2(np.minimum(kinsman, stranger) - most))
    odds = one + np.log2(prior) - rest
    return Scored(pack(levels), odds, vetoes(state, pairs.a, right, pairs.b, levels))


class Seen(NamedTuple):
    """Pairs as compared. `version`: they are versions of one mention; `cover`: the chance that the one is elsewhere."""

    compared: Compared
    version: Flags
    cover: Bits


def look(state: State, pairs: Pairs, kin: Levels, right: Holdings) -> Seen:
    """What can be seen of `pairs` of an entity of `state` with one of `right`."""
    compared = against(state.tables, state.known.held, pairs.a, right.held, pairs.b)
    compared.levels["kin"] = kin
    numbered = (pairs.rules & SAME_NUMBER > 0) & (compared.levels["number"] == 0)
    compared.levels["number"][numbered] = 5
    return Seen(compared, pairs.rules & SAME_KEY > 0, _cover(state, pairs.a, right, pairs.b))


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
    return np.where(cover < 1.0, np.maximum(cover, LEAST_COVER), state.model.coverage)


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
            rows = np.flatnonzero(compared.spaced & (compared.levels["name"] >= FAMILY))
            f[rows] = np.minimum(f[rows], u[rows] + SPACED)
        if field in IMPLIED:
            top, chance = IMPLIED[field]
            rows = np.flatnonzero(implied & (level == top))
            m[rows], f[rows], u[rows] = 0.0, np.log2(chance), np.log2(chance)
        if field == "phone":
            rows = np.flatnonzero(level == 3)
            rows = rows[frequency.crowded[compared.phone[rows]]]
            m[rows], f[rows], u[rows] = 0.0, 0.0, 0.0
        parts[field] = Contribution(m, f, u)
    return parts
