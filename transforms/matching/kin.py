"""Who belongs to whom, as the records say it: evidence for recognising those whom nothing else identifies.

A birth certificate names mother and father, a marriage both spouses, a school roll the guardian, the household register
everybody's relation to the head. Two mentions with the same recognised mother are siblings or one child; with the same
spouse they are all but certainly one person.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching import kin_kernels
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.kin_kernels import BESIDE, CHILD, GUARDIAN, HOME, PARENT, SPOUSE, WARD, Beside, Groups
from transforms.matching.sets import distinct, gather
from transforms.matching.values import Nodes

CODES = {"spouse": SPOUSE, "child": CHILD, "parent": PARENT, "ward": WARD, "guardian": GUARDIAN}
__all__ = ["BESIDE", "CHILD", "GUARDIAN", "HOME", "PARENT", "SPOUSE", "WARD", "Kin", "Ties", "families", "ties"]
# relation of one side to a person, relation of the other to the same person -> level of kernels.KIN
AGREE = np.zeros((8, 8), np.uint8)
for _one, _other, _level in (
    (SPOUSE, SPOUSE, 4),
    (CHILD, CHILD, 3),
    (PARENT, PARENT, 3),
    (WARD, WARD, 3),
    (CHILD, WARD, 3),
    (GUARDIAN, GUARDIAN, 3),
    (PARENT, GUARDIAN, 3),
    *((kind, HOME, 2) for kind in (SPOUSE, CHILD, PARENT, WARD, GUARDIAN)),
):
    AGREE[_one, _other] = AGREE[_other, _one] = _level
CROWD = 40  # a "household" with more people than this (a dormitory, a collective register) says nothing about kin


class Ties(NamedTuple):
    """Mention `who` is `kind` (SPOUSE, CHILD, ...) of mention `whom`; BESIDE: in another role of the same record."""

    who: Ints
    kind: Ints
    whom: Ints


def ties(nodes: Nodes) -> Ties:
    """All relations between mentions, from the contracts' `kin` and from households."""
    columns = (nodes.record, nodes.source, nodes.key, nodes.kin_of, nodes.household, nodes.relation)
    record, source, key, kin, household, relation = (np.ascontiguousarray(c, np.int64) for c in columns)
    beside = Beside(record, source, key, kin, household, relation, _said(nodes))
    return tied(beside, CROWD)


def tied(beside: Beside, crowd: int) -> Ties:
    """The ties within records and households, as far as they have at most `crowd` mentions."""
    records, homes, none = _groups(beside.record), _groups(beside.household), np.empty(0, np.int64)
    many = kin_kernels.ties(beside, records, homes, crowd, (none, none, none))
    who, kind, whom = np.empty((3, many), np.int64)
    kin_kernels.ties(beside, records, homes, crowd, (who, kind, whom))
    return Ties(who, kind, whom)


def _groups(group: Ints) -> Groups:
    """Mentions by `group` (negative: none)."""
    start, rows = np.zeros(int(group.max(initial=-1)) + 2, np.int64), np.empty(len(group), np.int64)
    return Groups(start, rows) if kin_kernels.grouped(group, start, rows) else Groups(start[:1], rows[:0])


def _said(nodes: Nodes) -> NDArray[np.int64]:
    """From lists of [role, relation], "this mention is the `relation` of the one in `role`": see Beside."""
    said = np.zeros((len(nodes.kin), len(nodes.sources)), np.int64)
    for row, entries in enumerate(nodes.kin):
        for role, relation in entries:
            if relation in CODES:
                said[row, [role == other for _, other in nodes.sources]] |= 1 << CODES[relation]
    return said


class Kin(NamedTuple):
    """Relations between entities, some more than once; `firm` marks a `whom` known by a number."""

    who: Ints
    kind: Ints
    whom: Ints
    firm: Flags


