"""Calibration figures against versions of themselves that loop."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.calibration import EDGES, bands, brier, calibration_error, wilson

ROWS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60)


def _arrays(rows: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([p for p, _ in rows], float), np.array([r for _, r in rows], bool)


@given(ROWS)
def test_bands_and_errors_are_what_a_loop_finds(rows: list[tuple[float, bool]]) -> None:
    """Every row in one band, means and shares by hand."""
    found = bands(*_arrays(rows))
    assert sum(b.pairs for b in found) == len(rows)
    total = 0.0
    for band in found:
        inside = [(p, r) for p, r in rows if band.low <= p < band.high or (band.high == EDGES[-1] and p == band.high)]
        assert len(inside) == band.pairs
        mean, share = sum(p for p, _ in inside) / len(inside), sum(r for _, r in inside) / len(inside)
        assert (band.estimated, band.observed) == (pytest.approx(mean), pytest.approx(share))
        assert band.least <= share + 1e-12
        assert share <= band.most + 1e-12
        total += len(inside) * abs(mean - share)
    if rows:
        assert brier(*_arrays(rows)) == pytest.approx(sum((p - r) ** 2 for p, r in rows) / len(rows))
        assert calibration_error(found) == pytest.approx(total / len(rows))
    else:
        assert math.isnan(brier(*_arrays(rows)))
        assert math.isnan(calibration_error(found))


@given(st.integers(1, 400), st.data())
def test_wilson_bounds_solve_its_equation(trials: int, data: st.DataObject) -> None:
    """Each bound p is where the share lies 1.96 standard errors (of p) away: Wilson's definition."""
    hits = data.draw(st.integers(0, trials))
    for bound in wilson(hits, trials):
        gap = (hits / trials - bound) ** 2
        assert gap == pytest.approx(1.959964**2 * bound * (1 - bound) / trials, abs=1e-9)


def test_wilson_of_known_figures() -> None:
    """The textbook's 8 of 10, and nothing known of nothing."""
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_true_probabilities_are_found_calibrated_and_boasts_are_not() -> None:
    """Outcomes drawn as often as announced have a small error; announced twice as surely, a large one."""
    rng = np.random.default_rng(7)
    chance = rng.uniform(0, 1, 20_000)
    right = rng.uniform(0, 1, 20_000) < chance
    assert calibration_error(bands(chance, right)) < 0.02
    assert calibration_error(bands(np.sqrt(chance), right)) > 0.1
