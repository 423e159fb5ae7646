"""Who is in a block that somebody looks for: one pass over everybody in a compiled loop, and nothing kept in step."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int32]
Words = NDArray[np.uint64]


class Keys(NamedTuple):
    """The keys of a rule: `value` (fields, rows) has the number of each value, -1 for none. Those of the keys' fields
    have in `key` what begins where `start` says; -1 is none. `able`: the rows that have keys."""

    value: Codes
    able: Flags
    field: Ints
    start: Ints
    key: Ints


@borrowing
def numbered(keys: Keys, row: int) -> Any:
    """The number of the block that a row is in, -1 for none: see blocking.joined."""
    # places without a sign: of others it would be asked whether they count from the end, in a third of all the time
    mixed = np.uint64(0)
    for at in range(len(keys.field)):
        value = keys.value[np.uint64(keys.field[at]), np.uint64(row)]
        if value < 0:
            return np.int64(-1)
        found = keys.key[np.uint64(keys.start[at] + value)]
        if found < 0:
            return np.int64(-1)
        key = np.uint64(found) + np.uint64(at + 1)
        key *= np.uint64(0x9E3779B97F4A7C15)
        key = (key ^ (key >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
        if at:
            mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
        mixed += key
    return np.int64(mixed >> np.uint64(22))


class Sought(NamedTuple):
    """Numbers from 0 on in a hash table of a power of two places, -1 where there is none; and a bit for each that there
    may be, few enough to stay near the processor."""

    table: Ints
    bits: Words


@borrowing
def place(table: Ints, number: int) -> Any:
    """Where a number is in a hash table, or would be."""
    last = len(table) - 1
    at = number & last
    while table[at] >= 0 and table[at] != number:
        at = (at + 1) & last
    return at


@borrowing
def bit(bits: Words, number: int) -> Any:
    """The word that has the bit of a number, and the bit."""
    at = number & (64 * len(bits) - 1)
    return at >> 6, np.uint64(1) << np.uint64(at & 63)


@compiled
def put(sought: Sought, numbers: Ints) -> None:
    """Put in numbers; there is room for them."""
    for each in range(len(numbers)):
        sought.table[place(sought.table, numbers[each])] = numbers[each]
        word, mark = bit(sought.bits, numbers[each])
        sought.bits[word] |= mark


@borrowing
def is_sought(sought: Sought, number: int) -> Any:
    """Whether a number was put in."""
    word, mark = bit(sought.bits, number)
    return sought.bits[word] & mark != np.uint64(0) and sought.table[place(sought.table, number)] == number


@compiled
def meeting(keys: Keys, sought: Sought, rows: Ints, block: Ints) -> int:
    """Leave in `rows` and `block` the rows whose block is sought, and which it is; returns how many."""
    many = 0
    for row in range(len(keys.able)):
        if keys.able[row]:
            number = numbered(keys, row)
            if number >= 0 and is_sought(sought, number):
                rows[many], block[many] = row, number
                many += 1
    return many


@compiled
def found(numbers: Ints, able: Flags, sought: Sought, rows: Ints) -> int:
    """Leave in `rows` those that are able and have a number that is sought; returns how many."""
    many = 0
    for row in range(len(numbers)):
        if able[row] and is_sought(sought, numbers[row]):
            rows[many] = row
            many += 1
    return many
