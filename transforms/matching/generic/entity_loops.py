"""What all that is known of two entities says of them, in compiled loops.

Of a field that stays (a name, a birth, a number) every value of one entity is held against the best counterpart in the
other, and the average over both sides counts, values weighing as often as they were written: one value in common does
not tie together what otherwise differs. A side counts the more the more records the other has: a single record has to
be like the entity, and not the entity with all its spellings like the record. Of a field that may change (an address, a
telephone) the best pair counts. The best of many is better by chance, so nothing is worth more than meeting any of the
other side's values would be, their frequencies together. What many records of both sides contradict weighs more than
what one record each does, which may be a slip of the pen.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.generic.bags import ANY, HOPE, WROTE, Bags, Bits, Book, Ints
from transforms.matching.generic.level_loops import ASK, rough, year_of
from transforms.matching.generic.patterns import WIDTH
from transforms.matching.generic.seen import Seen, Words, named, place

GENERATION = 20  # years between births that nothing else explains
WORD = 2  # the level of texts with a word in common
BIRTH, NUMBER = 1, 2  # of Book.certain
STATE, SUM, HEARD = 14, 6, 12  # of Work.state: the most that can come of it (6), what is said (6), of which readings
HOPELESS = -1  # of Work.turn


class Odds(NamedTuple):
    """log2 of the shares of pairs that are one entity, two strangers, two neighbours; least odds that are hoped for."""

    prior: float
    far: float
    near: float
    least: float


class Work(NamedTuple):
    """Pairs of entities `a` and `b` on the way: at which field it is each one's `turn`, HOPELESS, or all fields done.

    state: by pair. missed: pairs of values to be compared before it goes on, `many` (one number) of them. levels, best
    and said are room for one pair of entities.
    """

    a: Ints
    b: Ints
    turn: Ints
    state: Bits
    missed: Words
    many: Ints
    levels: Ints
    best: Bits
    said: Bits


class Slots(NamedTuple):
    """Where bags have one `field` of two entities."""

    one: int
    other: int
    field: int


class Said(NamedTuple):
    """That two values of a `field` agree to `level`, asked about for strangers (`side` 0) or neighbours (1)."""

    field: int
    level: Any
    side: int


class Paired(NamedTuple):
    """Pairs of records with their patterns (patterns.Pairs)."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    pattern: Words


@compiled
def weigh(book: Book, bags: Bags, seen: Seen, odds: Odds, work: Work) -> None:
    """Go on with every pair until it is done, hopeless, or some of its values were not yet compared."""
    fields = len(book.start) - 1
    for pair in range(len(work.a)):
        if work.turn[pair] < 0 or work.turn[pair] >= fields:
            continue
        if work.turn[pair] == 0:
            begin(book, bags, work, pair)
        for field in range(work.turn[pair], fields):
            slots = Slots(work.a[pair] * fields + field, work.b[pair] * fields + field, field)
            if not look(book, bags, seen, slots, work):
                break
            never = say(book, bags, slots, work)
            heard(book, bags, slots, work, pair)
            work.turn[pair] = field + 1
            if never or not hoped(odds, work.state, pair):
                work.turn[pair] = HOPELESS
                break


@compiled
def weigh_records(book: Book, place: Ints, pairs: Paired, to: Bits) -> None:
    """Bits for pairs of records, (2, pairs), against strangers and against neighbours: see weigh.total.

    `place` is where each field of the book stands in a pattern.
    """
    for pair in range(len(pairs.a)):
        parts, whole = False, False
        for side in range(2):
            rest, one, other = 0.0, 0.0, 0.0
            for field in range(len(place)):
                level = np.int64((pairs.pattern[pair] >> np.uint64(WIDTH * place[field])) & np.uint64(7))
                if level == 0:
                    continue
                x, y = book.records[pairs.a[pair], field], book.records[pairs.b[pair], field]
                bits, group = worth(book, Said(field, level, side), x, y), book.group[field]
                if group == 1:
                    one, parts = one + bits, parts or bits != 0
                elif group == 2:
                    other, whole = other + bits, whole or bits != 0
                else:
                    rest += bits
            portion = 0.0 if not parts else 1.0 if not whole else 0.5
            to[side, pair] = rest + portion * one + (1 - portion) * other


@borrowing
def begin(book: Book, bags: Bags, work: Work, pair: int) -> None:
    """The most that all fields can say."""
    for at in range(STATE):
        work.state[pair, at] = 0.0
    fields = len(book.start) - 1
    for field in range(fields):
        slots = Slots(work.a[pair] * fields + field, work.b[pair] * fields + field, field)
        for side in range(2):
            most = ceiling(book, bags, slots, side)
            work.state[pair, 2 * book.group[field] + side] += most


@borrowing
def ceiling(book: Book, bags: Bags, slots: Slots, side: int) -> Any:
    """The most that a field can say of the entities of `slots`: agreement is known before comparing."""
    one, other, field = slots
    facts = bags.facts
    mine, theirs = facts[one, WROTE], facts[other, WROTE]
    if mine == 0 or theirs == 0:
        return 0.0
    if book.moves[field]:
        return min(facts[one, HOPE + side], facts[other, HOPE + side])
    portion = theirs / (mine + theirs)
    left = min(facts[one, HOPE + side], facts[other, ANY + side])
    right = min(facts[other, HOPE + side], facts[one, ANY + side])
    return portion * left + (1 - portion) * right


@borrowing
def look(book: Book, bags: Bags, seen: Seen, slots: Slots, work: Work) -> bool:
    """The levels of all values of one side against all of the other; whether all are known. What is not is missed."""
    one, other, field = slots
    known, at = True, 0
    for i in range(bags.start[one], bags.start[one + 1]):
        for j in range(bags.start[other], bags.start[other + 1]):
            x, y = bags.values[i], bags.values[j]
            level = book.top[field] if x == y else rough(book.values, book.way[field], x, y)
            if level >= ASK:
                level = asked(book, seen, x, y, work)
                known = known and level > 0
            work.levels[at] = level
            at += 1
    return known


