"""Counting entities by value, in one pass over what they hold (see counts)."""

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.held_kernels import Places, Spans
from transforms.matching.kernels import Flags, Ints

Table = NDArray[np.int64]
Four = tuple[Ints, Ints, Ints, Ints]
MOST = 1 << 31


@compiled
def holders(held: Spans, known: Flags, scopes: Four) -> tuple[Table, Table]:
    """By scope (and, in a fifth row, by value alone), and by value: how many entities hold one of the same scope.

    `scopes` give an id for each value, -1 for none. The second table counts `known` entities only.
    """
    many, span = len(scopes[0]), 1
    for scope in scopes:
        span = max(span, scope.max() + 2 if many else 1)
    every, sure = np.zeros((5, many), np.int64), np.zeros((5, many), np.int64)
    alone, known_alone = np.zeros(many, np.int64), np.zeros(many, np.int64)
    _valued(held, known, (1, 1), (alone, known_alone))
    last, counted = np.empty(span, np.int32), (np.empty(span, np.int64), np.empty(span, np.int64))
    for row in range(4):
        scope = scopes[row]
        last[:], counted[0][:], counted[1][:] = -1, 0, 0
        for value in range(many):
            if scope[value] >= 0:
                counted[0][scope[value]] += alone[value]
                counted[1][scope[value]] += known_alone[value]
        _several(held, known, scope, last, counted)
        every[row], sure[row] = counted[0][scope], counted[1][scope]  # -1: the last, which nobody has
    every[4], sure[4] = alone, known_alone
    _valued(held, known, (2, MOST), (every[4], sure[4]))
    return every, sure


@borrowing
def _several(held: Spans, known: Flags, scope: Ints, last: Places, counted: tuple[Ints, Ints]) -> None:
    """Count the distinct ids of each entity with several values; `last` is whom each was counted for last."""
    every, sure = counted
    for entity in range(len(held.start)):
        if held.many[entity] > 1:
            for place in range(held.start[entity], held.start[entity] + held.many[entity]):
                id_ = scope[held.values[place]]
                if id_ >= 0 and last[id_] != entity:
                    last[id_] = entity
                    every[id_] += 1
                    sure[id_] += known[entity]


@borrowing
def _valued(held: Spans, known: Flags, limits: tuple[int, int], counted: tuple[Ints, Ints]) -> None:
    """Count by value the entities that have as many of them as `limits` say."""
    (least, most), (every, sure) = limits, counted
    for entity in range(len(held.start)):
        if least <= held.many[entity] <= most:
            for place in range(held.start[entity], held.start[entity] + held.many[entity]):
                every[held.values[place]] += 1
                sure[held.values[place]] += known[entity]


@compiled
def crowds(held: Spans, by: Ints, many: int) -> tuple[Ints, Ints]:
    """By value below `many`: how many entities hold it, and how many different `by` (negative: none) those have."""
    count, crowd = np.zeros(many, np.int64), np.zeros(many, np.int64)
    _valued(held, np.zeros(len(by), np.bool_), (1, MOST), (count, crowd))
    at, last = np.cumsum(count), np.full((by.max() if len(by) else 0) + 2, -1)
    whose = np.empty(count.sum(), np.int64)
    _placed(held, by, at, whose)
    for value in range(many):
        for place in range(at[value], at[value] + count[value]):
            if whose[place] >= 0 and last[whose[place]] != value:
                last[whose[place]] = value
                crowd[value] += 1
    return count, crowd


@borrowing
def _placed(held: Spans, by: Ints, at: Ints, whose: Ints) -> None:
    """Put the `by` of those who hold a value beside one another; `at`: where those of each end, and then begin."""
    for entity in range(len(by)):
        for place in range(held.start[entity], held.start[entity] + held.many[entity]):
            at[held.values[place]] -= 1
            whose[at[held.values[place]]] = by[entity]
