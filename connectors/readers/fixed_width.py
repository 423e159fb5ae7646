"""Fixed width counted in bytes: records are cut before they are decoded, for a character takes one to four bytes."""

from itertools import accumulate
from pathlib import Path

from connectors import encoding, parsed
from connectors.parsed import Learnt, Parsed
from contracts.model import Contract


def read(path: Path, contract: Contract) -> Parsed:
    """Read lines (LF or CRLF) of exactly the contract's widths. `_line` is the physical line.

    A line that is shorter is rejected as short_record, one with more than blanks behind it as field_count, one with
    undecodable cells as bad_bytes. Raises Quarantine encoding.
    """
    ends = list(accumulate(f.width or 0 for f in contract.fields))
    cuts = list(zip([0, *ends], ends, strict=False))
    rows = parsed.Rows(contract)
    # Old programs end a text with Ctrl-Z; the mark between cells below must not be in the data.
    data = path.read_bytes().removeprefix(encoding.BOM).rstrip(b"\x1a").replace(encoding.CELL, b"\x1f")
    numbers, cells = [], []
    for number, line in enumerate(data.split(b"\n"), start=1):
        record = line.removesuffix(b"\r")
        if not record.strip(b" \0"):
            continue
        if len(record) < ends[-1]:
            rows.reject(number, "short_record")
        elif record[ends[-1] :].strip(b" \0"):
            rows.reject(number, "field_count")
        else:
            numbers.append(number)
            cells.append(tuple(record[a:b].strip(b" ") for a, b in cuts))
    decoded, name, evidence = encoding.decode_cells(cells, contract.delivery.encoding, contract.feed)
    for number, values in zip(numbers, decoded, strict=True):
        if values is None:
            rows.reject(number, "bad_bytes")
        else:
            rows.add(number, values)
    return rows.finish(Learnt(name, evidence))
