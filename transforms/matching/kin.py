"""Who belongs to whom, as the records say it: evidence for recognising those whom nothing else identifies.

A birth certificate names mother and father, a marriage both spouses, a school roll the guardian, the household register
everybody's relation to the head. Two mentions with the same recognised mother are siblings or one child; with the same
spouse they are all but certainly one person.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.sets import distinct, gather
from transforms.matching.values import Nodes, mix

SPOUSE, CHILD, PARENT, WARD, GUARDIAN, HOME, BESIDE = 1, 2, 3, 4, 5, 6, 7
CODES = {"spouse": SPOUSE, "child": CHILD, "parent": PARENT, "ward": WARD, "guardian": GUARDIAN}
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
    parts = [_within_records(nodes), _beside(nodes), *_within_households(nodes)]
    return Ties(*(np.concatenate([getattr(p, f) for p in parts]) for f in Ties._fields))


def _within_records(nodes: Nodes) -> Ties:
    """From lists of [role, relation]: "this mention is the `relation` of the one in `role`"."""
    roles = np.array([nodes.sources[s][1] for s in range(len(nodes.sources))], object)
    slot = {(feed, role): i for i, (feed, role) in enumerate(nodes.sources)}
    at = mix([nodes.record, nodes.source])
    order = np.argsort(at, kind="stable")
    found: list[tuple[Ints, int, Ints]] = []
    for row, entries in enumerate(nodes.kin):
        for source in np.unique(nodes.source[nodes.kin_of == row]):
            who = np.flatnonzero((nodes.kin_of == row) & (nodes.source == source))
            for role, relation in entries:
                target = slot.get((nodes.sources[source][0], role), -1)
                wanted = mix([nodes.record[who], np.full(len(who), target)])
                place = np.minimum(np.searchsorted(at[order], wanted), len(order) - 1)
                hit = at[order[place]] == wanted
                found.append((who[hit], CODES.get(relation, 0), order[place[hit]]))
    kept = [f for f in found if f[1]]
    if not kept or not len(roles):
        return Ties(*(np.empty(0, np.int64),) * 3)
    return Ties(
        np.concatenate([f[0] for f in kept]),
        np.concatenate([np.full(len(f[0]), f[1]) for f in kept]),
        np.concatenate([f[2] for f in kept]),
    )


def _couples(group: Ints) -> tuple[Ints, Ints]:
    """All ordered pairs of different mentions of one group (negative: none) of at most CROWD."""
    rows = np.flatnonzero(group >= 0)
    held = gather(group[rows], rows, int(group.max(initial=-1)) + 1)
    size = np.diff(held.start)
    groups = np.flatnonzero((size > 1) & (size <= CROWD))
    count = size[groups]
    total = count * count
    within = np.arange(total.sum()) - np.repeat(np.cumsum(total) - total, total)
    base, width = np.repeat(held.start[groups], total), np.repeat(count, total)
    who, whom = held.values[base + within // width], held.values[base + within % width]
    return who[who != whom], whom[who != whom]


def _beside(nodes: Nodes) -> Ties:
    who, whom = _couples(nodes.record)
    other = nodes.source[who] != nodes.source[whom]
    return Ties(who[other], np.full(int(other.sum()), BESIDE), whom[other])


def _within_households(nodes: Nodes) -> list[Ties]:
    """Everybody shares a home; the head's spouse, children and parents (GB/T 4761) are told apart."""
    who, whom = _couples(nodes.household)
    pair = nodes.key[who] != nodes.key[whom]
    who, whom = who[pair], whom[pair]
    mine, theirs = nodes.relation[who], nodes.relation[whom]
    head, spouse = (theirs >= 1) & (theirs <= 3), (theirs >= 10) & (theirs <= 12)
    child = (mine >= 20) & (mine <= 39) & (mine != 28) & (mine != 38)
    kinds = (
        (SPOUSE, (mine >= 10) & (mine <= 12) & head),
        (SPOUSE, (mine >= 1) & (mine <= 3) & spouse),
        (CHILD, child & (head | spouse)),
        (PARENT, (mine >= 1) & (mine <= 12) & (theirs >= 20) & (theirs <= 39) & (theirs != 28) & (theirs != 38)),
        (PARENT, (mine >= 50) & (mine <= 52) & head),
        (CHILD, (mine >= 1) & (mine <= 3) & (theirs >= 50) & (theirs <= 52)),
        (HOME, np.ones(len(who), bool)),
    )
    return [Ties(who[hit], np.full(int(hit.sum()), kind), whom[hit]) for kind, hit in kinds]


class Kin(NamedTuple):
    """Relations between entities: distinct (who, kind, whom); `firm` marks a `whom` known by a number."""

    who: Ints
    kind: Ints
    whom: Ints
    firm: Flags


def relate(links: Ties, entity: Ints, numbered: Flags) -> Kin:
    """Lift relations from mentions to entities. `numbered` says of each entity whether it has a trusted number."""
    span = len(numbered)
    coded = distinct((entity[links.who] * 8 + links.kind) * span + entity[links.whom])
    who, kind, whom = coded // span // 8, coded // span % 8, coded % span
    keep = who != whom
    return Kin(who[keep], kind[keep], whom[keep], numbered[whom[keep]])


def pairs(kin: Kin, loose: Flags) -> tuple[Ints, Ints, Levels]:
    """Pairs of entities (a < b) related to one person in agreeing ways, with the best level of each.

    Only pairs with at least one `loose` entity (without a trusted number) are listed: the others need no kin.
    """
    span = len(loose)
    asked = np.zeros(span, bool)
    asked[kin.whom[loose[kin.who] & (kin.kind != BESIDE)]] = True
    rows = np.flatnonzero(asked[kin.whom] & (kin.kind != BESIDE))
    coded = np.sort((kin.whom[rows] * 8 + kin.kind[rows]) * span + kin.who[rows])
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
    codes = found[0] * size + found[1]
    level = np.zeros(len(a), np.uint8)
    if len(codes):
        at = np.minimum(np.searchsorted(codes, a * size + b), len(codes) - 1)
        level = np.where(codes[at] == a * size + b, found[2][at], 0).astype(np.uint8)
    for kind in (SPOUSE, CHILD):
        has = np.zeros(size, bool)
        has[kin.who[(kin.kind == kind) & kin.firm]] = True
        level[(level == 0) & has[a] & has[b]] = 1
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
