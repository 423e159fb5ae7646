"""The results that every command writes anew of what is kept: members, pairs and events, by names of records.

Rows are those of the kept records, in the order in which they came.
"""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline import lasting, linkage_pairs
from pipeline.kept import Store
from transforms.matching.belonging import Ids
from transforms.matching.events import as_table
from transforms.matching.kernels import Ints


class Whose(NamedTuple):
    """By row the entity (-1: replaced), and the id that comes next."""

    entity: Ids
    next_id: int


class Happened(NamedTuple):
    """Rows that something happened to, what (a row of events.EVENTS), and the entity they were."""

    rows: Ints
    what: Ints
    was: Ids


def results(store: Store, whose: Whose, pairs: pa.Table, happened: Happened) -> dict[str, pa.Table]:
    """members, `pairs` (by rows) and events, as they lie in DIR."""
    entity = whose.entity
    named = names(store).combine_chunks()  # or all would be put together whenever a row of them is taken
    members = named.append_column("entity_id", pa.array(entity, pa.int64()))
    stay = np.flatnonzero(entity >= 0)
    if len(stay) < len(entity):
        rows = pa.array(stay.astype(np.int32))
        source, key, ids = (column.combine_chunks() for column in members.columns)
        members = pa.table([source.take(rows), key.take(rows), ids.take(rows)], members.schema.names)
    return {
        "members": lasting.with_next(members, whose.next_id),
        "pairs": linkage_pairs.named(pairs, named),
        "events": as_table(happened.what, named.take(pa.array(happened.rows)), happened.was, entity[happened.rows]),
    }


def names(store: Store) -> pa.Table:
    """source (dictionary-encoded) and record_key of every row: the first two columns of what is kept."""
    sources: dict[str, int] = {}
    codes: list[NDArray[np.int32]] = []
    keys: list[pa.Array] = []
    for segment in store.segments():
        here, values = coded(segment.column(0))
        there = np.array([sources.setdefault(v, len(sources)) for v in values], np.int32)
        codes.append(here if np.array_equal(there, np.arange(len(there))) else there[here])
        keys += segment.column(1).chunks
    feeds = pa.array(list(sources), pa.string())
    source = [pa.DictionaryArray.from_arrays(one, feeds, safe=False) for one in codes]
    return pa.table({"source": pa.chunked_array(source), "record_key": pa.chunked_array(keys)})


def coded(column: Any) -> tuple[NDArray[np.int32], list[str]]:
    """A column of texts, none of them null, as integers and distinct texts."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    whole = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    return whole.indices.to_numpy(), whole.dictionary.to_pylist()
