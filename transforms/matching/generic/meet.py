"""Entities are brought together again by what all their records say, as single records could not be.

A record with the surname and one with the birth find, as one entity, the record that has both. Further rules come from
pairs of records that are one entity by way of others and that no rule had found: they tell what the rules miss.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.generic import rules as choosing
from transforms.matching.generic.blocking import CAP, Rule, folded, grouped, hashed, meetings
from transforms.matching.generic.cluster import Clusters, Edges, Setting, cluster, score
from transforms.matching.generic.values import Flags, Ints

VALUES = 4  # of one key that an entity is looked up by, the most frequent
PAIRS_SEEN = 50_000  # of records within entities, by which rules are chosen
TURNS, FEW = 3, 0.002  # meetings end when they bring fewer mergers than this share of entities
FAINT = -6.0  # odds in bits below which nothing is hoped for


class Held(NamedTuple):
    """Which entity has which value of a key: by owner, the most frequent first."""

    owner: Ints
    value: Ints


def meet(
    setting: Setting, keys: dict[str, Ints], done: Clusters, rules: list[Rule], limit: tuple[float, bool]
) -> tuple[Clusters, list[dict[str, Any]]]:
    """Clusters after further meetings under `rules` and, where `limit` allows it, more of them; a report a meeting.

    `limit`: how many pairs an entity may be compared, and whether rules may be added (not where a config gives them).
    """
    report = list[dict[str, Any]]()
    for turn in range(TURNS):
        firsts = np.unique(done.entity)
        budget = limit[0] * len(firsts)
        chosen = list(rules)
        if limit[1]:
            chosen += _more(keys, done.entity, firsts, rules, budget)
        edges = _edges(keys, done.entity, chosen, budget)
        edges = _open(setting, edges, done)
        before = len(done.mergers.chance)
        edges = edges._replace(strength=score(setting, done.entity, edges.a, edges.b))
        done = cluster(setting, edges.take(edges.strength > FAINT), done)
        fresh = len(done.mergers.chance) - before
        report.append({"meeting": turn + 1, "rules": len(chosen), "pairs": len(edges.a), "mergers": fresh})
        if fresh <= FEW * len(firsts):
            break
    return done, report


def _more(keys: dict[str, Ints], entity: Ints, firsts: Ints, rules: list[Rule], budget: float) -> list[Rule]:
    """Rules for pairs of records within entities that `rules` do not find."""
    order, start, many = grouped(entity)
    joint = many > 1
    start, many = start[joint], many[joint]
    if not len(many):
        return []
    some = np.random.default_rng(len(entity)).integers(0, len(many), PAIRS_SEEN)
    draw = np.random.default_rng(len(many))
    one = draw.integers(0, many[some])
    two = (one + 1 + draw.integers(0, many[some] - 1)) % many[some]
    a, b = order[start[some] + one], order[start[some] + two]
    pool = choosing.candidates({n: k[firsts] for n, k in keys.items()}, budget / 2)
    return choosing.choose(keys, pool, a, b, budget, rules)[0]


def _edges(keys: dict[str, Ints], entity: Ints, rules: list[Rule], budget: float) -> Edges:
    """Pairs of entities that share a block of some rule, within `budget` pairs a rule."""
    held: dict[str, Held] = {}
    found: list[Ints] = []
    size = len(entity)
    for rule in rules:
        for key in rule:
            if key not in held:
                held[key] = _held(entity, keys[key])
        owner, mixed = _blocks([held[k] for k in rule])
        order, start, many = grouped((mixed >> np.uint64(2)).astype(np.int64))
        fine = (many > 1) & (many <= CAP)
        if (many[fine] * (many[fine] - 1) // 2).sum() > budget:
            continue
        for left, right in meetings(start[fine], many[fine]):
            x, y = owner[order[left]], owner[order[right]]
            found.append(np.unique(np.minimum(x, y) * size + np.maximum(x, y)))
    code = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    a, b = code // size, code % size
    apart = a != b
    return Edges(a[apart], b[apart], np.zeros(int(apart.sum())))


def _held(entity: Ints, key: Ints) -> Held:
    rows = np.flatnonzero(key >= 0)
    span = int(key.max(initial=0)) + 1
    code, times = np.unique(entity[rows] * span + key[rows], return_counts=True)
    owner, value = code // span, code % span
    order = np.lexsort((value, -times, owner))
    owner, value = owner[order], value[order]
    first = np.flatnonzero(np.append(True, owner[1:] != owner[:-1])) if len(owner) else np.zeros(0, np.int64)
    rank = np.arange(len(owner)) - np.repeat(first, np.diff(np.append(first, len(owner))))
    return Held(owner[rank < VALUES], value[rank < VALUES])


def _blocks(held: list[Held]) -> tuple[Ints, NDArray[np.uint64]]:
    """Every combination of an entity's values of several keys, as a hash."""
    owner, mixed = held[0].owner, hashed(held[0].value)
    for at, other in enumerate(held[1:], 1):
        begin, end = (np.searchsorted(other.owner, owner, side) for side in ("left", "right"))
        many = end - begin
        row = np.repeat(np.arange(len(owner)), many)
        place = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
        value = other.value[begin[row] + place]
        owner, mixed = owner[row], folded(mixed[row], value, at)
    return owner, mixed


def _open(setting: Setting, edges: Edges, done: Clusters) -> Edges:
    """Edges that were not weighed already."""
    size = setting.records.size
    known: Flags = np.isin(edges.a * size + edges.b, done.left.a * size + done.left.b, assume_unique=True)
    return edges.take(~known)
