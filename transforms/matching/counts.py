"""How common each value is among entities: two people called 张伟 prove little, two at one door in a village much."""

from typing import NamedTuple

import numpy as np

from transforms.matching.kernels import Flags, Ints, PlaceTable
from transforms.matching.sets import Facts, Sets, distinct
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


class Held(NamedTuple):
    """Distinct (entity, id) pairs, in no order."""

    owner: Ints
    ids: Ints


def counts(facts: Facts, values: Values, places: Scopes) -> Counts:
    """Count the entities of `facts` that hold each value."""
    has_number = np.diff(facts.trusted.start) > 0
    there = np.zeros(len(has_number), bool)
    there[facts.entity] = True
    exact, phone = Held(owners(facts.name), facts.name.values), Held(owners(facts.phone), facts.phone.values)
    shape, sound, family, given = held(facts.name, (values.shape, values.sound, values.surname, values.given))
    door, near, area, town = held(facts.place, (places.door, places.near, places.area, places.town))
    crowd = _first_shape(facts.name, values)[phone.owner]
    span = int(values.shape.max(initial=-1)) + 2
    pairs = distinct((phone.ids * span + crowd)[crowd >= 0])
    born, births = _runs(facts.born.values)
    names, phones = len(values.shape), len(values.phones)
    return Counts(
        people=max(2, int(there.sum())),
        numbered=float(has_number[facts.entity].mean()) if len(facts.entity) else 0.0,
        exact=np.bincount(exact.ids, minlength=names),
        shape=_by(shape, values.shape),
        sound=_by(sound, values.sound),
        known_exact=np.bincount(exact.ids[has_number[exact.owner]], minlength=names),
        known_shape=_by(_of(shape, has_number), values.shape),
        known_sound=_by(_of(sound, has_number), values.sound),
        family=_by(family, values.surname),
        given=_by(given, values.given),
        phone=np.bincount(phone.ids, minlength=phones),
        crowded=np.bincount(pairs // span, minlength=phones),
        door=_by(door, places.door),
        near=_by(near, places.near),
        area=_by(area, places.area),
        town=_by(town, places.town),
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


def held(sets: Sets, scopes: tuple[Ints, ...]) -> list[Held]:
    """What each entity holds by each scope, an id for each value (-1: none). Only who holds several needs sorting."""
    many = np.diff(sets.start)
    owner = np.repeat(np.arange(len(many)), many)
    several = np.repeat(many > 1, many)
    one, rest = np.flatnonzero(~several), np.flatnonzero(several)
    one_owner, one_value, rest_owner, rest_value = owner[one], sets.values[one], owner[rest], sets.values[rest]
    found: list[Held] = []
    for scope in scopes:
        single, ids = scope[one_value], scope[rest_value]
        span = int(scope.max(initial=-1)) + 2
        code = distinct((rest_owner * span + ids)[ids >= 0])
        who = code // span
        known = single >= 0
        found.append(Held(np.concatenate([one_owner[known], who]), np.concatenate([single[known], code - who * span])))
    return found


def _of(held: Held, chosen: Flags) -> Held:
    rows = chosen[held.owner]
    return Held(held.owner[rows], held.ids[rows])


def _by(held: Held, scope: Ints) -> Ints:
    """For each value the number of entities that hold any value of the same scope; 0 where the scope is unknown."""
    tally = np.append(np.bincount(held.ids, minlength=int(scope.max(initial=-1)) + 1), 0)
    return tally[scope]


def _runs(values: Ints) -> tuple[Ints, Ints]:
    """Distinct values, ascending, with how often each occurs."""
    ordered = np.sort(values)
    start = np.flatnonzero(np.append(np.ones(min(1, len(ordered)), bool), ordered[1:] != ordered[:-1]))
    return ordered[start], np.diff(np.append(start, len(ordered)))
