"""Rounds of merging, in loops over the pairs of the entities that are touched (see web).

`lists` gives the rows of the pairs of each entity, ascending; those that are no longer open stay in until it merges.
`seen` has an entry of NONE for each entity, and is left as it was.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.held_kernels import Places
from transforms.matching.holdings import Bits
from transforms.matching.kernels import Flags, Ints, Levels

OPEN, MERGED, PARALLEL, REFUSED = 0, 1, 2, 3  # what became of a pair; PARALLEL: another pair has the same two ends now
NONE, THERE = -1, -2
DIGITS = 1e6  # odds that differ by less are alike
PRIME, FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)  # as in hashing
SHIFT, LAST = np.uint64(29), np.uint64(32)


class Edges(NamedTuple):
    """The columns of a web that decide what merges."""

    a: Places
    b: Places
    rules: Places
    kin: Levels
    odds: Bits
    veto: Levels
    chance: Bits
    support: Places
    fate: Levels


class Lists(NamedTuple):
    """The rows of entity e are ``rows[start[e]:start[e] + many[e]]``; `rows` has room behind the first `used`."""

    start: Places
    many: Places
    rows: Places


@compiled
def listed(edges: Edges, lists: Lists) -> int:
    """List the open pairs of each entity in `lists`, which has room for all and counts none yet; how many it lists."""
    start, many, rows = lists
    for row in range(len(edges.a)):
        if edges.fate[row] == OPEN:
            many[edges.a[row]] += 1
            many[edges.b[row]] += 1
    total = 0
    for e in range(len(many)):
        start[e] = total
        total += many[e]
    for row in range(len(edges.a)):
        if edges.fate[row] == OPEN:
            for e in (edges.a[row], edges.b[row]):
                rows[start[e]] = row
                start[e] += 1
    for e in range(len(many)):
        start[e] -= many[e]
    return total


@borrowing
def _able(edges: Edges, row: int, least: float) -> bool:
    """May the pair be chosen: is it likely enough, ruled out by nothing, and not judged yet?"""
    likely = edges.odds[row] >= least and edges.veto[row] == 0
    return bool(likely and np.isnan(edges.chance[row]) and edges.fate[row] == OPEN)


@compiled
def hopeful(edges: Edges, least: float, seen: Places, found: Ints) -> int:
    """List in `found` the entities that have a pair which may be chosen; how many they are."""
    many = 0
    for row in range(len(edges.a)):
        if _able(edges, row, least):
            many = _noted(edges.a[row], seen, found, many)
            many = _noted(edges.b[row], seen, found, many)
    _forget(seen, found, many)
    return many


@borrowing
def _noted(entity: int, seen: Places, found: Ints, many: int) -> int:
    """Add an entity to the first `many` that were found, unless it is there; returns how many there are."""
    if seen[entity] == NONE:
        seen[entity] = THERE
        found[many] = entity
        many += 1
    return many


@borrowing
def _forget(seen: Places, found: Ints, many: int) -> None:
    for place in range(many):
        seen[found[place]] = NONE


@compiled
def chosen(edges: Edges, lists: Lists, look: Ints, choices: tuple[Places, float], rows: Ints) -> int:
    """List in `rows` pairs that are the best choice of both ends, one of which is among `look`; how many they are.

    A pair may be told twice, so there is room for as many as `look` has. `choices`: that of each entity (-1:
    none), brought up to date for those of `look`, and the odds that one needs.
    """
    best, least = choices
    for entity in look:
        best[entity] = _top(edges, lists, entity, least)
    many = 0
    for entity in look:
        row = best[entity]
        if row >= 0 and best[edges.a[row] + edges.b[row] - entity] == row:
            rows[many] = row
            many += 1
    return many


@borrowing
def _top(edges: Edges, lists: Lists, entity: int, least: float) -> int:
    """The likeliest pair of `entity` that may be chosen, -1 for none; of pairs alike one that looks drawn by lot."""
    top, high = NONE, -np.inf
    for place in range(lists.start[entity], lists.start[entity] + lists.many[entity]):
        row = int(lists.rows[place])
        if _able(edges, row, least):
            bits = np.rint(edges.odds[row] * DIGITS)
            if top == NONE or bits > high or (bits == high and _lot(edges, row) < _lot(edges, top)):
                top, high = row, bits
    return top


@borrowing
def _lot(edges: Edges, row: int) -> np.uint64:
    """hashing.mix of both ends."""
    return _step(_step(np.uint64(edges.a[row])) ^ np.uint64(edges.b[row]))


@borrowing
def _step(total: np.uint64) -> np.uint64:
    total *= PRIME
    total ^= total >> SHIFT
    total *= FACTOR
    return total ^ (total >> LAST)


@compiled
def rivals(edges: Edges, lists: Lists, rows: Ints, bits: float, out: tuple[Ints, Ints, Ints]) -> int:
    """Open pairs of an end of one of `rows` that are likelier than -bits and at most `bits` less likely than that.

    Into `out`, which has room for all pairs of all ends, go which of `rows`, the rival pair, the end they share: those
    of the left ends first, then those of the right ends. Returns how many they are.
    """
    (at, rival, near), many, found = out, len(rows), 0
    for side in range(2 * many):
        row = rows[side % many]
        end = edges.a[row] if side < many else edges.b[row]
        least = max(-bits, edges.odds[row] - bits)
        for place in range(lists.start[end], lists.start[end] + lists.many[end]):
            other = lists.rows[place]
            if edges.odds[other] > least and other != row and edges.veto[other] == 0 and edges.fate[other] == OPEN:
                at[found], rival[found], near[found] = side % many, other, end
                found += 1
    return found


@compiled
def lacking(edges: Edges, lists: Lists, a: Ints, b: Ints, flags: Flags) -> None:
    """Tell in `flags` which of the pairs (a, b) are not open."""
    for pair in range(len(a)):
        flags[pair] = not _has(edges, lists, a[pair], b[pair])


@borrowing
def _has(edges: Edges, lists: Lists, one: int, other: int) -> bool:
    end = one if lists.many[one] < lists.many[other] else other
    for place in range(lists.start[end], lists.start[end] + lists.many[end]):
        row = lists.rows[place]
        if edges.fate[row] == OPEN and edges.a[row] + edges.b[row] == one + other:
            return True
    return False


class Mergers(NamedTuple):
    """The entity that each is now (`into`), the heirs, and those that merged into them."""

    into: Ints
    heirs: Ints
    gone: Ints


class Touched(NamedTuple):
    """Room for what mergers touch: open pairs whose ends changed (a pair may be told twice), and the entities whose
    pairs changed."""

    fresh: Ints
    around: Ints


@compiled
def relabelled(
    edges: Edges, lists: Lists, used: int, mergers: Mergers, out: tuple[Touched, Places]
) -> tuple[int, int, int]:
    """Hand the pairs of each entity that was merged to its heir, in place; see Web.relabel.

    Behind the first `used` rows of `lists` there is room for the pairs of all who merge, and so there is in `out`,
    which ends with `seen`. Returns how many rows are used then, and how many are fresh and around.
    """
    (fresh, around), seen = out
    heirs, gone, rows, many = mergers.heirs, mergers.gone, lists.rows, 0
    near = _around(edges, lists, mergers, (around, seen))
    for one in range(len(heirs)):
        heir = heirs[one]
        stop = _handed(edges, lists, rows, (heir, gone[one]), used)
        stop = _parallel(edges, rows, (used, stop), heir, seen)
        for place in range(used, stop):
            fresh[many] = rows[place]
            many += 1
        begin = _stored(lists, rows, (heir, gone[one]), (used, stop))
        lists.start[heir], lists.many[heir], lists.many[gone[one]] = begin, stop - used, 0
        used = max(used, begin + lists.many[heir])
    return used, many, near


@borrowing
def _around(edges: Edges, lists: Lists, mergers: Mergers, out: tuple[Ints, Places]) -> int:
    """List the heirs and those that any of the merging has a pair with, and give pairs the ends they have now."""
    (into, heirs, gone), (around, seen) = mergers, out
    near = 0
    for entity in heirs:
        near = _noted(entity, seen, around, near)
    for side in range(2 * len(heirs)):
        entity = heirs[side] if side < len(heirs) else gone[side - len(heirs)]
        for place in range(lists.start[entity], lists.start[entity] + lists.many[entity]):
            row = lists.rows[place]
            if edges.fate[row] == OPEN:
                a, b = into[edges.a[row]], into[edges.b[row]]
                edges.a[row], edges.b[row] = min(a, b), max(a, b)
                if a == b:
                    edges.fate[row] = MERGED
                near = _noted(a, seen, around, near)
                near = _noted(b, seen, around, near)
    _forget(seen, around, near)
    return near


@borrowing
def _handed(edges: Edges, lists: Lists, rows: Places, ends: tuple[int, int], used: int) -> int:
    """Write the open pairs of both `ends`, ascending, behind the first `used`; returns where they end."""
    x, y = lists.start[ends[0]], lists.start[ends[1]]
    last, other = x + lists.many[ends[0]], y + lists.many[ends[1]]
    while x < last or y < other:
        if y == other or (x < last and rows[x] < rows[y]):
            row = rows[x]
            x += 1
        else:
            row = rows[y]
            y += 1
        if edges.fate[row] == OPEN:
            rows[used] = row
            used += 1
    return used


@borrowing
def _parallel(edges: Edges, rows: Places, span: tuple[int, int], heir: int, seen: Places) -> int:
    """Of pairs of `heir` with the same other end keep the first, with what the rest says; returns where they end."""
    begin, stop = span
    to = begin
    for place in range(begin, stop):
        row = rows[place]
        end = edges.a[row] + edges.b[row] - heir
        first = seen[end]
        if first == NONE:
            seen[end] = row
            rows[to] = row
            to += 1
        else:
            edges.fate[row] = PARALLEL
            edges.rules[first] |= edges.rules[row]
            edges.kin[first] = max(edges.kin[first], edges.kin[row])
            edges.support[first] += edges.support[row]
    for place in range(begin, to):
        seen[edges.a[rows[place]] + edges.b[rows[place]] - heir] = NONE
    return to


@borrowing
def _stored(lists: Lists, rows: Places, ends: tuple[int, int], span: tuple[int, int]) -> int:
    """Move a list to where one of its two `ends` had theirs, if it fits there; returns where it begins."""
    begin, stop = span
    for end in ends:
        if stop - begin <= lists.many[end]:
            for place in range(stop - begin):
                rows[lists.start[end] + place] = rows[begin + place]
            return int(lists.start[end])
    return begin


@compiled
def woken(edges: Edges, lists: Lists, around: Ints, seen: Places, look: Ints) -> int:
    """Let the pairs of `around` that were judged be judged again; lists in `look` `around` and all ends of these.

    Returns how many they are; `look` has room for every entity.
    """
    many = 0
    for entity in around:
        many = _noted(entity, seen, look, many)
    for entity in around:
        for place in range(lists.start[entity], lists.start[entity] + lists.many[entity]):
            row = lists.rows[place]
            if edges.fate[row] == OPEN and not np.isnan(edges.chance[row]):
                edges.chance[row] = np.nan
                many = _noted(edges.a[row] + edges.b[row] - entity, seen, look, many)
    _forget(seen, look, many)
    return many
