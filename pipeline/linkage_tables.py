"""The tables of a linkage config, read a column at a time: no table of all texts need ever exist.

A column that is `coded` comes as integers and its distinct texts (an Arrow dictionary), across all tables at once.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from contracts.errors import Stop
from contracts.linkage import Linkage, Table
from pipeline import linkage_files
from pipeline.linkage_files import Say
from pipeline.linkage_memory import put_away
from transforms.matching.generic.routing import SAMPLE

STATUS = ("id_status",)
PARTS = ("town", "village", "village_group", "road", "road_no", "compound", "building", "unit", "room", "house_no",
         "address_key")  # fmt: skip
# bytes: where a column's distinct values have more, Parquet's writers go on without; and what pointing at one takes
DICTIONARY, INDEX = 1 << 20, 2
MANY = 50_000  # rows from which on it pays to load what is compiled
CODED = pa.dictionary(pa.int32(), pa.string())


class Opened(NamedTuple):
    """A table that can be read: `column` gives one as it is in the file, `early` has those that were looked at."""

    table: Table
    names: list[str]
    rows: int
    column: Callable[[str], pa.ChunkedArray]
    early: dict[str, pa.ChunkedArray]


def read(wanted: Linkage, folder: Path, say: Say, coded: bool = False) -> pa.Table:
    """The tables of the config that lies in `folder`, as `joined` has them. Raises Stop for what is not there."""
    return joined(opened(wanted, folder, say), wanted, say, coded)


def opened(wanted: Linkage, folder: Path, say: Say) -> list[Opened]:
    """The tables of the config, nothing of them read. Raises Stop for one that can't be."""
    _apart(wanted, folder)
    return [_opened(table, folder / table.path, wanted, say) for table in wanted.tables]


def glance(tables: list[Opened], wanted: Linkage, fields: list[str]) -> pa.Table:
    """Of each of `fields` SAMPLE of its values, evenly spread over all tables, as text: the same that are looked at in
    whole columns (routing.share_of). The columns are kept for `joined`."""
    found = {}
    for field in fields:
        named = [(t, wanted.column(field, t.table.source)) for t in tables]
        known = [_early(t, name).drop_null() for t, name in named if name is not None]
        at = np.unique(np.linspace(0, max(sum(map(len, known)) - 1, 0), SAMPLE).astype(np.int64))
        ends = np.cumsum([0, *map(len, known)])
        parts = [
            column.take(pa.array(at[(at >= low) & (at < low + len(column))] - low)).cast(pa.string())
            for low, column in zip(ends[:-1], known, strict=True)
        ]
        missing = pa.nulls(SAMPLE - sum(map(len, parts)), pa.string())
        found[field] = pa.chunked_array([*(chunk for part in parts for chunk in part.chunks), missing])
    return pa.table(found)


def joined(tables: list[Opened], wanted: Linkage, say: Say, coded: bool) -> pa.Table:
    """All tables as one: source, record_key, a text column a field, and what the tables know of a mention besides.

    That is the columns of contracts.mentions for the status of a number and the parts of an address, in their names. An
    address whose parts are in every table that has it is not read. With `coded` all but record_key are
    dictionary-encoded, of one chunk. Raises Stop for a table, column or key that is not there.
    """
    columns = {"source": put_away(_sources(tables, coded)), "record_key": put_away(_keys(tables, say, coded))}
    parted = coded and _parted(wanted, tables)
    for field, of in wanted.fields.items():
        if not (parted and of.kind == "address"):
            columns[field] = put_away(_joined([(t, wanted.column(field, t.table.source)) for t in tables], coded))
    for name in (*STATUS, *(PARTS if parted else ())):
        if name not in columns and any(name in t.names for t in tables):
            columns[name] = put_away(_joined([(t, name if name in t.names else None) for t in tables], coded))
    return pa.table(columns)


def _parted(wanted: Linkage, tables: list[Opened]) -> bool:
    """Does every table with an address have its parts too, under the names that contracts.mentions gives them?"""
    fields = [name for name, field in wanted.fields.items() if field.kind == "address"]
    having = [t for t in tables for f in fields if wanted.column(f, t.table.source) in t.names]
    return bool(having) and all(set(PARTS) <= set(t.names) for t in having)


def _sources(tables: list[Opened], coded: bool) -> pa.ChunkedArray:
    parts = []
    for at, one in enumerate(tables):
        ids = pa.repeat(pa.scalar(at, pa.int32()), one.rows)
        parts.append(pa.DictionaryArray.from_arrays(ids, [t.table.source for t in tables]))
    column = pa.chunked_array(parts, CODED)
    return pa.chunked_array([column.combine_chunks()]) if coded else column.cast(pa.string())


def _keys(tables: list[Opened], say: Say, coded: bool) -> pa.ChunkedArray:
    chunks: list[pa.Array] = []
    many = coded and sum(t.rows for t in tables) >= MANY
    for one in tables:
        column = _text(one, one.table.key).cast(pa.string())
        if not (many and _surely_distinct(column)):
            linkage_files.distinct_keys(column, f"{one.table.path}: column {one.table.key}")
        chunks += column.chunks
        say(f"{one.table.source}: {one.rows:,} records")
    return pa.chunked_array(chunks, pa.string())


