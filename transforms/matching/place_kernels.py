"""Comparing addresses a row at a time: all parts of one against all of another at once, then one look into a table.

An address is a row of sixteen 32-bit ids, one line of the processor's cache. Two rows give two sets of lanes: those
where both name the same, and those where both name something and differ. What level that amounts to is worked out once
for every case. A part that one side does not give never speaks against the two being one place; a village and a street
or estate are two places, even where neither names its town.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from transforms.matching.entity_rows import LINE, aligned
from transforms.matching.kernels import Flags, Ints, Levels, PlaceTable

Lines = NDArray[np.int32]  # (addresses, 16)

PARTS = PlaceTable._fields
TOWN, VILLAGE, GROUP, HOUSE, ROAD, ROAD_NO, COMPOUND, BUILDING, UNIT, ROOM, DOOR = (1 << i for i in range(11))
BARE, KIND = 1 << 11, 1 << 12  # lanes of their own: neither compound nor room; a village or a street and not both
PLACED = TOWN | VILLAGE | ROAD | COMPOUND
DIFFERING = (TOWN, GROUP, COMPOUND, UNIT)  # parts of which it matters that they differ
COMPARABLE = 1 << 16
CASES = 1 << 17


def lines(places: PlaceTable) -> Lines:
    """The rows of `places`; -1 in a lane for what is not given."""
    found = aligned(len(places.town) * LINE).view(np.int32).reshape(-1, 16)
    found[:] = -1
    for lane, part in enumerate(PARTS):
        found[:, lane] = getattr(places, part)
    rural, urban = places.village >= 0, (places.road >= 0) | (places.compound >= 0)
    found[:, 11] = np.where((places.compound < 0) & (places.room < 0), 0, -1)
    found[:, 12] = np.where(rural != urban, urban, -1)
    return found


def levels(table: Lines, a: Ints, b: Ints) -> Levels:
    """Levels of kernels.PLACE for rows `a` and `b` of `table`."""
    x, y = table.take(a, axis=0), table.take(b, axis=0)
    equal, known = x == y, (x | y) >= 0
    same, clash = _bits(equal & known), _bits(known & ~equal)
    case = (same & 0xFFF).astype(np.int32)
    case |= (((same | clash) & PLACED | clash & KIND) != 0) * np.int32(COMPARABLE)
    for place, part in enumerate(DIFFERING):
        case |= ((clash & part) != 0) * np.int32(1 << 12 + place)
    return by_case().take(case)


def _bits(lanes: Flags) -> NDArray[np.uint16]:
    return np.packbits(lanes.ravel(), bitorder="little").view(np.uint16)


@cache
def by_case() -> Levels:
    """The level of every set of lanes that are the same (bits 0 to 11), DIFFERING ones (12 to 15) and COMPARABLE."""
    case = np.arange(CASES, dtype=np.int32)

    def same(part: int) -> Flags:
        hit: Flags = case & part != 0
        return hit

    def clash(part: int) -> Flags:
        hit: Flags = case & 1 << 12 + DIFFERING.index(part) != 0
        return hit

    village, compound = same(VILLAGE) & ~clash(TOWN), same(COMPOUND) & ~clash(TOWN)
    street = same(ROAD) & same(ROAD_NO)
    house = village & ~clash(GROUP) & same(HOUSE)
    flat = (compound | street & ~clash(COMPOUND)) & same(BUILDING) & ~clash(UNIT) & same(ROOM)
    comparable = same(COMPARABLE)
    level = comparable.astype(np.uint8)
    level[(same(TOWN) | same(ROAD)) & comparable] = 2
    level[village | compound | street] = 3
    level[(village & same(GROUP)) | (compound & same(BUILDING)) | (street & same(BARE))] = 4
    level[house | flat | same(DOOR)] = 5
    return level
