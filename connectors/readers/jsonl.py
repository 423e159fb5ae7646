"""JSON lines: one object a line, or one list of objects. Numbers stay as written; what is no object is rejected."""

import json
from pathlib import Path
from typing import Any

from connectors import encoding, parsed
from connectors.parsed import Learnt, Parsed
from connectors.readers import headers
from connectors.readers.paths import Paths, Unfit
from contracts.errors import Quarantine
from contracts.model import Contract


def read(path: Path, contract: Contract) -> Parsed:
    """Read JSON lines, also those landed from a database or a REST interface. `_line` is the physical line, in a file
    that is one list the number of its item.

    A line that isn't a JSON object with the promised shape is rejected as bad_json, one with NUL or half a surrogate
    pair as bad_bytes. Raises Quarantine encoding, truncated, missing_columns (a required path that no record has).
    """
    ours = contract.source.format != "jsonl"  # landed by us from a database or a REST interface
    order = ("utf-8",) if ours else contract.delivery.encoding
    keys = {f.source.split("/")[0] for f in contract.fields}
    decoded = encoding.decode(path.read_bytes(), order, contract.feed, keys)
    paths, rows = Paths(contract), parsed.Rows(contract)
    for number, line in enumerate(_lines(decoded.utf8, contract), start=1):
        if not line.strip():
            continue
        try:
            record = _parsed(line)
            if not isinstance(record, dict):
                raise Unfit
            values = paths.values(record)
        except (ValueError, RecursionError, Unfit):
            rows.reject(number, "bad_json")
            continue
        if b"\\u" in line and not all(map(_storable, values)):
            rows.reject(number, "bad_bytes")
        else:
            rows.add(number, values)
    missing = paths.missing()
    if missing:
        raise headers.missing_columns(contract, missing)
    return rows.finish(Learnt(decoded.encoding, decoded.evidence, *paths.dropped()))


def _parsed(text: bytes) -> Any:
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)


def _lines(text: bytes, contract: Contract) -> list[bytes]:
    """The lines, or the items where the whole file is one list. Raises Quarantine truncated for a list without end."""
    lines = text.split(b"\n")
    if not text.lstrip().startswith(b"["):
        return lines
    try:
        return [json.dumps(item).encode() for item in _parsed(text)]
    except RecursionError:
        return lines
    except ValueError:
        if not _whole(lines[0]):
            raise Quarantine(
                contract.feed, "the list has no end", "ask the department to send the whole file again", "truncated"
            ) from None
        return lines


def _whole(line: bytes) -> bool:
    """Whether a line is JSON by itself."""
    try:
        _parsed(line)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(name: str) -> Any:
    """NaN and Infinity aren't JSON."""
    raise ValueError(name)


def _storable(value: str | None) -> bool:
    r"""Whether text is Unicode proper and free of NUL (a group's text holds it escaped, as \u0000)."""
    if value is None:
        return True
    try:
        return b"\0" not in value.encode() and "\\u0000" not in value
    except UnicodeEncodeError:
        return False
