"""From scored pairs to entities: the strongest first, and every merger weighed again with all that is then known.

Never connected components: two groups become one only if, held against each other as wholes, they reach the bar.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.generic.patterns import Rows
from transforms.matching.generic.scoring import FAINT, NEVER, Setting, score
from transforms.matching.generic.train import probability
from transforms.matching.generic.values import Bits, Flags, Ints

ROUNDS = 60
BORNE = 0.5  # wrong mergers to be expected that are borne however few there are in all: a small table has few sure ones


class Edges(NamedTuple):
    """Pairs of entities (each named by its first record) with their odds in bits."""

    a: Ints
    b: Ints
    strength: Bits

    def take(self, rows: Ints | Flags) -> "Edges":
        """Some of the edges."""
        return Edges(self.a[rows], self.b[rows], self.strength[rows])


class Mergers(NamedTuple):
    """What was merged, in order: `gone` became part of `into`, which was right with probability `chance`."""

    into: Ints
    gone: Ints
    chance: Bits

    def take(self, rows: Flags) -> "Mergers":
        """Some of them."""
        return Mergers(self.into[rows], self.gone[rows], self.chance[rows])

    def and_(self, more: "Mergers") -> "Mergers":
        """These, and `more` after them."""
        into, gone = np.append(self.into, more.into), np.append(self.gone, more.gone)
        return Mergers(into, gone, np.append(self.chance, more.chance))


class Clusters(NamedTuple):
    """`entity`: the first record of the entity of each record. `left`: edges that did not lead to a merger."""

    entity: Ints
    mergers: Mergers
    left: Edges


def alone(size: int) -> Clusters:
    """Every record an entity."""
    nothing = np.zeros(0, np.int64)
    return Clusters(np.arange(size), Mergers(nothing, nothing, np.zeros(0)), Edges(nothing, nothing, np.zeros(0)))


def components(size: int, a: Ints | Rows, b: Ints | Rows) -> Ints:
    """The smallest record that each of `size` records is tied to by pairs `a`, `b`, directly or through others."""
    least = np.arange(size)
    while True:
        low = np.minimum(least[a], least[b])
        after = least.copy()
        np.minimum.at(after, a, low)
        np.minimum.at(after, b, low)
        after = after[after]
        if np.array_equal(after, least):
            return least
        least = after


def cluster(setting: Setting, edges: Edges, before: Clusters | None = None, last: bool = False) -> Clusters:
    """Merge by `edges`, beginning with the clusters `before`, until no merger reaches the bar.

    What goes first, and what reaches the bar, is seen from the odds against strangers; at `last`, with nothing left to
    learn of the entities, from those `relative` to all that a single record could be. How sure a merger is, and so how
    many more are borne, always is relative: else what is surely right would use up what may be wrong.
    """
    entity, done, left = before or alone(setting.records.size)
    edges = distinct(*(np.concatenate(pair) for pair in zip(left, edges, strict=True)))
    least = setting.bar
    sure, many, chain = float(done.chance.sum()), len(done.chance), [done]
    for step in (least + 12, least + 6, least + 3, least):
        for _ in range(ROUNDS):
            edges = _allowed(setting, entity, edges)
            weighed = edges._replace(strength=relative(setting, entity, edges))
            rows = _mutual(weighed if last else edges, step, setting.records.size)
            p = probability(weighed.strength[rows])
            order = np.lexsort((edges.b[rows], edges.a[rows], -p))
            rows, p = rows[order], p[order]
            whole = many + 1 + np.arange(len(rows))
            good = whole - sure - np.cumsum(p) <= np.maximum((1 - setting.precision) * whole, BORNE)
            rows, p = rows[good], p[good]
            if not len(rows):
                break
            sure, many = sure + float(p.sum()), many + len(rows)
            chain.append(Mergers(edges.a[rows], edges.b[rows], p))
            entity, edges = _unite(setting, entity, edges, rows)
    return Clusters(entity, Mergers(*(np.concatenate(part) for part in zip(*chain, strict=True))), edges)


def relative(setting: Setting, entity: Ints, edges: Edges) -> Bits:
    """Strengths of `edges` where single records are held against what else they could be.

    The odds of a pair are against strangers who agree by chance. A record that is nobody else's must be alone, which
    few are (the share `lone`), and what is neither alone nor any of the others is this one.
    """
    if setting.lone >= 1.0 or not len(edges.a):
        return edges.strength
    size = setting.records.size
    single = np.bincount(entity, minlength=size) == 1
    x = np.exp2(np.minimum(edges.strength, 1.0))
    whole = np.bincount(edges.a, weights=x, minlength=size) + np.bincount(edges.b, weights=x, minlength=size)
    one, other = (np.where(single[end], setting.lone + whole[end] - x, 0.0) for end in (edges.a, edges.b))
    rest = np.maximum(one, other)
    rest = np.where(single[edges.a] | single[edges.b], np.clip(rest, 2.0**FAINT, 1.0), 1.0)
    found: Bits = np.where(edges.strength > NEVER, np.round(edges.strength - np.log2(rest), 6), edges.strength)
    return found


def lone(size: int, a: Ints | Rows, b: Ints | Rows, strength: Bits) -> float:
    """The share of records that are nobody else's, most likely after the odds (bits) of each with its best partner."""
    best = np.full(size, -np.inf)
    for end in (a, b):
        np.maximum.at(best, end, strength)
    odds = np.exp2(np.minimum(best, 60.0))
    share = 0.5
    for _ in range(100):
        share = (float((share / (share + odds)).sum()) + 0.5) / (size + 1)
    return max(share, float(2.0**FAINT))


