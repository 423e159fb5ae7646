"""What blocking joins on: a word of 32 bits for every value of every attribute, the same in every run.

The key of a rule is made of the words of its columns, so a row costs a lookup a column, and two rows have one key if
they agree on all of them (or, once in 2**32 pairs of values, by chance: that adds candidates, which are then compared).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial

import numpy as np

from transforms.matching.blocks import NONE, About, Column, Shorts
from transforms.matching.compiled import borrowing, compiled
from transforms.matching.counts import Scopes
from transforms.matching.kernels import DAY, Flags, Ints, Words
from transforms.matching.stable import (
    NUMBER,
    PlaceWords,
    Short,
    name_word,
    number_word,
    phone_words,
    place_words,
    seed,
    short,
    short_word,
    spread,
    word,
)
from transforms.matching.values import Nodes, Values

BORN = frozenset({"born", "year"})


@dataclass(frozen=True)
class Profiles:
    """Rows to be joined: the mentions, and after them those in `again` a second time, under their number's birth.

    `loose` says of each entity whether it has no trusted number. The columns in BORN have their words by row.
    """

    entity: Ints  # by mention
    key: Ints  # by mention
    loose: Flags
    columns: Mapping[str, Column]
    again: Ints

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.entity) + len(self.again)

    def relevant(self, columns: tuple[str, ...]) -> int:
        """How many of the rows matter to `columns`: second births matter only to births."""
        return self.size if BORN & set(columns) else len(self.entity)

    def words(self, column: str, rows: Ints | Shorts) -> Short:
        """The word of each of `rows` in `column`; 0 where its value is not known."""
        values = self.columns[column]
        found: Short = values.words.take(rows if column in BORN else values.row.take(self.mention(rows)), mode="wrap")
        return found

    def mention(self, rows: Ints | Shorts) -> Ints | Shorts:
        """The mention that each of `rows` is about."""
        if not len(self.again):
            return rows
        mentions = len(self.entity)
        return np.where(rows < mentions, rows, self.again.take(rows - mentions, mode="clip"))

    @property
    def bits(self) -> int:
        """How many an entity's number takes."""
        return max(1, (len(self.loose) - 1).bit_length())

    @cached_property
    def about(self) -> About:
        """The rows, as blocks take them."""
        loose = self.loose.take(self.entity)
        return About(self.entity.astype(np.uint32) | loose.astype(np.uint32) << np.uint32(self.bits), self.again)

    @cached_property
    def free(self) -> "Free":
        """The rows of loose entities."""
        return Free(self)


class Free:
    """The `rows` of loose entities, ascending, and what they say, side by side: every rule asks for all of it. `code`
    has those of their entities."""

    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles
        rows = np.flatnonzero(profiles.loose.take(profiles.entity))
        again = np.flatnonzero(profiles.loose.take(profiles.entity.take(profiles.again)))
        self.rows: Ints = np.append(rows, len(profiles.entity) + again)
        self._mention = profiles.mention(self.rows)
        self._taken = dict[int, Ints]()  # by what it is taken from, which several columns have in common
        self.code = profiles.about.code.take(self._mention)

    def column(self, name: str) -> Column:
        """A column of these rows alone."""
        words, row = self._profiles.columns[name]
        if name in BORN:
            return Column(words.take(self.rows), row)
        if id(row) not in self._taken:
            self._taken[id(row)] = row.take(self._mention)
        return Column(words, self._taken[id(row)])

    def relevant(self, columns: tuple[str, ...]) -> int:
        """How many of them matter to `columns` (see Profiles)."""
        return int(np.searchsorted(self.rows, self._profiles.relevant(columns)))


class _Columns(dict[str, Column]):
    """Columns that are made when they are asked for, from their words and rows: who joins by few needs few."""

    def __init__(self, makers: dict[str, tuple[Callable[[], Words], Ints]]) -> None:
        super().__init__()
        self._makers = makers

    def __missing__(self, name: str) -> Column:
        words, row = self._makers[name]
        self[name] = found = Column(np.append(short(words()), np.uint32(0)), row)
        return found


