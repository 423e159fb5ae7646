"""Counting entities by value, in one pass over what they hold (see counts)."""

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.held_kernels import Places, Spans
from transforms.matching.kernels import Flags, Ints

Table = NDArray[np.int64]
Four = tuple[Ints, Ints, Ints, Ints]


@compiled
def holders(held: Spans, known: Flags, scopes: Four) -> tuple[Table, Table]:
    """By scope (and, in a fifth row, by value alone), and by value: how many entities hold one of the same scope.

    `scopes` give an id for each value, -1 for none. The second table counts `known` entities only.
    """
    many, span = len(scopes[0]), 1
    for scope in scopes:
        span = max(span, scope.max() + 2 if many else 1)
    every, sure = np.zeros((5, many), np.int64), np.zeros((5, many), np.int64)
    last, counted = np.empty(span, np.int32), (np.empty(span, np.int64), np.empty(span, np.int64))
    for row in range(4):
        last[:], counted[0][:], counted[1][:] = -1, 0, 0
        _scoped(held, known, scopes[row], last, counted)
        every[row], sure[row] = counted[0][scopes[row]], counted[1][scopes[row]]  # -1: the last, which nobody has
    _single(held, known, every[4], sure[4])
    return every, sure


@borrowing
def _scoped(held: Spans, known: Flags, scope: Ints, last: Places, counted: tuple[Ints, Ints]) -> None:
    """Count the distinct ids of each entity; `last` is whom each was counted for last. What has none stays at 0."""
    every, sure = counted
    for entity in range(len(held.start)):
        begin, many = held.start[entity], held.many[entity]
        for place in range(begin, begin + many):
            id_ = scope[held.values[place]]
            if id_ >= 0 and (many == 1 or last[id_] != entity):
                last[id_] = entity
                every[id_] += 1
                sure[id_] += known[entity]


@borrowing
def _single(held: Spans, known: Flags, every: Ints, sure: Ints) -> None:
    for entity in range(len(held.start)):
        for place in range(held.start[entity], held.start[entity] + held.many[entity]):
            every[held.values[place]] += 1
            sure[held.values[place]] += known[entity]


@compiled
def crowds(held: Spans, by: Ints, many: int) -> tuple[Ints, Ints]:
    """By value below `many`: how many entities hold it, and how many different `by` (negative: none) those have."""
    count, crowd = np.zeros(many, np.int64), np.zeros(many, np.int64)
    for entity in range(len(by)):
        for place in range(held.start[entity], held.start[entity] + held.many[entity]):
            count[held.values[place]] += 1
    at, last = np.cumsum(count), np.full((by.max() if len(by) else 0) + 2, -1)
    whose = np.empty(count.sum(), np.int64)
    for entity in range(len(by)):
        for place in range(held.start[entity], held.start[entity] + held.many[entity]):
            at[held.values[place]] -= 1
            whose[at[held.values[place]]] = by[entity]
    for value in range(many):
        for place in range(at[value], at[value] + count[value]):
            if whose[place] >= 0 and last[whose[place]] != value:
                last[whose[place]] = value
                crowd[value] += 1
    return count, crowd
