"""Copies: records of one register that say the same throughout, as where rows were exported twice.

Whether they are one person is a question of chance, not of likeness. If all people had their values independently,
another would have those of a record with the probability 2**-b, the product of the shares of people who have each of
them. Among n people at most n**2 * 2**-b pairs then agree so in b bits or more. Where that is no more than CHANCE of a
register's repeats (a bound of the false discovery rate: Benjamini and Hochberg 1995), they are copies, one person
without further ado. Who says too little for that is compared like anybody else: a common name alone is no evidence,
however often it is written (decision 21).
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.counts import Counts, Scopes
from transforms.matching.holdings import Bits
from transforms.matching.kernels import Flags, Ints
from transforms.matching.sets import distinct
from transforms.matching.values import Nodes, Values

CHANCE = 0.01
UNSEEN = 0.5  # of another person, where nobody else is known to have a value


class Spread(NamedTuple):
    """How many of `people` have each value, by row of the names (folded), telephones and addresses (as closely as they
    are known); births as a sorted array with its counts."""

    people: int
    name: Ints
    phone: Ints
    place: Ints
    born: Ints
    births: Ints


def spread(nodes: Nodes, values: Values, places: Scopes, entity: Ints) -> Spread:
    """Counted in one mention of each entity (called after it), and of those that say the same."""
    rows = np.flatnonzero((entity == np.arange(nodes.size)) & (nodes.alike == np.arange(nodes.size)))
    closest, many = np.full(len(places.door), -1), 0
    for scope in (places.town, places.area, places.near, places.door):
        closest = np.where(scope >= 0, many + scope, closest)
        many += int(scope.max(initial=-1)) + 1
    phone = np.arange(len(values.phones))
    columns = ((values.shape, nodes.name), (phone, nodes.phone), (closest, nodes.place))
    name, phone, place = (_counted(ids, of[rows]) for ids, of in columns)
    born, births = np.unique(nodes.born[rows], return_counts=True)
    return Spread(max(2, len(rows)), name, phone, place, born, births)


def spread_of(counts: Counts, places: Scopes) -> Spread:
    """The same of people who were counted before."""
    place = np.zeros(len(places.door), np.int64)
    for scope in ("town", "area", "near", "door"):
        place = np.where(getattr(places, scope) >= 0, getattr(counts, scope), place)
    return Spread(counts.people, counts.shape, counts.phone, place, counts.born, counts.births)


def _counted(ids: Ints, held: Ints) -> Ints:
    """For each row of a table of values how many of `held` (rows of it, negative: none) have the same of its `ids`."""
    of = ids[held[held >= 0]]
    count = np.bincount(of[of >= 0], minlength=int(ids.max(initial=-1)) + 1)
    return np.where(ids >= 0, np.append(count, 0)[ids], 0)


def copies(nodes: Nodes, values: Values, known: Spread, able: Flags) -> tuple[Ints, Ints]:
    """Mentions that are copies, and the first of each one's kind. Only those `able` to be are; whoever has no name of
    their own is not: twins look alike until they have one."""
    able = able & (np.append(values.given, -1)[nodes.name] >= 0)
    rows = np.flatnonzero((nodes.alike != np.arange(nodes.size)) & able & able[nodes.alike])
    first = nodes.alike[rows]
    wanted = distinct(first)
    bits = _bits(nodes, known, wanted)[np.searchsorted(wanted, first)]
    source, sure = nodes.source[rows], np.zeros(len(rows), bool)
    for register in np.unique(source):
        of = np.flatnonzero(source == register)
        of = of[np.argsort(-bits[of], kind="stable")]  # those that tell most first, and as far down as it holds
        believed = 2 * np.log2(known.people) - bits[of] <= np.log2(CHANCE * np.arange(1, len(of) + 1))
        sure[of[: len(of) - int(np.argmax(believed[::-1]))]] = believed.any()
    return rows[sure], first[sure]


def _bits(nodes: Nodes, known: Spread, rows: Ints) -> Bits:
    """How improbable it is that somebody else has all the values of each of `rows`."""
    born = nodes.born[rows]
    at = np.searchsorted(known.born, born)
    births = np.where(np.append(known.born, -2)[at] == born, np.append(known.births, 0)[at], 0)
    counts = [(born, births)]
    for value, count in ((nodes.name, known.name), (nodes.phone, known.phone), (nodes.place, known.place)):
        counts.append((value[rows], np.append(count, 0)[value[rows]]))
    bits = (nodes.sex[rows] > 0).astype(np.float64)
    for value, count in counts:
        others = np.maximum(count - 1, 0) + UNSEEN
        bits += np.where(value >= 0, np.log2(known.people) - np.log2(others), 0.0)
    return bits
