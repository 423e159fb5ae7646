"""What blocking joins on: a 64-bit word for every value of every attribute, the same in every run.

The key of a rule is the sum of the words of its columns, so a row costs a lookup and an addition a column, and two
rows have one key if they agree on all of them (or, once in 2**64, by chance: that adds a candidate, no more).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from transforms.matching.counts import Scopes
from transforms.matching.kernels import DAY, Flags, Ints, Words
from transforms.matching.stable import (
    NumberWords,
    PlaceWords,
    name_words,
    number_words,
    phone_words,
    place_words,
    spread,
)
from transforms.matching.values import Nodes, Values

BORN = frozenset({"born", "year"})


class Column(NamedTuple):
    """`words` by row of a table of values, with a 0 (unknown) at its end; `row` is that of each mention, or -1."""

    words: Words
    row: Ints


@dataclass(frozen=True)
class Profiles:
    """Rows to be joined: the mentions, and after them those in `again` a second time, under their number's birth.

    `birth` is the packed birth by row, -1 unknown; `loose` says of each entity whether it has no trusted number.
    """

    entity: Ints  # by mention
    key: Ints  # by mention
    loose: Flags
    columns: dict[str, Column]
    birth: Ints
    again: Ints

    def words(self, column: str, rows: Ints | None = None) -> Words:
        """The word of each of `rows` (default: each mention) in `column`; 0 where its value is not known."""
        if column in BORN:
            births = self._born if column == "born" else self._year
            return births[: len(self.entity)] if rows is None else births.take(rows)
        values = self.columns[column]
        row = values.row if rows is None else values.row.take(self.mention(rows))
        found: Words = values.words.take(row, mode="wrap")
        return found

    @cached_property
    def owner(self) -> Ints:
        """The entity of every row."""
        return self.entity[self._about] if len(self.again) else self.entity

    @cached_property
    def free(self) -> Flags:
        """Whether that has no trusted number."""
        return self.loose[self.owner]

    def mention(self, rows: Ints) -> Ints:
        """The mention that each of `rows` is about."""
        return self._about.take(rows) if len(self.again) else rows

    @cached_property
    def _about(self) -> Ints:
        return np.append(np.arange(len(self.entity)), self.again)

    @cached_property
    def _born(self) -> Words:
        birth = np.maximum(self.birth, 0)
        return spread(np.where(birth & 3 == DAY, birth >> 2, 0), "born")

    @cached_property
    def _year(self) -> Words:
        return spread(np.maximum(self.birth, 0) // 40000, "year")

    def rows(self, columns: tuple[str, ...]) -> Ints | None:
        """The rows that matter to `columns`; None for the mentions alone, as second births matter only to births."""
        return np.arange(len(self.birth)) if BORN & set(columns) and len(self.again) else None


def profiles(nodes: Nodes, values: Values, places: Scopes, entity: Ints, loose: Flags) -> Profiles:
    """What the rules need to know of `nodes`, grouped by `entity`; `loose` says which entities have no trusted number.

    A mention with a number appears under the birth that is in it as well as under the one that is written.
    """
    numbered = np.append(values.number_status == 0, False)[nodes.number]
    derived = np.where(numbered, np.append(values.number_born, -1)[nodes.number], -1)
    again = np.flatnonzero((derived >= 0) & (derived != nodes.born) & (nodes.born >= 0))
    birth = np.concatenate([np.where(nodes.born >= 0, nodes.born, derived), derived[again]])
    names, numbers = name_words(values), number_words(values)
    placed = place_words(values, places)
    tables: dict[str, tuple[Words, Ints]] = {
        **{c: (getattr(numbers, c), nodes.number) for c in NumberWords._fields},
        **{c: (getattr(names, c), nodes.name) for c in ("shape", "sound", "surname", "given")},
        **{c: (getattr(placed, c), nodes.place) for c in PlaceWords._fields},
        "key": (spread(np.arange(1, int(nodes.key.max(initial=-1)) + 2), "key"), nodes.key),
        "phone": (phone_words(values), nodes.phone),
        "sex": (spread(np.array([0, 1, 2]), "sex"), nodes.sex),
    }
    columns = {name: Column(np.append(words, np.uint64(0)), row) for name, (words, row) in tables.items()}
    return Profiles(entity, nodes.key, loose, columns, birth, again)


def key_of(profiles: Profiles, columns: tuple[str, ...], rows: Ints | None) -> tuple[Words, Flags]:
    """The key of each of `rows` (None: each mention), and whether all of `columns` are known; else it says nothing."""
    key = profiles.words(columns[0], rows)
    known: Flags = key != 0
    for column in columns[1:]:
        word = profiles.words(column, rows)
        known &= word != 0
        key = key + word
    return key, known
