"""Brings a delivery's Arrow tables into the shape of the warehouse and names where they are staged.

Staging tables belong to one feed and are replaced by the next delivery, so what a killed run left behind goes away.
"""

import hashlib

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from contracts.errors import Quarantine, Stop
from warehouse.tables import Table

ARROW = {
    "text": pa.string(),
    "date": pa.date32(),
    "bigint": pa.int64(),
    "double precision": pa.float64(),
    "timestamptz": pa.timestamp("us", tz="Asia/Shanghai"),
}
SLICE = 100_000  # rows hashed at a time: bounds memory, and Arrow's 2 GB a text array


def place(table: Table) -> tuple[str, str]:
    """Schema and name of the staging table of `table`."""
    return f"staging_{table.schema}", table.feed


def name(table: Table) -> sql.Identifier:
    """The same, quoted."""
    return sql.Identifier(*place(table))


def prepare(table: Table, data: pa.Table) -> pa.Table:
    """`data` with the columns of `table`, in its order and types, and `row_hash` (16 bytes) over all but the key.

    Raises Stop for a column that is missing, of another type, or null in the key; or a key that comes twice.
    Quarantine for a text with a NUL, which PostgreSQL can't store.
    """
    where = f"{table.schema}.{table.feed}"
    missing = sorted(table.columns.keys() - set(data.column_names))
    if missing:
        raise Stop(where, f"columns {missing} are missing from the rows to load", "report it: conform makes them")
    columns = {}
    for column, kind in table.columns.items():
        try:
            columns[column] = data[column].cast(ARROW[kind])
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            what = f"column {column!r} is {data[column].type}, not {ARROW[kind]}"
            raise Stop(where, what, "report it: conform makes the types") from error
        if kind == "text" and pc.any(pc.match_substring(columns[column], "\0")).as_py():
            raise Quarantine(where, f"column {column!r} holds a NUL character", "ask for a clean export", "bad_bytes")
    out = pa.table(columns)
    keys = out.select(table.key)
    if any(keys[k].null_count for k in table.key) or keys.group_by(list(table.key)).aggregate([]).num_rows != len(keys):
        raise Stop(where, "a key is empty or comes twice", "report it: deduplicate before loading")
    values = [c for c in table.columns if c not in table.key]
    return out.append_column("row_hash", digest(out.select(values)))


def digest(values: pa.Table) -> pa.ChunkedArray:
    """BLAKE2b-128 of each row, over name, length and text of every value that is there.

    Null values don't count, so a column that is added later changes no row that has nothing in it.
    """
    chunks = []
    for start in range(0, len(values), SLICE):
        part = values.slice(start, SLICE).combine_chunks()
        texts = [_labelled(column, part[column]) for column in part.column_names]
        joined = pc.binary_join_element_wise(*texts, "") if texts else pa.array([""] * len(part))
        rows = (hashlib.blake2b(text.encode(), digest_size=16).digest() for text in joined.to_pylist())
        chunks.append(pa.array(rows, pa.binary()))
    return pa.chunked_array(chunks, pa.binary())


def _labelled(column: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_temporal(values.type):
        values = values.cast(pa.int32() if pa.types.is_date32(values.type) else pa.int64())
    text = values.cast(pa.string())
    length = pc.utf8_length(text).cast(pa.string())
    return pc.fill_null(pc.binary_join_element_wise(column, length, text, ":"), "")
