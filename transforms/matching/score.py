"""Levels to odds: how much likelier is one person than two relatives or two strangers?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching import kernels
from transforms.matching.compare import Compared, any_of, compare
from transforms.matching.counts import CROWD, Counts, Scopes
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.model import FIELDS, Model
from transforms.matching.sets import Facts, combine
from transforms.matching.values import Nodes, Values

Bits = NDArray[np.float64]
SAME_RECORD = 0.98  # two versions of one record key are about one person, but for a lease or a benefit that passed on
NUMBER, BIRTH, SEX, AGE, RECORD, DECISION = 1, 2, 3, 4, 5, 6  # why a pair can't be one person
VETOES = ("", "number", "birth", "sex", "age", "record", "decision")
# An agreeing birth or sex is in the number already; if the number were another's it would still say a little.
IMPLIED = {"born": (4, 0.1), "year": (3, 0.5), "sex": (2, 0.65)}
PARENT_AGE = 12
NAMESAKES = 20  # so many entities of one name, and blocking no longer brings all of them together


class Pairs(NamedTuple):
    """Candidate pairs of entities (a < b); `rules` has a bit for every rule that found the pair (see keys)."""

    a: Ints
    b: Ints
    rules: Ints


class State(NamedTuple):
    """Everything a score depends on, for one state of the clustering."""

    facts: Facts
    counts: Counts
    values: Values
    places: Scopes
    nodes: Nodes
    low: Ints  # earliest and latest possible year of birth of each entity, by its children and parents
    high: Ints
    beside: Ints  # sorted codes a * size + b (a < b) of pairs that a record names as two people
    apart: Ints  # the same of pairs that a decision keeps apart


class Scored(NamedTuple):
    """`bits` by field: log2 of m over the mixture's u (for explaining); `odds` in bits; `veto` a reason or 0."""

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
    parts = contributions(model, state, compared)
    one, kinsman, stranger = (sum((p[i] for p in parts.values()), np.zeros(len(kin))) for i in range(3))
    one = one + sum(context(model, state, pairs, levels, version).values())
    people = float(state.counts.people)
    prior = np.where(version, SAME_RECORD, model.coverage)
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
        "typical": np.where(levels["number"] >= 3, 0.0, _fit(model, state, pairs)),
        "repeat": np.where((levels["number"] >= 4) | version, 0.0, _repeats(model, state, pairs)),
    }


class Contribution(NamedTuple):
    """log2 of the probability of one field's levels if the two are one person, relatives, strangers."""

    one: Bits
    kinsman: Bits
    stranger: Bits


def contributions(model: Model, state: State, compared: Compared) -> dict[str, Contribution]:
    """What each field says, pair by pair: the parts that a score is the sum of."""
    implied = compared.levels["number"] >= 3
    outside = (1 - model.coverage) / model.coverage
    parts: dict[str, Contribution] = {}
    for field in FIELDS:
        level = compared.levels[field]
        m, f, u = (np.log2(np.array(t[field]))[level] for t in (model.m, model.f, model.u))
        u = _frequent(field, u, outside, state, compared)
        if field in IMPLIED:
            top, chance = IMPLIED[field]
            agreed = implied & (level == top)
            m, f, u = (np.where(agreed, v, x) for v, x in ((0.0, m), (np.log2(chance), f), (np.log2(chance), u)))
        if field == "phone":
            crowded = (level == 3) & (np.append(state.counts.crowded, 0)[compared.phone] > CROWD)
            m, f, u = (np.where(crowded, 0.0, x) for x in (m, f, u))
        parts[field] = Contribution(m, f, u)
    return parts


def _frequent(field: str, u: Bits, outside: float, state: State, compared: Compared) -> Bits:
    """`u` with the frequency of the very value that agrees, where there is one to speak of."""
    level, c, people = compared.levels[field], state.counts, float(state.counts.people)
    if field == "name":
        return _names(u, outside, state, compared)

    def others(count: Ints, row: Ints, least: float) -> Bits:
        # a pair that agrees is itself two of the entities that hold the value
        return np.log2(np.maximum(np.append(count, 2)[row] - 2, 0) + least) - np.log2(people)

    if field == "place":
        for at, count in ((5, c.door), (4, c.near), (3, c.area), (2, c.town)):
            u = np.where(level == at, others(count, compared.place, 0.2), u)
        return np.minimum(u, 0.0)
    if field == "phone":
        return np.where(level == 3, others(c.phone, compared.phone, 0.1), u)
    if field == "born" and len(c.born):
        at = np.minimum(np.searchsorted(c.born, compared.born), len(c.born) - 1)
        usual = np.log2(np.maximum(c.births[at] - 2, 0) + 1e-9) - np.log2(people)
        return np.where(level == 4, np.maximum(u, usual), u)
    return u


def _names(u: Bits, outside: float, state: State, compared: Compared) -> Bits:
    """How many namesakes are in the way, as a share of the people.

    Where one side is known by a number, its known namesakes are rivals of their own (cluster) and not counted twice,
    unless they are too many to have been brought together. Two entities without numbers may each be any of the known
    namesakes. Entities without numbers count as people so far as people lack numbers. On top come those whom no
    register knows, as common as the parts of the name make them.
    """
    level, c, name = compared.levels["name"], state.counts, compared.name
    people = float(c.people)
    parts = np.append(c.family, 0)[name] / people * np.append(c.given, 0)[name]
    for at, total, known, least in (
        (9, c.exact, c.known_exact, 0.02),
        (8, c.shape, c.known_shape, 0.05),
        (7, c.sound, c.known_sound, 0.1),
    ):
        every, sure = np.append(total, 2)[name], np.append(known, 1)[name]
        rest = (1 - c.numbered) * np.maximum(every - sure - np.where(compared.loose, 2, 1), 0)
        counted = np.where(compared.loose | (every > NAMESAKES), np.maximum(sure - 1, 0), 0)
        share = np.log2(counted + rest + outside * parts + least) - np.log2(people)
        u = np.where(level == at, np.minimum(share, 0.0), u)
    for at, count in ((3, c.given), (2, c.family)):
        share = np.log2(np.maximum(np.append(count, 2)[name] - 2, 0) + 0.5) - np.log2(people)
        u = np.where(level == at, np.minimum(share, 0.0), u)
    return u


