"""What a blocking rule would find: the share of pairs of mentions known to be one person that agree on its columns."""

from typing import NamedTuple

import numpy as np

from transforms.matching.blocks import first_of_runs
from transforms.matching.kernels import Ints
from transforms.matching.profiles import Profiles, key_of

SAMPLED = 7  # every seventh numbered entity is enough to tell what a rule finds,
ENOUGH = 2_000  # and no more than about so many
IDENTIFYING = frozenset({"key", "number", "head14", "tail12", "last4"})


class Known(NamedTuple):
    """Pairs of rows of two mentions of one person, `left` and `right` (of `rows`); where pairs of the same two mentions
    `start`, which follow one another."""

    rows: Ints
    left: Ints
    right: Ints
    start: Ints


def reach(profiles: Profiles, rules: dict[str, tuple[str, ...]]) -> dict[str, float]:
    """Of those rules (name to columns) that do without a number: the share of known matches that agree on them."""
    wanted = {name: columns for name, columns in rules.items() if not IDENTIFYING & set(columns)}
    seen = _known(profiles)
    if not len(seen.left):
        return {}
    shares: dict[str, float] = {}
    for name, columns in wanted.items():
        key, known = key_of(profiles, columns, seen.rows)
        agree = (key.take(seen.left) == key.take(seen.right)) & known.take(seen.left)
        if len(seen.start) < len(agree):
            agree = np.logical_or.reduceat(agree, seen.start)
        shares[name] = round(np.count_nonzero(agree) / len(agree), 4)
    return shares


def _known(profiles: Profiles) -> Known:
    """Drawn by entity, and all mentions of each."""
    drawn = ~profiles.loose
    drawn &= np.arange(len(drawn)) % max(SAMPLED, int(drawn.sum()) // ENOUGH) == 0
    again = profiles.again
    rows = np.flatnonzero(drawn.take(profiles.entity))
    rows = np.append(rows, len(profiles.entity) + np.flatnonzero(drawn.take(profiles.entity.take(again))))
    entity = profiles.entity[profiles.mention(rows)]
    order = np.argsort(entity, kind="stable")
    rows, entity = rows[order], entity[order]
    start = np.flatnonzero(first_of_runs(entity))
    count = np.diff(np.append(start, len(entity)))
    width = np.repeat(start + count, count) - np.arange(len(rows)) - 1
    left = np.repeat(np.arange(len(rows)), width)
    right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(width) - width, width)
    mention = profiles.key[profiles.mention(rows)]
    other = np.flatnonzero(mention[left] != mention[right])
    left, right = left[other], right[other]
    low, high = np.minimum(mention[left], mention[right]), np.maximum(mention[left], mention[right])
    pair = low * (int(mention.max(initial=0)) + 1) + high
    order = np.argsort(pair)
    return Known(rows, left[order], right[order], np.flatnonzero(first_of_runs(pair[order])))
