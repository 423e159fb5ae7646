"""XLSX and XLS through calamine, and what only calls itself XLS (see pages): header found by its names, titles and
footers left out, cells as text.
"""

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import python_calamine as calamine

from connectors import encoding, parsed
from connectors.parsed import Learnt, Parsed
from connectors.readers import headers, pages
from contracts.errors import Quarantine
from contracts.model import Contract, Workbook

INFLATED = 1 << 30  # bytes a workbook may declare to hold when unpacked
EXACT_DIGITS = 15  # a spreadsheet's numbers are exact to here; what follows has become zeros
NUMERIC = "#NUM:"  # prefix of a number in a column whose digits matter: conform objects with id_numeric_cell
DIGITS_MATTER = frozenset({"id_number", "credit_code", "bank_card"})
# Days since the end of 1899, from 1927 to 2173: a date whose cell is formatted as a number. Less may be a year, more
# is a date written without hyphens.
SERIALS = range(10_000, 100_000)
EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001  cells have no zone
_SINCE_1904 = re.compile(rb"""date1904\s*=\s*["'](1|true)""")
DATES = frozenset({"date", "timestamp", "month"})
NOTE_CELLS = 2  # a sheet whose rows have no more cells is a note to the reader, not a table


class Book(NamedTuple):
    """An opened workbook: the rows of each visible worksheet.

    `since_1904`: its days count from 1904, so a bare number can't be told to be a day.
    """

    sheets: dict[str, Callable[[], Iterable[list[Any]]]]
    since_1904: bool


def read(path: Path, contract: Contract) -> Parsed:
    """Read the first visible sheet with a table, or all. `_line` is the row number Excel shows, counted in each sheet.

    Raises Quarantine unreadable, too_large, missing_columns, duplicate_columns, secret_mark.
    """
    source = contract.source
    if not isinstance(source, Workbook):
        raise TypeError("a workbook contract is needed")
    book = _open(path, contract)
    rows = parsed.Rows(contract)
    unknown: dict[str, None] = {}
    refused: dict[str, None] = {}
    tables = 0
    for name in book.sheets:
        header = _sheet(book, name, source, rows)
        if header is not None:
            tables += 1
            unknown |= dict.fromkeys(header.unknown)
            refused |= dict.fromkeys(header.refused)
            if source.sheets == "first":
                break
    if not tables:
        raise headers.missing_columns(contract, [f.source for f in contract.fields])
    evidence = f"{tables} of {len(book.sheets)} visible worksheets read"
    return rows.finish(Learnt("workbook", evidence, tuple(unknown), tuple(refused)))


def text(value: Any, kind: str) -> str:
    """A cell as text: ISO dates, also of serial days, whole numbers without .0, one that lost its tail with NUMERIC."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if kind in DATES and isinstance(value, int | float) and int(value) in SERIALS:
        value = EPOCH + dt.timedelta(days=value)
    if isinstance(value, float) and not value.is_integer():
        return repr(value)
    if isinstance(value, int | float):
        whole = str(int(value))
        return NUMERIC + whole if kind in DIGITS_MATTER and len(whole) > EXACT_DIGITS else whole
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _open(path: Path, contract: Contract) -> Book:
    data = path.read_bytes()
    if pages.looks_like_one(data):
        found = pages.tables(encoding.decode(data, contract.delivery.encoding, contract.feed).utf8)
        return Book({f"表{n}": rows.__iter__ for n, rows in enumerate(found, 1)}, False)
    # In XLS the record says it: DATEMODE, two bytes long, 1.
    old = _archive(data, contract) if data.startswith(b"PK") else b"\x22\0\x02\0\x01\0" in data
    try:
        opened: Any = calamine.CalamineWorkbook.from_filelike(BytesIO(data))
    except calamine.PasswordError:
        raise Quarantine(
            contract.feed, "the workbook has a password", "ask the department to send it without one", "unreadable"
        ) from None
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, OSError, ValueError):
        # No cause attached: the library may quote what it read.
        raise _unreadable(contract, "not a workbook that can be opened") from None
    shown = calamine.SheetTypeEnum.WorkSheet, calamine.SheetVisibleEnum.Visible
    names = [s.name for s in opened.sheets_metadata if (s.typ, s.visible) == shown]
    return Book({name: partial(_cells, opened, name) for name in names}, old)


def _cells(opened: Any, name: str) -> Iterator[list[Any]]:
    yield from opened.get_sheet_by_name(name).iter_rows()


def _archive(data: bytes, contract: Contract) -> bool:
    """Whether an XLSX counts days from 1904.

    Refuses a small archive that declares to become huge, before anything unpacks it, and one that is no workbook.
    """
    try:
        packed = zipfile.ZipFile(BytesIO(data))
        declared = sum(entry.file_size for entry in packed.infolist())
    except (zipfile.BadZipFile, ValueError):
        reason = "truncated" if data.rfind(b"PK\x05\x06") < 0 else "unreadable"
        raise _unreadable(contract, "the workbook's archive is damaged", reason) from None
    if declared > INFLATED:
        raise Quarantine(
            contract.feed,
            f"the workbook unpacks to {declared} bytes, {INFLATED} are allowed",
            "ask the department to split the workbook or to deliver CSV",
            "too_large",
        )
    inside = set(packed.namelist())
    if not inside & {"[Content_Types].xml", "content.xml"}:
        raise _unreadable(contract, "the file is a ZIP archive")
    with suppress(KeyError, RuntimeError, zipfile.BadZipFile, zlib.error):  # what is damaged, the reader will find
        return bool(_SINCE_1904.search(packed.read("xl/workbook.xml")))
    return False


def _sheet(book: Book, name: str, source: Workbook, rows: parsed.Rows) -> headers.Header | None:
    """Add one sheet's rows; None when it holds a note or nothing. Quarantine when it is a table without our header."""
    contract, sheet = rows.contract, book.sheets[name]
    kinds = ["text" if book.since_1904 and f.kind in DATES else f.kind for f in contract.fields]
    top: list[list[str]] = []
    for cells in _rows(sheet, contract):
        top.append([text(c, "text") for c in cells])
        if len(top) == headers.WINDOW:
            break
    columns = sum(f.source != headers.SHEET for f in contract.fields)
    if max((sum(c != "" for c in row) for row in top), default=0) <= min(NOTE_CELLS, columns - 1):
        return None
    found = headers.find(top, contract)
    header = headers.claim(found.cells, contract)
    for at, cells in enumerate(_rows(sheet, contract), start=1):
        if at <= found.last + 1:
            continue
        first = next((c for c in (text(c, "text").strip() for c in cells) if c), "")
        if not first or first.startswith(source.footers):
            continue
        values = [name if p is None else text(cells[p], kind) for p, kind in zip(header.positions, kinds, strict=True)]
        if not all(p is None or v == header.cells[p] for p, v in zip(header.positions, values, strict=True)):
            rows.add(at, values)
    return header


def _rows(sheet: Callable[[], Iterable[list[Any]]], contract: Contract) -> Iterator[list[Any]]:
    try:
        yield from sheet()
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, ValueError):
        raise _unreadable(contract, "a worksheet can't be read") from None


def _unreadable(contract: Contract, what: str, reason: str = "unreadable") -> Quarantine:
    return Quarantine(contract.feed, what, "ask the department to export the file again", reason)
