"""Accuracy of a clustering against the truth."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Accuracy(NamedTuple):
    """Precision, recall and their harmonic mean over pairs of mentions, and the same averaged over mentions (B-cubed)."""

    precision: float
    recall: float
    f1: float
    b3_precision: float
    b3_recall: float
    b3_f1: float


def accuracy(found: NDArray[np.int64], truth: NDArray[np.int64]) -> Accuracy:
    """Compare two labellings of the same mentions (Bagga and Baldwin 1998 for B-cubed)."""
    _, f = np.unique(found, return_inverse=True)
    _, t = np.unique(truth, return_inverse=True)
    cell, each = np.unique(f.astype(np.int64) * (t.max() + 1) + t, return_inverse=True)
    both = np.bincount(each).astype(float)
    in_f, in_t = np.bincount(f).astype(float), np.bincount(t).astype(float)

    def pairs(n: NDArray[np.float64]) -> float:
        return float((n * (n - 1) / 2).sum())

    precision = pairs(both) / max(pairs(in_f), 1)
    recall = pairs(both) / max(pairs(in_t), 1)
    b3p, b3r = float((both[each] / in_f[f]).mean()), float((both[each] / in_t[t]).mean())
    return Accuracy(precision, recall, _mean(precision, recall), b3p, b3r, _mean(b3p, b3r))


def _mean(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0