def _surely_distinct(column: pa.ChunkedArray) -> bool:
    """Are there no two keys with one hash, and none missing? It takes a tenth of counting the distinct ones."""
    from transforms.matching.octets import text_hash

    words = np.sort(text_hash(column))
    return not column.null_count and bool((words[1:] != words[:-1]).all())


def _apart(wanted: Linkage, folder: Path) -> None:
    """Raise Stop when one file is read twice in the same way: every record would meet itself."""
    seen: dict[tuple[str | None, ...], str] = {}
    for table in wanted.tables:
        columns = (wanted.column(field, table.source) for field in wanted.fields)
        same = seen.setdefault((str((folder / table.path).resolve()), table.key, *columns), table.source)
        if same != table.source:
            raise Stop(f"source {table.source}", f"it reads the same columns of the same file as {same}",
                       "name the other file; one table alone is searched for duplicates in itself")  # fmt: skip


def _joined(parts: list[tuple[Opened, str | None]], coded: bool) -> pa.ChunkedArray:
    """One column of all tables; None where a table has none."""
    columns = [pa.chunked_array([pa.nulls(t.rows, CODED)]) if name is None else _text(t, name) for t, name in parts]
    if coded and sum(map(len, columns)) >= MANY:
        from transforms.matching.distinct import column_of, distinct

        return pa.chunked_array([column_of(*distinct([chunk for c in columns for chunk in c.chunks]))])
    if coded and all(c.type == CODED for c in columns):
        whole = pa.chunked_array([chunk for c in columns for chunk in c.chunks], CODED).unify_dictionaries()
    else:
        plain = [c if c.type == pa.string() else c.cast(pa.string()) for c in columns]
        whole = pa.chunked_array([chunk for c in plain for chunk in c.chunks], pa.string())
    if not coded:
        return whole
    one = whole.combine_chunks()
    return pa.chunked_array([one if one.type == CODED else one.dictionary_encode()])


def _early(one: Opened, name: str) -> pa.ChunkedArray:
    """A column as text that is asked for once more: nothing is read twice."""
    one.early[name] = _text(one, name)
    return one.early[name]


def _text(one: Opened, name: str) -> pa.ChunkedArray:
    """A column as text, dictionary-encoded where that is how it comes."""
    if name in one.early:
        return one.early.pop(name)
    if name not in one.names:
        have = ", ".join(one.names[:20])
        raise Stop(f"{one.table.path}: column {name}", "it is not there", f"name one of: {have}")
    column = one.column(name)
    if column.type in (CODED, pa.string()):
        return column
    return linkage_files.as_text(column, f"{one.table.path}: column {name}")


def _opened(table: Table, path: Path, wanted: Linkage, say: Say) -> Opened:
    with linkage_files.readable(path, table.path):
        used = {table.key, *STATUS, *PARTS, *(wanted.column(field, table.source) for field in wanted.fields)}
        parquet = path.suffix.lower() == ".parquet"
        one = _parquet(table, path, used) if parquet else _csv(table, path, used, say)
    linkage_files.filled(one.rows, table.path)
    linkage_files.once(one.names, used, table.path)
    return one


def _parquet(table: Table, path: Path, used: set[str | None]) -> Opened:
    file = pq.ParquetFile(path)
    metadata, schema = file.metadata, file.schema_arrow
    if metadata.num_rows < MANY:  # one call for all of them costs less than one for each column
        with linkage_files.readable(path, table.path):
            read = file.read([name for name in schema.names if name in used], use_threads=False)
        return Opened(table, schema.names, metadata.num_rows, read.column, {})
    parts = [metadata.row_group(0).column(c) for c in range(metadata.num_columns)] if metadata.num_row_groups else []
    small = {p.path_in_schema for p in parts if p.total_uncompressed_size <= DICTIONARY + INDEX * p.num_values}
    texts = [f.name for f in schema if f.name != table.key and pa.types.is_string(f.type) and f.name in small]
    file = pq.ParquetFile(path, metadata=metadata, read_dictionary=texts)

    def column(name: str) -> pa.ChunkedArray:
        with linkage_files.readable(path, table.path):
            return file.read([name], use_threads=False).column(0)

    return Opened(table, schema.names, metadata.num_rows, column, {})


def _csv(table: Table, path: Path, used: set[str | None], say: Say) -> Opened:
    def convert(names: list[str]) -> pa_csv.ConvertOptions:
        types = {n: pa.string() if n == table.key else CODED for n in names if n in used}
        return pa_csv.ConvertOptions(column_types=types, strings_can_be_null=True, include_columns=list(types))

    names, whole = linkage_files.csv(path, table.path, say, convert)
    columns = {name: put_away(whole[name]) for name in whole.column_names}
    return Opened(table, names, whole.num_rows, columns.__getitem__, {})
