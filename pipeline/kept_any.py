"""The state of the engine for any tables in the files of a Store: what a run leaves, what a batch finds there.

Rows are those of the kept records, in the order in which they came. Records are kept as they are compared: source,
record_key and a column of text a field.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline import linkage_pairs
from pipeline.kept import Store
from pipeline.kept_results import Happened, Whose, names, results
from pipeline.lasting import Named
from transforms.matching.events import happened
from transforms.matching.generic import evidence
from transforms.matching.generic.cluster import Mergers
from transforms.matching.generic.increments import Before, Scored, counted
from transforms.matching.generic.link import Inside
from transforms.matching.generic.model import Model
from transforms.matching.generic.patterns import BY_NO_RULE, Pairs
from transforms.matching.kernels import Ints


class Stand(NamedTuple):
    """How things stand: the kept `rows` that count, ascending; and by place in these ids, mergers and scored pairs."""

    rows: Ints
    ids: Named
    mergers: Mergers
    scored: Scored


class More(NamedTuple):
    """Further results: texts by file name, model.json among them, and tables by name."""

    texts: dict[str, str]
    tables: dict[str, pa.Table]


def begin(store: Store, inside: Inside, ids: Named, more: More) -> None:
    """Write what a whole run came to into `store`, and what later batches need; `ids` are those of its members."""
    size, found = inside.records.num_rows, inside.found
    fresh = replace(store.state, run=store.state.run + 1, rows=0, segments=(), learned=size)
    store = Store(store.out, replace(fresh, lone=inside.lone, further=tuple(inside.further)))
    store.grow(slim(inside.records, found.model), (), 0)
    store.put_base(counted(inside))
    stand = Stand(np.arange(size), ids, inside.clusters.mergers, Scored(found.pairs, found.odds))
    commit(store, stand, found.model, more)


def slim(records: pa.Table, model: Model) -> pa.Table:
    """Of `records` what they are named and compared by, as text."""
    columns = ["source", "record_key", *model.kinds]
    return pa.table([records[c].cast(pa.string()) for c in columns], columns).combine_chunks()


def commit(store: Store, stand: Stand, model: Model, more: More) -> None:
    """Make `stand` the next generation of `store`, with its results."""
    entity = np.full(store.state.rows, -1, np.int32)
    entity[stand.rows] = stand.ids.now
    told = happened_to(stand.ids)
    mergers = Mergers(stand.rows[stand.mergers.into], stand.rows[stand.mergers.gone], stand.mergers.chance)
    a, b = (stand.rows[end].astype(np.int32) for end in stand.scored.pairs[:2])
    pairs, odds = stand.scored.pairs._replace(a=a, b=b), stand.scored.odds
    kept = {
        "whose": pa.table({"entity": entity}),
        "mergers": pa.table(mergers._asdict()),
        "scored": pa.table({**pairs._asdict(), "odds": odds}),
    }
    store.state = replace(store.state, next_id=stand.ids.next_id, living=len(stand.rows))
    whose, named = Whose(entity, stand.ids.next_id), told._replace(rows=stand.rows[told.rows])
    by_names = linkage_pairs.named(evidence.told(entity, pairs, odds, model), pa.concat_tables(names(store)))
    store.commit(kept, more.texts, {**results(store, whose, by_names.to_reader(), named), **more.tables})


def happened_to(ids: Named) -> Happened:
    """What happened, by place in the ids."""
    was, now = (each.astype(np.int32) for each in (ids.was, ids.now))
    places, what = happened(was, now, ids.minted)
    return Happened(places, what, was[places])


def before(store: Store, rows: Ints) -> Before:
    """What is kept about `rows`, by place in them; `rows` may go on beyond those that are kept."""
    state, merged, scored = store.state, store.arrays("mergers"), store.arrays("scored")
    place = np.full(max(state.rows, int(rows.max(initial=-1)) + 1), -1)
    place[rows] = np.arange(len(rows))
    into, gone, a, b = (place[end] for end in (merged["into"], merged["gone"], scored["a"], scored["b"]))
    stay, both = (into >= 0) & (gone >= 0), (a >= 0) & (b >= 0)
    pairs = Pairs(a.astype(np.int32), b.astype(np.int32), scored["rules"], scored["pattern"])
    found = Scored(pairs, scored["odds"]).take(both)
    bereft = b[(a < 0) & (b >= 0) & (scored["rules"] == BY_NO_RULE)]
    return Before(
        Mergers(into, gone, merged["chance"]).take(stay), found, store.base(), state.lone, list(state.further), bereft
    )
