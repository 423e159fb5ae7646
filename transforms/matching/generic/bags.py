"""All that is known of entities, field by field, as flat arrays, and the compiled loop that fills them.

All fields stand one after the other, and a value has one number through all of them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.generic.level_loops import Values

Ints = NDArray[np.int64]
Bits = NDArray[np.float64]
Flags = NDArray[np.bool_]

MANY = 8  # values of one field that are looked at; an entity with more shows its most frequent
FACTS, WROTE, ANY, HOPE = 5, 0, 1, 3  # of Bags.facts; ANY and HOPE against strangers, and behind it neighbours


class Book(NamedTuple):
    """What values and levels of every field are worth; the values of field f are ``start[f]`` up to ``start[f + 1]``.

    By value: `field`, what is compared (`values`), bits (values, 2) of agreement against strangers and against
    neighbours (`same`), the `chance` of meeting it. `word`: bits of a word in common. By field: bits of each `level`
    (fields, 2, LEVELS), the `top` one, the `way` it is compared, whether it `moves`, is `certain`, has bits for words
    (`wordy`), to which `group` of readings of a name it belongs (see weigh.total), its `share`. `records`: (records,
    fields) the value of each, -1 for none.
    """

    start: Ints
    field: Ints
    records: Ints
    top: Ints
    moves: Flags
    certain: Ints
    group: Ints
    way: Ints
    wordy: Flags
    level: Bits
    same: Bits
    chance: Bits
    share: Bits
    values: Values
    word: Bits


class Bags(NamedTuple):
    """Values of entity e in field f, slot s = e * fields + f, are ``values[start[s]:start[s + 1]]``, ascending.

    times: how often each was written. facts, by slot: how many records wrote one; against strangers and against
    neighbours the bits of meeting any of the values, and the most that it can say for one entity.
    """

    start: Ints
    values: Ints
    times: Bits
    facts: Bits


@compiled
def fill(book: Book, code: Ints, bags: Bags) -> None:
    """Put values into `bags`; `code` is entity times number of values plus value, ascending, once for each record."""
    many, fields = len(book.field), len(book.start) - 1
    at, end, slot = 0, 0, 0
    while at < len(code):
        entity, value = code[at] // many, code[at] % many
        mine, begin = entity * fields + book.field[value], end
        while slot <= mine:
            bags.start[slot] = begin
            slot += 1
        while at < len(code) and code[at] // many == entity and book.field[code[at] % many] == book.field[value]:
            if end > begin and bags.values[end - 1] == code[at] % many:
                bags.times[end - 1] += 1.0
            else:
                bags.values[end], bags.times[end] = code[at] % many, 1.0
                end += 1
            at += 1
        end = most_frequent(bags, begin, end)
        sum_up(book, bags, mine, begin, end)
    while slot < len(bags.start):
        bags.start[slot] = end
        slot += 1


@borrowing
def most_frequent(bags: Bags, begin: int, end: int) -> int:
    """Keep the MANY most frequent values, of equals the first; where they end."""
    if end - begin <= MANY:
        return end
    for _ in range(MANY):
        best = begin
        for at in range(begin, end):
            if bags.times[at] > max(bags.times[best], 0.0):
                best = at
        bags.times[best] = -bags.times[best]
    kept = begin
    for at in range(begin, end):
        if bags.times[at] < 0:
            bags.values[kept], bags.times[kept] = bags.values[at], -bags.times[at]
            kept += 1
    return kept


@borrowing
def sum_up(book: Book, bags: Bags, slot: int, begin: int, end: int) -> None:
    """The facts of a slot; of ANY only the chance, of which the bits are made later."""
    facts, moves = bags.facts, book.moves[book.field[bags.values[begin]]]
    for at in range(begin, end):
        facts[slot, WROTE] += bags.times[at]
    for side in range(2):
        chance, most, mean = 0.0, 0.0, 0.0
        for at in range(begin, end):
            worth = book.same[bags.values[at], side]
            chance += book.chance[bags.values[at], side]
            most = max(most, worth)
            mean += worth * bags.times[at]
        facts[slot, ANY + side] = chance
        facts[slot, HOPE + side] = most if moves else mean / facts[slot, WROTE]
