"""Filling and uniting sets of values by entity, in loops over what is touched (see held and sets)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.kernels import DAY, Ints

Places = NDArray[np.int32]


class Spans(NamedTuple):
    """Values of entity e are ``values[start[e]:start[e] + many[e]]``, ascending; `first[e]` the first, -1 for none."""

    start: Places
    many: Places
    first: Ints
    values: Ints


@compiled
def filled(entity: Ints, value: Ints, start: Ints, values: Ints) -> int:
    """Put the distinct values (negative: none) of each entity, ascending, into `values`, their offsets into `start`.

    `start` is all 0, one longer than there are entities; `values` has room for all. Returns how many there are.
    """
    size = len(start) - 1
    for row in range(len(entity)):
        if value[row] >= 0:
            start[entity[row] + 1] += 1
    for e in range(size):
        start[e + 1] += start[e]
    for row in range(len(entity)):
        if value[row] >= 0:
            values[start[entity[row]]] = value[row]
            start[entity[row]] += 1
    used = first = 0
    for e in range(size):
        stop = start[e]  # by now where those of e end
        start[e] = used
        for place in range(first, ordered(values, first, stop)):
            values[used] = values[place]
            used += 1
        first = stop
    start[size] = used
    return used


@borrowing
def ordered(values: Ints, first: int, stop: int) -> int:
    """Put the distinct ones of ``values[first:stop]`` in order, there; returns where they end."""
    if stop - first < 2:
        return stop
    _sort(values, first, stop)
    to = first + 1
    for place in range(first + 1, stop):
        if values[place] != values[to - 1]:
            values[to] = values[place]
            to += 1
    return to


@borrowing
def _sort(values: Ints, first: int, stop: int) -> None:
    """Put them in order (Shell 1959): mostly there are two or three, and mostly they are."""
    gap = 1
    while 3 * gap + 1 < stop - first:
        gap = 3 * gap + 1
    while gap:
        for place in range(first + gap, stop):
            value, to = values[place], place
            while to - gap >= first and values[to - gap] > value:
                values[to] = values[to - gap]
                to -= gap
            values[to] = value
        gap //= 3


@compiled
def heads(offset: Ints, held: Spans) -> None:
    """Fill in where the values of each entity begin, how many they are, and the first, by the offsets of `filled`."""
    start, many, first, values = held
    for e in range(len(start)):
        start[e], many[e], first[e] = offset[e], offset[e + 1] - offset[e], -1
        if many[e]:
            first[e] = values[offset[e]]


@compiled
def united(held: Spans, used: int, a: Ints, b: Ints, dated: bool) -> int:
    """Let each a[i] hold what b[i] holds as well, and b[i] nothing, in place; `used` of the values are taken.

    There is room for what all of them hold. `dated`: the values are births; see days. Returns how many are taken then.
    """
    start, many, first, values = held
    for row in range(len(a)):
        one, other = a[row], b[row]
        mine, theirs = many[one], many[other]
        if not mine:
            start[one], many[one], first[one] = start[other], theirs, first[other]
        elif theirs and not (mine == 1 and theirs == 1 and first[one] == first[other]):
            stop = both(held, (one, other), (values, used), dated)
            if not _equal(values, start[one], mine, used, stop):
                start[one], many[one], first[one] = used, stop - used, values[used]
                used = stop
        many[other], first[other] = 0, -1
    return used


@borrowing
def both(held: Spans, ends: tuple[int, int], out: tuple[Ints, int], dated: bool) -> int:
    """Write the distinct values of two entities to a place in an array; returns where they end.

    `dated`: they are births; see days.
    """
    (a, b), (into, begin), values = ends, out, held.values
    x, y, to = held.start[a], held.start[b], begin
    last, other = x + held.many[a], y + held.many[b]
    while x < last or y < other:
        if y == other or (x < last and values[x] <= values[y]):
            value = values[x]
            if y < other and values[y] == value:
                y += 1
            x += 1
        else:
            value = values[y]
            y += 1
        into[to] = value
        to += 1
    return days(into, begin, to) if dated else to


@borrowing
def days(born: Ints, begin: int, stop: int) -> int:
    """Leave out years alone where there is a date: they agree with every one, and would hide that dates differ."""
    exact = False
    for place in range(begin, stop):
        exact |= born[place] & 3 == DAY
    if not exact:
        return stop
    to = begin
    for place in range(begin, stop):
        if born[place] & 3 == DAY:
            born[to] = born[place]
            to += 1
    return to


@borrowing
def _equal(values: Ints, start: int, count: int, begin: int, stop: int) -> bool:
    """Does the set hold these values already?"""
    same = stop - begin == count
    place = 0
    while same and place < count:
        same = values[start + place] == values[begin + place]
        place += 1
    return same
