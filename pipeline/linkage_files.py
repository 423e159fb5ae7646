"""Files of `huilian link`: reading what anybody's table may be, writing results so that none is ever half there.

Every trouble is one line: where, what, what to do next. Names of files and columns are told, never a value.
"""

import os
import re
import tempfile
from codecs import getincrementaldecoder
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from connectors import encoding
from contracts.errors import Quarantine, Stop

Say = Callable[[str], None]
Convert = Callable[[list[str]], pa_csv.ConvertOptions]
ENCODINGS = ("utf-8", "gb18030")
SEPARATORS = (",", ";", "\t", "|")  # in doubt the first
OPTIONAL = ("veto", "was")  # columns of results in which something may be missing
HEAD = 4 << 20  # bytes of a CSV that are looked at to tell what is in it
EXACT = 1 << 53  # from here on not every whole number is one of floating point
MOST_LINES = 100  # of one value
QUOTE, NEWLINE, RETURN = b'"\n\r'


@contextmanager
def readable(path: Path, name: str) -> Iterator[None]:
    """Opening and reading the file at `path`, which the config calls `name`, inside this raises Stop for what is wrong.

    A file that is missing, locked, broken or neither Parquet nor CSV.
    """
    kind = path.suffix.lower()
    if kind not in (".parquet", ".csv"):
        raise Stop(name, "neither .parquet nor .csv", "save it as one of the two (a workbook: as CSV, UTF-8)")
    if path.is_dir():
        raise Stop(name, "is a folder", "name the file in it")
    try:
        yield
    except FileNotFoundError as error:
        raise Stop(name, "there is no such file", "look at its path: in a config, relative to its folder") from error
    except MemoryError:  # Arrow's is one of its own exceptions, too
        raise
    except PermissionError as error:
        raise Stop(name, "this account may not read it", "change its permissions, or copy it") from error
    except (OSError, pa.ArrowException) as error:
        whole = "is it whole, and really Parquet?" if kind == ".parquet" else "is it whole, with a header line?"
        raise Stop(name, "can't be read: the file is broken", whole) from error


def filled(rows: int, name: str) -> None:
    """Raise Stop for a table without rows."""
    if not rows:
        raise Stop(name, "the table is empty", "leave it out, or look at where it comes from")


def once(names: list[str], wanted: Collection[str | None], name: str) -> None:
    """Raise Stop for a `wanted` column that is there twice; others, many of them without a name, are not read."""
    twice = sorted({c for c in names if c in wanted and names.count(c) > 1})
    if twice:
        raise Stop(f"{name}: column {twice[0]}", "it is there twice", "rename one of the two")


def csv(path: Path, name: str, say: Say, convert: Convert) -> tuple[list[str], pa.Table]:
    """The header of a CSV, and its table by the options that `convert` makes of the header.

    UTF-8, or else GB 18030 or UTF-16, which is said. Values are separated by what the header is: commas, semicolons,
    tabs or |. Raises Stop for ragged lines, a quotation mark never closed and other encodings.
    """
    filled(path.stat().st_size, name)
    data = pa.memory_map(str(path)).read_buffer()
    try:
        if _begins_as_utf8(data):
            return _parsed(data, name, convert)
    except pa.ArrowInvalid as error:
        if "UTF8" not in str(error):
            raise
    decoded = _decoded(path.read_bytes(), name)
    say(f"{name}: read as {decoded.encoding.upper()}")
    return _parsed(pa.py_buffer(decoded.utf8), name, convert)


def _begins_as_utf8(data: pa.Buffer) -> bool:
    """Whether the first lines are UTF-8: Arrow looks at values alone, neither at a header nor at ragged lines."""
    try:
        getincrementaldecoder("utf-8")().decode(_beginning_of(data))
    except UnicodeDecodeError:
        return False
    return True


def _beginning_of(data: pa.Buffer) -> bytes:
    return bytes(data.slice(0, min(data.size, 1 << 16)).to_pybytes())


