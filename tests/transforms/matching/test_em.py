"""Expectation maximisation finds the probabilities that made the data, and starts from what is shipped."""

import numpy as np
import pytest

from transforms.matching.em import ROUNDS, Histogram, blend, em, histogram
from transforms.matching.model import Model, shipped

FIELDS = ("name", "sex", "phone")


def drawn(model: Model, share: float, size: int) -> dict[str, np.ndarray]:
    """Levels of pairs of which `share` are matches, drawn as `model` says, relatives and strangers half and half."""
    random = np.random.default_rng(3)
    match = random.random(size) < share
    levels = {}
    for field in FIELDS:
        m = np.array(model.m[field][1:])
        other = 0.5 * np.array(model.f[field][1:]) + 0.5 * np.array(model.u[field][1:])
        one, none = (random.choice(len(p), size, p=p / p.sum()) + 1 for p in (m, other))
        levels[field] = np.where(match, one, none).astype(np.uint8)
    return levels


def test_a_histogram_counts_every_pair_once() -> None:
    levels = {"name": np.array([9, 9, 1, 9], np.uint8), "sex": np.array([2, 2, 1, 1], np.uint8)}
    found = histogram(levels, ("name", "sex"), np.array([1.0, 2.0, 1.0, 0.5]))
    rows = {tuple(p): w for p, w in zip(found.patterns.tolist(), found.weight.tolist(), strict=True)}
    assert rows == {(9, 2): 3.0, (1, 1): 1.0, (9, 1): 0.5}


def test_the_probabilities_behind_the_data_are_found_again() -> None:
    start = shipped()
    phone = (1.0, 0.45, 0.05, 0.5)
    truth = start.with_tables(m={"phone": phone})
    seen = histogram(drawn(truth, 0.6, 60_000), FIELDS, np.ones(60_000))
    found, share, rounds = em(seen, FIELDS, start, 0.9)
    assert share == pytest.approx(0.6, abs=0.02)
    assert 1 < rounds < ROUNDS
    assert found["phone"][1:] == pytest.approx(phone[1:], abs=0.03)


def test_without_data_the_shipped_probabilities_stay() -> None:
    start = shipped()
    nothing = Histogram(np.empty((0, 1), np.uint8), np.empty(0))
    found, *_ = em(nothing, ("sex",), start, 0.9)
    assert found["sex"][1:] == pytest.approx(start.m["sex"][1:], abs=1e-6)


def test_missing_says_nothing_and_no_probability_is_zero() -> None:
    prior = (1.0, 0.5, 0.5)
    blended = blend(prior, np.zeros(5000, np.uint8), np.ones(5000))
    assert blended[1:] == pytest.approx((0.5, 0.5))
    sure = blend(prior, np.full(100_000, 2, np.uint8), np.ones(100_000))
    assert sure[0] == 1.0
    assert 0 < sure[1] < 0.01
