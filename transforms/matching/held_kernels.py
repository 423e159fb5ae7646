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
        first, stop = start[e], ordered(values, start[e], start[e + 1])
        start[e] = used
        for place in range(first, stop):
            values[used] = values[place]
            used += 1
    start[size] = used
    return start, values[:used].copy()


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
    room, values = _together(held, a, b), held.values
    if used + room > len(values):
        values = np.empty(len(values) + len(values) // 2 + room, np.int64)
        values[:used] = held.values[:used]
    return values, _unite(Spans(held.start, held.many, held.first, values), used, a, b, dated)


@borrowing
def _together(held: Spans, a: Ints, b: Ints) -> int:
    """How many values all of them hold."""
    total = 0
    for row in range(len(a)):
        total += held.many[a[row]] + held.many[b[row]]
    return total


@borrowing
def _unite(held: Spans, used: int, a: Ints, b: Ints, dated: bool) -> int:
    start, many, first, values = held
    for row in range(len(a)):
        one, other = a[row], b[row]
        mine, theirs = many[one], many[other]
        if not mine:
            start[one], many[one], first[one] = start[other], theirs, first[other]
        elif theirs and not (mine == 1 and theirs == 1 and first[one] == first[other]):
            stop = _both(values, (start[one], mine), (start[other], theirs), (values, used), dated)
            if not _equal(values, start[one], mine, used, stop):
                start[one], many[one], first[one] = used, stop - used, values[used]
                used = stop
        many[other], first[other] = 0, -1
    return used


@compiled
def unions(held: Spans, a: Ints, b: Ints, dated: bool) -> Spans:
    """New sets: the i-th holds what a[i] and b[i] hold. `dated`: the values are births; see days."""
    size = len(a)
    start, many, first = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int64)
    found = Spans(start, many, first, np.empty(_together(held, a, b), np.int64))
    used = _combine(held, a, b, found, dated)
    return Spans(start, many, first, found.values[:used].copy())


@borrowing
def _combine(held: Spans, a: Ints, b: Ints, found: Spans, dated: bool) -> int:
    used = 0
    for row in range(len(a)):
        left, right = (held.start[a[row]], held.many[a[row]]), (held.start[b[row]], held.many[b[row]])
        stop = _both(held.values, left, right, (found.values, used), dated)
        found.start[row], found.many[row] = used, stop - used
        found.first[row] = found.values[used] if stop > used else -1
        used = stop
    return used


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
