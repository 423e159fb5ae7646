"""XML, one record at a time, with every way out of the file shut: no entities, no DTD, no network, no huge trees."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree

from connectors import encoding, parsed
from connectors.parsed import Learnt, Parsed
from connectors.readers import headers
from connectors.readers.paths import TEXT, Paths, Unfit
from contracts.errors import Quarantine
from contracts.model import Contract, Xml

# libxml2's codes for a document that stops before its last tag.
_CUT = frozenset({etree.ErrorTypes.ERR_DOCUMENT_END, etree.ErrorTypes.ERR_TAG_NOT_FINISHED})


def read(path: Path, contract: Contract) -> Parsed:
    """Read the elements called `source.record`, whatever their namespace. `_line` is the record's ordinal.

    A record with two elements where one is promised is rejected as field_count. Raises Quarantine truncated,
    unreadable, encoding, missing_columns (no such element, or a required path that no record has).
    """
    if not isinstance(contract.source, Xml):
        raise TypeError("an xml contract is needed")
    decoded = encoding.decode(path.read_bytes(), contract.delivery.encoding, contract.feed, [contract.source.record])
    paths, rows, number = Paths(contract), parsed.Rows(contract), 0
    try:
        for number, record in enumerate(_elements(decoded.utf8, contract.source.record, contract), start=1):
            try:
                rows.add(number, paths.values(record))
            except Unfit:
                rows.reject(number, "field_count")
    except etree.XMLSyntaxError as error:
        cut = error.code in _CUT
        # libxml2's message quotes the document, so only its position is told.
        raise Quarantine(
            contract.feed,
            f"not well-formed XML near line {error.lineno}",
            "ask the department to send the whole file again",
            "truncated" if cut else "unreadable",
        ) from None
    missing = paths.missing() if number else [contract.source.record]
    if missing and not (number == 0 and contract.delivery.may_be_empty):
        raise headers.missing_columns(contract, missing)
    return rows.finish(Learnt(decoded.encoding, decoded.evidence, *paths.dropped()))


def _elements(utf8: bytes, record: str, contract: Contract) -> Iterator[dict[str, Any]]:
    """Each record as a dictionary, its element freed before the next is parsed."""
    events = etree.iterparse(
        BytesIO(utf8),
        events=("start", "end"),
        encoding="utf-8",  # we have decoded it; what the declaration says no longer holds
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    checked = False
    for event, element in events:
        if not checked:
            checked = True
            if element.getroottree().docinfo.doctype:
                raise Quarantine(
                    contract.feed,
                    "the XML declares a document type, which can carry entities",
                    "ask the department to export without DOCTYPE",
                    "unreadable",
                )
        if event == "end" and etree.QName(element).localname == record:
            yield _as_dict(element)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _as_dict(element: Any) -> dict[str, Any]:
    """Attributes as @name, children by local name (a list when repeated), text beside attributes as #text."""
    out: dict[str, Any] = {f"@{etree.QName(k).localname}": v for k, v in element.attrib.items()}
    for child in element:
        key = etree.QName(child).localname
        value = _as_dict(child) if len(child) or child.attrib else (child.text or "").strip()
        if key in out:
            out[key] = [*(out[key] if isinstance(out[key], list) else [out[key]]), value]
        else:
            out[key] = value
    if element.text and element.text.strip() and not len(element):
        out[TEXT] = element.text.strip()
    return out
