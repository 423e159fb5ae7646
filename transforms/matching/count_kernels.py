"""Counting entities by value, in one pass over what they hold (see counts)."""

from typing import NamedTuple

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.held_kernels import Places, Spans
from transforms.matching.kernels import Flags, Ints

Four = tuple[Ints, Ints, Ints, Ints]
Five = tuple[Ints, Ints, Ints, Ints, Ints]
MOST = 1 << 31


class Room(NamedTuple):
    """Room to count by scope: by id two counts, and the entity it was counted for last."""

    every: Ints
    sure: Ints
    last: Places


@compiled
def holders(held: Spans, known: Flags, scopes: Four, tables: tuple[Five, Five], room: Room) -> None:
    """By scope (and, in a fifth column, by value alone), and by value: how many entities hold one of the same scope.

    `scopes` give an id for each value, -1 for none. The second of the `tables` counts `known` entities only; both are 0
    to begin with.
    """
    every, sure, last = room
    alone, known_alone = tables[0][4], tables[1][4]
    _valued(held, known, (1, 1), (alone, known_alone))
    for row in range(4):
        scope, counted, known_counted = scopes[row], tables[0][row], tables[1][row]
        for id_ in range(len(last)):
            every[id_], sure[id_], last[id_] = 0, 0, -1
        for value in range(len(scope)):
            if scope[value] >= 0:
                every[scope[value]] += alone[value]
                sure[scope[value]] += known_alone[value]
        _several(held, known, scope, last, (every, sure))
        for value in range(len(scope)):
            if scope[value] >= 0:
                counted[value], known_counted[value] = every[scope[value]], sure[scope[value]]
    _valued(held, known, (2, MOST), (alone, known_alone))


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


class Crowd(NamedTuple):
    """Room for `crowds`: `at` by value, `whose` for all that is held, and `last` by what they are told apart by, -1."""

    at: Ints
    whose: Ints
    last: Ints


@compiled
def crowds(held: Spans, by: Ints, count: Ints, crowd: Ints, room: Crowd) -> None:
    """By value: how many entities hold it (`count`), and how many different `by` (negative: none) those have (`crowd`).

    Both are 0 to begin with.
    """
    at, whose, last = room
    for entity in range(len(by)):
        for place in range(held.start[entity], held.start[entity] + held.many[entity]):
            count[held.values[place]] += 1
    total = 0
    for value in range(len(count)):
        total += count[value]
        at[value] = total
    _placed(held, by, at, whose)
    for value in range(len(count)):
        for place in range(at[value], at[value] + count[value]):
            if whose[place] >= 0 and last[whose[place]] != value:
                last[whose[place]] = value
                crowd[value] += 1


@borrowing
def _placed(held: Spans, by: Ints, at: Ints, whose: Ints) -> None:
    """Put the `by` of those who hold a value beside one another; `at`: where those of each end, and then begin."""
    for entity in range(len(by)):
        for place in range(held.start[entity], held.start[entity] + held.many[entity]):
            at[held.values[place]] -= 1
            whose[at[held.values[place]]] = by[entity]