def _parsed(data: Any, name: str, convert: Convert) -> tuple[list[str], pa.Table]:
    bad: list[tuple[int | None, int, int]] = []

    def ragged(row: Any) -> str:
        bad.append((row.number, row.expected_columns, row.actual_columns))
        return "error"

    separator = _separator(_beginning_of(data))
    for threads in (True, False):  # only a single thread counts lines
        try:
            options = pa_csv.ReadOptions(use_threads=threads)
            # without this a value of several lines is read in a small file alone
            parse = pa_csv.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=ragged)
            names = pa_csv.open_csv(pa.BufferReader(data), options, parse).schema.names
            read = pa_csv.read_csv(pa.BufferReader(data), options, parse, convert(names))
            _closed(data, read.num_rows, name)
            return names, read
        except pa.ArrowInvalid as error:
            if not bad:
                if "UTF8" not in str(error):
                    _closed(data, 0, name)
                raise
    number, expected, actual = bad[-1]
    line = f" line {number}" if number is not None else ""
    raise Stop(f"{name}{line}", f"it has {actual} columns, the header {expected}",
               "put values that hold the separator into quotes, or correct the line")  # fmt: skip


def _separator(beginning: bytes) -> str:
    """What the header has most of, outside quotation marks; a comma where it has none of them."""
    header = re.split(rb"[\r\n]", beginning.lstrip(b"\r\n"), maxsplit=1)[0]
    bare = re.sub(rb'"[^"]*"', b"", header)
    return max(SEPARATORS, key=lambda separator: bare.count(separator.encode()))


def texts(names: list[str]) -> pa_csv.ConvertOptions:
    """Every column as text."""
    return pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)


def table(path: Path, name: str, say: Say) -> pa.Table:
    """The whole Parquet or CSV file at `path`, which errors call `name`; CSV as text. It may have no rows.

    Raises Stop (see above).
    """
    with readable(path, name):
        return pq.read_table(path) if path.suffix.lower() == ".parquet" else csv(path, name, say, texts)[1]


def head(path: Path, name: str, rows: int, say: Say) -> tuple[pa.Table, int]:
    """The first `rows` of a table as `table` reads them, and about how many there are in all (exactly, if no more)."""
    with readable(path, name):
        if path.suffix.lower() == ".parquet":
            file = pq.ParquetFile(path)
            found = pa.Table.from_batches([*islice(file.iter_batches(rows), 1)], file.schema_arrow)
            many = file.metadata.num_rows
        elif (some := _lines(path)) is None:
            found = table(path, name, say)
            many = found.num_rows
        else:
            found = _parsed(pa.py_buffer(_decoded(some, name).utf8), name, texts)[1]
            many = round(found.num_rows * path.stat().st_size / len(some))
    filled(found.num_rows, name)
    return found.slice(0, rows), many


def _lines(path: Path) -> bytes | None:
    """The first lines of a CSV, about HEAD bytes of them; None where it has no more, or lines are not told by bytes."""
    with path.open("rb") as handle:
        some = handle.read(HEAD + 1)
    if len(some) <= HEAD or some.startswith(encoding.UTF16):
        return None
    end = some.rfind(b"\n") + 1
    for _ in range(MOST_LINES):  # the last may end within a value of several lines
        if some.count(b'"', 0, end) % 2 == 0:
            break
        end = some.rfind(b"\n", 0, max(end - 1, 0)) + 1
    return some[:end] or None


def _decoded(data: bytes, name: str) -> encoding.Decoded:
    """A CSV, or the first lines of one, as UTF-8. Raises Stop for what is in none of ENCODINGS."""
    try:
        return encoding.decode(data, ENCODINGS, name)
    except Quarantine as error:
        raise Stop(name, error.what, "save it as UTF-8 (a spreadsheet: CSV UTF-8)") from error


def _closed(data: Any, rows: int, name: str) -> None:
    """Raise Stop when a quotation mark that is never closed has swallowed lines."""
    octets = np.frombuffer(data, np.uint8)
    if np.count_nonzero(octets == QUOTE) % 2 == 0:
        return
    octets = octets[octets != RETURN]
    lines = np.count_nonzero((octets[1:] == NEWLINE) & (octets[:-1] != NEWLINE))  # those with something in them
    if lines > rows + 1:
        raise Stop(name, "a quotation mark is opened and never closed", "close or remove it: it swallows lines")


