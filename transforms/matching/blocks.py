"""Joining by keys, in compiled loops: the entity sits in the low bits of its key, so one sort of words makes blocks.

A word has 64 bits: of the key as many count as the entities leave free, and two keys that agree in them by chance
bring a few pairs more. Loops go once over what they read and write what is wanted alone; sorting is numpy's. Keys of
several rules are made at a time, some thousand rows each, so that what a row says is fetched once for all of them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, lent
from transforms.matching.kernels import Flags, Ints, Words

Shorts = NDArray[np.int32]

TOGETHER = 4  # rules whose keys are made at a time
STEP = 1024  # rows whose words are at hand at a time: they stay in the processor's first cache
MARKS = 3  # bits of marks for each word that is marked, in powers of two: one in eight is marked by chance
CODES, LARGE, LEFT = range(3)  # of what `paired` tells


class Column(NamedTuple):
    """`words` by row of a table of values, with a 0 (unknown) at its end; `row` is that of each mention, or -1.

    Without `row`, the words are those of the rows to be joined themselves.
    """

    words: Words
    row: Ints


NONE = Column(np.empty(0, np.uint64), np.empty(0, np.int64))  # where there is no column
Columns = tuple[Column, Column, Column, Column, Column, Column, Column, Column]  # two for each of TOGETHER


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


class Keyed(NamedTuple):
    """Of TOGETHER rules: the places of their columns, two each, -1 for no second one; whether they are `both`; and how
    many of the rows may have a key, 0 where there is no rule."""

    on: Ints
    both: Ints
    rows: Ints


class Room(NamedTuple):
    """Where to write, by rule: `packed` words and their `rows`, as many as there are rows and one more, `many` of them
    at the end, and `marks` of 2 ** (64 - shift) bits. `said` and `at` are in between (see `room`)."""

    packed: Words
    rows: Shorts
    many: Ints
    marks: Words
    said: Words
    at: Shorts
    shift: int


class United(NamedTuple):
    """Distinct pairs, ascending, with the union of their rules' bits; by rule its pairs, and those no rule before it
    found."""

    a: Ints
    b: Ints
    rules: Ints
    pairs: Ints
    new: Ints


def room(size: int, free: int) -> Room:
    """Room for `size` rows of which `free` are of loose entities."""
    shift = 64 - MARKS - min(max(6, free.bit_length()), 31)
    return Room(
        np.empty(TOGETHER * (size + 1), np.uint64),
        np.empty(TOGETHER * (size + 1), np.int32),
        np.empty(TOGETHER, np.int64),
        np.empty(TOGETHER << 58 - shift, np.uint64),
        np.empty((2 * TOGETHER + 1) * STEP, np.uint64),
        np.empty(2 * STEP, np.int32),
        shift,
    )


@borrowing
def _said(column: Column, way: int, room: Room, many: int) -> None:
    """The words of a column for the rows at hand."""
    words, row = column
    said, at, begin = room.said, room.at, way * STEP
    if len(row):
        for i in range(many):
            said[begin + i] = words[row[at[STEP + i]]]
    elif len(words):
        for i in range(many):
            said[begin + i] = words[at[i]]


@borrowing
def _heard(columns: Columns, room: Room, many: int) -> None:
    _said(columns[0], 0, room, many)
    _said(columns[1], 1, room, many)
    _said(columns[2], 2, room, many)
    _said(columns[3], 3, room, many)
    _said(columns[4], 4, room, many)
    _said(columns[5], 5, room, many)
    _said(columns[6], 6, room, many)
    _said(columns[7], 7, room, many)


@borrowing
def _keys(keyed: Keyed, rule: int, said: Words, many: int) -> None:
    """The keys of the rows at hand, behind their words; 0 where one of the columns is not known."""
    to, one, two = 2 * TOGETHER * STEP, keyed.on[2 * rule] * STEP, keyed.on[2 * rule + 1] * STEP
    if two >= 0:
        for i in range(many):
            x, y = said[one + i], said[two + i]
            said[to + i] = x + y if (x != 0) & (y != 0) else np.uint64(0)
    else:
        for i in range(many):
            said[to + i] = said[one + i]


@borrowing
def _begin(about: About, room: Room, first: int, many: int) -> None:
    """Take the rows from `first` on at hand, and the mentions they are about."""
    at, mentions = room.at, len(about.code)
    for i in range(many):
        row = first + i
        at[i] = row
        at[STEP + i] = row if row < mentions else about.again[row - mentions]


@borrowing
def _marked(columns: Columns, about: About, keyed: Keyed, room: Room) -> None:
    """Mark the keys that loose entities have, a bit for each value of their highest bits."""
    marks, said, at, shift = room.marks, room.said, room.at, np.uint64(room.shift)
    width, mentions = len(marks) // TOGETHER, len(about.code)
    for place in range(len(marks)):
        marks[place] = 0
    for first in range(0, len(about.free), STEP):
        many = min(STEP, len(about.free) - first)
        for i in range(many):
            row = about.free[first + i]
            at[i] = row
            at[STEP + i] = row if row < mentions else about.again[row - mentions]
        _heard(columns, room, many)
        for rule in range(TOGETHER):
            if keyed.rows[rule] and not keyed.both[rule]:
                _keys(keyed, rule, said, many)
                for i in range(many):
                    key = said[2 * TOGETHER * STEP + i]
                    high = key >> shift
                    marks[rule * width + np.int64(high >> np.uint64(6))] |= np.uint64(
                        (key != 0) & (at[i] < keyed.rows[rule])
                    ) << (high & np.uint64(63))


@borrowing
def _written(about: About, room: Room, rule: int, many: int, way: tuple[int, int]) -> None:
    """Write the keys at hand that a loose entity has, or all of a rule of `both`. Whether one counts is no branch:
    none could be foreseen."""
    bits, both = way
    marks, said, at, shift = room.marks, room.said, room.at, np.uint64(room.shift)
    begin, width, to = rule * (len(room.rows) // TOGETHER), len(marks) // TOGETHER, int(room.many[rule])
    every = np.uint64(both)
    low, free = (np.uint64(2) << np.uint64(bits)) - np.uint64(1), every << np.uint64(bits)
    for i in range(many):
        key = said[2 * TOGETHER * STEP + i]
        high = key >> shift
        mark = marks[rule * width + np.int64(high >> np.uint64(6))] >> (high & np.uint64(63)) & np.uint64(1)
        room.packed[begin + to] = key & ~low | about.code[at[STEP + i]] | free
        room.rows[begin + to] = at[i]
        to += int((mark | every) & np.uint64(key != 0))
    room.many[rule] = to


@lent
def sharing(columns: Columns, about: About, keyed: Keyed, room: Room, bits: int) -> None:
    """Write to `room`, by rule, its rows that have a key, and that key with the code in its `bits` lowest bits.

    Unless `both`, a key that no loose entity has is passed over: nobody with a number needs it.
    """
    _marked(columns, about, keyed, room)
    most = 0
    for rule in range(TOGETHER):
        room.many[rule] = 0
        most = max(most, keyed.rows[rule])
    for first in range(0, most, STEP):
        many = min(STEP, most - first)
        _begin(about, room, first, many)
        _heard(columns, room, many)
        for rule in range(TOGETHER):
            mine = min(many, keyed.rows[rule] - first)
            if mine > 0:
                _keys(keyed, rule, room.said, mine)
                _written(about, room, rule, mine, (bits, keyed.both[rule]))


@lent
def narrowed(column: Column, about: About, room: Room, large: Words, way: tuple[int, int, int]) -> int:
    """Keep of the words of a rule those with a key of `large` (and a few others), `column` known and part of the key;
    how many. `way` is the rule, the bits of an entity and how many words there are."""
    rule, bits, many = way
    marks, shift, above = room.marks, np.uint64(room.shift), np.uint64(bits + 1)
    begin, width = rule * (len(room.rows) // TOGETHER), len(marks) // TOGETHER
    low, mentions, to = (np.uint64(1) << above) - np.uint64(1), len(about.code), begin
    for place in range(rule * width, (rule + 1) * width):
        marks[place] = 0
    for at in range(len(large)):
        high = large[at] << above >> shift
        marks[rule * width + np.int64(high >> np.uint64(6))] |= np.uint64(1) << (high & np.uint64(63))
    for at in range(begin, begin + many):
        word, row = room.packed[at], np.int64(room.rows[at])
        high = word >> shift
        if marks[rule * width + np.int64(high >> np.uint64(6))] >> (high & np.uint64(63)) & np.uint64(1):
            mention = row if row < mentions else about.again[row - mentions]
            more = column.words[column.row[mention]] if len(column.row) else column.words[row]
            room.packed[to], room.rows[to] = (word & ~low) + (more & ~low) | word & low, row
            to += more != 0
    return to - begin


@borrowing
def _fill(codes: Words, many: int, packed: Words, run: tuple[int, int, int], way: Way) -> int:
    """Write the pairs of a block, whose loose ones begin at the second place, from `many` on; where they end."""
    start, loose, stop = run
    bits, shift, rule = np.uint64(way.bits), np.uint64(way.shift), np.uint64(way.rule)
    mask = (np.uint64(1) << bits) - np.uint64(1)
    for i in range(loose, stop):
        one = packed[i] & mask
        for j in range(start, i):
            other = packed[j] & mask
            codes[many] = (min(one, other) << bits | max(one, other)) << shift | rule
            many += 1
    return many


@lent
def paired(packed: Words, begin: int, way: Way, codes: tuple[Words, Words], told: Ints) -> int:
    """Write all pairs with a loose entity within blocks of `packed` (keys above codes, see About; sorted; equal words
    are moved together), and the keys of blocks that are too large, to the two arrays of `codes`.

    From `begin` on, until there is no more room for pairs; where that is. `told` is added to: how many CODES and
    LARGE keys there are, and how many pairs are in large blocks (LEFT).
    """
    pairs, large = codes
    bits, above = np.uint64(way.bits), np.uint64(way.bits + 1)
    at = begin
    while at < len(packed):
        key, last, stop, next_one = packed[at] >> above, packed[at], at + 1, at + 1
        while next_one < len(packed) and packed[next_one] >> above == key:
            word = packed[next_one]
            packed[stop] = word
            stop += word != last
            last = word
            next_one += 1
        loose = stop
        while loose > at and packed[loose - 1] >> bits & np.uint64(1):
            loose -= 1
        size, rest = stop - at, loose - at
        worth = (size * (size - 1) - rest * (rest - 1)) // 2
        if size > way.cap and worth:
            large[told[LARGE]] = key
            told[LARGE] += 1
            told[LEFT] += worth
        elif worth:
            if told[CODES] + worth > len(pairs):
                return at
            told[CODES] = _fill(pairs, told[CODES], packed, (at, loose, stop), way)
        at = next_one
    return at


@lent
def united(codes: Words, way: Way, bit: Ints, found: United) -> int:
    """Write the pairs of sorted `codes` (see Way) to `found`, how many; `bit` is that of each rule."""
    below, mask = np.uint64(way.shift), (np.uint64(1) << np.uint64(way.bits)) - np.uint64(1)
    by, above = (np.uint64(1) << below) - np.uint64(1), np.uint64(way.bits)
    for rule in range(len(bit)):
        found.pairs[rule], found.new[rule] = 0, 0
    many, rules, last = -1, 0, ~np.uint64(0)
    for at in range(len(codes)):
        pair, rule = codes[at] >> below, int(codes[at] & by)
        other = int(pair != last)
        many, rules, last = many + other, rules * (1 - other), pair
        found.new[rule] += other
        found.pairs[rule] += rules & bit[rule] == 0
        rules |= int(bit[rule])
        found.a[many], found.b[many], found.rules[many] = np.int64(pair >> above), np.int64(pair & mask), rules
    return many + 1


def first_of_runs(ordered: Words | Ints) -> Flags:
    """True where a value differs from the one before it."""
    first: Flags = np.append(np.ones(min(1, len(ordered)), bool), ordered[1:] != ordered[:-1])
    return first
