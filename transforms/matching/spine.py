"""The spine: mentions under one valid number that agree about whom they mean are one person, without further ado.

A number is strong evidence and not identity: it is written under the wrong name (an infant under a parent's), and two
people can carry one. So within a number the name most mentions give is its owner's, and a mention that disagrees has a
borrowed number: it is recognised by everything else it says, and reported as a conflict when it stays apart.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching import kernels
from transforms.matching.compare import name_levels
from transforms.matching.kernels import Flags, Ints
from transforms.matching.values import Nodes, Values

AGREES, CERTAIN, SPELT = 5, 7, 8  # levels of kernels.NAME: one character missing; all sound alike; all look alike
TOP = len(kernels.NAME) - 1
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
    rows = np.flatnonzero(np.append(values.number_status, 9)[nodes.number] == 0)
    if not len(rows):
        return Judged(rows, np.zeros(0, bool), np.zeros(0, bool))
    number, name = nodes.number[rows], nodes.name[rows]
    owner = _owner(number, name, values)
    level = np.full(len(rows), TOP, np.uint8)
    named = np.flatnonzero((name >= 0) & (owner >= 0) & (name != owner))
    level[named] = name_levels(values, name[named], owner[named])
    clash, generation = _births(nodes.born[rows], values.number_born[number])
    sexes = (nodes.sex[rows] > 0) & (nodes.sex[rows] != values.number_sex[number])
    doubt = ((clash | sexes) & (level < CERTAIN)) | (generation & (level < SPELT))
    return Judged(rows, (level >= AGREES) & ~doubt, generation)


def grouped(nodes: Nodes, seen: Judged, apart: Flags) -> Spine:
    """The groups that follow, but for the mentions that are kept `apart`."""
    entity, borrowed = np.arange(nodes.size), np.zeros(nodes.size, bool)
    rows = seen.rows
    number = nodes.number[rows]
    same = seen.agrees & ~apart[rows]
    many = int(number.max(initial=-1)) + 1
    lonely = np.bincount(number[same], minlength=many)[number] <= 1
    same &= ~(seen.generation & lonely)
    borrowed[rows[~same]] = True
    members = rows[same]
    first = np.full(many, nodes.size)
    first[number[same][::-1]] = members[::-1]  # of several the first
    entity[members] = first[number[same]]
    size = np.bincount(entity, minlength=nodes.size)
    owner = np.full(nodes.size, -1)
    lent = rows[~same]
    owner[lent] = np.where(first[nodes.number[lent]] < nodes.size, first[nodes.number[lent]], -1)
    return Spine(entity, (size > 1)[entity], borrowed, owner)


def _owner(number: Ints, name: Ints, values: Values) -> Ints:
    """For each row the name that most rows under its number give, folded; among equals the first in canonical order."""
    size = int(number.max()) + 1
    given = np.flatnonzero(name >= 0)[::-1]
    chosen = np.full(size, -1)
    chosen[number[given]] = name[given]  # of several the first
    shape = np.append(values.shape, -1)[name]
    other = np.zeros(size, bool)
    other[number[given][shape[given] != values.shape[chosen[number[given]]]]] = True
    rows = np.flatnonzero(other[number] & (name >= 0))  # few numbers have more than one name to choose from
    span = int(shape.max(initial=0)) + 1
    pairs, first, counts = np.unique(number[rows] * span + shape[rows], return_index=True, return_counts=True)
    order = np.lexsort((first, -counts, pairs // span))
    numbers, top = np.unique((pairs // span)[order], return_index=True)
    chosen[numbers] = name[rows[first[order[top]]]]
    return chosen[number]


def _births(written: Ints, derived: Ints) -> tuple[Flags, Flags]:
    """Does the written birth contradict the number's, and by so much that it must be another person's?"""
    size = len(written)
    rows = np.flatnonzero((written >= 0) & (derived >= 0) & (written != derived))  # most agree
    written, derived = written[rows], derived[rows]
    clash, generation = np.zeros((2, size), bool)
    clash[rows] = kernels.birth_levels(written, derived)[0] == 1
    generation[rows] = clash[rows] & (np.abs((written >> 2) // 10000 - (derived >> 2) // 10000) >= GENERATION)
    return clash, generation
