"""What is known of each entity: for every attribute the set of distinct values its mentions gave.

Sets are stored as one array of values and an offset per entity, so that many pairs of entities can be compared at once,
every value of one with every value of the other.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.held_kernels import filled
from transforms.matching.kernels import DAY, Flags, Ints, Levels
from transforms.matching.values import Nodes, Values


def distinct(codes: Ints) -> Ints:
    """The distinct values, ascending. Sorting is several times faster here than numpy's hash table."""
    ordered = np.sort(codes)
    return ordered[np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))] if len(ordered) else ordered


class Sets(NamedTuple):
    """Values of entity e are ``values[start[e]:start[e + 1]]``, ascending."""

    start: Ints
    values: Ints

    def many(self, entity: Ints) -> Ints:
        """How many values each of `entity` has."""
        return self.start[entity + 1] - self.start[entity]


def gather(entity: Ints, value: Ints, size: int) -> Sets:
    """Sets of the distinct `value` (negative: none) of each `entity`, entities being numbered below `size`."""
    return Sets(*filled(np.ascontiguousarray(entity, np.int64), np.ascontiguousarray(value, np.int64), size))


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
    full = (status == 1) | own
    return Facts(
        entity=entity,
        name=gather(entity, nodes.name, size),
        born=_births(nodes, values, entity, (own, borrowed), size),
        sex=_sexes(nodes, values, entity, (own, borrowed), size),
        number=gather(entity[full], nodes.number[full], size),
        trusted=gather(entity[own], nodes.number[own], size),
        mask=gather(entity[status == 2], nodes.number[status == 2], size),
        phone=gather(entity, nodes.phone, size),
        place=gather(entity, nodes.place, size),
        source=gather(entity, nodes.source, size),
    )


def _births(nodes: Nodes, values: Values, entity: Ints, numbers: tuple[Flags, Flags], size: int) -> Sets:
    """Births as delivered, and of own numbers; a year alone only where no date is known.

    It would agree with every date, and hide that the dates themselves differ. What agrees with a borrowed number may
    have been filled in from it, and is as borrowed.
    """
    own, borrowed = numbers
    derived = np.append(values.number_born, -1)[nodes.number]
    written = (nodes.born >= 0) & ~(borrowed & (nodes.born == derived))
    inferred = own & (derived >= 0) & ~(written & (nodes.born == derived))
    owner = np.concatenate([entity[written], entity[inferred]])
    born = np.concatenate([nodes.born[written], derived[inferred]])
    exact = born & 3 == DAY
    dated = np.zeros(size, bool)
    dated[owner[exact]] = True
    stays = exact | ~dated[owner]
    return gather(owner[stays], born[stays], size)


def _sexes(nodes: Nodes, values: Values, entity: Ints, numbers: tuple[Flags, Flags], size: int) -> Sets:
    """Sexes as delivered, and of own numbers, but for what is as borrowed as the number that it agrees with."""
    own, borrowed = numbers
    derived = np.append(values.number_sex, 0)[nodes.number]
    written = (nodes.sex > 0) & ~(borrowed & (nodes.sex == derived))
    inferred = own & (derived > 0) & ~(written & (nodes.sex == derived))
    owner = np.concatenate([entity[written], entity[inferred]])
    return gather(owner, np.concatenate([nodes.sex[written], derived[inferred]]), size)
