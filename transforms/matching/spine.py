"""The spine: mentions under one valid number that agree about whom they mean are one person, without further ado.

A number is strong evidence and not identity: it is written under the wrong name (an infant under a parent's), and two
people can carry one. So within a number the name most mentions give is its owner's, and a mention that disagrees has a
borrowed number: it is recognised by everything else it says, and reported as a conflict when it stays apart.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching import kernels
from transforms.matching.compare import name_levels
from transforms.matching.compiled import compiled
from transforms.matching.kernels import Flags, Ints
from transforms.matching.values import Nodes, Values

AGREES, CERTAIN, SPELT = 5, 7, 8  # levels of kernels.NAME: one character missing; all sound alike; all look alike
GENERATION = 10  # years between the birth that is written and the one in the number that no slip explains


class Spine(NamedTuple):
    """`entity` is the first mention of each mention's group; `grouped` marks groups of two or more.

    `owner` is, for a mention whose number is `borrowed`, the entity the number belongs to; else -1.
    """

    entity: Ints
    grouped: Flags
    borrowed: Flags
    owner: Ints


class Judged(NamedTuple):
    """`rows` of mentions with a valid number, whether each `agrees` with its owner, and whether its birth is one of
    another `generation`."""

    rows: Ints
    agrees: Flags
    generation: Flags


def spine(nodes: Nodes, values: Values, apart: Flags) -> Spine:
    """Group mentions by valid number and agreeing name; `apart` marks mentions that a decision keeps out of groups."""
    return grouped(nodes, judged(nodes, values), apart)


def judged(nodes: Nodes, values: Values) -> Judged:
    """What every valid number's mentions say of whose it is."""
    rows, owner = _owners(nodes, values)
    named, written = np.empty((2, len(rows)), np.int64)
    columns = (nodes.number, nodes.name, nodes.born, owner, values.number_born)
    counts = _in_doubt(rows, columns, named, written)
    named, written = named[: counts[0]], written[: counts[1]]
    clash, generation = np.zeros((2, len(rows)), bool)
    births = nodes.born[rows[written]], values.number_born[nodes.number[rows[written]]]
    clash[written], generation[written] = _births(*births)
    agrees = np.ones(len(rows), bool)  # but for those of another name, of whom few are left
    of = rows[named]
    level = name_levels(values, nodes.name[of], owner[nodes.number[of]])
    sexes = (nodes.sex[of] > 0) & (nodes.sex[of] != values.number_sex[nodes.number[of]])
    doubt = ((clash[named] | sexes) & (level < CERTAIN)) | (generation[named] & (level < SPELT))
    agrees[named] = (level >= AGREES) & ~doubt
    return Judged(rows, agrees, generation)


@compiled
def _in_doubt(rows: Ints, columns: tuple[Ints, Ints, Ints, Ints, Ints], named: Ints, written: Ints) -> tuple[int, int]:
    """Fill in which of `rows` have another name than their number's owner, and which another birth than it has; most
    have neither. Returns how many they are."""
    number, name, born, owner, derived = columns
    names = births = 0
    for at in range(len(rows)):
        row = rows[at]
        of = number[row]
        if name[row] >= 0 and owner[of] >= 0 and name[row] != owner[of]:
            named[names] = at
            names += 1
        if born[row] >= 0 and derived[of] >= 0 and born[row] != derived[of]:
            written[births] = at
            births += 1
    return names, births


def grouped(nodes: Nodes, seen: Judged, apart: Flags) -> Spine:
    """The groups that follow, but for the mentions that are kept `apart`."""
    many = int(nodes.number.max(initial=-1)) + 1
    entity, owner = np.arange(nodes.size), np.full(nodes.size, -1)
    borrowed, several = np.zeros((2, nodes.size), bool)
    count, first = np.zeros(many, np.int64), np.full(many, -1)
    same = seen.agrees & ~apart[seen.rows]
    _group((seen.rows, same, seen.generation), nodes.number, (count, first), (entity, owner, borrowed, several))
    return Spine(entity, several, borrowed, owner)


@compiled
def _group(
    seen: tuple[Ints, Flags, Flags], number: Ints, of: tuple[Ints, Ints], spine: tuple[Ints, Ints, Flags, Flags]
) -> None:
    """Fill in the columns of a Spine; `of` each number is how many agree with its owner, and the first of them."""
    rows, same, generation = seen
    count, first = of
    entity, owner, borrowed, several = spine
    for at in range(len(rows)):
        count[number[rows[at]]] += same[at]
    for at in range(len(rows)):
        row = rows[at]
        one = number[row]
        if same[at] and generation[at] and count[one] <= 1:
            same[at] = False
            count[one] = 0
        if same[at] and first[one] < 0:
            first[one] = row
        borrowed[row] = not same[at]
    for at in range(len(rows)):
        row = rows[at]
        one = number[row]
        if same[at]:
            entity[row] = first[one]
            several[row] = count[one] > 1
        else:
            owner[row] = first[one]


def _owners(nodes: Nodes, values: Values) -> tuple[Ints, Ints]:
    """The mentions with a valid number, and of each number the name that most of them give, folded (-1: none does);
    among equals the first in canonical order."""
    many = len(values.number_status)
    valid, other = values.number_status == 0, np.zeros(many, bool)
    rows, few, chosen = np.empty(nodes.size, np.int64), np.empty(nodes.size, np.int64), np.full(many, -1)
    columns = (nodes.number, nodes.name, values.shape)
    counts = _first_names(columns, (valid, other), chosen, rows, few)
    rows, few = rows[: counts[0]].copy(), few[: counts[1]]  # few numbers have more than one name to choose from
    shape = values.shape[nodes.name[few]]
    span = int(shape.max(initial=0)) + 1
    pairs, first, each = np.unique(nodes.number[few] * span + shape, return_index=True, return_counts=True)
    order = np.lexsort((first, -each, pairs // span))
    numbers, top = np.unique((pairs // span)[order], return_index=True)
    chosen[numbers] = nodes.name[few[first[order[top]]]]
    return rows, chosen


@compiled
def _first_names(
    columns: tuple[Ints, Ints, Ints], numbers: tuple[Flags, Flags], chosen: Ints, rows: Ints, few: Ints
) -> tuple[int, int]:
    """Fill in the rows with a valid number, the first name under each, whether another follows (by its shape), and the
    rows of those that have several, of which all have a name. Returns how many rows there are of each."""
    number, name, shape = columns
    valid, other = numbers
    count = several = 0
    for row in range(len(number)):
        one = number[row]
        if one < 0 or not valid[one]:
            continue
        rows[count] = row
        count += 1
        if name[row] >= 0:
            if chosen[one] < 0:
                chosen[one] = name[row]
            elif shape[name[row]] != shape[chosen[one]]:
                other[one] = True
    for at in range(count):
        if other[number[rows[at]]] and name[rows[at]] >= 0:
            few[several] = rows[at]
            several += 1
    return count, several


def _births(written: Ints, derived: Ints) -> tuple[Flags, Flags]:
    """Does the written birth contradict the number's, and by so much that it must be another person's?"""
    clash = kernels.birth_levels(written, derived)[0] == 1
    return clash, clash & (np.abs((written >> 2) // 10000 - (derived >> 2) // 10000) >= GENERATION)
