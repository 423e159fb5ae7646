"""Large tables as Parquet, at little more than the cost of copying their bytes.

A general writer spends a quarter second on what a million records came to: it looks for repeated values, for nulls and
for the least and the largest. Here it is known what repeats: columns that are dictionary-encoded, unless their
dictionary is a large one, which is then only how some rows of it were named. Nothing is compressed.
The format: https://parquet.apache.org/docs/file-format/
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.thrift import Thing, flag, i8, i32, i64, listed, struct, text, varint
from transforms.matching.pages import packed, plain, width

SMALL = 1 << 12  # values of a dictionary that is written as one
PAGE, GROUP = 1 << 16, 1 << 20  # rows
MAGIC = b"PAR1"
PLAIN, RLE, CODED = 0, 3, 8  # encodings
UTF8, UNSIGNED = 0, 14  # converted types
OPTIONAL, DATA, DICTIONARY = 1, 0, 2
TEXT = 6
NUMBERS = {pa.int32(): 1, pa.int64(): 2, pa.uint64(): 2, pa.float32(): 4, pa.float64(): 5}


class Column(NamedTuple):
    """What a group has of a column: its pages as (rows, encoding, bytes), and the values of its dictionary, or None."""

    pages: Iterator[tuple[int, int, list[Any]]]
    values: Any = None


def suits(table: pa.Table) -> bool:
    """Does it have such columns only as are written here?"""
    return all(_suits(column) for column in table.columns)


def _suits(column: pa.ChunkedArray) -> bool:
    kind = column.type
    if pa.types.is_dictionary(kind):
        small = all(len(chunk.dictionary) <= SMALL for chunk in column.chunks)
        return kind.value_type == pa.string() and (small or (column.num_chunks == 1 and not column.null_count))
    return (kind == pa.string() or kind in NUMBERS) and not column.null_count


def write(table: pa.Table, handle: BinaryIO) -> None:
    """Write `table`, which `suits`, as a whole file."""
    table = table.unify_dictionaries()
    at, groups = handle.write(MAGIC), []
    for first in range(0, table.num_rows, GROUP):
        part, chunks = table.slice(first, GROUP), []
        start = at
        for field, column in zip(part.schema, part.columns, strict=True):
            size, told = _written(field, _column(column), handle, at)
            at += size
            chunks.append(told)
        groups.append(struct({1: listed(chunks), 2: i64(at - start), 3: i64(part.num_rows)}))
    footer = _footer(table, groups)
    handle.write(footer + len(footer).to_bytes(4, "little") + MAGIC)


def _column(column: pa.ChunkedArray) -> Column:
    if not pa.types.is_dictionary(column.type):
        return Column(_plain_pages(column))
    values = column.chunk(0).dictionary
    if len(values) <= SMALL:
        return Column(_coded_pages(column, width(len(values))), values)
    return Column(_named_pages(column, values))


def _plain_pages(column: pa.ChunkedArray) -> Iterator[tuple[int, int, list[Any]]]:
    texts = column.type == pa.string()
    for part in _parts(column):
        yield len(part), PLAIN, [_all(len(part)), plain(part) if texts else np.ascontiguousarray(part.to_numpy())]


def _named_pages(column: pa.ChunkedArray, values: Any) -> Iterator[tuple[int, int, list[Any]]]:
    for part in _parts(column):
        yield len(part), PLAIN, [_all(len(part)), plain(values, part.indices.to_numpy())]


def _coded_pages(column: pa.ChunkedArray, bits: int) -> Iterator[tuple[int, int, list[Any]]]:
    for part in _parts(column):
        known = _all(len(part))
        if part.null_count:
            known = _levels(_run(part.is_valid().to_numpy(zero_copy_only=False), 1))
        yield len(part), CODED, [known, bytes([bits]) + _run(part.indices.drop_null().to_numpy(), bits)]


def _parts(column: pa.ChunkedArray) -> Iterator[Any]:
    """Pieces of a page at most."""
    for chunk in column.chunks:
        for first in range(0, len(chunk), PAGE):
            yield chunk.slice(first, PAGE)


def _all(many: int) -> bytes:
    """Levels of a page in which so many values are all known: one run."""
    return _levels(varint(many << 1) + b"\1")


def _run(codes: Any, bits: int) -> bytes:
    """Integers in so many bits each, as one run; none of nothing."""
    return varint(-(-len(codes) // 8) << 1 | 1) + packed(codes, bits).tobytes() if len(codes) else b""


def _levels(runs: bytes) -> bytes:
    return len(runs).to_bytes(4, "little") + runs


def _written(field: pa.Field, column: Column, handle: BinaryIO, at: int) -> tuple[int, Thing]:
    """Write a column from place `at` on: its bytes, and how the footer tells it."""
    begin, rows, encodings, first = at, 0, {RLE}, None
    if column.values is not None:
        whole = plain(column.values)
        head = _page(DICTIONARY, len(whole), {7: struct({1: i32(len(column.values)), 2: i32(PLAIN)})})
        at += handle.write(head) + handle.write(whole.data)
        encodings.add(PLAIN)
        first = begin
    data = at
    for many, encoding, pieces in column.pages:
        size = sum(p.nbytes if isinstance(p, np.ndarray) else len(p) for p in pieces)
        told = struct({1: i32(many), 2: i32(encoding), 3: i32(RLE), 4: i32(RLE)})
        at += handle.write(_page(DATA, size, {5: told})) + size
        for piece in pieces:
            handle.write(piece.data if isinstance(piece, np.ndarray) else piece)
        rows += many
        encodings.add(encoding)
    told_of: dict[int, Thing] = {
        1: i32(_kind(field)), 2: listed([i32(e) for e in sorted(encodings)]), 3: listed([text(field.name)]), 4: i32(0),
        5: i64(rows), 6: i64(at - begin), 7: i64(at - begin), 9: i64(data),
    }  # fmt: skip
    told_of |= {} if first is None else {11: i64(first)}
    return at - begin, struct({2: i64(begin), 3: struct(told_of)})


def _page(kind: int, size: int, more: dict[int, Thing]) -> bytes:
    return struct({1: i32(kind), 2: i32(size), 3: i32(size), **more})[1]


def _kind(field: pa.Field) -> int:
    return NUMBERS.get(field.type, TEXT)


def _footer(table: pa.Table, groups: list[Thing]) -> bytes:
    schema = [struct({4: text("schema"), 5: i32(len(table.schema))}), *map(_told, table.schema)]
    found = {1: i32(2), 2: listed(schema), 3: i64(table.num_rows), 4: listed(groups)}
    if table.schema.metadata:
        found[5] = listed([struct({1: text(k), 2: text(v)}) for k, v in table.schema.metadata.items()])
    return struct(found | {6: text("huilian")})[1]


def _told(field: pa.Field) -> Thing:
    told = {1: i32(_kind(field)), 3: i32(OPTIONAL), 4: text(field.name)}
    if _kind(field) == TEXT:
        told |= {6: i32(UTF8), 10: struct({1: struct({})})}
    elif field.type == pa.uint64():
        told |= {6: i32(UNSIGNED), 10: struct({10: struct({1: i8(64), 2: flag(False)})})}
    return struct(told)
