"""The results that every command writes anew of what is kept: members, pairs and events, by names of records.

Rows are those of the kept records, in the order in which they came.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline import lasting
from pipeline.kept import Results, Store, one_array
from transforms.matching.belonging import Ids
from transforms.matching.events import as_table
from transforms.matching.kernels import Flags, Ints

NAMES = ["source", "record_key"]
STEP = 1 << 18  # rows that are written at a time


class Whose(NamedTuple):
    """By row the entity (-1: replaced), and the id that comes next."""

    entity: Ids
    next_id: int


class Happened(NamedTuple):
    """Rows that something happened to, what (a row of events.EVENTS), and the entity they were."""

    rows: Ints
    what: Ints
    was: Ids


def results(store: Store, whose: Whose, pairs: pa.RecordBatchReader, happened: Happened) -> Results:
    """members, `pairs` (by names) and events, as they lie in DIR. What is long comes in batches of STEP: of all at once
    every page of memory would be asked for anew."""
    entity, named = whose.entity, names(store)
    members = named[0].slice(0, 0).append_column("entity_id", pa.array([], pa.int64()))
    schema = lasting.with_next(members, whose.next_id).schema
    some = picked(named, happened.rows)
    return {
        "members": pa.RecordBatchReader.from_batches(schema, _members(named, entity)),
        "pairs": pairs,
        "events": as_table(happened.what, some, happened.was, entity[happened.rows]),
    }


def _members(named: list[pa.Table], entity: Ids) -> Iterator[pa.RecordBatch]:
    start = 0
    for batch in (batch for part in named for batch in part.to_batches(STEP)):
        ids = entity[start : start + batch.num_rows]
        start += batch.num_rows
        yield only(batch.append_column("entity_id", pa.array(ids).cast(pa.int64())), ids >= 0)


def names(store: Store) -> list[pa.Table]:
    """source (dictionary-encoded, alike in all) and record_key of every row, which are the first two columns of what is
    kept: a table for each segment."""
    sources: dict[str, int] = {}
    codes: list[NDArray[np.int32]] = []
    segments = store.segments()
    for segment in segments:
        here, values = coded(segment.column(0))
        there = np.array([sources.setdefault(v, len(sources)) for v in values], np.int32)
        codes.append(here if np.array_equal(there, np.arange(len(there))) else there[here])
    feeds = pa.array(list(sources), pa.string())
    source = [pa.DictionaryArray.from_arrays(one, feeds, safe=False) for one in codes]
    return [pa.table([one, segment.column(1)], NAMES) for one, segment in zip(source, segments, strict=True)]


def only(batch: pa.RecordBatch, rows: Flags) -> pa.RecordBatch:
    """The rows that are marked."""
    if rows.all():
        return batch
    marks = pa.array(rows)
    # for the whole batch it would be made a list of rows first
    return pa.record_batch([column.filter(marks) for column in batch.columns], batch.schema)


def picked(parts: list[pa.Table], rows: Ints, shape: Callable[[pa.Table], pa.Table] = lambda part: part) -> pa.Table:
    """Rows of `parts`, which follow one another, in the order of `rows`, those of each part in the `shape` of all."""
    starts = np.cumsum([0, *(part.num_rows for part in parts)])
    where = np.searchsorted(starts, rows, "right") - 1
    order = np.argsort(where, kind="stable")
    found = [shape(parts[0].slice(0, 0))]
    for i, part in enumerate(parts):
        some = rows[order][where[order] == i]
        if len(some):
            found.append(shape(part.take(pa.array(some - starts[i]))))
    table = pa.concat_tables(found)
    if np.array_equal(order, np.arange(len(order))):
        return table
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return table.take(pa.array(back))


def coded(column: Any) -> tuple[NDArray[np.int32], list[str]]:
    """A column of texts, none of them null, as integers and distinct texts."""
    whole = one_array(column) if isinstance(column, pa.ChunkedArray) else column
    whole = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    return whole.indices.to_numpy(), whole.dictionary.to_pylist()
