"""What is known of each entity, field by field, and what that says of two of them.

Of a field that stays (a name, a birth, a number) every value of one entity is held against the best counterpart in the
other, and the average over both sides counts, values weighing as often as they were written: one value in common does
not tie together what otherwise differs. Of a field that may change (an address, a telephone) the best pair counts. The
best of many is better by chance, so the logarithm of how many there were to choose from is taken off. What many records
of both sides contradict weighs more than what one record each does, which may be a slip of the pen.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.generic.compare import compare
from transforms.matching.generic.values import Bits, Column, Ints
from transforms.matching.generic.weigh import Weigher, bits

MOVES = frozenset({"phone", "address", "house_number", "street", "postcode", "text"})
MANY = 8  # values of one field that are looked at; an entity with more shows its most frequent


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


def field_bits(bag: Bag, column: Column, weigher: Weigher, a: Ints, b: Ints) -> tuple[Bits, Bits]:
    """Bits of one field for entities `a` and `b`, against strangers and neighbours; 0 where either has no value."""
    many_a, many_b = bag.start[a + 1] - bag.start[a], bag.start[b + 1] - bag.start[b]
    total = many_a * many_b
    pair = np.repeat(np.arange(len(a)), total)
    if not len(pair):
        return np.zeros(len(a)), np.zeros(len(a))
    begin = np.cumsum(total) - total
    within = np.arange(len(pair)) - begin[pair]
    at_a, at_b = within // many_b[pair], within % many_b[pair]
    left, right = bag.start[a[pair]] + at_a, bag.start[b[pair]] + at_b
    level = compare(column, bag.values[left], bag.values[right])
    both = bits(weigher, column.kind, bag.values[left], bag.values[right], level)
    some = total > 0
    if column.kind in MOVES:
        return _largest(both[0], begin, total), _largest(both[1], begin, total)
    order = np.empty(len(pair), np.int64)
    order[begin[pair] + at_b * many_a[pair] + at_a] = np.arange(len(pair))
    written = np.append(0.0, np.cumsum(bag.times))
    fewest = np.minimum(
        written[bag.start[a + 1]] - written[bag.start[a]], written[bag.start[b + 1]] - written[bag.start[b]]
    )
    witnesses = 1 + np.log2(np.maximum(fewest, 1))
    found = []
    for worth in both:
        less = np.where(worth > 0, np.maximum(worth - np.log2(np.maximum(many_b, 1))[pair], 0.0), worth)
        one = _mean_best(less, left, pair, at_b == 0, bag.times, len(a))
        less = np.where(worth > 0, np.maximum(worth - np.log2(np.maximum(many_a, 1))[pair], 0.0), worth)[order]
        other = _mean_best(less, right[order], pair, at_a[order] == 0, bag.times, len(a))
        both_ways = np.where(some, (one + other) / 2, 0.0)
        found.append(np.where(both_ways < 0, both_ways * witnesses, both_ways))
    return found[0], found[1]


def _largest(worth: Bits, begin: Ints, total: Ints) -> Bits:
    """The best combination of each pair, `total` combinations a pair beginning at `begin`; 0 for none."""
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
