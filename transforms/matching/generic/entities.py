"""What is known of each entity, field by field, and what that says of two of them.

Of a field that stays (a name, a birth, a number) every value of one entity is held against the best counterpart in the
other, and the average over both sides counts, values weighing as often as they were written: one value in common does
not tie together what otherwise differs. Of a field that may change (an address, a telephone) the best pair counts. The
best of many is better by chance, so nothing is worth more than meeting any of the other side's values would be, their
frequencies together. What many records of both sides contradict weighs more than what one record each does, which may
be a slip of the pen.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.generic.compare import compare, year
from transforms.matching.generic.values import Bits, Column, Flags, Ints, Levels
from transforms.matching.generic.weigh import Weigher, bits

MOVES = frozenset({"phone", "address", "house_number", "street", "postcode", "text"})
MANY = 8  # values of one field that are looked at; an entity with more shows its most frequent
GENERATION = 20  # years between births that nothing else explains


class Bag(NamedTuple):
    """Values of entity e are ``values[start[e]:start[e + 1]]``, ascending, `times` how often each was written."""

    start: Ints
    values: Ints
    times: Bits


def gather(entity: Ints, value: Ints, size: int) -> Bag:
    """The values (negative: missing) of each entity, entities being numbered below `size`."""
    known = value >= 0
    span = int(value.max(initial=0)) + 1
    code, times = np.unique(entity[known] * span + value[known], return_counts=True)
    owner = code // span
    if len(owner) and np.bincount(owner).max() > MANY:
        order = np.lexsort((code, -times, owner))
        first = np.append(0, np.cumsum(np.bincount(owner, minlength=size)))
        rank = np.arange(len(owner)) - first[owner[order]]
        kept = np.sort(order[rank < MANY])
        code, times, owner = code[kept], times[kept], owner[kept]
    start = np.append(0, np.cumsum(np.bincount(owner, minlength=size)))
    return Bag(start, code - owner * span, times.astype(np.float64))


class Said(NamedTuple):
    """Of one field for pairs of entities: bits against strangers and neighbours, and whether it forbids the merger."""

    far: Bits
    near: Bits
    never: Flags


def field_bits(bag: Bag, column: Column, weigher: Weigher, a: Ints, b: Ints) -> Said:
    """What one field says of entities `a` and `b`; nothing where either has no value."""
    many_a, many_b = bag.start[a + 1] - bag.start[a], bag.start[b + 1] - bag.start[b]
    total = many_a * many_b
    pair = np.repeat(np.arange(len(a)), total)
    if not len(pair):
        return Said(np.zeros(len(a)), np.zeros(len(a)), np.zeros(len(a), bool))
    begin = np.cumsum(total) - total
    within = np.arange(len(pair)) - begin[pair]
    at_a, at_b = within // many_b[pair], within % many_b[pair]
    left, right = bag.start[a[pair]] + at_a, bag.start[b[pair]] + at_b
    level = compare(column, bag.values[left], bag.values[right])
    both = bits(weigher, column.kind, bag.values[left], bag.values[right], level)
    some = total > 0
    written = np.append(0.0, np.cumsum(bag.times))
    fewest = np.minimum(
        written[bag.start[a + 1]] - written[bag.start[a]], written[bag.start[b + 1]] - written[bag.start[b]]
    )
    never = _never(column, bag, (a, b), (left, right), level, begin)
    order = np.empty(len(pair), np.int64)
    order[begin[pair] + at_b * many_a[pair] + at_a] = np.arange(len(pair))
    witnesses = 1 + np.log2(np.maximum(fewest, 1))
    found = []
    for worth, same in zip(both, (weigher.same, weigher.same_near), strict=True):
        most = _most(bag, same, weigher.share)
        if column.kind in MOVES:
            found.append(_largest(worth, begin, total))
            continue
        one = _mean_best(np.minimum(worth, most[b][pair]), left, pair, at_b == 0, bag.times, len(a))
        back = np.minimum(worth, most[a][pair])[order]
        other = _mean_best(back, right[order], pair, at_a[order] == 0, bag.times, len(a))
        both_ways = np.where(some, (one + other) / 2, 0.0)
        found.append(np.where(both_ways < 0, both_ways * witnesses, both_ways))
    return Said(found[0], found[1], never)


def ceiling(bag: Bag, kind: str, weigher: Weigher, a: Ints, b: Ints) -> Bits:
    """The most that a field of this `kind` can say of entities `a` and `b` (see field_bits), as (2, pairs).

    Nothing is worth more than the agreement of either value, and that is known before any two are compared.
    """
    found = np.zeros((2, len(a)))
    size = len(bag.start) - 1
    owner = np.repeat(np.arange(size), np.diff(bag.start))
    known = np.diff(bag.start) > 0
    both = known[a] & known[b]
    for at, same in enumerate((weigher.same, weigher.same_near)):
        if not len(bag.values):
            break
        worth = weigher.share * same[bag.values]
        if kind in MOVES:
            top = np.zeros(size)
            top[known] = np.maximum.reduceat(worth, bag.start[:-1][known])
            found[at] = np.where(both, np.minimum(top[a], top[b]), 0.0)
            continue
        whole = np.bincount(owner, weights=bag.times, minlength=size)
        mean = np.bincount(owner, weights=worth * bag.times, minlength=size) / np.maximum(whole, 1e-9)
        most = _most(bag, same, weigher.share)
        found[at] = np.where(both, (np.minimum(mean[a], most[b]) + np.minimum(mean[b], most[a])) / 2, 0.0)
    return found


def _most(bag: Bag, same: Bits, share: float) -> Bits:
    """By entity, the bits of meeting any of its values."""
    met = np.append(0.0, np.cumsum(np.exp2(-same[bag.values])))
    chance = met[bag.start[1:]] - met[bag.start[:-1]]
    most: Bits = share * np.maximum(-np.log2(np.maximum(chance, 1e-12)), 0.0)
    return most


def _never(
    column: Column, bag: Bag, ends: tuple[Ints, Ints], at: tuple[Ints, Ints], level: Levels, begin: Ints
) -> Flags:
    """What cannot be one entity: unlike numbers, or births a generation apart, one of them written twice each."""
    never = np.zeros(len(ends[0]), bool)
    if column.kind not in ("birth_date", "number"):
        return never
    twice = np.zeros(len(bag.start) - 1, bool)
    twice[np.repeat(np.arange(len(twice)), np.diff(bag.start))[bag.times > 1]] = True
    some = np.diff(np.append(begin, len(level))) > 0
    never[some] = np.maximum.reduceat(level, begin[some]) == 1
    if column.kind == "birth_date":
        years = np.abs(year(column.packed[bag.values[at[0]]]) - year(column.packed[bag.values[at[1]]]))
        never[some] &= np.minimum.reduceat(years, begin[some]) >= GENERATION
    return never & twice[ends[0]] & twice[ends[1]]


def _largest(worth: Bits, begin: Ints, total: Ints) -> Bits:
    """The best of `total` combinations a pair that begin at `begin`, less what the choice is worth; 0 for none."""
    some = total > 0
    result = np.zeros(len(begin))
    result[some] = np.maximum.reduceat(worth, begin[some])
    return np.where(result > 0, np.maximum(result - np.log2(np.maximum(total, 1)), 0.0), result)


def _mean_best(worth: Bits, place: Ints, pair: Ints, first: NDArray[np.bool_], times: Bits, size: int) -> Bits:
    """For each pair the mean of the best counterpart of each value of one side; rows are sorted by pair and value."""
    start = np.flatnonzero(first)
    best = np.maximum.reduceat(worth, start)
    often = times[place[start]]
    whole = np.bincount(pair[start], weights=best * often, minlength=size)
    return whole / np.maximum(np.bincount(pair[start], weights=often, minlength=size), 1e-9)
