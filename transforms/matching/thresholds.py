"""What another threshold would give, as far as the probabilities are to be believed: no labels needed.

With calibrated probabilities the expected number of right mergers is the sum of their probabilities, and of those
missed the sum over what was left (Fellegi and Sunter 1969 choose their cuts by just these two errors).
"""

import numpy as np
from numpy.typing import NDArray

Shares = NDArray[np.float64]

AT = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)


def thresholds(
    made: Shares, left: Shares, records: int, certain: int = 0, at: tuple[float, ...] = AT
) -> list[dict[str, float | int]]:
    """One row a threshold: mergers, entities, expected precision and recall of the mergers.

    `made` are the probabilities of the mergers that scoring made, `left` those of pairs that were not merged (one a
    side, see `best`), `certain` how many mergers needed no scoring (one valid number, a decision), counted as right.
    """
    every = np.sort(np.concatenate([made, left]))[::-1]
    sums = np.append(0.0, np.cumsum(every))
    rows: list[dict[str, float | int]] = []
    for threshold in at:
        many = int(np.searchsorted(-every, -threshold, side="right"))
        right, mergers = float(sums[many]) + certain, many + certain
        rows.append(
            {
                "threshold": threshold,
                "mergers": mergers,
                "entities": records - mergers,
                "expected_precision": round(right / mergers, 6) if mergers else 1.0,
                "expected_recall": round(right / (float(sums[-1]) + certain), 6) if sums[-1] + certain else 1.0,
            }
        )
    return rows


def best(a: NDArray[np.int64], b: NDArray[np.int64], chance: Shares) -> NDArray[np.int64]:
    """Rows of the pairs that no other pair of one of their sides surpasses: what a lower threshold would merge first.

    Of equals the first counts. No side is in two of them.
    """
    order = np.argsort(-chance, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    size = int(max(a.max(initial=-1), b.max(initial=-1))) + 1
    first = np.full(size, len(order))
    np.minimum.at(first, a, rank)
    np.minimum.at(first, b, rank)
    return np.flatnonzero((first[a] == rank) & (first[b] == rank))
