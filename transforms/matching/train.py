"""Learning what agreement is worth from the data in hand, without labels.

Three things are known before anything is linked: mentions under one valid number that agree are one person (m, with
EM for those that are not), members of one household with different numbers are relatives (f), and two entities drawn
at random are strangers (u). Each estimate starts from the shipped model, as if that had been seen `weight` times.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching import kernels
from transforms.matching.compare import compare
from transforms.matching.kernels import Ints, Levels
from transforms.matching.kin import CHILD, Ties
from transforms.matching.model import Model
from transforms.matching.sets import Facts, facts
from transforms.matching.spine import Spine
from transforms.matching.values import Nodes, Values, mix

LEARNED = ("name", "born", "year", "sex", "phone", "place")
WEIGHT = 100.0  # how many pairs the shipped probabilities are worth
SAMPLE = 200_000  # pairs
ONCE = -8.0  # bits
CERTIFIED = -12.0  # a birth is certified once, and no number could have told us so
UNKNOWN = -2.0
MOST = 0.98  # of the people are in more than one register, whatever the numbers say: a visitor leaves none


class Histogram(NamedTuple):
    """Distinct patterns of levels, one row each, with how often each was seen."""

    patterns: NDArray[np.uint8]
    weight: NDArray[np.float64]


def histogram(levels: dict[str, Levels], fields: tuple[str, ...], weight: NDArray[np.float64]) -> Histogram:
    """Collapse levels of pairs to distinct patterns of `fields`; everything after this costs nothing."""
    code = np.zeros(len(weight), np.int64)
    for field in fields:
        code = code * 16 + levels[field]
    _, first, back = np.unique(code, return_index=True, return_inverse=True)
    patterns = np.stack([levels[f][first] for f in fields], axis=1) if fields else np.empty((len(first), 0), np.uint8)
    return Histogram(patterns, np.bincount(back, weights=weight, minlength=len(first)))


def em(seen: Histogram, fields: tuple[str, ...], model: Model, start: float, rounds: int = 25) -> tuple[dict[str, tuple[float, ...]], float]:
    """Expectation maximisation of m over a histogram of patterns, u being a mixture of relatives and strangers.

    `start` is the share of matches to begin with. Returns m by field and the share that was found. Levels that are
    missing (0) say nothing. Dempster, Laird and Rubin (1977), for Fellegi-Sunter by Winkler (1988).
    """
    m = {f: np.array(model.m[f]) for f in fields}
    other = {f: 0.5 * np.array(model.f[f]) + 0.5 * np.array(model.u[f]) for f in fields}
    share = start
    for _ in range(rounds):
        one = np.full(len(seen.weight), np.log2(share))
        none = np.full(len(seen.weight), np.log2(1 - share))
        for at, field in enumerate(fields):
            one += np.log2(m[field])[seen.patterns[:, at]]
            none += np.log2(other[field])[seen.patterns[:, at]]
        responsible = 1 / (1 + np.exp2(np.clip(none - one, -60, 60)))
        share = float(np.clip((responsible * seen.weight).sum() / max(seen.weight.sum(), 1e-9), 0.01, 0.999))
        for at, field in enumerate(fields):
            m[field] = np.array(_blend(model.m[field], seen.patterns[:, at], responsible * seen.weight))
    return {f: tuple(float(p) for p in m[f]) for f in fields}, share


def _blend(prior: tuple[float, ...], levels: Levels, weight: NDArray[np.float64]) -> tuple[float, ...]:
    """Shares of each level among those seen, as if the prior had been seen WEIGHT times; index 0 stays 1."""
    counted = np.bincount(levels, weights=weight, minlength=len(prior))[1:]
    before = np.array(prior[1:])
    blended = (counted + WEIGHT * before / before.sum()) / (counted.sum() + WEIGHT)
    return (1.0, *(float(p) for p in np.clip(blended, 1e-9, 1.0)))


def train(model: Model, nodes: Nodes, values: Values, spine: Spine, links: Ties) -> Model:
    """A model fitted to these mentions, starting from `model`; `links` are the relations between mentions."""
    known = facts(nodes, values, spine.entity, spine.borrowed)
    entities = np.unique(spine.entity)
    m, share, pairs = _matches(model, nodes, values, spine)
    numbers, compared = _numbers(model, nodes, values)
    m["number"] = numbers
    strangers = _levels_of(known, values, *_random(entities))
    relatives = _levels_of(known, values, *_relatives(nodes, spine, known))
    u = {f: _blend(model.u[f], strangers[f], np.ones(len(strangers[f]))) for f in LEARNED}
    f = {x: _blend(model.f[x], relatives[x], np.ones(len(relatives[x]))) for x in LEARNED}
    ages, sexes = _typical(nodes, spine, known)
    seen = {"matches": pairs, "share": round(share, 4), "numbers": compared, "relatives": len(relatives["name"])}
    return replace(
        model.with_tables(m=m, u=u, f=f),
        repeat=_repeats(nodes, spine, links),
        ages=ages,
        sexes=sexes,
        coverage=_coverage(model, nodes, spine),
        trained={"start": model.version, "mentions": nodes.size, "entities": len(entities), **seen},
    )


def _levels_of(known: Facts, values: Values, a: Ints, b: Ints) -> dict[str, Levels]:
    return compare(known, values, a, b).levels


def _matches(model: Model, nodes: Nodes, values: Values, spine: Spine) -> tuple[dict[str, tuple[float, ...]], float, int]:
    """m by leaving one mention of each numbered person out, without its number, and comparing it to the rest.

    Mentions are weighted so that registers count as they do among the mentions without a number: those are the ones
    that are left to be recognised.
    """
    entity, chosen, rest = _leave_out(nodes, spine)
    if not len(chosen):
        return {f: model.m[f] for f in LEARNED}, 0.0, 0
    number = np.where(np.isin(entity, chosen), -1, nodes.number)
    known = facts(nodes._replace(number=number), values, entity, spine.borrowed)
    levels = _levels_of(known, values, chosen, rest)
    loose = np.bincount(nodes.source[nodes.number < 0], minlength=len(nodes.sources)) + 1.0
    taken = np.bincount(nodes.source[chosen], minlength=len(nodes.sources)) + 1.0
    weight = np.clip((loose / loose.sum()) / (taken / taken.sum()), 0.1, 10.0)[nodes.source[chosen]]
    m, share = em(histogram(levels, LEARNED, weight), LEARNED, model, 0.98)
    return m, share, len(chosen)


def _leave_out(nodes: Nodes, spine: Spine) -> tuple[Ints, Ints, Ints]:
    """Split one record key off each numbered person that has several: the new entities, the parts split off, the rests.

    All versions of the key go, or the mention would be compared to itself of last month.
    """
    rows = np.flatnonzero(spine.grouped & ~spine.borrowed)
    keys = np.unique(np.stack([spine.entity[rows], nodes.key[rows]]), axis=1)
    keys = keys[:, np.lexsort((mix([keys[1]]), keys[0]))]
    first = np.append(True, np.diff(keys[0]) > 0) if keys.size else np.zeros(0, bool)
    several = np.bincount(keys[0], minlength=nodes.size) > 1
    taken = keys[:, first & several[keys[0]]][:, :SAMPLE]
    out = np.zeros(nodes.size, bool)
    out[rows] = np.isin(nodes.key[rows], taken[1])
    # an entity is called after one of its mentions: the two parts after the first of theirs
    code = spine.entity * 2 + out
    named = np.full(2 * nodes.size, nodes.size)
    np.minimum.at(named, code, np.arange(nodes.size))
    return named[code], named[taken[0] * 2 + 1], named[taken[0] * 2]


def _numbers(model: Model, nodes: Nodes, values: Values) -> tuple[tuple[float, ...], int]:
    """m of the number: mentions of one name and birth, written, in different registers, compared by number."""
    has = (nodes.name >= 0) & (nodes.born >= 0) & (nodes.born & 3 == kernels.DAY) & (nodes.number >= 0)
    rows = np.flatnonzero(has)
    rows = rows[values.number_status[nodes.number[rows]] < 2]
    code = mix([values.shape[nodes.name[rows]], nodes.born[rows]])
    rows = rows[np.lexsort((mix([rows]), code))]
    code = np.sort(code)
    next_to = np.flatnonzero(code[1:] == code[:-1])
    a, b = rows[next_to], rows[next_to + 1]
    other = nodes.source[a] != nodes.source[b]
    a, b = nodes.number[a[other]], nodes.number[b[other]]
    levels = kernels.number_levels(values.numbers, a, b, values.number_status == 0)
    fields = ("number",)
    m, _ = em(histogram({"number": levels}, fields, np.ones(len(levels))), fields, model, 0.97)
    return m["number"], len(levels)


def _random(entities: Ints) -> tuple[Ints, Ints]:
    """Pairs of different entities that only their order decides: a random draw that is the same every time."""
    if len(entities) < 2:
        return entities[:0], entities[:0]
    serial = np.arange(min(SAMPLE, len(entities) * 50))
    a = entities[serial % len(entities)]
    b = entities[(mix([serial]) % np.uint64(len(entities))).astype(np.int64)]
    return a[a != b], b[a != b]


def _relatives(nodes: Nodes, spine: Spine, known: Facts) -> tuple[Ints, Ints]:
    """Pairs of entities of one household that have different trusted numbers: neighbours in the household's order."""
    rows = np.flatnonzero((nodes.household >= 0) & (known.trusted.count(spine.entity) > 0))
    rows = rows[np.lexsort((mix([rows]), nodes.household[rows]))]
    a, b = spine.entity[rows[:-1]], spine.entity[rows[1:]]
    other = (nodes.household[rows[:-1]] == nodes.household[rows[1:]]) & (a != b)
    code = np.unique(np.minimum(a, b)[other] * nodes.size + np.maximum(a, b)[other])[:SAMPLE]
    return code // nodes.size, code % nodes.size


