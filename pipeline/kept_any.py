"""The state of the engine for any tables in the files of a Store: what a run leaves, what a batch finds there.

Rows are those of the kept records, in the order in which they came. Records are kept as they are compared (source,
record_key and a column of text a field), and beside them as numbers: by row that of each field's value, of its source,
and a hash of its name. The values themselves (remembered.py) are a file a field and segment.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline import kept_pairs
from pipeline.kept import Store, one_array
from pipeline.kept_pairs import Renewed
from pipeline.kept_results import Happened, Whose, coded, results
from pipeline.lasting import Named
from transforms.matching.belonging import Ids
from transforms.matching.events import happened
from transforms.matching.generic import evidence
from transforms.matching.generic.blocking import most_values
from transforms.matching.generic.cluster import Mergers
from transforms.matching.generic.link import Inside
from transforms.matching.generic.model import Model
from transforms.matching.generic.patterns import Pairs
from transforms.matching.generic.remembered import numbered, together
from transforms.matching.generic.stage import Scored
from transforms.matching.hashing import text_hash
from transforms.matching.kernels import Flags, Ints
from transforms.matching.named import joined

SCORED, SOURCES = "scored", "sources"
BESIDE = 3  # numbers of a row beside those of its values: of its source, and two halves of a hash of its name
Numbers = NDArray[np.uint32]
Words = NDArray[np.uint64]


class Stand(NamedTuple):
    """How things stand: by row the entity (-1: replaced); mergers; the pairs that were scored since the run, and all
    pairs as they are written; what happened; the id that comes next, and the names of sources by number."""

    entity: Ids
    mergers: Mergers
    since: Scored
    pairs: Renewed
    happened: Happened
    next_id: int
    sources: list[str]


class More(NamedTuple):
    """Further results: texts by file name, model.json among them, and tables by name."""

    texts: dict[str, str]
    tables: dict[str, pa.Table]


class Rows(NamedTuple):
    """New records, as they are compared and as numbers, and the values that were not there before by field."""

    records: pa.Table
    numbers: Numbers
    values: Mapping[str, pa.Table]


def begin(store: Store, inside: Inside, ids: Named, more: More) -> None:
    """Write what a whole run came to into `store`, and what later batches need; `ids` are those of its members."""
    size, found = inside.records.num_rows, inside.found
    fresh = replace(store.state, run=store.state.run + 1, rows=0, segments=(), learned=size, lone=inside.lone)
    fresh = replace(fresh, further=tuple(inside.further), finer=tuple(most_values(found.at.keys)))
    store = Store(store.out, fresh)
    rows, sources = _rows(inside, slim(inside.records, found.model))
    grow(store, rows)
    store.put_of_run(SCORED, _as_table(Scored(found.pairs, found.odds)))
    entity = ids.now.astype(np.int32)
    pairs = kept_pairs.begun(store, evidence.told(entity, found.pairs, found.odds, found.model))
    nothing = Scored(found.pairs, found.odds).take(slice(0, 0))
    stand = Stand(entity, inside.clusters.mergers, nothing, pairs, happened_to(ids), ids.next_id, sources)
    commit(store, stand, more)


def _rows(inside: Inside, records: pa.Table) -> tuple[Rows, list[str]]:
    """What is to be kept of the records of a run, and the names of their sources."""
    at = inside.found.at
    value, values = numbered(at.records, at.counts, at.keys)
    source, sources = coded(records["source"])
    return Rows(records, as_numbers(value, source, named(records["source"], records["record_key"])), values), sources


def as_numbers(value: NDArray[np.int32], source: NDArray[np.int32], names: Words) -> Numbers:
    """Rows as numbers: `value` (fields, rows), source and name."""
    low, high = names.astype(np.uint32), (names >> np.uint64(32)).astype(np.uint32)
    return np.column_stack([value.view(np.uint32).T, source.view(np.uint32), low, high])


def named(source: Any, key: Any) -> Words:
    """A hash of the name of each record."""
    return text_hash(joined(source, key))


def grow(store: Store, rows: Rows) -> None:
    """Put `rows` behind those that are kept; they count from `commit` on."""
    segment = len(store.state.segments)
    store.grow(rows.records, [rows.numbers], rows.numbers.shape[1])
    for at, table in enumerate(rows.values.values()):
        store.put_of_run(_values(at, segment), table)


def _values(field: int, segment: int) -> str:
    return f"values-{field}-{segment:06d}"


def slim(records: pa.Table, model: Model) -> pa.Table:
    """Of `records` what they are named and compared by, as text."""
    columns = ["source", "record_key", *model.kinds]
    return pa.table([records[c].cast(pa.string()) for c in columns], columns).combine_chunks()


def commit(store: Store, stand: Stand, more: More) -> None:
    """Make `stand` the next generation of `store`, with its results."""
    living = int((stand.entity >= 0).sum())
    store.state = replace(store.state, next_id=stand.next_id, living=living)
    kept = {
        "whose": pa.table({"entity": stand.entity}),
        "mergers": pa.table(stand.mergers._asdict()),
        SCORED: _as_table(stand.since),
        SOURCES: pa.table({"source": pa.array(stand.sources, pa.string())}),
        **stand.pairs.kept,
    }
    tables = results(store, Whose(stand.entity, stand.next_id), stand.pairs.now, stand.happened)
    store.commit(kept, more.texts, {**tables, **more.tables})


def _as_table(scored: Scored) -> pa.Table:
    return pa.table({**scored.pairs._asdict(), "odds": scored.odds})


def happened_to(ids: Named) -> Happened:
    """What happened, by place in the ids."""
    was, now = (each.astype(np.int32) for each in (ids.was, ids.now))
    places, what = happened(was, now, ids.minted)
    return Happened(places, what, was[places])


class Kept(NamedTuple):
    """What is kept of rows: their numbers, the entity of each (-1: replaced), and the names of sources by number."""

    numbers: Numbers
    entity: Ids
    sources: list[str]

    @property
    def names(self) -> Words:
        """A hash of the name of each row."""
        low, high = (self.numbers[:, at].astype(np.uint64) for at in (-2, -1))
        return low | high << np.uint64(32)


def kept(store: Store, fields: int) -> Kept:
    """What `store` keeps of rows that have so many fields."""
    entity = store.arrays("whose")["entity"]
    return Kept(store.words(fields + BESIDE), entity, store.table(SOURCES)["source"].to_pylist())


def values(store: Store, fields: list[str]) -> dict[str, pa.Table]:
    """The kept values of each field, memory-mapped."""
    segments, found = range(len(store.state.segments)), dict[str, pa.Table]()
    for at, name in enumerate(fields):
        found[name] = together([store.of_run(_values(at, segment)) for segment in segments])
    return found


def scored(store: Store) -> tuple[Scored, Scored]:
    """The pairs that the run scored, and those that batches did."""
    return _as_scored(store.of_run(SCORED)), _as_scored(store.table(SCORED))


def _as_scored(table: pa.Table) -> Scored:
    columns: dict[str, Any] = {name: one_array(table[name]).to_numpy() for name in table.column_names}
    return Scored(Pairs(*(columns[name] for name in Pairs._fields)), columns["odds"])


def mergers(store: Store, there: Flags) -> Mergers:
    """The kept mergers of rows that are `there`."""
    found = Mergers(**store.arrays("mergers"))
    return found.take(there[found.into] & there[found.gone])


def otherwise(before: Ids, after: Ids) -> Ints:
    """The rows whose entity is another than it was, those that came or went among them."""
    was = np.full(len(after), -1, np.int32)
    was[: len(before)] = before
    return np.flatnonzero(was != after)
