"""Addresses compared a row at a time, against every part of every pair looked at in turn."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.kernels import PlaceTable
from transforms.matching.place_kernels import levels, lines

PARTS = PlaceTable._fields
PLACE = st.lists(st.integers(-1, 1), min_size=len(PARTS), max_size=len(PARTS))


def plain(a: dict[str, int], b: dict[str, int]) -> int:
    """The level as one would explain it, the highest that holds."""

    def same(part: str) -> bool:
        return a[part] == b[part] >= 0

    def clash(part: str) -> bool:
        return a[part] >= 0 and b[part] >= 0 and a[part] != b[part]

    village, compound = (same(p) and not clash("town") for p in ("village", "compound"))
    street = same("road") and same("road_no")
    flat = compound or (street and not clash("compound"))
    if same("door") or (village and not clash("group") and same("house")):
        return 5
    if flat and same("building") and not clash("unit") and same("room"):
        return 5
    alone = street and all(side[p] < 0 for side in (a, b) for p in ("compound", "room"))
    if (village and same("group")) or (compound and same("building")) or alone:
        return 4
    if village or compound or street:
        return 3
    rural = [side["village"] >= 0 for side in (a, b)]
    urban = [side["road"] >= 0 or side["compound"] >= 0 for side in (a, b)]
    two_kinds = any(rural[i] and not urban[i] and urban[1 - i] and not rural[1 - i] for i in (0, 1))
    both = any(a[p] >= 0 and b[p] >= 0 for p in ("town", "village", "road", "compound"))
    return 2 if both and (same("town") or same("road")) else int(both or two_kinds)


@settings(max_examples=1500)
@given(st.lists(PLACE, min_size=2, max_size=12))
def test_levels_are_those_of_a_plain_comparison(rows: list[list[int]]) -> None:
    table = PlaceTable(*(np.array(column) for column in zip(*rows, strict=True)))
    sides = [dict(zip(PARTS, row, strict=True)) for row in rows]
    a, b = (np.array(ids) for ids in zip(*((i, j) for i in range(len(rows)) for j in range(len(rows))), strict=True))
    wanted = [plain(sides[i], sides[j]) for i, j in zip(a, b, strict=True)]
    assert levels(lines(table), a, b).tolist() == wanted


def test_no_address_is_no_error() -> None:
    none = np.empty(0, np.int64)
    assert len(levels(lines(PlaceTable(*(none,) * len(PARTS))), none, none)) == 0
