"""Uniting under bars, against a plain reading of what is forbidden."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.constrained import Union

PAIRS = st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda p: p[0] != p[1])


@given(
    st.lists(PAIRS, max_size=20),
    st.lists(PAIRS, max_size=4),
    st.lists(st.sampled_from([None, None, "a", "b"]), min_size=8, max_size=8),
)
def test_no_union_breaks_a_bar_and_none_is_refused_without_one(
    edges: list[tuple[int, int]], apart: list[tuple[int, int]], own: list[str | None]
) -> None:
    union = Union(8, [own], apart)
    for a, b in edges:
        sides = [[x for x in range(8) if union.root(x) == union.root(side)] for side in (a, b)]
        held = {own[x] for side in sides for x in side} - {None}
        barred = len(held) > 1 or any(
            (x, y) in apart or (y, x) in apart for x, y in itertools.product(*sides) if sides[0] != sides[1]
        )
        assert union.join(a, b) is (sides[0] == sides[1] or not barred)


def test_a_ruling_goes_over_what_is_held_and_not_over_another_ruling() -> None:
    union = Union(3, [["a", "b", "c"]], [(0, 2)])
    assert not union.join(0, 1)
    assert union.join(0, 1, ruled=True)
    assert not union.join(1, 2, ruled=True)


def test_columns_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="length"):
        Union(2, [["a"]])
