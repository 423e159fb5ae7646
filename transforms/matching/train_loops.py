"""Levels of the fields that are learned, for pairs of entities, in one compiled loop a field (see compare.compare)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from transforms.matching.compare_loops import born_level, year_level
from transforms.matching.compiled import borrowing, compiled
from transforms.matching.kernels import Ints, Levels, Words
from transforms.matching.level_loops import (
    Names,
    Places,
    name_level,
    phone_level,
    place_level,
    sex_level,
)
from transforms.matching.sets import Sets


class Values(NamedTuple):
    """Tables of distinct values (see packed.Tables)."""

    names: Names
    phones: Words
    places: Places


class Heard(NamedTuple):
    """What is known of each entity (see sets.Facts)."""

    name: Sets
    born: Sets
    sex: Sets
    phone: Sets
    place: Sets


class Agreed(NamedTuple):
    """The level of each pair: of the best of all combinations, 0 where one side has no value."""

    name: Levels
    born: Levels
    year: Levels
    sex: Levels
    phone: Levels
    place: Levels


def _best_of(kernel: Callable[[Any, int, int], Any]) -> Callable[[Any, Sets, Ints, Ints, Levels], None]:
    @borrowing
    def best(table: Any, sets: Sets, a: Ints, b: Ints, level: Levels) -> None:
        start, values = sets
        for at in range(len(a)):
            top = np.int64(0)
            for i in range(start[a[at]], start[a[at] + 1]):
                for j in range(start[b[at]], start[b[at] + 1]):
                    top = max(top, np.int64(kernel(table, values[i], values[j])))
            level[at] = top

    return best


_names, _days, _years = _best_of(name_level), _best_of(born_level), _best_of(year_level)
_sexes, _phones, _places = _best_of(sex_level), _best_of(phone_level), _best_of(place_level)


@compiled
def agreed(values: Values, heard: Heard, a: Ints, b: Ints, found: Agreed) -> None:
    """Fill in the levels of entities a[i] and b[i]; ASK for a name where the texts of some have to tell."""
    _names(values.names, heard.name, a, b, found.name)
    _days(0, heard.born, a, b, found.born)
    _years(0, heard.born, a, b, found.year)
    _sexes(0, heard.sex, a, b, found.sex)
    _phones(values.phones, heard.phone, a, b, found.phone)
    _places(values.places, heard.place, a, b, found.place)
