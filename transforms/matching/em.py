"""Expectation maximisation on a histogram of patterns: the work does not grow with the number of pairs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.kernels import Levels
from transforms.matching.model import Model

ROUNDS = 100
STILL = 1e-6
WEIGHT = 100.0  # how many pairs the shipped probabilities are worth


class Histogram(NamedTuple):
    """Distinct patterns of levels, one row each, with how often each was seen."""

    patterns: NDArray[np.uint8]
    weight: NDArray[np.float64]


def histogram(levels: dict[str, Levels], fields: tuple[str, ...], weight: NDArray[np.float64]) -> Histogram:
    """Collapse levels of pairs to distinct patterns of `fields`; everything after this costs nothing."""
    code = np.zeros(len(weight), np.int64)
    for field in fields:
        code = code * 16 + levels[field]
    _, first, back = np.unique(code, return_index=True, return_inverse=True)
    patterns = np.stack([levels[f][first] for f in fields], axis=1) if fields else np.empty((len(first), 0), np.uint8)
    return Histogram(patterns, np.bincount(back, weights=weight, minlength=len(first)).astype(np.float64))


class Fitted(NamedTuple):
    """m by field, the share of matches among the pairs, and the rounds it took until nothing changed."""

    m: dict[str, tuple[float, ...]]
    share: float
    rounds: int


def em(seen: Histogram, fields: tuple[str, ...], model: Model, start: float, rounds: int = ROUNDS) -> Fitted:
    """Expectation maximisation of m over a histogram of patterns, u being a mixture of relatives and strangers.

    `start` is the share of matches to begin with. It ends when no probability changes by more than STILL, or after
    `rounds`. Levels that are missing (0) say nothing. Dempster, Laird and Rubin (1977), for Fellegi-Sunter by Winkler
    (1988).
    """
    m = {f: np.array(model.m[f]) for f in fields}
    against = {f: np.log2(0.5 * np.array(model.f[f]) + 0.5 * np.array(model.u[f])) for f in fields}
    none = np.sum([against[f][seen.patterns[:, at]] for at, f in enumerate(fields)], axis=0)
    share, done, change = start, 0, 1.0
    while done < rounds and change >= STILL:
        done += 1
        one = np.sum([np.log2(m[f])[seen.patterns[:, at]] for at, f in enumerate(fields)], axis=0)
        odds = one + np.log2(share) - none - np.log2(1 - share)
        responsible = 1 / (1 + np.exp2(-np.clip(odds, -60, 60)))
        before = np.concatenate([[share], *m.values()])
        share = float(np.clip((responsible * seen.weight).sum() / max(seen.weight.sum(), 1e-9), 0.01, 0.999))
        for at, field in enumerate(fields):
            m[field] = np.array(blend(model.m[field], seen.patterns[:, at], responsible * seen.weight))
        change = float(np.abs(np.concatenate([[share], *m.values()]) - before).max())
    return Fitted({f: tuple(float(p) for p in m[f]) for f in fields}, share, done)


def blend(prior: tuple[float, ...], levels: Levels, weight: NDArray[np.float64]) -> tuple[float, ...]:
    """Shares of each level among those seen, as if the prior had been seen WEIGHT times; index 0 stays 1."""
    counted = np.bincount(levels, weights=weight, minlength=len(prior))[1:]
    before = np.array(prior[1:])
    blended = (counted + WEIGHT * before / before.sum()) / (counted.sum() + WEIGHT)
    return (1.0, *(float(p) for p in np.clip(blended, 1e-9, 1.0)))
