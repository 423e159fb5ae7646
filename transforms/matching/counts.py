"""How common each value is among entities: two people called 张伟 prove little, two at one door in a village much."""

from typing import NamedTuple

import numpy as np

from transforms.matching.kernels import Ints, PlaceTable
from transforms.matching.sets import Facts, Sets, distinct, gather
from transforms.matching.values import Values, mix

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
    name, place = facts.name, facts.place
    born, births = np.unique(facts.born.values, return_counts=True)
    holders = owners(facts.phone)
    has_number = np.diff(facts.trusted.start) > 0
    named = owners(name)
    known = gather(named[has_number[named]], name.values[has_number[named]], len(has_number))
    crowd = gather(facts.phone.values, _first_shape(facts.name, values)[holders], len(values.phones))
    return Counts(
        people=max(2, len(distinct(facts.entity))),
        numbered=float(has_number[facts.entity].mean()) if len(facts.entity) else 0.0,
        exact=np.bincount(name.values, minlength=len(values.shape)),
        shape=_by(name, values.shape),
        sound=_by(name, values.sound),
        known_exact=np.bincount(known.values, minlength=len(values.shape)),
        known_shape=_by(known, values.shape),
        known_sound=_by(known, values.sound),
        family=_by(name, values.surname),
        given=_by(name, values.given),
        phone=np.bincount(facts.phone.values, minlength=len(values.phones)),
        crowded=np.diff(crowd.start),
        door=_by(place, places.door),
        near=_by(place, places.near),
        area=_by(place, places.area),
        town=_by(place, places.town),
        born=born,
        births=births,
    )


def _first_shape(names: Sets, values: Values) -> Ints:
    """The folded form of one name of each entity, -1 for the nameless."""
    known = np.flatnonzero(np.diff(names.start) > 0)
    shape = np.full(len(names.start) - 1, -1)
    shape[known] = values.shape[names.values[names.start[known]]]
    return shape


def owners(sets: Sets) -> Ints:
    """The entity that holds each value of `sets`."""
    return np.repeat(np.arange(len(sets.start) - 1), np.diff(sets.start))


def _by(sets: Sets, scope: Ints) -> Ints:
    """For each value the number of entities that hold any value of the same scope; 0 where the scope is unknown."""
    if not len(scope):
        return np.zeros(0, np.int64)
    owner = owners(sets)
    held = gather(owner, scope[sets.values], len(sets.start) - 1)
    tally = np.bincount(held.values, minlength=int(scope.max(initial=0)) + 1)
    return np.where(scope >= 0, tally[scope], 0)
