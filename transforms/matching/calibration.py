"""Are the probabilities true? Of pairs said to be one entity with probability p, a share p must be.

References: Brier (1950) for the mean squared error; Murphy and Winkler (1977) for reliability by bands of probability;
Naeini, Cooper and Hauskrecht (2015) for the expected calibration error; Wilson (1927) for the interval of a share.
Belin and Rubin (1995) calibrate false-match rates of record linkage by a curve fitted to labelled pairs; nothing is
fitted here: the labels (numbers that scoring did not see, or people's decisions) only check what the model says.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Shares = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Narrow where decisions fall and most pairs lie: near 0 and near 1.
EDGES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.99, 1.0)
Z95 = 1.959964  # of the normal distribution, for intervals of 95 %


class Band(NamedTuple):
    """Pairs with a probability in [low, high): how many, the mean of what was estimated, the share that is right.

    `least` and `most` bound that share at 95 % (Wilson). The last band includes its `high`.
    """

    low: float
    high: float
    pairs: int
    estimated: float
    observed: float
    least: float
    most: float


def wilson(hits: float, trials: float, z: float = Z95) -> tuple[float, float]:
    """The interval of a share seen as `hits` of `trials`; (0, 1) when nothing was tried."""
    if trials <= 0:
        return 0.0, 1.0
    share, spread = hits / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * float(np.sqrt(share * (1 - share) / trials + spread / (4 * trials)))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def bands(chance: Shares, right: Flags, edges: tuple[float, ...] = EDGES) -> list[Band]:
    """Estimated `chance` against what is `right`, row by row, in bands of probability; empty bands are left out."""
    last = len(edges) - 2
    at = np.clip(np.searchsorted(np.array(edges), chance, side="right") - 1, 0, last)
    many = np.bincount(at, minlength=last + 1)
    sums = np.bincount(at, weights=chance, minlength=last + 1)
    hits = np.bincount(at, weights=right.astype(np.float64), minlength=last + 1)
    found = []
    for row in np.flatnonzero(many):
        pairs = int(many[row])
        interval = wilson(float(hits[row]), pairs)
        shares = float(sums[row] / pairs), float(hits[row] / pairs)
        found.append(Band(edges[row], edges[row + 1], pairs, *shares, *interval))
    return found


def brier(chance: Shares, right: Flags) -> float:
    """The mean square of what separates probability and outcome: 0 is perfect, 0.25 a coin's; nan for no pairs."""
    return float(np.mean((chance - right) ** 2)) if len(chance) else float("nan")


def calibration_error(found: list[Band]) -> float:
    """The mean distance of estimated and observed share over all pairs (expected calibration error); nan for none."""
    pairs = sum(b.pairs for b in found)
    return sum(b.pairs * abs(b.estimated - b.observed) for b in found) / pairs if pairs else float("nan")
