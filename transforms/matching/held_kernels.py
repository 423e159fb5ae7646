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
def filled(entity: Ints, value: Ints, size: int) -> tuple[Ints, Ints]:
    """Offsets by entity (size + 1) and the distinct values (negative: none) of each, ascending."""
    start = np.zeros(size + 1, np.int64)
    for row in range(len(entity)):
        if value[row] >= 0:
            start[entity[row] + 1] += 1
    for e in range(size):
        start[e + 1] += start[e]
    at, values = start[:-1].copy(), np.empty(start[size], np.int64)
    for row in range(len(entity)):
        if value[row] >= 0:
            values[at[entity[row]]] = value[row]
            at[entity[row]] += 1
    used = 0
    for e in range(size):
        first, stop = start[e], start[e + 1]
        _sort(values, first, stop)
        start[e] = used
        for place in range(first, stop):
            if place == first or values[place] != values[used - 1]:
                values[used] = values[place]
                used += 1
    start[size] = used
    return start, values[:used].copy()


@borrowing
def _sort(values: Ints, first: int, stop: int) -> None:
    """Put ``values[first:stop]`` in order (Shell 1959): mostly there are one or two, and mostly they are."""
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
def heads(offset: Ints, values: Ints) -> tuple[Places, Places, Ints]:
    """Where the values of each entity begin, how many they are, and the first of them, by the offsets of `filled`."""
    size = len(offset) - 1
    start, count, first = np.empty(size, np.int32), np.empty(size, np.int32), np.full(size, -1)
    for e in range(size):
        start[e], count[e] = offset[e], offset[e + 1] - offset[e]
        if count[e]:
            first[e] = values[offset[e]]
    return start, count, first


@compiled
def united(held: Spans, used: int, a: Ints, b: Ints, dated: bool) -> tuple[Ints, int]:
    """Let each a[i] hold what b[i] holds as well, and b[i] nothing, in place; `used` of the values are taken.

    `dated`: the values are births; see days. Returns the values, in a new array where there was no room, and how many
    are taken.
    """
    start, count, first, values = held
    for row in range(len(a)):
        one, other = a[row], b[row]
        mine, theirs = count[one], count[other]
        if not mine:
            start[one], count[one], first[one] = start[other], theirs, first[other]
        elif theirs and not (mine == 1 and theirs == 1 and first[one] == first[other]):
            if used + mine + theirs > len(values):
                more = np.empty(len(values) + len(values) // 2 + mine + theirs, np.int64)
                more[:used] = values[:used]
                values = more
            stop = _both(values, (start[one], mine), (start[other], theirs), (values, used), dated)
            if not _equal(values, start[one], mine, used, stop):
                start[one], count[one], first[one] = used, stop - used, values[used]
                used = stop
        count[other], first[other] = 0, -1
    return values, used


@compiled
def unions(held: Spans, a: Ints, b: Ints, dated: bool) -> Spans:
    """New sets: the i-th holds what a[i] and b[i] hold. `dated`: the values are births; see days."""
    many, used, total = len(a), 0, 0
    for row in range(many):
        total += held.many[a[row]] + held.many[b[row]]
    start, count = np.empty(many, np.int32), np.empty(many, np.int32)
    first, values = np.full(many, -1), np.empty(total, np.int64)
    for row in range(many):
        one, other = a[row], b[row]
        left, right = (held.start[one], held.many[one]), (held.start[other], held.many[other])
        stop = _both(held.values, left, right, (values, used), dated)
        start[row], count[row] = used, stop - used
        if stop > used:
            first[row] = values[used]
        used = stop
    return Spans(start, count, first, values[:used].copy())


@borrowing
def _both(values: Ints, left: tuple[int, int], right: tuple[int, int], out: tuple[Ints, int], dated: int) -> int:
    """Write the distinct values of two spans (start, count) to a place in an array; returns where they end."""
    (x, mine), (y, theirs), (into, begin) = left, right, out
    last, other, to = x + mine, y + theirs, begin
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
    return _days(into, begin, to) if dated else to


@borrowing
def _days(born: Ints, begin: int, stop: int) -> int:
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
