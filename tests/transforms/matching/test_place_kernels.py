"""Addresses a row at a time against the comparison part by part."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.kernels import PlaceTable, place_levels
from transforms.matching.place_kernels import levels, lines

ADDRESS = st.tuples(*(st.integers(-1, 1) for _ in PlaceTable._fields))


@given(st.lists(ADDRESS, min_size=1, max_size=12))
def test_a_look_into_the_table_says_what_the_parts_say(rows: list[tuple[int, ...]]) -> None:
    table = PlaceTable(*np.array(rows, np.int64).T)
    a, b = (each.ravel() for each in np.meshgrid(np.arange(len(rows)), np.arange(len(rows))))
    found = levels(lines(table), a, b)
    assert np.array_equal(found, place_levels(table, a, b))
    assert np.array_equal(found, levels(lines(table), b, a))


def test_no_address_is_no_error() -> None:
    none = np.empty(0, np.int64)
    assert len(levels(lines(PlaceTable(*(none,) * 11)), none, none)) == 0
