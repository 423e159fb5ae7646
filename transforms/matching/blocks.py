"""Joining by keys, in compiled loops: the entity sits in the low bits of its key, so one sort of words makes blocks.

A word has 64 bits: of the key as many count as the entities leave free, and two keys that agree in them by chance
bring a few pairs more. Loops go once over what they read and write what is wanted alone; sorting is numpy's.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.hashing import PRIME
from transforms.matching.kernels import Flags, Ints, Words
from transforms.matching.stable import Short

Shorts = NDArray[np.int32]
Codes = NDArray[np.uint32]

MARKS = 3  # bits of marks for each word that is marked, in powers of two: one in eight is marked by chance
CODES, LARGE, LEFT = range(3)  # of what `paired` tells


class Column(NamedTuple):
    """`words` by row of a table of values, with a 0 (unknown) at its end; `row` is that of each mention, or -1.

    Without `row`, the words are those of the rows to be joined themselves.
    """

    words: Short
    row: Ints


NONE = Column(np.empty(0, np.uint32), np.empty(0, np.int64))  # where a key has no second column


class About(NamedTuple):
    """Rows to be joined: the mentions, and after them those in `again` a second time. `code` is the entity of each
    mention, with the bit above it set for a loose one."""

    code: Codes
    again: Ints


class Way(NamedTuple):
    """How to pair: blocks of up to `cap` entities, only with loose ones or `both`; `bits` of a word are the entity's.

    Pairs are written as ``(a << bits | b) << shift | rule``, a < b.
    """

    cap: int
    both: bool
    bits: int
    shift: int
    rule: int


class Asked(NamedTuple):
    """Rows whose keys are wanted (see block_rows): all of these keys, or the marked ones; `begin` are there already."""

    rows: Shorts
    every: bool
    begin: int


class Room(NamedTuple):
    """Where to write keys and rows: as long as there are rows, and one more. `marks` has 2 ** (64 - shift) bits, one
    for each value of a key's highest bits."""

    packed: Words
    rows: Shorts
    marks: Words
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
    power = MARKS + min(max(6, free.bit_length()), 31)
    words = np.empty(size + 1, np.uint64), np.empty(1 << power - 6, np.uint64)
    return Room(words[0], np.empty(size + 1, np.int32), words[1], 64 - power)


@borrowing
def mention_of(about: About, row: int) -> int:
    """The mention that a row is about."""
    mentions = len(about.code)
    return row if row < mentions else int(about.again[row - mentions])


@borrowing
def _word(column: Column, row: int, mention: int) -> np.uint64:
    return np.uint64(column.words[column.row[mention]] if len(column.row) else column.words[row])


@borrowing
def _key(on: tuple[Column, Column], row: int, mention: int) -> np.uint64:
    """The key of a row, 0 where one of the columns is not known."""
    one, two = _word(on[0], row, mention), np.uint64(1)
    if len(on[1].words):
        two = _word(on[1], row, mention)
    return (one << np.uint64(32) | two) * PRIME if (one != 0) & (two != 0) else np.uint64(0)


@borrowing
def _is_marked(room: Room, key: np.uint64) -> np.uint64:
    high = key >> np.uint64(room.shift)
    mark: np.uint64 = room.marks[np.int64(high >> np.uint64(6))] >> (high & np.uint64(63)) & np.uint64(1)
    return mark


@borrowing
def _mark(room: Room, key: np.uint64, yes: bool) -> None:
    high = key >> np.uint64(room.shift)
    room.marks[np.int64(high >> np.uint64(6))] |= np.uint64(yes) << (high & np.uint64(63))


@compiled
def marked(on: tuple[Column, Column], code: Codes, bits: int, room: Room) -> int:
    """Mark the keys of loose entities, whose rows these are, each with its code, and write them to `room` as `sharing`
    does; how many."""
    many, mask = 0, (np.uint64(2) << np.uint64(bits)) - np.uint64(1)
    for place in range(len(room.marks)):
        room.marks[place] = 0
    for row in range(len(code)):
        key = _key(on, row, row)
        _mark(room, key, key != 0)
        room.packed[many] = key & ~mask | np.uint64(code[row])
        many += key != 0
    return many


@compiled
def marked_large(large: Words, bits: int, room: Room) -> None:
    """Mark keys of `large` blocks (see paired)."""
    for place in range(len(room.marks)):
        room.marks[place] = 0
    for key in large:
        _mark(room, key << np.uint64(bits + 1), True)


@compiled
def sharing(on: tuple[Column, Column], about: About, asked: Asked, way: Way, room: Room) -> int:
    """Write to `room` those of the rows that have a key, and that key with the code in its lowest bits; how many there
    are then.

    Unless all are asked for, a key that is not marked is passed over. Whether a row counts is no branch: none could be
    foreseen.
    """
    many, every = asked.begin, np.uint64(asked.every)
    mask, free = (np.uint64(2) << np.uint64(way.bits)) - np.uint64(1), np.uint64(way.both) << np.uint64(way.bits)
    for each in asked.rows:
        row = int(each)
        mention = mention_of(about, row)
        key = _key(on, row, mention)
        room.packed[many], room.rows[many] = key & ~mask | np.uint64(about.code[mention]) | free, row
        many += int((_is_marked(room, key) | every) & np.uint64(key != 0))
    return many


@compiled
def narrowed(column: Column, about: About, room: Room, bits: int, many: int) -> int:
    """Keep of the first `many` words in `room` those of a marked key, `column` known and part of the key; how many."""
    low, to = (np.uint64(2) << np.uint64(bits)) - np.uint64(1), 0
    for at in range(many):
        word, row = room.packed[at], int(room.rows[at])
        if _is_marked(room, word):
            more = _word(column, row, mention_of(about, row)) * PRIME
            room.packed[to], room.rows[to] = (word & ~low) + (more & ~low) | word & low, row
            to += more != 0
    return to


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


@compiled
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


@compiled
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
