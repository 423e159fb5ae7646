"""A batch against what is kept: only pairs with a new record are compared, only what they touch is clustered again.

Nothing is learned from a batch. The model is that of the whole run before, and so is how many entities hold a value:
the odds of kept pairs stay what they are, and those of new ones are of the same kind. A value that the run did not see
is counted by the records that have it.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from transforms.matching.generic import decided
from transforms.matching.generic.cluster import Clusters, Edges, Mergers, cluster
from transforms.matching.generic.link import Inside, compared
from transforms.matching.generic.meet import Rules, meet
from transforms.matching.generic.model import Model
from transforms.matching.generic.patterns import Pairs
from transforms.matching.generic.prepared import Prepared, Wanted, prepare, weighers
from transforms.matching.generic.scoring import FAINT, Setting, setting
from transforms.matching.generic.values import Bits, Column, Flags, Ints
from transforms.matching.hashing import text_hash
from transforms.matching.named import named, verdicts

Words = NDArray[np.uint64]
Counts = dict[str, tuple[Words, Ints]]


class Scored(NamedTuple):
    """Pairs of records with their odds in bits."""

    pairs: Pairs
    odds: Bits

    def take(self, rows: Ints | Flags) -> "Scored":
        """Some of them."""
        return Scored(self.pairs.take(rows), self.odds[rows])


class Before(NamedTuple):
    """What is kept of records: what was merged and scored, by their rows; and of the whole run, by field the words of
    values (ascending) with how many entities held each, the share of records that are nobody else's, and rules that
    entities met by alone; and copies of what is no longer there, which were compared with nothing else."""

    mergers: Mergers
    scored: Scored
    counts: Counts
    lone: float
    further: list[tuple[str, ...]]
    bereft: Ints


class Batch(NamedTuple):
    """The kept `records` and, behind them, the new ones; by row its `entity`, -1 for a new one.

    again: kept rows whose entities are to be clustered again whatever the new records say.
    """

    records: pa.Table
    entity: Ints
    again: Ints

    @property
    def fresh(self) -> Flags:
        """Which rows are new."""
        return self.entity < 0


class Grown(NamedTuple):
    """By row of a batch's records the first of its entity; all mergers and pairs, by row; the entities looked at (flags
    of rows), and how many pairs were compared."""

    clusters: Clusters
    scored: Scored
    touched: Flags
    compared: int


def counted(inside: Inside) -> Counts:
    """By field how many entities hold each value, as `Before` has it."""
    at, found = inside.found.at, Counts()
    for name, column in at.records.columns.items():
        words = _words(column)
        order = np.argsort(words)
        found[name] = words[order], at.counts[name][order]
    return found


def add(before: Before, batch: Batch, model: Model, wanted: Wanted, decisions: pa.Table | None = None) -> Grown:
    """Cluster the records of a batch, beginning with what is kept of them. `decisions`: see named.verdicts."""
    at = prepare(batch.records, wanted, model, before.further)
    at = at._replace(counts=_known(at, before.counts))
    unmet = batch.fresh
    unmet[before.bereft] = True
    new, many = _compared(at, model, unmet)
    scored = _joined(before.scored, new)
    said = verdicts(named(batch.records), decisions)
    how = setting(at.records, weighers(model, at), model, (wanted.accept, wanted.precision))
    how = how._replace(different=said.different, lone=before.lone)
    same = np.hstack([said.same, decided.alike(at.records, said.different)])
    touched, begin, edges = _begun(how, same, batch.entity, (scored, _touched(batch, new)))
    begin = begin._replace(mergers=before.mergers.take(~touched[before.mergers.into]))
    done = cluster(how, edges, begin)
    changed = np.zeros(len(touched), bool)
    changed[done.entity[touched]] = True
    done, _ = meet(how, at.keys, done, Rules(list(model.rules), before.further), changed)
    done = cluster(how, edges.take(np.zeros(0, np.int64)), done, last=True)
    return Grown(done, scored, touched, many)


def _words(column: Column) -> Words:
    return text_hash(pa.array(column.text, pa.string()))


def _known(at: Prepared, counts: Counts) -> dict[str, Ints]:
    """By field how many entities hold each value: as counted before, or as its records say."""
    if decided.single(at.records):
        return at.counts
    found = {}
    for name, column in at.records.columns.items():
        (words, held), mine = counts[name], _words(column)
        place = np.minimum(np.searchsorted(words, mine), len(words) - 1)
        known = words[place] == mine
        found[name] = np.where(known, held[place], at.counts[name])
    return found


def _compared(at: Prepared, model: Model, fresh: Flags) -> tuple[Scored, int]:
    """Pairs with a `fresh` record the model's rules find, but for faint ones; how many there were with those."""
    pairs, odds = compared(at, model, fresh)
    some = odds > FAINT
    return Scored(pairs.take(some), odds[some]), len(odds)


def _joined(one: Scored, other: Scored) -> Scored:
    return Scored(one.pairs.and_(other.pairs), np.append(one.odds, other.odds))


def _touched(batch: Batch, new: Scored) -> Flags:
    """New rows, and those of entities that they may have to do with."""
    rows = np.concatenate([new.pairs.a, new.pairs.b, batch.again])
    entities = batch.entity[rows]
    touched: Flags = batch.fresh | np.isin(batch.entity, entities[entities >= 0])
    return touched


def _begun(how: Setting, same: Ints, entity: Ints, known: tuple[Scored, Flags]) -> tuple[Flags, Clusters, Edges]:
    """The rows that are clustered again, the clusters before the first merger, and edges between those.

    `known`: all scored pairs, and rows that are touched. What is not touched stays one, unless that can't be any more.
    """
    scored, touched = known
    while True:
        standing = decided.chained(np.where(touched, -1, entity))
        begin, edges = decided.begun(how, np.hstack([same, standing]), _edges(scored, touched))
        wrong = _impossible(how, begin.entity) & ~touched
        if not wrong.any():
            return touched, begin, edges
        touched = touched | wrong


def _impossible(how: Setting, entity: Ints) -> Flags:
    """Rows of entities that have two records of a source that is unique, or two that were decided to be different."""
    records, wrong = how.records, np.zeros(len(entity), bool)
    for source in np.flatnonzero(records.unique):
        wrong |= np.bincount(entity[records.source == source], minlength=len(entity)) > 1
    one, other = entity[how.different]
    wrong[one[one == other]] = True
    return wrong[entity]


def _edges(scored: Scored, touched: Flags) -> Edges:
    """Pairs of records that are touched, or that have a pair with one that is."""
    pairs = scored.pairs
    near = touched.copy()
    near[pairs.a[touched[pairs.b]]] = near[pairs.b[touched[pairs.a]]] = True
    some = near[pairs.a] | near[pairs.b]
    return Edges(pairs.a[some].astype(np.int64), pairs.b[some].astype(np.int64), np.round(scored.odds[some], 6))