def _fit(model: Model, state: State, pairs: Pairs) -> Bits:
    """How typical the one's birth and sex are of the registers in which the other, who gives none, is entered."""
    total = np.zeros(len(pairs.a))
    labels = [f"{feed} {role}" for feed, role in state.nodes.sources]
    ages = np.zeros((len(labels), 24))
    sexes = np.zeros((len(labels), 3))
    for row, label in enumerate(labels):
        for decade, bits in model.ages.get(label, {}).items():
            ages[row, min(max(int(decade) - 185, 0), 23)] = bits
        for sex, bits in model.sexes.get(label, {}).items():
            sexes[row, int(sex)] = bits
    facts = state.facts
    for sets, table, to_column in ((facts.born, ages, _decade), (facts.sex, sexes, _itself)):
        for one, other in ((pairs.a, pairs.b), (pairs.b, pairs.a)):
            rows = np.flatnonzero((sets.count(one) == 0) & (sets.count(other) > 0))
            combos = combine(facts.source, one[rows], other[rows], sets)
            worst = np.full(len(rows), 9.0)
            np.minimum.at(worst, combos.pair, table[combos.left, to_column(combos.right)])
            total[rows] += np.where(worst < 9, worst, 0)
    return total


def _decade(born: Ints) -> Ints:
    return np.clip((born >> 2) // 100000 - 185, 0, 23)


def _itself(sex: Ints) -> Ints:
    return sex


def _repeats(model: Model, state: State, pairs: Pairs) -> Bits:
    """A register that lists a person once speaks against two of its entries being one, as loudly as it usually does."""
    weight = np.array([model.repeat.get(f"{feed} {role}", 0.0) for feed, role in state.nodes.sources])
    combos = combine(state.facts.source, pairs.a, pairs.b)
    total = np.zeros(len(pairs.a))
    same = combos.left == combos.right
    np.add.at(total, combos.pair[same], weight[combos.left[same]])
    return np.maximum(total, -12.0)


def vetoes(state: State, pairs: Pairs, levels: dict[str, Levels]) -> Levels:
    """What cannot be: two trusted numbers, births or sexes, a child as old as its parent, two roles of one record."""
    facts, a, b = state.facts, pairs.a, pairs.b
    veto = np.zeros(len(a), np.uint8)
    by_number = levels["number"] >= 3
    low, high, year = state.low, state.high, _year(facts)
    young = ((year[b] >= 0) & (year[b] < low[a])) | ((year[a] >= 0) & (year[a] < low[b]))
    old = (year[b] > high[a]) | (year[a] > high[b])
    veto[(young | old) & ~by_number] = AGE
    # a slip of the pen: twins of two sexes have two names
    same_name_and_birth = (levels["name"] == 9) & (levels["born"] == 4)
    veto[(levels["sex"] == 1) & ~by_number & ~same_name_and_birth] = SEX
    veto[(levels["born"] == 1) & ~by_number] = BIRTH
    both = (facts.trusted.count(a) > 0) & (facts.trusted.count(b) > 0)
    rows = np.flatnonzero(both)
    combos = combine(facts.trusted, a[rows], b[rows])
    shared = any_of(combos, len(rows), combos.left == combos.right)
    lucky = any_of(combos, len(rows), _lucky(state.values, combos.left, combos.right))
    lucky &= (levels["name"] == 9)[rows] & (levels["born"] >= 2)[rows]
    lucky &= ((levels["place"] == 5) | (levels["phone"] == 3) | (levels["kin"] >= 3))[rows]
    veto[rows[~shared & ~lucky]] = NUMBER
    for why, codes in ((RECORD, state.beside), (DECISION, state.apart)):
        if len(codes):
            code = a * len(facts.entity) + b
            at = np.minimum(np.searchsorted(codes, code), len(codes) - 1)
            veto[codes[at] == code] = why
    return veto


def _lucky(values: Values, a: Ints, b: Ints) -> Flags:
    """Two valid numbers so close that one may be a slip of the other which happens to pass the check."""
    n = values.numbers
    apart = np.bitwise_count(kernels.nibbles_differ(n.head[a], n.head[b])) + np.bitwise_count(
        kernels.nibbles_differ(n.tail[a], n.tail[b])
    )
    return (apart <= 2) | kernels.one_slip(n, a, b)


def _year(facts: Facts) -> Ints:
    """The year of birth of each entity (of its earliest date), -1 unknown."""
    size = len(facts.entity)
    has = np.diff(facts.born.start) > 0
    year = np.full(size, -1)
    year[has] = (facts.born.values[facts.born.start[:-1][has]] >> 2) // 10000
    return year


def bounds(facts: Facts, who: Ints, whom: Ints) -> tuple[Ints, Ints]:
    """Earliest and latest year of birth by entity, `who` being a child of `whom`: at least twelve years between them."""
    year = _year(facts)
    low, high = np.full(len(year), -1), np.full(len(year), 9999)
    known = year[whom] >= 0
    np.maximum.at(low, who[known], year[whom[known]] + PARENT_AGE)
    known = year[who] >= 0
    np.minimum.at(high, whom[known], year[who[known]] - PARENT_AGE)
    return low, high
