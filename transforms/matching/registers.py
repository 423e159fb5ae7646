"""What registers are like, learned from the people known by a number: how complete, how repetitive, for whom."""

import numpy as np

from transforms.matching.em import WEIGHT
from transforms.matching.kernels import Flags, Ints
from transforms.matching.kin import CHILD, Ties
from transforms.matching.model import Model
from transforms.matching.sample import Sample
from transforms.matching.sets import Facts, distinct
from transforms.matching.spine import Spine
from transforms.matching.values import Nodes

ONCE = -8.0  # bits
CERTIFIED = -12.0  # a birth is certified once, and no number could have told us so
UNKNOWN = -2.0
FEW = 20  # mentions with a number: a register that has no more is thought of as the average one
LEAST = 0.3
MOST = 0.98  # of the people are in more than one register, whatever the numbers say: a visitor leaves none


def coverage(model: Model, nodes: Nodes, spine: Spine, trusted: Flags) -> tuple[float, dict[str, float]]:
    """The chance that who is mentioned in one register is in another too, overall and by register.

    Counted among mentions with a `trusted` number; registers that have few are taken to be like the others.
    """
    rows = np.flatnonzero(trusted)
    span = len(nodes.sources)
    entries = distinct(spine.entity[rows] * span + nodes.source[rows])
    who, source = entries // span, entries % span
    again = (np.bincount(who, minlength=nodes.size) > 1)[who]
    overall = float((again.sum() + WEIGHT * model.coverage) / (len(again) + WEIGHT))
    seen = np.bincount(source, minlength=span)
    found = np.bincount(source, weights=again, minlength=span)
    each = np.clip((found + FEW * overall) / (seen + FEW), LEAST, MOST)
    named = {f"{feed} {role}": round(float(p), 4) for (feed, role), p in zip(nodes.sources, each, strict=True)}
    return float(np.clip(overall, LEAST, MOST)), named


def repeats(nodes: Nodes, spine: Spine, links: Ties) -> dict[str, float]:
    """For each register: how much likelier is an entry for one who is entered already than for a stranger? In bits."""
    members = np.flatnonzero(spine.grouped)
    span, keys = len(nodes.sources), int(nodes.key.max(initial=0)) + 1
    of_key = np.zeros(keys, np.int64)
    of_key[nodes.key] = nodes.source
    entries = distinct(spine.entity[members] * keys + nodes.key[members])
    entries = np.sort(entries // keys * span + of_key[entries % keys])
    start = np.flatnonzero(np.append(np.ones(min(1, len(entries)), bool), entries[1:] != entries[:-1]))
    several = np.diff(np.append(start, len(entries))) > 1
    seen = np.bincount(entries[start] % span, minlength=span)
    twice = np.bincount(entries[start][several] % span, minlength=span)
    people = max(1, int((spine.entity[members] == members).sum()))
    certified = np.unique(nodes.source[links.who[links.kind == CHILD]])
    weights: dict[str, float] = {}
    for source, (feed, role) in enumerate(nodes.sources):
        if seen[source] >= FEW:
            again = (twice[source] + 0.5) / (seen[source] + 1)
            bits = float(np.clip(np.log2(again / (seen[source] / people)), ONCE, 0.0))
        else:
            bits = CERTIFIED if source in certified and not seen[source] else UNKNOWN
        weights[f"{feed} {role}"] = round(bits, 3)
    return weights


def typical(
    nodes: Nodes, spine: Spine, sample: Sample, known: Facts
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """For each register, how typical decades of birth and sexes are of it, in bits, by the people known by a number.

    `known` tells of the entities of `sample`.
    """
    grouped = spine.grouped[sample.rows]
    entity, source = sample.entity[grouped], nodes.source[sample.rows[grouped]]
    tables = []
    for sets, scale in ((known.born, 4 * 100000), (known.sex, 1)):
        has = sets.many(entity) > 0
        value = sets.values[sets.start[entity[has]]] // scale
        tables.append(_ratios(nodes, source[has], value))
    return tables[0], tables[1]


def _ratios(nodes: Nodes, source: Ints, value: Ints) -> dict[str, dict[str, float]]:
    known = np.unique(value)
    size = len(known)
    cell = source * size + np.searchsorted(known, value)
    seen = np.bincount(cell, minlength=len(nodes.sources) * size).reshape(len(nodes.sources), size).astype(float)
    overall = (seen.sum(axis=0) + 1) / (seen.sum() + len(known))
    total = seen.sum(axis=1, keepdims=True)
    bits = np.clip(np.log2((seen + 5 * overall) / (total + 5) / overall), -6.0, 2.0)
    return {
        f"{feed} {role}": {str(v): round(float(b), 3) for v, b in zip(known, bits[row], strict=True)}
        for row, (feed, role) in enumerate(nodes.sources)
        if total[row, 0] >= 20
    }
