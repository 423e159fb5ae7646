"""Thresholds: expected precision and recall against sums by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.thresholds import best, thresholds

SHARES = st.lists(st.floats(0, 1), max_size=30)


@given(SHARES, SHARES, st.integers(0, 5))
def test_rows_are_what_sums_by_hand_give(made: list[float], left: list[float], certain: int) -> None:
    """Mergers at or above the threshold, their mean probability, and the share of all expected matches."""
    every = made + left
    for row in thresholds(np.array(made), np.array(left), 1000, certain):
        taken = [p for p in every if p >= row["threshold"]]
        assert row["mergers"] == len(taken) + certain
        assert row["entities"] == 1000 - row["mergers"]
        if taken or certain:
            assert row["expected_precision"] == pytest.approx((sum(taken) + certain) / (len(taken) + certain), abs=1e-6)
        if sum(every) + certain:
            wanted = (sum(taken) + certain) / (sum(every) + certain)
            assert row["expected_recall"] == pytest.approx(wanted, abs=1e-6)


def test_a_higher_threshold_is_surer_and_finds_less() -> None:
    """Precision rises and recall falls from row to row."""
    rows = thresholds(np.linspace(0.3, 1, 50), np.linspace(0, 0.6, 50), 500)
    precision, recall = ([row[c] for row in rows] for c in ("expected_precision", "expected_recall"))
    assert precision == sorted(precision)
    assert recall == sorted(recall, reverse=True)


def test_the_best_pair_of_both_sides_is_taken_and_no_side_twice() -> None:
    """1-2 is the best of both; 2-3 and 1-3 lose to it; 4-5 stands alone."""
    a, b = np.array([1, 2, 1, 4]), np.array([3, 3, 2, 5])
    assert best(a, b, np.array([0.4, 0.6, 0.6 + 1e-9, 0.1])).tolist() == [2, 3]
    assert best(a[:0], b[:0], np.empty(0)).tolist() == []
