"""How common each value is among entities: two people called 张伟 prove little, two at one door in a village much."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.count_kernels import Crowd, Four, Room, crowds, holders
from transforms.matching.hashing import mix
from transforms.matching.held import Held
from transforms.matching.holdings import Attributes, attributes
from transforms.matching.kernels import Flags, Ints, PlaceTable
from transforms.matching.sets import Facts
from transforms.matching.values import Values

Table = NDArray[np.int64]
CROWD = 5  # a telephone under more names than this is a village office's, and identifies nobody


class Scopes(NamedTuple):
    """Ids of the door, the building or group, the village or estate, and the town of each address; -1 unknown."""

    door: Ints
    near: Ints
    area: Ints
    town: Ints


def scopes(places: PlaceTable) -> Scopes:
    """Canonical ids, equal for two spellings of one place as far as their parts tell."""
    street = _joined(places.road, places.road_no)
    area = np.where(
        places.village >= 0, places.village * 4, np.where(places.compound >= 0, places.compound * 4 + 1, -1)
    )
    area = np.where(area >= 0, area, np.where(street >= 0, street * 4 + 2, -1))
    rural = places.village >= 0
    near = _joined(area, np.where(rural, places.group, places.building))
    door = _joined(near, np.where(rural, places.house, places.room))
    return Scopes(door, near, area, places.town)


def _joined(outer: Ints, inner: Ints) -> Ints:
    known = (outer >= 0) & (inner >= 0)
    return np.where(known, np.unique(mix([outer, inner]), return_inverse=True)[1], -1)


class Counts(NamedTuple):
    """Entities by value: by row of the names, phones and addresses; births as a sorted array with its counts."""

    people: int
    numbered: float  # share of mentions whose person has a number: how far the known people are all people
    exact: Ints
    shape: Ints
    sound: Ints
    known_exact: Ints  # the same three among entities with a number of their own
    known_shape: Ints
    known_sound: Ints
    family: Ints
    given: Ints
    phone: Ints
    crowded: Ints
    door: Ints
    near: Ints
    area: Ints
    town: Ints
    born: Ints
    births: Ints


def counts(facts: Facts, values: Values, places: Scopes) -> Counts:
    """Count the entities of `facts` that hold each value."""
    return counted(facts.entity, attributes(facts), values, places)


def counted(entity: Ints, held: Attributes, values: Values, places: Scopes) -> Counts:
    """Count the entities that hold each value, as they stand; `entity` is that of each mention that counts."""
    has_number: Flags = held.trusted.count > 0
    there = np.zeros(len(has_number), bool)
    there[entity] = True
    names, known_names = shared(held.name, has_number, (values.shape, values.sound, values.surname, values.given))
    where = shared(held.place, has_number, (places.door, places.near, places.area, places.town))[0]
    first = np.append(values.shape, -1)[held.name.first]
    phone, crowded = crowding(held.phone, first, len(values.phones))
    born, births = _runs(held.born.each(np.flatnonzero(held.born.count))[1])
    return Counts(
        people=max(2, int(np.count_nonzero(there))),
        numbered=float(np.count_nonzero(has_number[entity]) / len(entity)) if len(entity) else 0.0,
        exact=names[4],
        shape=names[0],
        sound=names[1],
        known_exact=known_names[4],
        known_shape=known_names[0],
        known_sound=known_names[1],
        family=names[2],
        given=names[3],
        phone=phone,
        crowded=crowded,
        door=where[0],
        near=where[1],
        area=where[2],
        town=where[3],
        born=born,
        births=births,
    )


def shared(held: Held, known: Flags, scopes: Four) -> tuple[Table, Table]:
    """For every one of `scopes`, and by value alone, how many entities, and how many `known` ones, share it."""
    one, two, three, four = (np.ascontiguousarray(scope, np.int64) for scope in scopes)
    ids = 1 + max(int(scope.max(initial=-1)) for scope in scopes)
    every, sure = np.zeros((2, 5, len(one)), np.int64)
    room = Room(np.empty(ids, np.int64), np.empty(ids, np.int64), np.empty(ids, np.int32))
    holders(held.spans, known, (one, two, three, four), (tuple(every), tuple(sure)), room)
    return every, sure


def crowding(held: Held, by: Ints, many: int) -> tuple[Ints, Ints]:
    """By value below `many`: how many entities hold it, and how many different `by` (negative: none) those have."""
    count, crowd, at = np.zeros((3, many), np.int64)
    last = np.full(int(by.max(initial=-1)) + 1, -1)
    crowds(held.spans, by, count, crowd, Crowd(at, np.empty(int(held.count.sum()), np.int64), last))
    return count, crowd


def _runs(values: Ints) -> tuple[Ints, Ints]:
    """Distinct values, ascending, with how often each occurs."""
    ordered = np.sort(values)
    start = np.flatnonzero(np.append(np.ones(min(1, len(ordered)), bool), ordered[1:] != ordered[:-1]))
    return ordered[start], np.diff(np.append(start, len(ordered)))
