"""What is known of each entity: for every attribute the set of distinct values its mentions gave.

Sets are stored as one array of values and an offset per entity, so that many pairs of entities can be compared at once,
every value of one with every value of the other.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.fact_kernels import MANY, WIDE, Implied, Room, Said, collected
from transforms.matching.held_kernels import filled
from transforms.matching.kernels import Flags, Ints, Levels
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
    start, values = np.zeros(size + 1, np.int64), np.empty(len(entity), np.int64)
    return Sets(start, values[: filled(_ints(entity), _ints(value), start, values)])


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
    born: Sets  # as delivered, and from trusted numbers; a year alone only where no date is known
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
    columns = (nodes.name, nodes.born, nodes.sex, nodes.number, nodes.phone, nodes.place, nodes.source)
    name, born, sex, number, phone, place, source = map(_ints, columns)
    said = Said(name, born, sex, number, phone, place, source, borrowed)
    implied = Implied(values.number_status, _ints(values.number_born), _ints(values.number_sex))
    width = 2 * len(entity) + 1  # of births and sexes there may be two a mention
    start, told = np.zeros(MANY * (size + 1), np.int64), np.empty(MANY * width, np.int64)
    begin, rows, marks = (
        np.zeros(size + 1, np.int64),
        np.empty((len(entity), WIDE), np.int32),
        np.empty((2, MANY), np.int64),
    )
    collected(said, implied, _ints(entity), Room(begin, rows, start, told, *marks))
    offsets = start.reshape(MANY, size + 1)
    sets = (Sets(own, told[w * width : w * width + own[-1]].copy()) for w, own in enumerate(offsets))
    return Facts(entity, *sets)


def _ints(column: Ints) -> Ints:
    return np.ascontiguousarray(column, np.int64)
