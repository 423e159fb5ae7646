"""Joining by keys, in compiled loops: the entity sits in the low bits of its key, so one sort of words makes blocks.

A word has 64 bits: of the key as many count as the entities leave free, and two keys that agree in them by chance
COARSE = 20  # bits of a key by which rows of large blocks are told
bring a few pairs more. Loops go once over what they read and write what is wanted alone; sorting is numpy's.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled, inlined
from transforms.matching.kernels import Flags, Ints, Words

Shorts = NDArray[np.int32]

MARKS = 3  # bits of marks for each word that is marked, in powers of two: one in eight is marked by chance
COARSE = 20  # bits of a key by which rows of large blocks are told


class Column(NamedTuple):
    """`words` by row of a table of values, with a 0 (unknown) at its end; `row` is that of each mention, or -1.

    Without `row`, the words are those of the rows to be joined themselves.
    """

    words: Words
    row: Ints


NONE = Column(np.empty(0, np.uint64), np.empty(0, np.int64))  # where a key has no second column


class About(NamedTuple):
    """Rows to be joined: the mentions, and after them those in `again` a second time. `code` is the entity of each
    mention, with the bit above it set for a loose one; `free` are the rows of loose ones, ascending."""

    code: Words
    again: Ints
    free: Ints


class Way(NamedTuple):
    """How to pair: blocks of up to `cap` entities, only with loose ones or `both`; `bits` of a word are the entity's.

    Pairs are written as ``(a << bits | b) << shift | rule``, a < b.
    """

    cap: int
    both: bool
    bits: int
    shift: int
    rule: int


class Paired(NamedTuple):
    """The codes of the pairs of small blocks; the keys of blocks that are too large, and the pairs in those."""

    codes: Words
    large: Words
    left: int


class United(NamedTuple):
    """Distinct pairs, ascending, with the union of their rules' bits; by rule its pairs, and those no rule before it
    found."""

    a: Ints
    b: Ints
    rules: Ints
    pairs: Ints
    new: Ints


class Room(NamedTuple):
    """Where to write keys and rows: as long as there are rows, and one more."""

    packed: Words
    rows: Shorts


@borrowing
def _word(column: Column, row: int, mention: int) -> np.uint64:
    word: np.uint64 = column.words[column.row[mention]] if len(column.row) else column.words[row]
    return word


@borrowing
def _key(on: tuple[Column, Column], row: int, mention: int) -> np.uint64:
    """The key of a row, 0 where one of the columns is not known."""
    one = _word(on[0], row, mention)
    if len(on[1].words):
        two = _word(on[1], row, mention)
        return one + two if (one != 0) & (two != 0) else np.uint64(0)
    return one


@inlined
def _marked(on: tuple[Column, Column], about: About, size: int, shift: np.uint64) -> Words:
    """Marks of the keys that loose entities have, a bit for each value of their highest bits."""
    marks = np.zeros((1 << (64 - np.int64(shift))) // 64, np.uint64)
    mentions = len(about.code)
    for row in about.free:
        if row < size:
            high = _key(on, row, row if row < mentions else about.again[row - mentions]) >> shift
            marks[np.int64(high >> np.uint64(6))] |= np.uint64(1) << (high & np.uint64(63))
    return marks


@borrowing
def _mark(marks: Words, high: np.uint64) -> np.uint64:
    mark: np.uint64 = marks[np.int64(high >> np.uint64(6))] >> (high & np.uint64(63)) & np.uint64(1)
    return mark


@compiled
def sharing(on: tuple[Column, Column], about: About, way: Way, room: Room) -> int:
    """Write to `room` those of its rows that have a key, and that key with the code in its lowest bits; how many.

    Unless `both`, a key that no loose entity has is passed over: nobody with a number needs it. Whether a row counts
    is no branch: none could be foreseen.
    """
    size, mentions, many = len(room.rows) - 1, len(about.code), 0
    power = 6
    while power < 32 and (len(about.free) >> power) > 0:
        power += 1
    shift, every = np.uint64(64 - power - MARKS), np.uint64(way.both)
    marks = _marked(on, about, 0 if way.both else size, shift)
    mask, free = (np.uint64(2) << np.uint64(way.bits)) - np.uint64(1), every << np.uint64(way.bits)
    for row in range(min(size, mentions)):
        key = _key(on, row, row)
        room.packed[many], room.rows[many] = key & ~mask | about.code[row] | free, np.int32(row)
        many += int(np.int64(_mark(marks, key >> shift) | every)) if key != 0 else 0
    for row in range(mentions, size):
        mention = about.again[row - mentions]
        key = _key(on, row, mention)
        room.packed[many], room.rows[many] = key & ~mask | about.code[mention] | free, np.int32(row)
        many += int(np.int64(_mark(marks, key >> shift) | every)) if key != 0 else 0
    return many


@inlined
def _runs(packed: Words, above: np.uint64) -> tuple[Ints, Ints]:
    """Move the distinct words to the front; where the runs of one key begin and end that have two of them or more."""
    twin, many, twins = np.empty(len(packed) + 1, np.int64), 0, 0
    last = ~packed[0] if len(packed) else np.uint64(0)
    for word in packed:
        packed[many], twin[twins] = word, many
        twins += (word != last) & (word >> above == last >> above)
        many += word != last
        last = word
    start, stop, many = np.empty(twins, np.int64), np.empty(twins, np.int64), 0
    for at in range(twins):
        if at == 0 or twin[at] != twin[at - 1] + 1:
            start[many] = twin[at] - 1
            many += 1
        stop[many - 1] = twin[at] + 1
    return start[:many], stop[:many]


@borrowing
def _first_loose(packed: Words, start: int, stop: int, bits: np.uint64) -> int:
    """Where in a run the loose ones begin, after those with a number."""
    while stop > start and packed[stop - 1] >> bits & np.uint64(1):
        stop -= 1
    return stop


@borrowing
def _fill(codes: Words, many: int, run: Words, first: int, way: Way) -> int:
    """Write the pairs of a block whose loose ones begin at `first`, from `many` on; where they end."""
    bits, shift, rule = np.uint64(way.bits), np.uint64(way.shift), np.uint64(way.rule)
    mask = (np.uint64(1) << bits) - np.uint64(1)
    for i in range(first, len(run)):
        one = run[i] & mask
        for j in range(i):
            other = run[j] & mask
            codes[many] = (min(one, other) << bits | max(one, other)) << shift | rule
            many += 1
    return many


@compiled
def paired(packed: Words, way: Way) -> Paired:
    """All pairs with a loose entity within blocks of `packed`: keys above codes (see About), sorted; it is changed."""
    bits, above = np.uint64(way.bits), np.uint64(way.bits + 1)
    start, stop = _runs(packed, above)
    first = np.empty_like(start)
    many, large, left = 0, 0, 0
    for at in range(len(start)):
        first[at] = _first_loose(packed, start[at], stop[at], bits)
        size, rest = stop[at] - start[at], first[at] - start[at]
        worth = (size * (size - 1) - rest * (rest - 1)) // 2
        many += worth if size <= way.cap else 0
        left += worth if size > way.cap else 0
        large += worth > 0 and size > way.cap
    codes, keys = np.empty(many, np.uint64), np.empty(large, np.uint64)
    many, large = 0, 0
    for at in range(len(start)):
        if stop[at] - start[at] <= way.cap:
            many = _fill(codes, many, packed[start[at] : stop[at]], first[at] - start[at], way)
        elif first[at] < stop[at]:
            keys[large] = packed[start[at]] >> above
            large += 1
    return Paired(codes, keys, left)


@compiled
def united(codes: Words, bits: int, shift: int, bit: Ints) -> United:
    """The pairs of sorted `codes` (see Way); `bit` is that of each rule."""
    below, mask = np.uint64(shift), (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    by = (np.uint64(1) << below) - np.uint64(1)
    many = 0
    for at in range(len(codes)):
        many += at == 0 or codes[at] >> below != codes[at - 1] >> below
    a, b, rules = np.empty(many, np.int64), np.empty(many, np.int64), np.zeros(many, np.int64)
    pairs, new = np.zeros(len(bit), np.int64), np.zeros(len(bit), np.int64)
    many = -1
    for at in range(len(codes)):
        pair, rule = codes[at] >> below, np.int64(codes[at] & by)
        if at == 0 or pair != codes[at - 1] >> below:
            many += 1
            a[many], b[many] = np.int64(pair >> np.uint64(bits)), np.int64(pair & mask)
            new[rule] += 1
        pairs[rule] += not rules[many] & bit[rule]
        rules[many] |= bit[rule]
    return United(a, b, rules, pairs, new)


def maybe(packed: Words, large: Words, way: Way) -> Flags:
    """Which of `packed` may have one of the keys of `large` blocks? None that has is left out."""
    marks = np.zeros(1 << COARSE, bool)
    marks[large >> np.uint64(63 - way.bits - COARSE)] = True
    found: Flags = marks.take(packed >> np.uint64(64 - COARSE))
    return found


def low(bits: int) -> np.uint64:
    """The mask of the `bits` lowest bits."""
    return np.uint64((1 << bits) - 1)


def first_of_runs(ordered: Words | Ints) -> Flags:
    """True where a value differs from the one before it."""
    first: Flags = np.append(np.ones(min(1, len(ordered)), bool), ordered[1:] != ordered[:-1])
    return first
