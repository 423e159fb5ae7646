"""All records, kept and new, as numbers: who shares a block with whom is found in one pass, and records are made ready
for comparing only where they are asked for."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.generic import decided
from transforms.matching.generic import ground_loops as loops
from transforms.matching.generic.blocking import Rule
from transforms.matching.generic.ground_loops import Keys, Sought
from transforms.matching.generic.keys import exchangeable
from transforms.matching.generic.prepared import copied, holders
from transforms.matching.generic.remembered import UNSEEN, Field
from transforms.matching.generic.values import Flags, Ints, Records

Codes = NDArray[np.int32]
Words = NDArray[np.uint64]


class Everybody(NamedTuple):
    """By row of all records, kept ones first: the number of each field's value (fields, rows; -1 for none), its source,
    the entity it is in (-1: none yet), and whether it is there still. `unique`: by source."""

    value: Codes
    source: Codes
    entity: Codes
    there: Flags
    unique: Flags

    @property
    def fresh(self) -> Flags:
        """Which rows are new."""
        return self.there & (self.entity < 0)


class Found(NamedTuple):
    """Rows, and the block of each."""

    rows: Ints
    block: Ints


class Ground(NamedTuple):
    """Everybody, what is known of values by field, the copies (by row, see prepared.firsts), and how many entities seem
    to hold each value."""

    every: Everybody
    fields: dict[str, Field]
    first: Ints
    counts: dict[str, Ints]

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.first)

    @property
    def single(self) -> bool:
        """See decided.single."""
        return decided.single(self.records(np.zeros(0, np.int64)))

    def records(self, rows: Ints) -> Records:
        """Some of the records."""
        value, columns = self.every.value[:, rows], {}
        for at, (name, field) in enumerate(self.fields.items()):
            columns[name] = field.column._replace(code=value[at].astype(np.int64))
        return Records(columns, self.every.source[rows].astype(np.int64), self.every.unique, len(rows))

    def keys(self, rows: Ints, names: Iterable[str]) -> dict[str, Ints]:
        """Keys of some of the records, by name; copies have none, nor has what is no longer there."""
        value = self.every.value[:, rows]
        none = ~self.every.there[rows] | (self.first[rows] != rows)
        found, wanted = {}, set(names)
        for at, field in enumerate(self.fields.values()):
            for name in (name for name in field.keys if name in wanted):
                found[name] = field.keys[name][value[at]]
                found[name][none] = -1
        return found

    def meeting(self, rule: Rule, wanted: Ints) -> Found:
        """The rows that are in blocks of a rule that are `wanted`, and in which."""
        if not len(wanted):
            return Found(wanted, wanted)
        own = [
            (at, field.keys[key]) for key in rule for at, field in enumerate(self.fields.values()) if key in field.keys
        ]
        start = np.cumsum([0, *(len(key) for _, key in own)])[:-1]
        able = self.every.there & (self.first == np.arange(self.size))
        keys = Keys(
            self.every.value, able, np.array([at for at, _ in own]), start, np.concatenate([key for _, key in own])
        )
        rows, block = np.empty((2, self.size), np.int64)
        many = loops.meeting(keys, sought(wanted), rows, block)
        return Found(rows[:many].copy(), block[:many].copy())

    def exchanged(self) -> dict[str, Ints]:
        """See keys.swapped."""
        both = exchangeable({name: field.column.kind for name, field in self.fields.items()})
        if not both:
            return {}
        one, other = (self.fields[name].hash for name in both)
        return {both[0]: _translated(one, other), both[1]: _translated(other, one)}


def ground(every: Everybody, fields: dict[str, Field]) -> Ground:
    """Everybody with copies told apart. A value that the run did not see is held by the most records of one source."""
    everywhere = Ground(every, fields, np.arange(len(every.there)), {})
    single, first = everywhere.single, everywhere.first
    if not single:
        rows = np.flatnonzero(every.there)
        said = [every.source[rows], *(each[rows] for each in every.value)]
        first[rows] = rows[copied(said, every.unique[every.source[rows]])]
    telling = every.there & (first == np.arange(len(first)))
    counts = {}
    for at, (name, field) in enumerate(fields.items()):
        unseen = field.held == UNSEEN
        some = np.flatnonzero(telling & np.append(unseen, False)[every.value[at]])
        many = holders(every.value[at, some].astype(np.int64), len(unseen), every.source[some].astype(np.int64))
        counts[name] = np.ones_like(many) if single else np.where(unseen, many, field.held)
    return everywhere._replace(first=first, counts=counts)


def sought(numbers: Ints) -> Sought:
    """Numbers from 0 on, to be found again."""
    size = 1 << (2 * len(numbers)).bit_length()
    found = Sought(np.full(size, -1), np.zeros(max(size >> 3, 1), np.uint64))
    loops.put(found, np.ascontiguousarray(numbers))
    return found


def having(numbers: Ints, able: Flags, wanted: Ints) -> Ints:
    """The rows that are `able` and have one of the `wanted` numbers, from 0 on."""
    rows = np.empty(len(numbers), np.int64)
    return rows[: loops.found(numbers, able, sought(wanted), rows)].copy()


def _translated(one: Words, other: Words) -> Ints:
    """The number that each text of `one` has in the `other` field, -2 for none; and -2 behind them."""
    order = np.argsort(other, kind="stable")
    at = np.append(order, -1)[np.searchsorted(other, one, sorter=order)]
    return np.append(np.where(np.append(other, np.uint64(0))[at] == one, at, -2), -2)
