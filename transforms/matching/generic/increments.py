"""A batch against what is kept: only pairs with a new record are compared, only what they touch is clustered again.

Nothing is learned from a batch. The model is that of the whole run before, and so is how many entities hold a value:
the odds of kept pairs stay what they are, and those of new ones are of the same kind. A value that the run did not see
is counted by the records that have it.

Rows are those of everybody (ground.py); what is clustered is some of them (stage.py), and of all others nothing is
looked at but what block they are in.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.generic import blocking, weigh
from transforms.matching.generic.blocking import Limit, Rule, joined
from transforms.matching.generic.cluster import Mergers
from transforms.matching.generic.ground import Ground
from transforms.matching.generic.meet import Rules
from transforms.matching.generic.model import Model
from transforms.matching.generic.patterns import BY_NO_RULE, Pairs, patterns
from transforms.matching.generic.prepared import MOST, MOST_PER_RECORD
from transforms.matching.generic.scoring import FAINT, Setting, moved, setting, weighed
from transforms.matching.generic.stage import Scored, clustered, finished, meet, settled
from transforms.matching.generic.values import Flags, Ints
from transforms.matching.named import Verdicts


class Before(NamedTuple):
    """What is kept of records that are there still: what was merged and scored, by their rows; and of the whole run the
    share of records that are nobody else's, rules that entities met by alone, and the keys that large blocks are split
    by."""

    mergers: Mergers
    scored: Scored
    lone: float
    further: list[Rule]
    finer: tuple[str, ...]


class Asked(NamedTuple):
    """What a batch is about beside its records: what is decided, rows whose entities are to be clustered again whatever
    the new records say, and copies of what is no longer there, which were compared with nothing else."""

    said: Verdicts
    again: Ints
    bereft: Ints


class Grown(NamedTuple):
    """The `rows` that were looked at, which are all of their entities; of each the first row of its entity now; all
    mergers and the new pairs; how many rows were clustered again, and how many pairs were compared."""

    rows: Ints
    entity: Ints
    mergers: Mergers
    scored: Scored
    touched: int
    compared: int


def add(ground: Ground, before: Before, model: Model, bar: tuple[float, float], asked: Asked) -> Grown:
    """Cluster the new records of `ground`, beginning with what is kept; `bar`: see scoring.setting."""
    nobody = ground.records(np.zeros(0, np.int64))
    weighers = {n: weigh.weigher(model, c, ground.counts[n]) for n, c in nobody.columns.items()}
    how = setting(nobody, weighers, model, bar)._replace(lone=before.lone)
    unmet = ground.every.fresh
    unmet[asked.bereft] = True
    new, many = _compared(ground, how, unmet, before.finer)
    touched = _touched(ground, np.concatenate([new.pairs.a, new.pairs.b, asked.again]))
    stage, edges, touched = settled(ground, how, before.scored.and_(new), touched, asked.said)
    standing = before.mergers.take(~touched[before.mergers.into])
    stage = clustered(stage, edges, standing.chance)
    stage = finished(meet(ground, stage, touched, Rules(list(model.rules), before.further)))
    return Grown(stage.rows, stage.entity(), standing.and_(stage.mergers()), new, int(touched.sum()), many)


def _touched(ground: Ground, rows: Ints) -> Flags:
    """New rows, and all of entities that have one of the `rows`, or that can't be one any more."""
    every = ground.every
    marks = np.zeros(int(every.entity.max(initial=-1)) + 2, bool)
    marks[every.entity[rows]] = True
    for source in np.flatnonzero(every.unique):
        mine = every.entity[every.there & (every.source == source)]
        marks[:-1] |= np.bincount(mine[mine >= 0], minlength=len(marks) - 1) > 1
    marks[-1] = True  # new ones are in no entity
    found: Flags = marks[every.entity] & every.there
    return found


def _compared(ground: Ground, how: Setting, unmet: Flags, finer: tuple[str, ...]) -> tuple[Scored, int]:
    """Pairs with an `unmet` record that the model's rules find, but for faint ones; how many there were with those."""
    pairs = _blocked(ground, how.model, unmet, finer).and_(_copies(ground, unmet))
    rows, place = np.unique(np.concatenate([pairs.a, pairs.b]), return_inverse=True)
    a, b = np.split(place.astype(np.int32), 2)
    records = ground.records(rows)
    here = pairs._replace(a=a, b=b, pattern=patterns(records, a, b, ground.exchanged()))
    odds = weigh.odds(how.model, *weighed(records, moved(how, records).book, here))
    some = odds > FAINT
    return Scored(here._replace(a=pairs.a, b=pairs.b).take(some), odds[some]), len(odds)


def _blocked(ground: Ground, model: Model, unmet: Flags, finer: tuple[str, ...]) -> Pairs:
    """The pairs that share a block, without patterns yet."""
    rules, rows = list(model.rules), np.flatnonzero(unmet)
    keys = ground.keys(rows, {key for rule in rules for key in rule})
    met = [ground.meeting(rule, _blocks(joined(keys, rule))).rows for rule in rules]
    rows = np.unique(np.concatenate([rows[:0], *met]))  # a run may have found no rule
    keys = ground.keys(rows, finer)
    limit = Limit(max(MOST, MOST_PER_RECORD * ground.size), fresh=unmet[rows], finer=finer)
    sources = ground.every.source[rows].astype(np.int64), ground.every.unique
    pairs, _ = blocking.block(keys, rules, sources, limit)
    return pairs._replace(a=rows[pairs.a].astype(np.int32), b=rows[pairs.b].astype(np.int32))


def _blocks(block: Ints) -> Ints:
    return np.unique(block[block >= 0])


def _copies(ground: Ground, unmet: Flags) -> Pairs:
    """Unmet copies, each with what it is a copy of: found by no rule."""
    rows = np.flatnonzero(ground.first != np.arange(ground.size))
    rows = rows[unmet[rows] | unmet[ground.first[rows]]]
    nothing = np.zeros(len(rows), np.uint64)
    return Pairs(ground.first[rows].astype(np.int32), rows.astype(np.int32), np.full(len(rows), BY_NO_RULE), nothing)
