"""What kind of file it is, whatever it is called and whatever was agreed.

A table whose columns have names is the same table as text, as a workbook and as a dBase file, and which of them a clerk
saves it as changes with his system. What was agreed by name is found by name; that it came otherwise is told.
"""

from pathlib import Path

from connectors.readers import pages
from connectors.readers.headers import SHEET
from contracts.errors import Quarantine
from contracts.model import TABULAR, Contract, Csv, Dbf, Source, Workbook

PACKED = {
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF document",
}
OFFICE = {b"PK\x03\x04": "a ZIP archive or a workbook", b"\xd0\xcf\x11\xe0": "a document of Office"}
DBASE = frozenset(b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8b\xcb\xf5\xfb")  # its versions
NAMES = {"csv": "delimited text", "workbook": "a workbook", "dbf": "a dBase file"}


def as_it_is(path: Path, contract: Contract) -> tuple[Contract, str]:
    """The contract with the format that the file has, and what is to be told of it: "" where that is the agreed one.

    Raises Quarantine unreadable for what is no table: an archive or a document, whose bytes would only look like bad
    text; and for one that cannot have all that was agreed.
    """
    with path.open("rb") as file:
        head = file.read(pages.HEAD)
    agreed = contract.source.format
    for mark, what in (PACKED if agreed in TABULAR else PACKED | OFFICE).items():
        if head.startswith(mark):
            raise _not_agreed(contract, what)
    if agreed not in TABULAR:
        return contract, ""
    actual = "workbook" if _is_page(path, head) else _kind(head, agreed)
    if actual == agreed:
        return contract, ""
    if any(f.source == SHEET for f in contract.fields):
        raise _not_agreed(contract, NAMES[actual])
    source = _source(actual, contract.source)
    return contract.model_copy(update={"source": source}), f"{NAMES[actual]} instead of {NAMES[agreed]}"


def _is_page(path: Path, head: bytes) -> bool:
    return pages.is_markup(head) and pages.looks_like_one(path.read_bytes())


def _kind(head: bytes, agreed: str) -> str:
    """Of TABULAR, the one that the first bytes of a file tell; `agreed` where they tell nothing."""
    if head.startswith(tuple(OFFICE)):
        return "workbook"
    if agreed == "dbf" and head[0] in DBASE:
        return "dbf"
    # the day it was last changed, in three bytes, and places that are not used: two tabs may be such a day
    if head[0] in DBASE and len(head) > 32 and 1 <= head[2] <= 12 and 1 <= head[3] <= 31 and b"\0" in head[4:32]:
        return "dbf"
    text = head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" not in head
    return "csv" if text else agreed


def _source(kind: str, agreed: Source) -> Csv | Workbook | Dbf:
    """How a file of another format than the `agreed` one is read."""
    if kind == "dbf":
        return Dbf(format="dbf")
    own = agreed.footers if isinstance(agreed, Csv | Workbook) else ()
    footers = own if own or isinstance(agreed, Workbook) else Workbook(format="workbook").footers
    if kind == "workbook":
        return Workbook(format="workbook", footers=footers)
    return Csv(format="csv", footers=footers)


def _not_agreed(contract: Contract, what: str) -> Quarantine:
    return Quarantine(
        contract.feed,
        f"the file is {what}",
        "ask the department for the agreed format, neither packed nor renamed",
        "unreadable",
    )
