"""dBase files: dbfread reads the header, cells are sliced by it and decoded by our own rules."""

import re
from itertools import accumulate
from pathlib import Path
from typing import Any

from dbfread import DBF, FieldParser

from connectors import encoding, parsed
from connectors.parsed import Learnt, Parsed
from connectors.readers import headers
from contracts.errors import Quarantine
from contracts.model import Contract

TEXT = frozenset("CNFDL")  # stored as characters; the rest is binary and goes through dbfread's parser
MEMO = frozenset("MGPB")  # kept in a second file that isn't delivered
DELETED = ord("*")


def read(path: Path, contract: Contract) -> Parsed:
    """Read a DBF file. `_line` is the record number as dBase counts it, deleted records included (they are skipped).

    Raises Quarantine truncated when the header promises another number of records than there are, unreadable,
    encoding, missing_columns, duplicate_columns.
    """
    data = path.read_bytes()
    table = _header(path, contract)
    *offsets, end = accumulate((f.length for f in table.fields), initial=1)  # the first byte says whether it is deleted
    fields = list(zip(table.fields, offsets, strict=True))
    start, size = table.header.headerlen, table.header.recordlen
    if end != size or start > len(data):
        raise _unreadable(contract, "the DBF header contradicts itself")
    header = headers.claim([f.name for f, _ in fields], contract)
    _count(data, start, size, table.header.numrecords, contract)
    wanted = [fields[p] for p in header.positions if p is not None]
    if any(field.type in MEMO for field, _ in wanted):
        raise _unreadable(contract, "a promised column is a memo, whose file isn't delivered")
    parser = FieldParser(table)
    numbers, cells = [], []
    for n in range(table.header.numrecords):
        record = data[start + n * size : start + (n + 1) * size]
        if record[0] != DELETED:
            numbers.append(n + 1)
            cells.append(tuple(_cell(record[o : o + f.length], f, parser) for f, o in wanted))
    decoded, name, evidence = encoding.decode_cells(cells, contract.delivery.encoding, contract.feed)
    rows = parsed.Rows(contract)
    for number, values in zip(numbers, decoded, strict=True):
        if values is None:
            rows.reject(number, "bad_bytes")
        else:
            rows.add(number, values)
    return rows.finish(Learnt(name, evidence, header.unknown, header.refused))


def _header(path: Path, contract: Contract) -> Any:
    try:
        # Field names are cut at 10 bytes, perhaps inside a character; they are matched by name, not shown.
        return DBF(
            str(path), "gb18030", ignorecase=False, raw=True, ignore_missing_memofile=True, char_decode_errors="replace"
        )
    except Exception:  # noqa: BLE001  whatever the library trips over, it is this file; its words may quote the file
        raise _unreadable(contract, "the DBF header can't be read") from None


def _count(data: bytes, start: int, size: int, promised: int, contract: Contract) -> None:
    """Compare the header's record count with the records that are there."""
    body = len(data) - start
    there = body // size
    marker = data[start + promised * size : start + promised * size + 1]
    if there < promised or (there > promised and marker not in (b"\x1a", b"")):
        raise Quarantine(
            contract.feed,
            f"the DBF header promises {promised} records, the file holds {there}",
            "ask the department to send the whole file again",
            "truncated",
        )


def _cell(raw: bytes, field: Any, parser: Any) -> bytes:
    """A cell without its padding; binary types as the text of their value."""
    if field.type in TEXT:
        return raw.strip(b" \0").replace(encoding.CELL, b"\x1f")
    try:
        value = parser.parse(field, raw)
    except (ValueError, IndexError, ArithmeticError):
        return raw.strip(b" \0").hex().encode()
    return b"" if value is None else re.sub(r" 00:00:00$", "", str(value)).encode()


def _unreadable(contract: Contract, what: str) -> Quarantine:
    return Quarantine(contract.feed, what, "ask the department to export the file again", "unreadable")
