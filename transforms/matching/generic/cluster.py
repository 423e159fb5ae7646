"""From scored pairs to entities: the strongest first, and every merger weighed again with all that is then known."""

from typing import NamedTuple

import numpy as np

from transforms.matching.generic.entities import Bag, field_bits, gather
from transforms.matching.generic.model import Model
from transforms.matching.generic.train import probability
from transforms.matching.generic.values import Bits, Flags, Ints, Records
from transforms.matching.generic.weigh import Weigher, odds, total

ROUNDS = 60


class Clusters(NamedTuple):
    """`entity`: the first record of the entity of each record. `chance`: of the merger that brought a record in."""

    entity: Ints
    chance: Bits
    mergers: int
    expected: float


class Setting(NamedTuple):
    """All that scoring needs, and the bar: `accept` for each merger, `precision` expected of all."""

    records: Records
    weighers: dict[str, Weigher]
    model: Model
    accept: float
    precision: float


def score(setting: Setting, bags: dict[str, Bag], a: Ints, b: Ints) -> Bits:
    """Odds in bits that entities `a` and `b` are one."""
    columns = setting.records.columns
    parts = {n: field_bits(bags[n], c, setting.weighers[n], a, b) for n, c in columns.items()}
    return odds(setting.model, *total(setting.model.kinds, parts))


def cluster(setting: Setting, a: Ints, b: Ints, strength: Bits) -> Clusters:
    """Merge records by pairs `a`, `b` of `strength` (odds in bits), until no merger reaches the bar."""
    size = setting.records.size
    entity = np.arange(size)
    chance = np.full(size, np.nan)
    least = float(np.log2(setting.accept / (1 - setting.accept)))
    sure, mergers = 0.0, 0
    for step in (least + 12, least + 6, least + 3, least):
        for _ in range(ROUNDS):
            keep = _allowed(setting, entity, a, b)
            a, b, strength = a[keep], b[keep], strength[keep]
            rows = _mutual(a, b, strength, step)
            if not len(rows):
                break
            p = probability(strength[rows])
            order = np.argsort(-p, kind="stable")
            rows, p = rows[order], p[order]
            good = (sure + np.cumsum(p)) / (mergers + 1 + np.arange(len(rows))) >= setting.precision
            rows, p = rows[good], p[good]
            if not len(rows):
                break
            sure, mergers = sure + float(p.sum()), mergers + len(rows)
            came = np.full(size, np.nan)
            came[a[rows]] = came[b[rows]] = p
            chance = np.where(np.isnan(chance), came[entity], chance)
            entity, a, b, strength = _unite(setting, entity, (a, b, strength), rows)
    return Clusters(entity, chance, mergers, sure / max(mergers, 1))


def _mutual(a: Ints, b: Ints, odds: Bits, least: float) -> Ints:
    """Rows that are the best of both their sides; ties go to the first pair."""
    able = np.flatnonzero(odds >= least)
    ends = np.concatenate([a[able], b[able]])
    rows = np.concatenate([able, able])
    order = np.lexsort((rows, -np.round(odds[rows], 6), ends))
    first = np.append(True, np.diff(ends[order]) > 0) if len(order) else np.zeros(0, bool)
    best, times = np.unique(rows[order][first], return_counts=True)
    both: Ints = best[times == 2]
    return both


def _allowed(setting: Setting, entity: Ints, a: Ints, b: Ints) -> Flags:
    """Pairs that no unique source forbids: it would have two records in one entity."""
    records = setting.records
    allowed = np.ones(len(a), bool)
    for source in np.flatnonzero(records.unique):
        holds = np.zeros(records.size, bool)
        holds[entity[records.source == source]] = True
        allowed &= ~(holds[a] & holds[b])
    return allowed


def _unite(setting: Setting, entity: Ints, pairs: tuple[Ints, Ints, Bits], rows: Ints) -> tuple[Ints, Ints, Ints, Bits]:
    """Unite the sides of `rows` and score again the pairs that this touches."""
    a, b, strength = pairs
    size = setting.records.size
    into = np.arange(size)
    low, high = np.minimum(a[rows], b[rows]), np.maximum(a[rows], b[rows])
    into[high] = low
    touched = np.zeros(size, bool)
    touched[low] = True
    x, y = into[a], into[b]
    keep = x != y
    code = np.minimum(x, y)[keep] * size + np.maximum(x, y)[keep]
    code, first = np.unique(code, return_index=True)
    x, y, strength = code // size, code % size, strength[keep][first]
    entity = into[entity]
    fresh = np.flatnonzero(touched[x] | touched[y])
    bags = bags_of(setting.records, entity)
    strength = strength.copy()
    strength[fresh] = score(setting, bags, x[fresh], y[fresh])
    return entity, x, y, strength


def bags_of(records: Records, entity: Ints) -> dict[str, Bag]:
    """The values of every entity, by field."""
    return {n: gather(entity, c.code, records.size) for n, c in records.columns.items()}
