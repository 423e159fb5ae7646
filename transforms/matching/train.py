"""Learning what agreement is worth from the data in hand, without labels.

Three things are known before anything is linked: mentions under one valid number that agree are one person (m, with
EM for those that are not), members of one household with different numbers are relatives (f), and two entities drawn
at random are strangers (u). Each estimate starts from the shipped model, as if that had been seen `weight` times.
"""

from dataclasses import replace

import numpy as np

from transforms.matching import kernels
from transforms.matching.compare import compare
from transforms.matching.em import blend, em, histogram
from transforms.matching.kernels import Ints, Levels
from transforms.matching.kin import Ties
from transforms.matching.model import Model
from transforms.matching.registers import coverage, repeats, typical
from transforms.matching.sets import Facts, facts
from transforms.matching.spine import Spine
from transforms.matching.values import Nodes, Values, mix

LEARNED = ("name", "born", "year", "sex", "phone", "place")
SAMPLE = 200_000  # pairs


def train(model: Model, nodes: Nodes, values: Values, spine: Spine, links: Ties) -> Model:
    """A model fitted to these mentions, starting from `model`; `links` are the relations between mentions."""
    known = facts(nodes, values, spine.entity, spine.borrowed)
    entities = np.unique(spine.entity)
    m, share, pairs = _matches(model, nodes, values, spine)
    numbers, compared = _numbers(model, nodes, values)
    m["number"] = numbers
    strangers = _levels_of(known, values, *_random(entities))
    relatives = _levels_of(known, values, *_relatives(nodes, spine, known))
    u = {f: blend(model.u[f], strangers[f], np.ones(len(strangers[f]))) for f in LEARNED}
    f = {x: blend(model.f[x], relatives[x], np.ones(len(relatives[x]))) for x in LEARNED}
    ages, sexes = typical(nodes, spine, known)
    trusted = (np.append(values.number_status, 9)[nodes.number] == 0) & ~spine.borrowed
    overall, covers = coverage(model, nodes, spine, trusted)
    seen = {"matches": pairs, "share": round(share, 4), "numbers": compared, "relatives": len(relatives["name"])}
    return replace(
        model.with_tables(m=m, u=u, f=f),
        repeat=repeats(nodes, spine, links),
        ages=ages,
        sexes=sexes,
        coverage=overall,
        covers=covers,
        trained={"start": model.version, "mentions": nodes.size, "entities": len(entities), **seen},
    )


def _levels_of(known: Facts, values: Values, a: Ints, b: Ints) -> dict[str, Levels]:
    return compare(known, values, a, b).levels


def _matches(
    model: Model, nodes: Nodes, values: Values, spine: Spine
) -> tuple[dict[str, tuple[float, ...]], float, int]:
    """m by leaving one mention of each numbered person out, without its number, and comparing it to the rest.

    Those that carry a number and disagree with its owner's name are compared to the owner, for EM to judge: leaving
    them out, no name would ever be written wrong. Mentions are weighted so that registers count as they do among the
    mentions without a number, which are the ones left to be recognised.
    """
    entity, chosen, rest = _leave_out(nodes, spine)
    lent = np.flatnonzero(spine.owner >= 0)
    chosen, rest = np.append(chosen, lent), np.append(rest, entity[spine.owner[lent]])
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
    rows = np.flatnonzero((nodes.household >= 0) & (known.trusted.many(spine.entity) > 0))
    rows = rows[np.lexsort((mix([rows]), nodes.household[rows]))]
    a, b = spine.entity[rows[:-1]], spine.entity[rows[1:]]
    other = (nodes.household[rows[:-1]] == nodes.household[rows[1:]]) & (a != b)
    code = np.unique(np.minimum(a, b)[other] * nodes.size + np.maximum(a, b)[other])[:SAMPLE]
    return code // nodes.size, code % nodes.size
