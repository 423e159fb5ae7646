"""Delimited text. Physical lines are accounted for one by one, and an unclosed quote costs its own line only.

Two paths that agree: pyarrow when no quote is in play, else a record at a time through Python's strict csv parser.
There a record that does not parse, or that swallowed whole rows before its quote closed, is rejected as its first line
and reading resumes with the next one. (Trusting the parser instead lost 98 % of a file to one quote; `line_balance`
guards the sum.)
"""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from connectors import encoding, parsed
from connectors.parsed import Learnt, Parsed
from connectors.readers import headers
from connectors.readers.headers import Header
from contracts.errors import Quarantine, Stop
from contracts.model import Contract, Csv

RECORD_LINES = 100  # a quoted value with more line breaks is an unclosed quote
BLOCK = 16 << 20

SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe", "，": "full-width comma"}

_BREAK = re.compile(r"\r\n|\r|\n")

csv.field_size_limit(BLOCK)


class Dialect(NamedTuple):
    """What separates fields, what may quote them ("" for nothing), and the first words of rows that are no records."""

    delimiter: str
    quote: str
    footers: tuple[str, ...] = ()


class Record(NamedTuple):
    """One record: its first physical line, how many it covers, and its cells, or the reason it is rejected."""

    line: int
    used: int
    cells: list[str]
    reason: str | None


def read(path: Path, contract: Contract) -> Parsed:
    """Read delimited text. Quarantine: encoding, truncated, missing_columns, duplicate_columns, line_balance."""
    if not isinstance(contract.source, Csv):
        raise TypeError("a csv contract is needed")
    agreed = Dialect(contract.source.delimiter, contract.source.quote, contract.source.footers)
    if len(agreed.delimiter) != 1 or len(agreed.quote) > 1:
        raise Stop(contract.feed, "delimiter and quote must be single characters", "correct `source` of the contract")
    decoded = encoding.decode(
        path.read_bytes(), contract.delivery.encoding, contract.feed, [f.source for f in contract.fields]
    )
    # Files glued together bear a byte order mark inside; DOS programs end a text with Ctrl-Z.
    data = decoded.utf8.replace(b"\n" + encoding.BOM, b"\n").rstrip(b"\x1a")
    first = list(islice(_lines(data), headers.WINDOW * 2))
    dialect, evidence = _separated(first, agreed, contract), decoded.evidence
    if dialect != agreed:
        evidence = f"separated by {SEPARATORS[dialect.delimiter]}; {evidence}"
    top = _top(first, dialect)
    found = headers.find([r.cells for r in top], contract)
    header = _ends(headers.claim(found.cells, contract), top[found.last + 1 :])
    learnt = Learnt(decoded.encoding, evidence, header.unknown, header.refused)
    skip = top[found.last].line + top[found.last].used - 1
    if _plain(data, skip, dialect):
        return _fast(data, skip, dialect, header, (contract, learnt))
    return _slow(data, skip, dialect, header, (contract, learnt))


def _top(first: list[str], dialect: Dialect) -> list[Record]:
    """The first records that have anything in them."""
    return [r for r in records(iter(first), dialect) if any(r.cells)][: headers.WINDOW]


def _separated(first: list[str], agreed: Dialect, contract: Contract) -> Dialect:
    """The agreed dialect, or the one with another separator if all of the contract's columns are there only with it."""
    others = [agreed._replace(delimiter=mark) for mark in SEPARATORS if mark != agreed.delimiter]
    return next((d for d in (agreed, *others) if _complete(first, d, contract)), agreed)


def _complete(first: list[str], dialect: Dialect, contract: Contract) -> bool:
    """Whether the contract's columns, each of them once, are among these lines."""
    try:
        headers.claim(headers.find([r.cells for r in _top(first, dialect)], contract).cells, contract)
    except Quarantine:
        return False
    return True


def _ends(header: Header, rows: list[Record]) -> Header:
    """Some programs end each row with a separator, but not the header: then it has a last column without a name."""
    widths = [len(r.cells) if not r.cells[-1] else 0 for r in rows]
    ends = min(widths, default=0) == len(header.cells) + 1
    return header._replace(cells=(*header.cells, "")) if ends else header