def versions(key: Ints) -> Flags:
    """Which mentions are there in several versions; those share a `key`, and stand together."""
    same = key[1:] == key[:-1]
    several = np.zeros(len(key), bool)
    several[1:] |= same
    several[:-1] |= same
    return several


def profiles(nodes: Nodes, values: Values, places: Scopes, entity: Ints, loose: Flags) -> Profiles:
    """What the rules need to know of `nodes`, grouped by `entity`; `loose` says which entities have no trusted number.

    A mention with a number appears under the birth that is in it as well as under the one that is written.
    """
    derived = np.where(values.number_status == 0, values.number_born, -1)
    born, year, again = birth_words(nodes.born, nodes.number, derived, np.array([seed("born"), seed("year")]))

    @cache
    def placed() -> PlaceWords:
        return place_words(values, places)

    def place(at: int) -> Words:
        return placed()[at]

    key = np.where(versions(nodes.key), nodes.key, -1)  # one that is there once joins nobody
    makers: dict[str, tuple[Callable[[], Words], Ints]] = {
        **{c: (partial(number_word, values, c), nodes.number) for c in NUMBER},
        **{c: (partial(name_word, values, c), nodes.name) for c in ("shape", "sound", "surname", "given")},
        **{c: (partial(place, at), nodes.place) for at, c in enumerate(PlaceWords._fields)},
        "key": (lambda: spread(np.arange(1, int(key.max(initial=-1)) + 2), "key"), key),
        "phone": (lambda: phone_words(values), nodes.phone),
        "sex": (lambda: spread(np.array([0, 1, 2]), "sex"), nodes.sex),
    }
    columns = _Columns(makers)
    columns |= {"born": Column(born, NONE.row), "year": Column(year, NONE.row)}
    return Profiles(entity, nodes.key, loose, columns, again)


def birth_words(born: Ints, number: Ints, derived: Ints, seeds: Ints) -> tuple[Short, Short, Ints]:
    """By row the words of the day and of the year that is written, or else `derived` from the number; and the mentions
    whose number has another birth than is written, which follow with that. Births are packed (kernels), -1 for none."""
    mentions = len(born)
    day, year = np.empty(2 * mentions, np.uint32), np.empty(2 * mentions, np.uint32)
    again = np.empty(mentions, np.int64)
    many = _births((born, number, np.append(derived, -1)), seeds, (day, year), again)
    return day[: mentions + many], year[: mentions + many], again[:many]


@compiled
def _births(births: tuple[Ints, Ints, Ints], seeds: Ints, words: tuple[Short, Short], again: Ints) -> int:
    """Fill what `birth_words` returns, which may be twice as many rows; how many mentions are there `again`."""
    born, number, derived = births
    day, year = words
    mentions, many = len(born), 0
    for row in range(mentions):
        other = derived[number[row]]  # the last for those without a number
        if born[row] >= 0 and other >= 0 and born[row] != other:
            day[mentions + many], year[mentions + many] = _dated(other, seeds)
            again[many] = row
            many += 1
        day[row], year[row] = _dated(born[row] if born[row] >= 0 else other, seeds)
    return many


@borrowing
def _dated(birth: int, seeds: Ints) -> tuple[np.uint32, np.uint32]:
    birth = max(birth, 0)
    day = birth >> 2 if birth & 3 == DAY else 0
    of_day, of_year = word(np.uint64(day), np.uint64(seeds[0])), word(np.uint64(birth // 40000), np.uint64(seeds[1]))
    return short_word(of_day), short_word(of_year)


def key_of(profiles: Profiles, columns: tuple[str, ...], rows: Ints | Shorts) -> tuple[Words, Flags]:
    """The key of each of `rows`, and whether all of `columns` are known; else it says nothing."""
    words = [profiles.words(column, rows) for column in columns]
    known: Flags = np.logical_and.reduce([word != 0 for word in words])
    key = words[0].astype(np.uint64)
    for more in words[1:]:
        key = key << np.uint64(32) | more
    return key, known