def as_text(column: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    """A column of any type as text. Raises Stop for one that is none, and for one whose digits are not all there."""
    column = _whole(column, where) if pa.types.is_floating(column.type) else column
    try:
        return column.cast(pa.string())
    except pa.ArrowException as error:
        raise Stop(where, f"its values ({column.type}) are no text", "save it as text") from error


def _whole(column: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    """Floating point as whole numbers where all are: it is what programs make of those that have gaps among them, and
    as text a telephone would read 1.39e+10."""
    column = column.cast(pa.float64())
    column = pc.if_else(pc.is_nan(column), None, column)
    if (pc.max(pc.abs(column)).as_py() or 0) >= EXACT:
        raise Stop(where, "its numbers were stored as floating point, which has cut their last digits off",
                   "write it again from where it comes from, as text")  # fmt: skip
    whole = pc.all(pc.equal(pc.trunc(column), column), min_count=0).as_py()
    return column.cast(pa.int64()) if whole else column


def distinct_keys(keys: Any, where: str) -> None:
    """Raise Stop when a key of a table comes twice or is missing, saying how many do."""
    if keys.null_count:
        raise Stop(where, f"{keys.null_count:,} keys are missing", "every record needs one")
    again = len(keys) - pc.count_distinct(keys).as_py()
    if again:
        raise Stop(where, f"{again:,} of its {len(keys):,} keys come more than once",
                   "name a column that tells records apart, or number the lines")  # fmt: skip


def ready(out: Path) -> None:
    """Make the directory `out` and see that it can be written to. Raises Stop, before any work was done."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except (FileExistsError, NotADirectoryError) as error:
        raise Stop(f"--out {out}", "there is a file of that name", "give a directory, new or not") from error
    except OSError as error:
        raise Stop(f"--out {out}", f"can't be written to: {error.strerror}", "give another directory") from error


def publish(
    out: Path, tables: dict[str, pa.Table], texts: dict[str, str], last: Callable[[], None] = lambda: None
) -> None:
    """Write results into `out`: Parquet tables and texts by name, under other names first and then all at once.

    `last` is done between the two, when nothing more should go wrong. An interruption or a full disk leaves what was
    there before. Raises Stop when they can't be written.
    """
    try:
        with tempfile.TemporaryDirectory(dir=out, prefix=".new-") as fresh:
            for name, each in tables.items():
                with (Path(fresh) / f"{name}.parquet").open("wb") as handle:
                    write_parquet(each, handle)
            for name, text in texts.items():
                (Path(fresh) / name).write_text(text, encoding="utf-8")
            written = sorted(Path(fresh).iterdir())
            for path in written:
                with path.open("rb") as handle:
                    os.fsync(handle.fileno())
            last()
            for path in written:
                path.replace(out / path.name)
    except OSError as error:
        raise Stop(f"--out {out}", f"can't be written to: {error.strerror}", "make room, or give another") from error


def write_parquet(table: pa.Table | pa.RecordBatchReader, handle: BinaryIO) -> None:
    """As it is, a row group for each batch of what comes in batches, but for columns that repeat themselves:
    compressing everything would save half of the bytes and cost many times as much as writing them. Where nothing may
    be missing, that need not be written for every row.
    """
    few = [f.name for f in table.schema if pa.types.is_dictionary(f.type) or f.name in ("event", "source")]
    schema = pa.schema([f.with_nullable(f.name in OPTIONAL) for f in table.schema])
    options = {"compression": "none", "use_dictionary": few, "write_statistics": False, "store_schema": False}
    with pq.ParquetWriter(handle, schema, **options) as writer:
        for part in [table] if isinstance(table, pa.Table) else table:
            writer.write_table(pa.table(part.columns, schema))
        writer.add_key_value_metadata(table.schema.metadata or {})  # it would go with the schema of Arrow