def records(lines: Iterator[str], dialect: Dialect, width: int | None = None, first: int = 1) -> Iterator[Record]:
    """Split physical lines (with their line ends) into records; `first` is the number of the first line.

    With `width` (fields of the header) a record of several lines must have that many fields and must not have swallowed
    rows; else its first line is rejected as unclosed_quote and the next line starts afresh.
    """
    ahead: deque[str] = deque()
    while True:
        line = ahead.popleft() if ahead else next(lines, None)
        if line is None:
            return
        if not dialect.quote or dialect.quote not in line:
            record = Record(first, 1, line.rstrip("\r\n").split(dialect.delimiter), None)
        else:
            ahead.extend(islice(lines, RECORD_LINES - len(ahead)))
            record = _quoted((line, *ahead), dialect, width, first)
            for _ in range(record.used - 1):
                ahead.popleft()
        if width is not None and len(record.cells) != width and record.reason is None and any(record.cells):
            record = record._replace(reason="field_count")
        yield record
        first += record.used


def _quoted(ahead: tuple[str, ...], dialect: Dialect, width: int | None, first: int) -> Record:
    """The record that starts with the first of the lines `ahead`, which contains a quote."""
    for window in (ahead[:1], ahead):
        reader = csv.reader(window, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
        try:
            cells = next(reader)
        except csv.Error:
            continue
        if reader.line_num > 1 and width is not None and (len(cells) != width or _swallowed(cells, dialect.delimiter)):
            break
        return Record(first, reader.line_num, cells, None)
    return Record(first, 1, [], "unclosed_quote")


def _swallowed(cells: list[str], delimiter: str) -> bool:
    """Whether a value with line breaks holds rows: the rest of its own, whole ones, and another's beginning.

    A quote opened in column j by mistake takes in the delimiters left of its row, and closes in column j of a later
    row, or the number of fields would not be right. Free text would have to have as many in just these places.
    """
    last = len(cells) - 1
    for at, cell in enumerate(cells):
        pieces = [line.count(delimiter) for line in _BREAK.split(cell)]
        ends = len(pieces) > 1 and last > 1 and pieces[0] >= last - at and pieces[-1] >= at
        if ends and all(count >= last for count in pieces[1:-1]):
            return True
    return False


def _slow(data: bytes, skip: int, dialect: Dialect, header: Header, about: tuple[Contract, Learnt]) -> Parsed:
    """Read the records after `skip` physical lines one at a time; any quoting, any line ends."""
    contract, learnt = about
    rows = parsed.Rows(contract)
    wanted = [at for at in header.positions if at is not None]
    names = [header.cells[at] for at in wanted]
    lines = _lines(data)
    physical = sum(1 for _ in islice(lines, skip))
    for record in records(lines, dialect, len(header.cells), skip + 1):
        physical += record.used
        if dialect.footers and next((c for c in record.cells if c.strip()), "").strip().startswith(dialect.footers):
            continue
        if record.reason:
            rows.reject(record.line, record.reason)
        elif any(record.cells):
            values = [record.cells[at] for at in wanted]
            if values != names:
                rows.add(record.line, values)
    _balance(physical, sum(1 for _ in _lines(data)), contract)
    return rows.finish(learnt)


def _fast(data: bytes, skip: int, dialect: Dialect, header: Header, about: tuple[Contract, Learnt]) -> Parsed:
    """Read the same with pyarrow, for text in which every physical line is a record."""
    contract, learnt = about
    body = memoryview(data)[_offset(data, skip) :]
    counts, lengths = _measure(body, ord(dialect.delimiter))
    _balance(skip + len(counts), data.count(b"\n") + (not data.endswith(b"\n")), contract)
    blank = lengths == counts
    fits = (counts + 1 == len(header.cells)) & (lengths > 0)
    numbers = np.arange(skip + 1, skip + 1 + len(counts))
    # pyarrow takes text without rows for an error
    empty = [pa.chunked_array([], pa.string()) for _ in header.positions]
    columns = _arrow(body, dialect, header, int(lengths.max())) if fits.any() else empty
    if columns[0].length() != int(fits.sum()):
        return _slow(data, skip, dialect, header, about)
    table = pa.Table.from_arrays([pa.array(numbers[fits]), *columns], schema=parsed.schema(contract))
    repeats = _repeats(columns, header)
    drop = blank[fits] | repeats
    if drop.any():
        table = table.filter(pa.array(~drop))
    rejects = [(int(n), "field_count") for n in numbers[~fits & ~blank]]
    return parsed.finish(contract, table, rejects, int((~blank).sum()) - int(repeats.sum()), learnt)


def _repeats(columns: list[Any], header: Header) -> Any:
    """A numpy mask of rows that are the header once more."""
    again = np.ones(columns[0].length(), dtype=bool)
    for column, at in zip(columns, header.positions, strict=True):
        if not again.any():
            break
        same: Any = pc.equal(column, pa.scalar(header.cells[at or 0]))
        again &= pc.fill_null(same, False).to_numpy()
    return again


def _plain(data: bytes, skip: int, dialect: Dialect) -> bool:
    """Whether every physical line after `skip` is one record: no quote, no bare CR (both are rare in registers)."""
    if dialect.footers or not dialect.delimiter.isascii() or data.count(b"\r") != data.count(b"\r\n"):
        return False
    return not dialect.quote or data.find(dialect.quote.encode(), _offset(data, skip)) < 0


def _offset(data: bytes, lines: int) -> int:
    """The byte after the first `lines` physical lines."""
    at = 0
    for _ in range(lines):
        end = data.find(b"\n", at)
        at = len(data) if end < 0 else end + 1
    return at


def _measure(data: memoryview, delimiter: int) -> tuple[Any, Any]:
    """Per physical line: delimiters in it (int64) and its length in bytes without line end (int64)."""
    counts, lengths, at = [np.empty(0, np.int64)], [np.empty(0, np.int64)], 0
    while at < len(data):
        block = np.frombuffer(data[at : at + BLOCK], np.uint8)
        ends = np.flatnonzero(block == 10)
        if at + len(block) == len(data) and (len(ends) == 0 or ends[-1] != len(block) - 1):
            ends = np.append(ends, len(block))  # the last line has no line end
        if len(ends) == 0:
            return _measure_long(data, delimiter)
        counts.append(np.diff(np.searchsorted(np.flatnonzero(block == delimiter), ends), prepend=0))
        size = np.diff(ends, prepend=-1) - 1
        size -= (size > 0) & (block[np.maximum(ends - 1, 0)] == 13)
        lengths.append(size)
        at += min(int(ends[-1]) + 1, len(block))
    return np.concatenate(counts), np.concatenate(lengths)


def _measure_long(data: memoryview, delimiter: int) -> tuple[Any, Any]:
    """The same for text with a line longer than BLOCK, plainly."""
    lines = [line.rstrip(b"\r") for line in bytes(data).removesuffix(b"\n").split(b"\n")]
    mark = bytes([delimiter])
    return np.array([line.count(mark) for line in lines]), np.array([len(line) for line in lines])


def _arrow(body: memoryview, dialect: Dialect, header: Header, longest: int) -> list[Any]:
    """The promised columns, and nothing else, of every line with as many fields as the header: strings, "" as null."""
    columns = [str(n) for n in range(len(header.cells))]
    wanted = [str(at) for at in header.positions]
    table = arrow_csv.read_csv(
        pa.py_buffer(body),
        read_options=arrow_csv.ReadOptions(column_names=columns, use_threads=False, block_size=max(BLOCK, 2 * longest)),
        parse_options=arrow_csv.ParseOptions(
            delimiter=dialect.delimiter, quote_char=False, escape_char=False, invalid_row_handler=lambda row: "skip"
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.string()),
            include_columns=wanted,
            strings_can_be_null=True,
            null_values=[""],
            check_utf8=False,  # it was decoded strictly
        ),
    )
    return list(table.columns)


def _lines(data: bytes) -> Iterator[str]:
    """Physical lines with their ends: LF, CRLF or CR, and nothing else (not U+2028, not form feeds)."""
    return iter(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline=""))


def _balance(met: int, physical: int, contract: Contract) -> None:
    if met != physical:
        raise Quarantine(
            contract.feed,
            f"the file has {physical} physical lines, {met} are accounted for",
            "ask the department to export again; keep the landed file, it shows a case the reader doesn't know",
            "line_balance",
        )