def lifted(links: Ties, entity: Ints, size: int) -> Ties:
    """The distinct relations between the entities, numbered below `size`, of what `links` are between."""
    who, whom = entity[links.who], entity[links.whom]
    sets = gather(who, np.where(who != whom, whom * 8 + links.kind, -1), size)
    return Ties(np.repeat(np.arange(size), np.diff(sets.start)), sets.values & 7, sets.values >> 3)


def relate(links: Ties, entity: Ints, numbered: Flags) -> Kin:
    """Lift relations from mentions to entities. `numbered` says of each entity whether it has a trusted number."""
    who, whom = entity[links.who], entity[links.whom]
    rows = np.flatnonzero(who != whom)
    whom = whom[rows]
    return Kin(who[rows], links.kind[rows], whom, numbered[whom])


def pairs(kin: Kin, loose: Flags) -> tuple[Ints, Ints, Levels]:
    """Pairs of entities (a < b) related to one person in agreeing ways, with the best level of each.

    Only pairs with at least one `loose` entity (without a trusted number) are listed: the others need no kin.
    """
    span = len(loose)
    asked = np.zeros(span, bool)
    asked[kin.whom[loose[kin.who] & (kin.kind != BESIDE)]] = True
    rows = np.flatnonzero(asked[kin.whom] & (kin.kind != BESIDE))
    coded = distinct((kin.whom[rows] * 8 + kin.kind[rows]) * span + kin.who[rows])
    who, kind, whom = coded % span, coded // span % 8, coded // span // 8
    start = np.flatnonzero(np.append(True, whom[1:] != whom[:-1])[: len(whom)])
    count = np.diff(np.append(start, len(whom)))
    group = np.repeat(np.arange(len(start)), count)
    one = np.flatnonzero(loose[who] & (count[group] <= CROWD))
    total = count[group[one]]
    left = np.repeat(one, total)
    right = np.arange(len(left)) + np.repeat(start[group[one]] - np.cumsum(total) + total, total)
    level = AGREE[kind[left], kind[right]].astype(np.int64)
    a, b = np.minimum(who[left], who[right]), np.maximum(who[left], who[right])
    hit = (a < b) & (level > 0)
    best = np.sort((a[hit] * span + b[hit]) * 8 + level[hit])
    best = best[np.append(best[1:] >> 3 != best[:-1] >> 3, True)[: len(best)]]
    return (best >> 3) // span, (best >> 3) % span, (best & 7).astype(np.uint8)


def levels(kin: Kin, found: tuple[Ints, Ints, Levels], a: Ints, b: Ints, size: int) -> Levels:
    """Levels of kernels.KIN for the pairs (a, b), a < b; `found` is the result of `pairs`."""
    marks = np.zeros(size, np.uint8)
    for bit, kind in ((1, SPOUSE), (2, CHILD)):
        has = np.zeros(size, bool)
        has[kin.who[(kin.kind == kind) & kin.firm]] = True
        marks |= has.view(np.uint8) * np.uint8(bit)
    return leveled(found, marks, a, b)


def leveled(found: tuple[Ints, Ints, Levels], marks: Levels, a: Ints, b: Ints) -> Levels:
    """The level of each pair (a, b) in `found`, else 1 where `marks` of both have a bit in common."""
    start, level = np.zeros(len(marks) + 1, np.int64), np.empty(len(a), np.uint8)
    kin_kernels.leveled(found, marks, (a, b), start, level)
    return level


def apart(links: Ties, entity: Ints, size: int) -> Ints:
    """Sorted codes ``a * size + b`` (a < b) of entities, numbered below `size`, that a record names as two people."""
    rows = np.flatnonzero(links.kind != HOME)
    a, b = entity[links.who[rows]], entity[links.whom[rows]]
    return distinct((a * size + b)[a < b])


def families(links: Ties, entity: Ints) -> tuple[Ints, Ints]:
    """(child, parent) entities of all recorded descents."""
    child = links.kind == CHILD
    return entity[links.who[child]], entity[links.whom[child]]
