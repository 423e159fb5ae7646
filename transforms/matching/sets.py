"""What is known of each entity: for every attribute the set of distinct values its mentions gave.

Sets are stored as one array of values and an offset per entity, so that many pairs of entities can be compared at once,
every value of one with every value of the other.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.kernels import DAY, Flags, Ints, Levels
from transforms.matching.values import Nodes, Values


def distinct(codes: Ints) -> Ints:
    """The distinct values, ascending. Sorting is several times faster here than numpy's hash table."""
    ordered = np.sort(codes)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


class Sets(NamedTuple):
    """Values of entity e are ``values[start[e]:start[e + 1]]``, ascending."""

    start: Ints
    values: Ints

    def many(self, entity: Ints) -> Ints:
        """How many values each of `entity` has."""
        return self.start[entity + 1] - self.start[entity]


def gather(entity: Ints, value: Ints, size: int) -> Sets:
    """Sets of the distinct `value` (negative: none) of each `entity`, entities being numbered below `size`."""
    known = value >= 0
    span = int(value.max(initial=0)) + 1
    code = distinct(entity[known] * span + value[known])
    owner = code // span
    return Sets(np.append(0, np.cumsum(np.bincount(owner, minlength=size))), code - owner * span)


class Combos(NamedTuple):
    """Every value of one side with every value of the other: `pair` is the row of the pair it belongs to."""

    pair: Ints
    left: Ints
    right: Ints


def best(combos: Combos, level: Levels, size: int) -> tuple[Ints, Flags]:
    """For each of `size` pairs the row of its highest combination (the first of equals), and whether it has any."""
    row = np.zeros(size, np.int64)
    has = np.zeros(size, bool)
    if len(combos.pair):
        start = np.flatnonzero(np.append(True, combos.pair[1:] != combos.pair[:-1]))
        many = len(combos.pair)
        code = np.maximum.reduceat(level.astype(np.int64) * many + np.arange(many, 0, -1) - 1, start)
        row[combos.pair[start]] = many - 1 - code % many
        has[combos.pair[start]] = True
    return row, has


class Facts(NamedTuple):
    """The sets of one state of the clustering; `entity` gives each mention's entity."""

    entity: Ints
    name: Sets
    born: Sets  # as delivered, and from trusted numbers
    sex: Sets
    number: Sets  # in full, whether they check or not, but for borrowed ones
    trusted: Sets  # valid numbers that belong to whom they are written under
    mask: Sets  # masked numbers
    phone: Sets
    place: Sets
    source: Sets


def facts(nodes: Nodes, values: Values, entity: Ints, borrowed: Flags, size: int | None = None) -> Facts:
    """Collect what is known of each entity, numbered below `size` (else below the number of mentions).

    `borrowed` marks mentions whose valid number is somebody else's.
    """
    size = nodes.size if size is None else size
    status = np.append(values.number_status, 9)[nodes.number]
    own = (status == 0) & ~borrowed
    derived = np.where(own, np.append(values.number_born, -1)[nodes.number], -1)
    inferred = np.where(own, np.append(values.number_sex, 0)[nodes.number], 0)
    twice = np.concatenate([entity, entity])
    # what agrees with a borrowed number may have been filled in from it, and is as borrowed
    lent_born = borrowed & (nodes.born == np.append(values.number_born, -1)[nodes.number])
    lent_sex = borrowed & (nodes.sex == np.append(values.number_sex, 0)[nodes.number])
    births = np.concatenate([np.where(lent_born, -1, nodes.born), derived])
    sexes = np.concatenate([np.where(lent_sex, 0, nodes.sex), inferred])
    exact = births & 3 == DAY
    dated = np.zeros(size, bool)
    dated[twice[(births >= 0) & exact]] = True
    # a year alone would agree with every date in it, and hide that the dates themselves differ
    births = np.where(dated[twice] & ~exact, -1, births)
    return Facts(
        entity=entity,
        name=gather(entity, nodes.name, size),
        born=gather(twice, births, size),
        sex=gather(twice, np.where(sexes > 0, sexes, -1), size),
        number=gather(entity, np.where((status == 1) | own, nodes.number, -1), size),
        trusted=gather(entity, np.where(own, nodes.number, -1), size),
        mask=gather(entity, np.where(status == 2, nodes.number, -1), size),
        phone=gather(entity, nodes.phone, size),
        place=gather(entity, nodes.place, size),
        source=gather(entity, nodes.source, size),
    )
