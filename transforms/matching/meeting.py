"""Kept mentions that share words with those of a batch: looked up in an index of those that the last whole run kept,
and by one pass over the others, which are few."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.belonging import NOBODYS, Belonging, Ids
from transforms.matching.compiled import borrowing, compiled
from transforms.matching.fingerprints import AGAIN, PLACE, Fingerprints, Short, Table
from transforms.matching.kernels import Flags, Ints

Found = tuple[Ints, Ints]
IdTable = NDArray[np.int32]  # two rows of numbers, one below the other
ROOM = 1 << 20  # as many as meet in most cases; with more they are looked for again
MIX = np.uint64(0x9E3779B97F4A7C15)
OF = {born: again for again, born in AGAIN.items()}


class Buckets(NamedTuple):
    """Rows by what they share: those of bucket b are ``rows[start[b]:start[b + 1]]``, ascending. Buckets are a power of
    two. Rows that don't know all of it are in none."""

    start: Ids
    rows: Ids


class Index(NamedTuple):
    """Of the first `size` rows, for the columns by which mentions meet: `tables` of all, and `again` of those with a
    second birth, under that."""

    size: int
    tables: Mapping[tuple[str, ...], Buckets]
    again: Mapping[tuple[str, ...], Buckets]


NONE = Index(0, {}, {})


class Kept(NamedTuple):
    """What is kept of the mentions so far, by row: their words (fingerprints.table), whose they are (-1: replaced by a
    later version), and whether they have a valid number of their own. `people` bounds the ids of entities; `owned` are
    their rows, for who asks for them."""

    words: Table
    entity: Ids
    trusted: Flags
    people: int
    finder: Index = NONE
    owned: Belonging = NOBODYS

    def column(self, name: str, again: bool = False) -> Short:
        """The words of every mention, or those `again` (see meet)."""
        return self.words[:, _place(name, again)]


class Sides(NamedTuple):
    """Kept mentions by their words and state, in which columns, and those of a batch by their words there."""

    words: Table
    entity: Ids
    trusted: Flags
    one: int
    other: int
    new_one: Short
    new_other: Short
    everybody: Flags


def meet(old: Kept, new: Fingerprints, columns: tuple[str, ...], everybody: Flags, again: bool = False) -> Found:
    """All (row of `old`, row of `new`) that are known to agree in all of `columns`, one or two, each once.

    Only living rows are met, and those of a valid number only by who may meet `everybody`. With `again` it is rows with
    a second birth, under that.
    """
    one, other = columns[0], columns[-1]
    words, entity, trusted = old.words, np.ascontiguousarray(old.entity, np.int32), np.ascontiguousarray(old.trusted)
    new_one, new_other = np.ascontiguousarray(new[one]), np.ascontiguousarray(new[other])
    places = _place(one, again), _place(other, again)
    sides = Sides(words, entity, trusted, *places, new_one, new_other, everybody)
    index = (old.finder.again if again else old.finder.tables).get(columns)
    later = np.arange(old.finder.size if index else 0, len(old.entity))
    passed = later[second(old.words[len(old.entity) - len(later) :])] if again else later
    found = [_looked_up(sides, index)] if index else []
    if len(passed):
        size = 1 << max(10, (2 * len(everybody)).bit_length())
        chains = np.full(size, -1, np.int32), np.empty(len(everybody), np.int32)
        _chained(sides.new_one, sides.new_other, chains)
        found.append(_grown(lambda out: _passed(sides, passed, chains, out), len(everybody)))
    if len(found) == 1:
        return found[0]
    row, at = zip(*found, strict=True) if found else ((np.zeros(0, np.int64),), (np.zeros(0, np.int64),))
    return np.concatenate(row), np.concatenate(at)


def _place(name: str, again: bool) -> int:
    return PLACE[OF.get(name, name) if again else name]


def second(words: Table) -> Ints:
    """The rows with a second birth."""
    found: Ints = np.flatnonzero(words[:, PLACE["born_again"]] | words[:, PLACE["year_again"]])
    return found


def _grown(fill: Callable[[Found], int], guess: int) -> Found:
    """What `fill` puts into two arrays, returning how much that would be in all."""
    while True:
        out = np.empty(2 * guess, np.int64), np.empty(2 * guess, np.int64)
        many = fill(out)
        if many <= len(out[0]):
            return out[0][:many], out[1][:many]
        guess = many


def indexed(words: Fingerprints, columns: tuple[str, ...], again: bool = False) -> Buckets:
    """All rows of some words by what they share in `columns`; `again`: those with a second birth, under that."""
    one, other = (words[OF.get(name, name) if again else name] for name in (columns[0], columns[-1]))
    if again:
        one = np.where((words["born_again"] | words["year_again"]) != 0, one, np.uint32(0))
    many = int(np.count_nonzero((one != 0) & (other != 0)))
    found = Buckets(np.zeros((1 << max(0, many - 1).bit_length()) + 1, np.int32), np.empty(many, np.int32))
    _filled(np.ascontiguousarray(one), np.ascontiguousarray(other), found)
    return found