def _coverage(model: Model, nodes: Nodes, spine: Spine) -> float:
    """The chance that who is mentioned in one register is in another too, from the mentions that have a number."""
    rows = np.flatnonzero((nodes.number >= 0) & ~spine.borrowed)
    entries = np.unique(np.stack([spine.entity[rows], nodes.source[rows]]), axis=1)
    several = np.bincount(entries[0], minlength=nodes.size) > 1 if entries.size else np.zeros(0, bool)
    seen = len(entries[0])
    share = (several[entries[0]].sum() + WEIGHT * model.coverage) / (seen + WEIGHT)
    return float(np.clip(share, 0.5, MOST))


def _repeats(nodes: Nodes, spine: Spine, links: Ties) -> dict[str, float]:
    """For each register: how much likelier is an entry for one who has an entry already, than for a stranger? In bits."""
    members = np.flatnonzero(spine.grouped)
    entries = np.unique(np.stack([spine.entity[members], nodes.source[members], nodes.key[members]]), axis=1)
    each, per = np.unique(entries[:2], axis=1, return_counts=True)
    people = max(1, len(np.unique(spine.entity[members])))
    certified = np.unique(nodes.source[links.who[links.kind == CHILD]])
    weights: dict[str, float] = {}
    for source, (feed, role) in enumerate(nodes.sources):
        count = per[each[1] == source]
        if len(count) >= 20:
            again = ((count > 1).sum() + 0.5) / (len(count) + 1)
            bits = float(np.clip(np.log2(again / (len(count) / people)), ONCE, 0.0))
        else:
            bits = CERTIFIED if source in certified and not len(count) else UNKNOWN
        weights[f"{feed} {role}"] = round(bits, 3)
    return weights


