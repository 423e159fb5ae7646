"""Levels to bits, the frequency of the value taken into account.

An agreement on a value that many entities have is worth less: u of the value itself takes the place of u of the level.
The probability of meeting a value is estimated after Good and Turing (1953), so that a value seen with one entity only
is not taken for one that nobody else can have. No likeness is worth more than the agreement of either value.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.generic.compare import NAMES
from transforms.matching.generic.model import OWN, Model, weights
from transforms.matching.generic.patterns import Pairs, level, parts
from transforms.matching.generic.values import Bits, Column, Flags, Ints, Levels, Records

LEAST_U = 1e-7


class Weigher(NamedTuple):
    """Bits for one entity against strangers and against neighbours: by level, and for agreement by value.

    `share` of them counts: fields that repeat one another share one voice (redundancy.py).
    """

    level: Bits
    same: Bits
    level_near: Bits
    same_near: Bits
    share: float


def frequency(count: Ints, total: float) -> Bits:
    """The chance that another entity has the value, for values held by `count` of `total` entities."""
    once, twice = int((count == 1).sum()), int((count == 2).sum())
    rare = min(max((2 * twice + 0.5) / max(once, 1), 0.0), 1.0)
    found: Bits = np.clip(np.where(count <= 1, rare, count - 0.5) / max(total, 1.0), LEAST_U, 1.0)
    return found


def weigher(model: Model, column: Column, count: Ints) -> Weigher:
    """What agreement on each value of `column` is worth, values being held by `count` entities."""
    name = column.name
    chance = frequency(count, float(count.sum()))
    one = np.log2(model.m[name][-1])
    far, near = weights(model.m[name], model.u[name]), weights(model.m[name], model.f[name])
    shared = np.maximum(chance, OWN[column.kind]) if column.kind in OWN else np.maximum(chance, model.f[name][-1])
    # what agrees never speaks against: a record is never nearer to another than to itself
    same, same_near = np.maximum(one - np.log2(chance), 0.0), np.maximum(one - np.log2(shared), 0.0)
    return Weigher(far, same, near, same_near, model.share.get(name, 1.0))


def bits(weigher: Weigher, kind: str, a: Ints, b: Ints, level: Levels) -> tuple[Bits, Bits]:
    """Bits for values `a` and `b` that agree to `level`, against strangers and against neighbours."""
    top = len(NAMES[kind]) - 1
    found = []
    for by_level, same in ((weigher.level, weigher.same), (weigher.level_near, weigher.same_near)):
        worth = by_level[level]
        if len(same):
            least = np.minimum(same[a], same[b])
            worth = np.where(level == top, same[a], np.where(level > 0, np.minimum(worth, least), 0.0))
        found.append(weigher.share * worth)
    return found[0], found[1]


def odds(model: Model, strangers: Bits, neighbours: Bits) -> Bits:
    """Odds in bits that two records are one entity, from the bits against strangers and against neighbours."""
    far = max(1 - model.prior - model.near, 1e-9)
    against = np.logaddexp2(np.log2(far) - strangers, np.log2(model.near) - neighbours)
    sure: Bits = np.log2(model.prior) - against
    return sure


def hopeful(model: Model, how: dict[str, Weigher], pairs: Pairs, least: float) -> Flags:
    """Pairs that could come to odds of `least` if every value in them were the rarest of its field."""
    tops = []
    for name, kind in model.kinds.items():
        best = how[name].share * how[name].level
        best[len(NAMES[kind]) - 1] = how[name].share * how[name].same.max(initial=0.0)
        tops.append(best)
    able = np.zeros(len(pairs.a), bool)
    for rows in parts(len(pairs.a)):
        most = np.zeros(rows.stop - rows.start)
        for at, best in enumerate(tops):
            most += best[level(pairs.pattern[rows], at)]
        able[rows] = odds(model._replace(near=1e-12), most, most) >= least
    return able


def weighted(model: Model, how: dict[str, Weigher], records: Records, pairs: Pairs) -> tuple[Bits, Bits]:
    """Bits for `pairs`, against strangers and against neighbours, without the prior."""
    found = np.zeros((2, len(pairs.a)))
    for rows in parts(len(pairs.a)):
        parted = {}
        for at, (name, column) in enumerate(records.columns.items()):
            seen = level(pairs.pattern[rows], at)
            parted[name] = bits(how[name], column.kind, column.code[pairs.a[rows]], column.code[pairs.b[rows]], seen)
        found[:, rows] = total(parted)
    return found[0], found[1]


def total(by_field: dict[str, tuple[Bits, Bits]]) -> tuple[Bits, Bits]:
    """The sum over fields."""
    sums = [np.sum([by_field[f][i] for f in by_field], axis=0) for i in range(2)]
    return sums[0], sums[1]


def doubled(kinds: dict[str, str], share: dict[str, float]) -> list[str]:
    """Fields that say again what others say: silent ones, and a full name beside given name and surname."""
    parts = {k for k in kinds.values() if k in ("given_name", "surname")}
    return [f for f, k in kinds.items() if share.get(f, 1.0) == 0 or (k == "name" and len(parts) == 2)]
