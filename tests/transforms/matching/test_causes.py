"""What a batch may change among the clusters it touched, and what stays as it was."""

from collections import defaultdict

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from transforms.matching.causes import Bonds, caused

NONE: list[tuple[int, int, float, int]] = []


def clusters(was: list[int], now: list[int], bonds: list[tuple[int, int, float, int]], fixed: str = "") -> list[int]:
    a, b, odds, veto = (np.array(c) for c in zip(*bonds, strict=True)) if bonds else (np.zeros(0, np.int64),) * 4
    kept = np.array([str(i) in fixed for i in range(len(was))], bool)
    told = Bonds(a.astype(np.int64), b.astype(np.int64), odds.astype(float), veto.astype(np.uint8))
    return caused(np.array(was, np.int64), np.array(now, np.int64), kept, told).tolist()


def test_a_newcomer_joins_and_may_bring_two_together() -> None:
    assert clusters([5, 5, -1], [0, 0, 0], NONE) == [0, 0, 0]
    assert clusters([5, 6, -1], [0, 0, 0], NONE) == [0, 0, 0]
    assert clusters([5, -1], [0, 1], NONE) == [0, 1]


def test_a_merger_without_a_newcomer_is_not_believed() -> None:
    assert clusters([5, 6, -1], [0, 0, 1], NONE) == [0, 1, 2]


def test_a_part_that_fell_off_goes_back() -> None:
    assert clusters([5, 5, 5, -1], [0, 0, 1, 2], NONE) == [0, 0, 0, 1]
    assert clusters([5, 5, 5, -1], [0, 0, 1, 0], [(0, 1, 0.5, 0)]) == [0, 0, 0, 0]


def test_a_part_leaves_when_something_speaks_against_it() -> None:
    assert clusters([5, 5, 5, -1], [0, 0, 1, 0], [(0, 1, 3.0, 1)]) == [0, 0, 1, 0], "it cannot be"
    assert clusters([5, 5, 5, -1], [0, 0, 1, 0], [(0, 1, -1.0, 0)]) == [0, 0, 1, 0], "it is unlikely"


def test_a_part_leaves_when_a_newcomer_fits_it_as_well() -> None:
    assert clusters([5, 5, 5, -1], [0, 0, 1, 2], [(0, 1, 2.0, 0), (1, 2, 4.0, 0)]) == [0, 0, 1, 2]
    assert clusters([5, 5, 5, -1], [0, 0, 1, 2], [(0, 1, 4.0, 0), (1, 2, 0.0, 0)]) == [0, 0, 0, 1]


def test_who_was_only_looked_at_stays() -> None:
    assert clusters([5, 6, 6, -1], [0, 0, 1, 0], NONE, fixed="12") == [0, 1, 1, 0]


def test_a_part_that_went_to_a_newcomer_comes_along_only_when_compared() -> None:
    assert clusters([5, 5, 5, -1, -1], [0, 0, 1, 0, 1], NONE) == [0, 0, 1, 0, 1]
    assert clusters([5, 5, 5, -1, -1], [0, 0, 1, 0, 1], [(0, 1, 3.0, 0)]) == [0, 0, 0, 0, 0]


@example([(0, 0), (0, 1), (0, 2), (-1, 3)], [(0, 1, 0.5, 0), (0, 2, 0.5, 0), (1, 2, 3.0, 6)])
@given(
    st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 5)), min_size=1, max_size=20),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(-2, 6), st.sampled_from([0, 0, 6]))),
)
def test_what_is_forbidden_stays_apart(rows: list[tuple[int, int]], bonds: list[tuple[int, int, float, int]]) -> None:
    """Not even where each of two goes back to the same third."""
    was, now = [r[0] for r in rows], np.unique([r[1] for r in rows], return_inverse=True)[1].tolist()
    once = {(a, b): (a, b, odds, veto) for a, b, odds, veto in bonds if a < b <= max(now)}
    into = defaultdict(set)
    for cluster, end in zip(now, clusters(was, now, list(once.values())), strict=True):
        into[end].add(cluster)
    forbidden = [{a, b} for a, b, _, veto in once.values() if veto]
    assert not any(pair <= held for pair in forbidden for held in into.values())


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), max_size=30))
def test_without_newcomers_nothing_changes(rows: list[tuple[int, int]]) -> None:
    was, now = [r[0] for r in rows], [r[1] for r in rows]
    found = clusters(was, np.unique(now, return_inverse=True)[1].tolist(), NONE)
    assert len(set(zip(was, found, strict=True))) == len(set(was)) == len(set(found))