def _typical(nodes: Nodes, spine: Spine, known: Facts) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """For each register, how typical decades of birth and sexes are of it, in bits, by the people known by a number."""
    members = np.flatnonzero(spine.grouped)
    entity = spine.entity[members]
    tables = []
    for sets, scale in ((known.born, 4 * 100000), (known.sex, 1)):
        has = sets.count(entity) > 0
        value = sets.values[sets.start[entity[has]]] // scale
        tables.append(_ratios(nodes, nodes.source[members][has], value))
    return tables[0], tables[1]


def _ratios(nodes: Nodes, source: Ints, value: Ints) -> dict[str, dict[str, float]]:
    known, column = np.unique(value, return_inverse=True)
    seen = np.zeros((len(nodes.sources), len(known)))
    np.add.at(seen, (source, column), 1.0)
    overall = (seen.sum(axis=0) + 1) / (seen.sum() + len(known))
    total = seen.sum(axis=1, keepdims=True)
    bits = np.clip(np.log2((seen + 5 * overall) / (total + 5) / overall), -6.0, 2.0)
    return {
        f"{feed} {role}": {str(v): round(float(b), 3) for v, b in zip(known, bits[row], strict=True)}
        for row, (feed, role) in enumerate(nodes.sources)
        if total[row, 0] >= 20
    }
