"""What is known of two entities, weighed field by field with arrays: what the compiled loop has to come to."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.generic.bags import MANY
from transforms.matching.generic.compare import compare
from transforms.matching.generic.entities import MOVES
from transforms.matching.generic.entity_loops import GENERATION
from transforms.matching.generic.values import Bits, Column, Flags, Ints, Levels
from transforms.matching.generic.weigh import Weigher, bits


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


class Known(NamedTuple):
    """A field of all entities: their values in `bag`, how many records `wrote` one, and against strangers and against
    neighbours (2, entities) the bits of meeting `any` of the values, and the most that it can say for one (`hope`).
    """

    bag: Bag
    wrote: Bits
    any: Bits
    hope: Bits


def known(bag: Bag, kind: str, weigher: Weigher) -> Known:
    """Nothing is worth more than the agreement of a value, which is known before any two are compared."""
    size = len(bag.start) - 1
    held = np.diff(bag.start) > 0
    at = np.repeat(np.arange(size), np.diff(bag.start))
    wrote: Bits = np.bincount(at, weights=bag.times, minlength=size).astype(np.float64)
    some, hope = np.zeros((2, size)), np.zeros((2, size))
    for one, same in enumerate((weigher.same, weigher.same_near) if len(at) else ()):
        worth = weigher.share * same[bag.values]
        chance = np.bincount(at, weights=np.exp2(-same[bag.values]), minlength=size)
        some[one] = weigher.share * np.maximum(-np.log2(np.maximum(chance, 1e-12)), 0.0)
        if kind in MOVES:
            hope[one, held] = np.maximum.reduceat(worth, bag.start[:-1][held])
        else:
            hope[one] = np.bincount(at, weights=worth * bag.times, minlength=size) / np.maximum(wrote, 1e-9)
    return Known(bag, wrote, some, hope)


def ceiling(field: Known, kind: str, a: Ints, b: Ints) -> Bits:
    """The most that a `field` of this `kind` can say of entities `a` and `b` (see field_bits), as (2, pairs)."""
    both = (field.wrote[a] > 0) & (field.wrote[b] > 0)
    if kind in MOVES:
        return np.where(both, np.minimum(field.hope[:, a], field.hope[:, b]), 0.0)
    one, other = np.minimum(field.hope[:, a], field.any[:, b]), np.minimum(field.hope[:, b], field.any[:, a])
    portion = field.wrote[b] / np.maximum(field.wrote[a] + field.wrote[b], 1.0)
    return np.where(both, portion * one + (1 - portion) * other, 0.0)


class Said(NamedTuple):
    """Of one field for pairs of entities: bits against strangers and neighbours, and whether it forbids the merger."""

    far: Bits
    near: Bits
    never: Flags


def field_bits(field: Known, column: Column, weigher: Weigher, a: Ints, b: Ints) -> Said:
    """What one field says of entities `a` and `b`; nothing where either has no value."""
    bag = field.bag
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
    never = _never(column, bag, (left, right), level, (begin, total))
    if column.kind in MOVES:
        return Said(_largest(both[0], begin, total), _largest(both[1], begin, total), never)
    order = np.empty(len(pair), np.int64)
    order[begin[pair] + at_b * many_a[pair] + at_a] = np.arange(len(pair))
    portion = field.wrote[b] / np.maximum(field.wrote[a] + field.wrote[b], 1.0)
    witnesses = 1 + np.log2(np.maximum(np.minimum(field.wrote[a], field.wrote[b]), 1))
    found = []
    for worth, most in zip(both, field.any, strict=True):
        one = _mean_best(np.minimum(worth, most[b][pair]), left, pair, at_b == 0, bag.times, len(a))
        back = np.minimum(worth, most[a][pair])[order]
        other = _mean_best(back, right[order], pair, at_a[order] == 0, bag.times, len(a))
        mean = np.where(total > 0, portion * one + (1 - portion) * other, 0.0)
        found.append(np.where(mean < 0, mean * witnesses, mean))
    return Said(found[0], found[1], never)


def _never(column: Column, bag: Bag, at: tuple[Ints, Ints], level: Levels, of: tuple[Ints, Ints]) -> Flags:
    """What cannot be one entity: unlike numbers, or births a generation apart, of all that was written twice each.

    What was written once may be a slip, and says nothing here for or against. Combinations of values `at` begin at
    ``of[0]`` and are ``of[1]`` many a pair.
    """
    begin, total = of
    never = np.zeros(len(begin), bool)
    if column.kind not in ("birth_date", "number"):
        return never
    again = (bag.times[at[0]] > 1) & (bag.times[at[1]] > 1)
    apart = level == 1
    if column.kind == "birth_date":
        year = np.array([int(text[:4]) for text in column.text])
        years = np.abs(year[bag.values[at[0]]] - year[bag.values[at[1]]])
        apart &= years >= GENERATION
    some = total > 0
    never[some] = np.logical_and.reduceat(apart | ~again, begin[some]) & np.logical_or.reduceat(again, begin[some])
    return never


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
