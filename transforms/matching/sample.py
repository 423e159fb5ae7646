"""A part of the mentions to learn from: drawn by hash, so the same every time and whatever order they came in."""

from typing import NamedTuple

import numpy as np

from transforms.matching.hashing import mix
from transforms.matching.kernels import Flags, Ints, Words
from transforms.matching.sets import Facts, facts
from transforms.matching.values import Nodes, Values


class Sample(NamedTuple):
    """Mentions `rows` of entities that are numbered anew, below `size`: `entity` by row of the sample."""

    rows: Ints
    entity: Ints
    size: int


def drawn(words: Words, many: int) -> Flags:
    """About `many` of `words` (hashes), those with the lowest; all of them when there are no more."""
    if len(words) <= many:
        return np.ones(len(words), bool)
    chosen: Flags = words < np.uint64(int(2**64 * (many / len(words))))
    return chosen


def shuffled(group: Words, rows: Ints) -> tuple[Ints, Flags]:
    """An order in which equal words of `group` stand together, and `rows` within them as their hashes fall; whether
    each in it is of one group with the next."""
    order = np.argsort(group)
    same = group[order[1:]] == group[order[:-1]]
    number = np.append(np.zeros(min(1, len(order)), np.uint64), np.cumsum(~same, dtype=np.uint64))
    bits = np.uint64(len(order).bit_length())
    within = mix([rows[order]]) >> bits | number << (np.uint64(64) - bits)  # one sort of words, not two
    return order[np.argsort(within)], same


def some(entity: Ints, wanted: Ints) -> Sample:
    """The mentions of the `wanted` entities, which are numbered in that order; `entity` is below its length."""
    number = np.full(len(entity), -1)
    number[wanted] = np.arange(len(wanted))
    of = number[entity]
    rows = np.flatnonzero(of >= 0)
    return Sample(rows, of[rows], len(wanted))


def of_entities(entities: Ints, many: int) -> Ints:
    """About `many` of the entities."""
    return entities[drawn(mix([entities]), many)]


def known(nodes: Nodes, values: Values, sample: Sample, borrowed: Flags, number: Ints | None = None) -> Facts:
    """What is known of the entities of a sample; `number` replaces its numbers. `borrowed` is that of all mentions."""
    at = sample.rows
    part = nodes._replace(
        key=nodes.key[at],
        source=nodes.source[at],
        name=nodes.name[at],
        born=nodes.born[at],
        sex=nodes.sex[at],
        number=nodes.number[at] if number is None else number,
        phone=nodes.phone[at],
        place=nodes.place[at],
    )
    return facts(part, values, sample.entity, borrowed[at], sample.size)
