"""Which rows a rule needs besides those of loose entities (profiles.Free): what a mention says that its entity's last
one said as well brings nobody new, and where few entities are loose, most say nothing that any of these says."""

from typing import NamedTuple, cast

import numpy as np

from transforms.matching.blocks import NONE, About, Shorts, mention_of
from transforms.matching.compiled import borrowing, compiled
from transforms.matching.entity_rows import aligned
from transforms.matching.kernels import Flags, Ints
from transforms.matching.profiles import BORN, Profiles
from transforms.matching.stable import Short

STEP = 512  # rows at hand at a time: what is known of their entities stays in the processor's first cache
COARSE = 20  # bits of a word by which those of loose entities are told
KINDS = 6  # of values that have ids; births have words, and the bit after theirs
WIDTH = 8  # places of each entity in Lists.last: half a line of the cache
MENTION, ENTITY, KNOWN, SAME, HAND = range(5)  # rows of Lists.hand

Values = tuple[Ints, Ints, Ints, Ints, Ints, Ints]


class Said(NamedTuple):
    """Ids of values of KINDS by mention (-1 unknown; an array may be empty), and by row the words of births."""

    values: Values
    born: Short
    year: Short


class Lists(NamedTuple):
    """Of each list the bits of the kinds it is about, and how many of the rows it is chosen from; its `rows`, one list
    after the other, each with as much room as there are rows and one more, and how `many` each has.

    In between, in half a line of the cache, what the `last` row of each entity says by kind: 1 + id (of births the
    word), 0 for nothing; and at `hand` of some rows their MENTION, its ENTITY, and a bit for each kind that is KNOWN,
    or the SAME as before.
    """

    kinds: Ints
    size: Ints
    rows: Shorts
    many: Ints
    last: Shorts
    hand: Shorts


@borrowing
def _begin(about: About, bits: int, hand: Shorts, first: int, many: int) -> None:
    entity = (np.uint32(1) << np.uint32(bits)) - np.uint32(1)
    for i in range(many):
        mention = mention_of(about, first + i)
        code = about.code[mention]
        hand[MENTION, i], hand[ENTITY, i], hand[KNOWN, i] = mention, code & entity, 0
        hand[SAME, i] = -np.int32(code >> np.uint32(bits))  # of a loose one all is as before, so it is in no list


@borrowing
def _told(values: Ints, kind: int, last: Shorts, hand: Shorts, many: int) -> None:
    for i in range(many if len(values) else 0):
        value, place = np.int32(values[hand[MENTION, i]] + 1), np.int64(hand[ENTITY, i]) * WIDTH + kind
        hand[KNOWN, i] |= np.int32(value > 0) << np.int32(kind)
        hand[SAME, i] |= np.int32(value == last[place]) << np.int32(kind)
        last[place] = value


@borrowing
def _dated(said: Said, last: Shorts, hand: Shorts, first: int, many: int) -> None:
    born, year = said.born, said.year
    for i in range(many if len(year) else 0):
        word, place = year[first + i], np.int64(hand[ENTITY, i]) * WIDTH + KINDS
        word = np.int32(born[first + i] if born[first + i] != 0 else word)
        hand[KNOWN, i] |= np.int32(word != 0) << np.int32(KINDS)
        hand[SAME, i] |= np.int32(word == last[place]) << np.int32(KINDS)
        last[place] = word


@compiled
def listed(said: Said, about: About, bits: int, lists: Lists, size: int) -> None:
    """Write the rows of each list, of `size` in all: those that know all of its kinds, unless the row before of the
    same entity says the same of all of them, or the entity is loose. An entity is the lowest `bits` of a code."""
    hand, last = lists.hand, lists.last
    for first in range(0, size, STEP):
        many = min(STEP, size - first)
        _begin(about, bits, hand, first, many)
        _told(said.values[0], 0, last, hand, many)
        _told(said.values[1], 1, last, hand, many)
        _told(said.values[2], 2, last, hand, many)
        _told(said.values[3], 3, last, hand, many)
        _told(said.values[4], 4, last, hand, many)
        _told(said.values[5], 5, last, hand, many)
        _dated(said, last, hand, first, many)
        for which in range(len(lists.kinds)):
            kinds, to = np.int32(lists.kinds[which]), which * (size + 1) + lists.many[which]
            for i in range(min(many, lists.size[which] - first)):
                lists.rows[to] = first + i
                to += int((hand[KNOWN, i] & kinds == kinds) & (hand[SAME, i] & kinds != kinds))
            lists.many[which] = to - which * (size + 1)


def distinct(profiles: Profiles, rules: list[tuple[str, ...]]) -> list[Shorts]:
    """For each of `rules`, given as its columns, the rows that it needs besides those of loose entities, ascending."""
    values, births = list[Ints](), [NONE.words, NONE.words]

    def kind(column: str) -> int:
        if column in BORN:
            births[:] = [profiles.columns["born"].words, profiles.columns["year"].words]
            return KINDS
        row = profiles.columns[column].row
        known = [i for i, other in enumerate(values) if other is row]
        values.extend([] if known else [row])
        return known[0] if known else len(values) - 1

    wanted = [sum({1 << kind(column) for column in columns}) for columns in rules]
    kinds, size = sorted(set(wanted)), profiles.size
    last = aligned(4 * WIDTH * len(profiles.loose)).view(np.int32)
    last[:] = 0
    lists = Lists(
        np.array(kinds, np.int64),
        np.array([size if k >> KINDS else len(profiles.entity) for k in kinds], np.int64),
        np.empty(len(kinds) * (size + 1), np.int32),
        np.zeros(len(kinds), np.int64),
        last,
        np.empty((HAND, STEP), np.int32),
    )
    said = Said(cast(Values, (*values, *[NONE.row] * (KINDS - len(values)))), *births)
    listed(said, profiles.about, profiles.bits, lists, size)
    found = {k: lists.rows[i * (size + 1) :][: lists.many[i]] for i, k in enumerate(kinds)}
    return [found[k] for k in wanted]


def agreeing(profiles: Profiles, rules: list[tuple[str, ...]]) -> list[Shorts]:
    """For each of `rules`, given as its columns, the rows that say in every one of them what some loose entity says
    (and a few others), but for those of loose entities, ascending."""
    said: dict[str, Flags] = {}
    bound = np.ones(profiles.size, bool)
    bound[profiles.free.rows] = False
    for column in {column for columns in rules for column in columns}:
        words, row = profiles.columns[column]
        marks = np.zeros(1 << COARSE, bool)
        marks[profiles.words(column, profiles.free.rows) >> np.uint32(32 - COARSE)] = True
        same: Flags = marks.take(words >> np.uint32(32 - COARSE)) & (words != 0)
        said[column] = same
        if column not in BORN:
            mentions = same.take(row, mode="wrap")
            said[column] = np.append(mentions, mentions.take(profiles.again))
    found = []
    for columns in rules:
        of = [flags[: profiles.relevant(columns)] for flags in (bound, *(said[column] for column in columns))]
        found.append(np.flatnonzero(np.logical_and.reduce(of)).astype(np.int32))
    return found
