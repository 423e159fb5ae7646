"""Entities are brought together again by what all their records say, as single records could not be.

A record with the surname and one with the birth find, as one entity, the record that has both. Further rules come from
pairs of records that are one entity by way of others and that no rule had found: they tell what the rules miss.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.generic import rules as choosing
from transforms.matching.generic.blocking import CAP, Rule, folded, grouped, hashed, joined, meetings, numbers, sharing
from transforms.matching.generic.cluster import Clusters, Edges, cluster
from transforms.matching.generic.scoring import FAINT, Setting, score
from transforms.matching.generic.values import Flags, Ints

VALUES = 4  # of one key that an entity is looked up by, the most frequent
PAIRS_SEEN = 50_000  # of records within entities, by which rules are chosen
PER_ENTITY, SMALL = 2.0, 300_000.0  # pairs that may be compared: per entity, and at least
TURNS, FEW = 3, 0.002  # meetings end when they bring fewer mergers than this share of entities


class Held(NamedTuple):
    """Which entity has which value of a key: by owner, the most frequent first."""

    owner: Ints
    value: Ints


class Rules(NamedTuple):
    """Rules by which single records were brought together already, and `further` ones."""

    old: list[Rule]
    further: list[Rule]

    @property
    def met_by(self) -> list[Rule]:
        """Those by which entities meet: what single records bring up by one key they brought up already."""
        return [rule for rule in self.old if len(rule) > 1] + self.further


class Memberships(NamedTuple):
    """Which entity is in which block of a rule, and whether that can bring up anything new."""

    owner: Ints
    block: Ints
    telling: Flags


def meet(
    setting: Setting, keys: dict[str, Ints], done: Clusters, rules: Rules
) -> tuple[Clusters, list[dict[str, Any]]]:
    """Clusters after meetings of entities under `rules`, and a report a meeting.

    At first all meet; then only entities that the meeting before changed.
    """
    changed: Flags | None = None
    report = list[dict[str, Any]]()
    entities = int(np.count_nonzero(done.entity == np.arange(len(done.entity))))
    budget = meeting_budget(entities)
    for turn in range(TURNS):
        edges = _edges(keys, done.entity, rules, budget, changed)
        done, fresh, pairs = held(setting, done, edges)
        added = {"rules_added": len(rules.further), "pairs": pairs, "mergers": len(fresh)}
        report.append({"meeting": turn + 1, **added})
        if len(fresh) <= FEW * entities:
            break
        changed = np.zeros(len(done.entity), bool)
        changed[done.entity[fresh]] = True
    return done, report


def held(setting: Setting, done: Clusters, edges: Edges) -> tuple[Clusters, Ints, int]:
    """Clusters after those of `edges` met; what was merged into, and how many pairs had not been weighed before."""
    edges = _open(setting, edges, done)
    edges = edges._replace(strength=score(setting, done.entity, edges.a, edges.b))
    before = len(done.mergers.chance)
    done = cluster(setting, edges.take(edges.strength > FAINT), done)
    return done, done.mergers.into[before:], len(edges.a)


def meeting_budget(entities: int) -> float:
    """The most pairs of so many entities that a rule may give."""
    return max(PER_ENTITY * entities, min(SMALL, entities**2 / 2))


def further(keys: dict[str, Ints], entity: Ints, rules: list[Rule]) -> list[Rule]:
    """Rules for pairs of records within entities that `rules` do not find."""
    firsts = np.unique(entity)
    order, start, many = grouped(entity)
    joint = many > 1
    start, many = start[joint], many[joint]
    if not len(many):
        return []
    if (many * (many - 1) // 2).sum() <= PAIRS_SEEN:
        found = [np.stack([order[x], order[y]]) for x, y in meetings(start, many)]
        a, b = np.concatenate(found, axis=1)
    else:
        some = np.random.default_rng(len(entity)).integers(0, len(many), PAIRS_SEEN)
        draw = np.random.default_rng(len(many))
        one = draw.integers(0, many[some])
        two = (one + 1 + draw.integers(0, many[some] - 1)) % many[some]
        a, b = order[start[some] + one], order[start[some] + two]
    budget = meeting_budget(len(firsts))
    pool = choosing.candidates({n: k[firsts] for n, k in keys.items()}, budget / 2)
    return choosing.choose(choosing.likely(keys, a, b), pool, budget, rules)[0]


def _edges(keys: dict[str, Ints], entity: Ints, rules: Rules, budget: float, changed: Flags | None) -> Edges:
    """Pairs of entities, one of them `changed`, that share a block of some rule, within `budget` pairs a rule.

    Of rules that are not new only what no single record has can bring up anything.
    """
    every = (memberships(keys, rule, entity, rule in rules.old, changed) for rule in rules.met_by)
    return sharing_blocks(every, len(entity), budget)


def sharing_blocks(every: Iterable[Memberships], size: int, budget: float) -> Edges:
    """Pairs of entities, named by numbers below `size`, that share a block of one of the rules whose memberships these
    are, where that is telling for one of them; but for rules that give more than `budget` pairs."""
    found: list[Ints] = []
    for owner, block, telling in every:
        some = np.flatnonzero(sharing(block, telling))
        owner, block, telling = owner[some], block[some], telling[some]
        order, start, many = grouped(block)
        fine = (many > 1) & (many <= CAP)
        if (many[fine] * (many[fine] - 1) // 2).sum() > budget:
            continue
        for left, right in meetings(start[fine], many[fine]):
            x, y = order[left], order[right]
            some = np.flatnonzero(telling[x] | telling[y])
            x, y = owner[x[some]], owner[y[some]]
            found.append(np.unique(np.minimum(x, y) * size + np.maximum(x, y)))
    code = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    a, b = code // size, code % size
    apart = a != b
    return Edges(a[apart], b[apart], np.zeros(int(apart.sum())))


def memberships(keys: dict[str, Ints], rule: Rule, entity: Ints, old: bool, changed: Flags | None) -> Memberships:
    """Entities and the blocks of `rule` they are in, and whether that can bring up anything new.

    Under a rule that is not new only blocks can that no single record of the entity is in; after the first meeting
    only those of entities that have `changed`, and others are in the blocks of their records.
    """
    single = joined(keys, rule)
    first = entity == np.arange(len(entity))
    several = np.zeros(len(entity), bool)  # of the others all records are in one block, the first one's
    several[entity[(single != single[entity]) | (single < 0) & ~first]] = True
    if changed is not None:
        several &= changed
    mine = np.flatnonzero(several[entity])
    rest = np.flatnonzero(~several[entity] & (single >= 0) & (first if changed is None else True))
    owner, mixed = _blocks([_held(entity[mine], keys[key][mine]) for key in rule])
    block = numbers(mixed)
    fresh = ~_single(entity[mine], single[mine], owner, block) if old else np.ones(len(owner), bool)
    others = np.full(len(rest), not old) if changed is None else changed[entity[rest]] & (not old)
    return Memberships(np.append(owner, entity[rest]), np.append(block, single[rest]), np.append(fresh, others))


def _single(entity: Ints, block: Ints, owner: Ints, met: Ints) -> Flags:
    """Whether some one record of entity `owner` is in block `met`, the blocks of records being `block`."""
    rows = np.flatnonzero(block >= 0)
    known = np.sort(hashed(entity[rows]) ^ block[rows].astype(np.uint64))
    asked = hashed(owner) ^ met.astype(np.uint64)
    if not len(known):
        return np.zeros(len(asked), bool)
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    found: Flags = known[at] == asked
    return found


def _held(entity: Ints, key: Ints) -> Held:
    rows = np.flatnonzero(key >= 0)
    span = int(key.max(initial=0)) + 1
    code, times = np.unique(entity[rows] * span + key[rows], return_counts=True)
    owner, value = code // span, code % span
    first = np.flatnonzero(np.append(True, owner[1:] != owner[:-1])) if len(owner) else np.zeros(0, np.int64)
    many = np.repeat(np.diff(np.append(first, len(owner))), np.diff(np.append(first, len(owner))))
    crowded = np.flatnonzero(many > VALUES)
    order = crowded[np.lexsort((value[crowded], -times[crowded], owner[crowded]))]
    value[crowded] = value[order]
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