def distinct(a: Ints, b: Ints, strength: Bits) -> Edges:
    """Every pair once, the first of its strengths."""
    span = int(max(b.max(initial=0), a.max(initial=0))) + 1
    code, first = np.unique(np.minimum(a, b) * span + np.maximum(a, b), return_index=True)
    return Edges(code // span, code % span, strength[first])


def _mutual(edges: Edges, least: float, size: int) -> Ints:
    """Rows that are the best of both their sides; of equals the one whose other side comes first."""
    able = np.flatnonzero(edges.strength >= least)
    a, b, strength = edges.a[able], edges.b[able], edges.strength[able]
    best = np.full(size, -np.inf)
    np.maximum.at(best, a, strength)
    np.maximum.at(best, b, strength)
    top = np.flatnonzero((strength == best[a]) & (strength == best[b]))
    able, a, b = able[top], a[top], b[top]
    code = a * size + b
    first = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(first, a, code)
    np.minimum.at(first, b, code)
    both: Ints = able[(first[a] == code) & (first[b] == code)]
    return both


def _allowed(setting: Setting, entity: Ints, edges: Edges) -> Edges:
    """Edges that no unique source forbids (it would have two records in one entity), and no decision."""
    records = setting.records
    allowed: Flags = np.ones(len(edges.a), bool)
    for source in np.flatnonzero(records.unique):
        holds = np.zeros(records.size, bool)
        holds[entity[records.source == source]] = True
        allowed &= ~(holds[edges.a] & holds[edges.b])
    if setting.different.size:
        one, other = np.sort(entity[setting.different], axis=0)
        low, high = np.minimum(edges.a, edges.b), np.maximum(edges.a, edges.b)
        allowed &= ~np.isin(low * records.size + high, one * records.size + other)
    return edges if allowed.all() else edges.take(allowed)


def _unite(setting: Setting, entity: Ints, edges: Edges, rows: Ints) -> tuple[Ints, Edges]:
    """Unite the sides of `rows` and score again the edges that this touches."""
    into = np.arange(setting.records.size)
    into[edges.b[rows]] = edges.a[rows]
    touched = np.zeros(setting.records.size, bool)
    touched[edges.a[rows]] = touched[edges.b[rows]] = True
    again = touched[edges.a] | touched[edges.b]
    x, y = into[edges.a[again]], into[edges.b[again]]
    apart = x != y
    fresh = distinct(x[apart], y[apart], edges.strength[again][apart])
    entity = into[entity]
    fresh = fresh._replace(strength=score(setting, entity, fresh.a, fresh.b))
    return entity, Edges(*(np.concatenate([old[~again], new]) for old, new in zip(edges, fresh, strict=True)))