@borrowing
def asked(book: Book, seen: Seen, x: int, y: int, work: Work) -> int:
    """The level that a kernel gave values `x` and `y`, 0 if it has to be asked: which is done once."""
    key = named(x, y, len(book.field))
    at = place(seen, key)
    if seen.key[at] == 0 and work.many[0] < len(work.missed):
        seen.key[at] = work.missed[work.many[0]] = key
        work.many[0] += 1
        return 0
    return seen.level[at] if seen.key[at] == key else 0


@borrowing
def say(book: Book, bags: Bags, slots: Slots, work: Work) -> bool:
    """Leave in `work.said` what a field says of two entities, nothing where one has no value; whether it is never."""
    one, other, field = slots
    work.said[0] = work.said[1] = 0.0
    if bags.facts[one, WROTE] == 0 or bags.facts[other, WROTE] == 0:
        return False
    if book.moves[field]:
        best_pair(book, bags, slots, work)
    else:
        means(book, bags, slots, work)
    return book.certain[field] > 0 and forbids(book, bags, slots, work)


@borrowing
def worth(book: Book, said: Said, x: int, y: int) -> Any:
    """Bits for values `x` and `y` that agree to `level`: no likeness is worth more than agreement of either."""
    field, level, side = said
    if level == book.top[field]:
        return book.same[x, side]
    found = book.level[field, side, level]
    if level == WORD and book.wordy[field]:
        found, words = -np.inf, book.values.words
        for i in range(3):
            for j in range(3):
                if words[x, i] >= 0 and words[x, i] == words[y, j]:
                    found = max(found, book.word[words[x, i], side])
    return min(found, min(book.same[x, side], book.same[y, side]))


@borrowing
def best_pair(book: Book, bags: Bags, slots: Slots, work: Work) -> None:
    """Of what may change the best combination, less what the choice of it is worth."""
    one, other, field = slots
    for side in range(2):
        best, at = -np.inf, 0
        for i in range(bags.start[one], bags.start[one + 1]):
            for j in range(bags.start[other], bags.start[other + 1]):
                best = max(best, worth(book, Said(field, work.levels[at], side), bags.values[i], bags.values[j]))
                at += 1
        work.said[side] = max(best - np.log2(at), 0.0) if best > 0 and at > 1 else best


@borrowing
def means(book: Book, bags: Bags, slots: Slots, work: Work) -> None:
    """Of what stays the means, over both sides, of the best counterpart of each value."""
    one, other, field = slots
    facts, many = bags.facts, bags.start[other + 1] - bags.start[other]
    mine, theirs = facts[one, WROTE], facts[other, WROTE]
    portion = theirs / (mine + theirs)
    for side in range(2):
        for j in range(many):
            work.best[j] = -np.inf
        left, right, at = 0.0, 0.0, 0
        for i in range(bags.start[one], bags.start[one + 1]):
            top = -np.inf
            for j in range(many):
                value = bags.values[bags.start[other] + j]
                bits = worth(book, Said(field, work.levels[at], side), bags.values[i], value)
                top = max(top, min(bits, facts[other, ANY + side]))
                work.best[j] = max(work.best[j], min(bits, facts[one, ANY + side]))
                at += 1
            left += top * bags.times[i]
        for j in range(many):
            right += work.best[j] * bags.times[bags.start[other] + j]
        mean = portion * (left / mine) + (1 - portion) * (right / theirs)
        witnesses = min(mine, theirs)
        work.said[side] = mean * (1 + np.log2(witnesses)) if mean < 0 and witnesses > 1 else mean


@borrowing
def forbids(book: Book, bags: Bags, slots: Slots, work: Work) -> bool:
    """What cannot be one entity: unlike numbers, or births a generation apart, of all that was written twice each.

    What was written once may be a slip, and says nothing here for or against.
    """
    one, other, field = slots
    again, at, packed = False, 0, book.values.packed
    for i in range(bags.start[one], bags.start[one + 1]):
        for j in range(bags.start[other], bags.start[other + 1]):
            if bags.times[i] > 1 and bags.times[j] > 1:
                years = abs(year_of(packed[bags.values[i]]) - year_of(packed[bags.values[j]]))
                if work.levels[at] != 1 or (book.certain[field] == BIRTH and years < GENERATION):
                    return False
                again = True
            at += 1
    return again


@borrowing
def heard(book: Book, bags: Bags, slots: Slots, work: Work, pair: int) -> None:
    """Put what a field said in the place of the most that it could."""
    _, _, field = slots
    state, group = work.state, book.group[field]
    for side in range(2):
        most = ceiling(book, bags, slots, side)
        state[pair, 2 * group + side] += work.said[side] - most
        state[pair, SUM + 2 * group + side] += work.said[side]
    if group > 0 and work.said[0] != 0:
        state[pair, HEARD + group - 1] = 1.0


@borrowing
def hoped(odds: Odds, state: Bits, pair: int) -> Any:
    """Whether the most that can come of a pair (see weigh.odds) is hoped for; mostly seen without a logarithm."""
    far = odds.far - state[pair, 0] - max(state[pair, 2], state[pair, 4])
    near = odds.near - state[pair, 1] - max(state[pair, 3], state[pair, 5])
    against, less = max(far, near), min(far, near)
    if odds.prior - against < odds.least or odds.prior - against - 1 >= odds.least:
        return odds.prior - against >= odds.least
    return odds.prior - against - np.log2(1 + np.exp2(less - against)) >= odds.least
