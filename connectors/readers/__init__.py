"""Readers: one a format, each from a path and a contract to text columns. Run them through connectors.sandbox."""

from collections.abc import Callable
from pathlib import Path

from connectors.parsed import Parsed
from connectors.readers import csv, dbf, fixed_width, formats, jsonl, workbook, xml
from connectors.readers.headers import SHEET
from contracts.errors import Quarantine, Stop
from contracts.model import Contract

READERS: dict[str, Callable[[Path, Contract], Parsed]] = {
    "csv": csv.read,
    "workbook": workbook.read,
    "dbf": dbf.read,
    "fixed_width": fixed_width.read,
    "xml": xml.read,
    "jsonl": jsonl.read,
    "database": jsonl.read,  # both are landed as JSON lines
    "rest": jsonl.read,
}
NESTED = frozenset({"xml", "jsonl", "rest"})


def read(path: Path, contract: Contract) -> Parsed:
    """Read a delivery in this process, as its contract says.

    Raises Quarantine, with its reason, for a file that can't be used, and Stop when the contract asks for what its
    format can't hold. A file of 0 bytes is an answer where JSON lines may be empty, and an error everywhere else.
    """
    kind = contract.source.format
    if contract.groups and kind not in NESTED:
        raise Stop(contract.feed, f"{kind} has no repeated parts", "remove `groups` from the contract")
    if kind != "workbook" and any(f.source == SHEET for f in contract.fields):
        raise Stop(contract.feed, f"{kind} has no worksheets", f"remove the field whose source is {SHEET}")
    if path.stat().st_size == 0 and not may_be_blank(contract):
        raise Quarantine(
            contract.feed, "the file has 0 bytes", "ask the department to check its export and send again", "empty_file"
        )
    contract, instead = formats.as_it_is(path, contract)
    found = READERS[contract.source.format](path, contract)
    return found._replace(evidence=f"{instead}; {found.evidence}") if instead else found


def may_be_blank(contract: Contract) -> bool:
    """Whether 0 bytes are a delivery of no rows rather than a failed export."""
    return contract.delivery.may_be_empty and contract.source.format in ("jsonl", "database", "rest")
