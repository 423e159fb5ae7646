"""What a blocking rule would find: the share of pairs of mentions known to be one person that agree on its columns."""

import numpy as np

from transforms.matching.blocks import first_of_runs
from transforms.matching.profiles import Profiles, key_of

SAMPLED = 7  # every seventh numbered entity is enough to tell what a rule finds,
ENOUGH = 20_000  # and no more than about so many
IDENTIFYING = frozenset({"key", "number", "head14", "tail12", "last4"})


def reach(profiles: Profiles, rules: dict[str, tuple[str, ...]]) -> dict[str, float]:
    """Of those rules (name to columns) that do without a number: the share of known matches that agree on them."""
    rows = np.arange(len(profiles.birth))
    entity = profiles.entity[profiles.mention(rows)]
    step = max(SAMPLED, int((~profiles.loose).sum()) // ENOUGH)
    rows = rows[~profiles.loose[entity] & (entity % step == 0)]
    entity = profiles.entity[profiles.mention(rows)]
    order = np.argsort(entity, kind="stable")
    rows, entity = rows[order], entity[order]
    start = np.flatnonzero(first_of_runs(entity))
    count = np.diff(np.append(start, len(entity)))
    stop = np.repeat(start + count, count)
    width = stop - np.arange(len(rows)) - 1
    left = np.repeat(np.arange(len(rows)), width)
    right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(width) - width, width)
    mention = profiles.key[profiles.mention(rows)]
    other = mention[left] != mention[right]
    left, right = left[other], right[other]
    low, high = np.minimum(mention[left], mention[right]), np.maximum(mention[left], mention[right])
    if not len(low):
        return {}
    _, pair = np.unique(low * (int(mention.max()) + 1) + high, return_inverse=True)
    shares: dict[str, float] = {}
    for name, columns in rules.items():
        if IDENTIFYING & set(columns):
            continue
        key, known = key_of(profiles, columns, rows)
        agree = (key[left] == key[right]) & known[left] & known[right]
        shares[name] = round(float((np.bincount(pair, weights=agree) > 0).mean()), 4)
    return shares