@compiled
def _filled(one: Short, other: Short, out: Buckets) -> None:
    """Count, add up, and put every row that knows both where its bucket ends so far, beginning with the last."""
    start, found = out
    mask, total = np.uint32(len(start) - 2), 0
    for row in range(len(one)):
        if one[row] != 0 and other[row] != 0:
            start[_mixed(one[row], other[row]) & mask] += 1
    for bucket in range(len(start)):
        total += start[bucket]
        start[bucket] = total
    for row in range(len(one) - 1, -1, -1):
        if one[row] != 0 and other[row] != 0:
            mine = _mixed(one[row], other[row]) & mask
            start[mine] -= 1
            found[start[mine]] = row


@borrowing
def _mixed(one: np.uint32, other: np.uint32) -> np.uint32:
    """32 bits that depend on both."""
    word = (np.uint64(one) << np.uint64(32) | np.uint64(other)) * MIX
    mixed: np.uint32 = np.uint32(word >> np.uint64(32))
    return mixed


def _looked_up(sides: Sides, index: Buckets) -> Found:
    """All that meet by the index.

    Every look at it waits for memory. A processor waits for several at once as long as none depends on another: so
    there is a loop for each step, and not one for all of them.
    """
    spans = np.empty((2, len(sides.everybody)), np.int32)
    many = _located(sides, index.start, spans)
    found = _grown(lambda out: _listed(sides, index.rows, spans, out), min(many, ROOM))
    many = _agreeing(sides, found)
    return found[0][:many], found[1][:many]


@compiled
def _located(sides: Sides, start: Ids, spans: IdTable) -> int:
    """Put into `spans` where the bucket of each new row begins and ends; returns how many rows all of them hold."""
    mask, many = np.uint32(len(start) - 2), 0
    for at in range(len(sides.new_one)):
        spans[0, at], spans[1, at] = 0, 0
        if sides.new_one[at] != 0 and sides.new_other[at] != 0:
            bucket = _mixed(sides.new_one[at], sides.new_other[at]) & mask
            spans[0, at], spans[1, at] = start[bucket], start[bucket + np.uint32(1)]
            many += spans[1, at] - spans[0, at]
    return many


@compiled
def _listed(sides: Sides, rows: Ids, spans: IdTable, out: Found) -> int:
    """Put into `out`, where there is room, the rows of all buckets that the new ones may meet; returns how many those
    are."""
    many, room = 0, len(out[0])
    for at in range(len(sides.new_one)):
        for place in range(spans[0, at], spans[1, at]):
            if many < room:
                out[0][many], out[1][many] = rows[place], at
            many += int(sides.trusted[rows[place]] <= sides.everybody[at])
    return many


@compiled
def _agreeing(sides: Sides, found: Found) -> int:
    """Leave of `found` those that meet, the first so many; returns how many do."""
    words, many = sides.words, 0
    for i in range(len(found[0])):
        row, at = found[0][i], found[1][i]
        found[0][many], found[1][many] = row, at
        alike = (words[row, sides.one] == sides.new_one[at]) & (words[row, sides.other] == sides.new_other[at])
        many += int(alike & (sides.entity[row] >= 0))
    return many


@compiled
def _chained(one: Short, other: Short, chains: tuple[Ids, Ids]) -> None:
    """Chains of the new rows by what they share: the first of each, and who comes after whom, ascending."""
    head, after = chains
    mask = np.uint32(len(head) - 1)
    for at in range(len(after) - 1, -1, -1):
        if one[at] != 0 and other[at] != 0:
            chain = _mixed(one[at], other[at]) & mask
            after[at] = head[chain]
            head[chain] = at


@compiled
def _passed(sides: Sides, rows: Ints, chains: tuple[Ids, Ids], out: Found) -> int:
    """Put into `out`, where there is room, all of `rows` that meet somebody; returns how many do."""
    head, after = chains
    mask, many = np.uint32(len(head) - 1), 0
    for place in range(len(rows)):
        row = rows[place]
        at = head[_mixed(sides.words[row, sides.one], sides.words[row, sides.other]) & mask]
        while at >= 0:
            many = _put(sides, row, at, out, many)
            at = after[at]
    return many


@borrowing
def _put(sides: Sides, row: int, at: int, out: Found, many: int) -> int:
    """Put in the two, if they meet; returns how many have by then. Most may not, and are not looked at any closer."""
    words, entity, trusted = sides.words, sides.entity, sides.trusted
    if trusted[row] and not sides.everybody[at]:
        return many
    if words[row, sides.one] != sides.new_one[at] or words[row, sides.other] != sides.new_other[at] or entity[row] < 0:
        return many
    if many < len(out[0]):
        out[0][many], out[1][many] = row, at
    return many + 1
