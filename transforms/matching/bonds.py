"""How firmly an entity holds together: would it fall apart if one pair were wrong?

Every entity is held together by its best pairs (a maximum spanning tree, Boruvka 1926). The weakest of these is a
bridge when no other pair ties the same two parts together; an entity with a bridge rests on one single comparison.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Bonds(NamedTuple):
    """By entity with a scored bond: the row of its weakest necessary pair, and whether that pair is a bridge."""

    entity: Ints
    row: Ints
    bridge: NDArray[np.bool_]


def components(size: int, a: Ints, b: Ints) -> Ints:
    """The smallest node that each of `size` nodes is tied to by the pairs `a`, `b`, directly or through others."""
    nodes, x, y = _tied(size, a, b)
    least = np.arange(len(nodes))
    while len(x):
        low = np.minimum(least[x], least[y])
        after = least.copy()
        for side in (x, y, least[x], least[y]):
            np.minimum.at(after, side, low)
        after = after[after]
        if np.array_equal(after, least):
            break
        least = after
    every = np.arange(size)
    every[nodes] = nodes[least]
    return every


def _tied(size: int, a: Ints, b: Ints) -> tuple[Ints, Ints, Ints]:
    """The nodes in any pair, ascending, and the ends of the pairs as rows of these: far fewer than there are."""
    there = np.zeros(size, bool)
    there[a], there[b] = True, True
    nodes = np.flatnonzero(there)
    number = np.empty(size, np.int64)
    number[nodes] = np.arange(len(nodes))
    return nodes, number[a], number[b]


def spanning(size: int, a: Ints, b: Ints, odds: Floats) -> Ints:
    """Rows of a maximum spanning forest of the pairs; among equal odds the earlier row wins."""
    nodes, x, y = _tied(size, a, b)
    open_ = np.flatnonzero(x != y)
    kept = np.zeros(len(a), bool)
    while len(open_):  # the only pair of a node is in every forest: most are, and what remains is short
        many = np.bincount(x[open_], minlength=len(nodes)) + np.bincount(y[open_], minlength=len(nodes))
        only = (many[x[open_]] == 1) | (many[y[open_]] == 1)
        kept[open_[only]] = True
        if not only.any():
            break
        open_ = open_[~only]
    kept[open_[_strongest(len(nodes), x[open_], y[open_], odds[open_])]] = True
    return np.flatnonzero(kept)


def _strongest(size: int, a: Ints, b: Ints, odds: Floats) -> Ints:
    """Rows of the forest where there are circles (Boruvka)."""
    by_rank = np.argsort(-odds, kind="stable")
    rank = np.empty(len(a), np.int64)
    rank[by_rank] = np.arange(len(a))
    label, kept, open_ = np.arange(size), np.zeros(len(a), bool), np.arange(len(a))
    while len(open_):
        open_ = open_[label[a[open_]] != label[b[open_]]]
        best = np.full(size, len(a))
        np.minimum.at(best, label[a[open_]], rank[open_])
        np.minimum.at(best, label[b[open_]], rank[open_])
        chosen = np.zeros(len(a) + 1, bool)
        chosen[best] = True
        rows = by_rank[np.flatnonzero(chosen[:-1])]
        kept[rows] = True
        label = components(size, label[a[rows]], label[b[rows]])[label]
    return np.flatnonzero(kept)


def weakest(group: Ints, a: Ints, b: Ints, odds: Floats) -> Bonds:
    """The weakest necessary pair of each entity that pairs hold together.

    `group` names for each record the first record of the group that needs no scoring (one valid number); a record of
    no such group is its own. `a`, `b` are records of pairs within one entity, `odds` their bits.
    """
    nodes, x, y = _tied(len(group), group[a], group[b])
    many = np.bincount(x, minlength=len(nodes)) + np.bincount(y, minlength=len(nodes))
    single = (many[x] == 1) & (many[y] == 1)  # an entity of one pair: nothing to search
    rows = np.flatnonzero(~single)
    found = _weakest(len(nodes), x[rows], y[rows], odds[rows])
    pairs = np.flatnonzero(single)
    entity = np.append(np.minimum(x[pairs], y[pairs]), found.entity)
    order = np.argsort(entity, kind="stable")
    row = np.append(pairs, rows[found.row])
    return Bonds(nodes[entity[order]], row[order], np.append(np.ones(len(pairs), bool), found.bridge)[order])


def _weakest(size: int, x: Ints, y: Ints, odds: Floats) -> Bonds:
    tree = spanning(size, x, y, odds)
    root = components(size, x[tree], y[tree])
    order = np.lexsort((tree, odds[tree], root[x[tree]]))
    owner = root[x[tree]][order]
    first = np.append(True, owner[1:] != owner[:-1]) if len(owner) else np.zeros(0, bool)
    entity, row, others = owner[first], tree[order][first], tree[order][~first]
    side = components(size, x[others], y[others])
    crossing = np.flatnonzero(side[x] != side[y])
    many = np.bincount(root[x[crossing]], minlength=size)
    return Bonds(entity, row, many[entity] == 1)


def conflicting(entity: Ints, value: Ints) -> int:
    """How many entities hold two different values (negative: none) of what one entity has one of."""
    known = value >= 0
    size = int(entity.max(initial=-1)) + 1
    low, high = np.full(size, np.iinfo(np.int64).max), np.full(size, -1)
    np.minimum.at(low, entity[known], value[known])
    np.maximum.at(high, entity[known], value[known])
    return int((low < high).sum())
