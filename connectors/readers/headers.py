"""Finding a table's header row by the contract's names, and claiming each of its columns or dropping it."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from contracts.errors import Quarantine
from contracts.kinds import forbidden_word
from contracts.model import Contract

WINDOW = 30  # rows in which titles, notes and the header must have come
SHEET = "@sheet"

# A classification on a document is written with a five-pointed star: 秘密★10年 (GB/T 9704).
_SECRET = re.compile(r"(绝密|机密|秘密)\s*★")
# Spaces, and what a form adds to a name: its star and its (必填).
_ADDED = re.compile(r"[\s\u200b\ufeff*]+|\((?:非?必[填录输]项?|选[填录]项?|可[选空])\)")


class Found(NamedTuple):
    """Where a header is: the index of its (last) row, and a name for each column."""

    last: int
    cells: tuple[str, ...]


class Header(NamedTuple):
    """`positions`: for each contract field, its column (None for @sheet). `cells`: the header as delivered."""

    positions: tuple[int | None, ...]
    cells: tuple[str, ...]
    unknown: tuple[str, ...]
    refused: tuple[str, ...]


def fold(name: str) -> str:
    """A column's name for comparison: width, case, spaces and how a form marks a mandatory column don't matter."""
    return _ADDED.sub("", unicodedata.normalize("NFKC", name)).lower()


def find(rows: Sequence[Sequence[str]], contract: Contract) -> Found:
    """The header: the row with most of the contract's columns, the first of equals; two rows where only both have them.

    Raises Quarantine secret_mark when a row above it bears a mark of classification.
    """
    wanted = {fold(f.source) for f in contract.fields} - {SHEET}
    choices = [Found(at, tuple(row)) for at, row in enumerate(rows)]
    choices += [Found(at + 1, _joined(rows[at], rows[at + 1], wanted)) for at in range(len(rows) - 1)]
    scores = [len(wanted & {fold(c) for c in choice.cells}) for choice in choices]
    found = choices[scores.index(max(scores))] if choices else Found(0, ())
    if any(_SECRET.search(cell) for row in rows[: found.last] for cell in row):
        raise Quarantine(
            contract.feed,
            "the note above the table bears a mark of classification",
            "remove the file from the inbox by hand and ask the department's security officer",
            "secret_mark",
        )
    return found


def _joined(upper: Sequence[str], lower: Sequence[str], wanted: set[str]) -> tuple[str, ...]:
    """One header of two rows, as merged cells make it: 男方 over 姓名 is 男方姓名 where so promised, else 姓名."""
    out, over = [], ""
    for at in range(max(len(upper), len(lower))):
        high, low = (row[at] if at < len(row) else "" for row in (upper, lower))
        over = high if high.strip() else over
        both = over + low
        out.append(both if fold(both) in wanted else low if low.strip() else high)
    return tuple(out)


def claim(cells: Sequence[str], contract: Contract) -> Header:
    """Match a header row with the contract.

    Raises Quarantine missing_columns naming the promised columns that aren't there, and duplicate_columns when a
    promised column is there twice. Columns not promised are reported by name and never read.
    """
    folded = [fold(c) for c in cells]
    wanted = [fold(f.source) for f in contract.fields]
    missing = [f.source for f, w in zip(contract.fields, wanted, strict=True) if w not in folded and w != SHEET]
    if missing:
        # Where most of the others are there it is a header, and what stands beside them are names and no values.
        beside = (
            [c for c, f in zip(cells, folded, strict=True) if f not in wanted]
            if 2 * len(missing) <= len(wanted)
            else []
        )
        raise missing_columns(contract, missing, sort_out(beside, contract)[0])
    twice = [f.source for f, w in zip(contract.fields, wanted, strict=True) if folded.count(w) > 1]
    if twice:
        raise Quarantine(
            contract.feed,
            f"columns delivered twice: {', '.join(twice)}",
            "ask the department to remove the second one and send the file again",
            "duplicate_columns",
        )
    positions = tuple(None if w == SHEET else folded.index(w) for w in wanted)
    unknown, refused = sort_out([c.strip() for c, w in zip(cells, folded, strict=True) if w not in wanted], contract)
    return Header(positions, tuple(cells), unknown, refused)


def sort_out(sources: Sequence[str], contract: Contract) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split column names that aren't promised into (unknown, refused); ignored ones and blanks fall away."""
    ignored = {fold(i) for i in contract.ignore}
    refused = dict.fromkeys(shown(s) for s in sources if forbidden_word(s))
    others = (s for s in sources if not forbidden_word(s) and fold(s) and fold(s) not in ignored)
    return tuple(dict.fromkeys(shown(s) for s in others)), tuple(refused)


def shown(name: str) -> str:
    """A column's name as it may be reported: short and without long numbers, should a value stand in a name's place."""
    return re.sub(r"\d{5,}", "…", name.strip())[:40]


def missing_columns(contract: Contract, missing: Sequence[str], beside: Sequence[str] = ()) -> Quarantine:
    """The error for promised columns (source names) that a delivery lacks; `beside` came and was not promised."""
    others = f"; not promised: {', '.join(beside)}" if beside else ""
    return Quarantine(
        contract.feed,
        f"promised columns are missing: {', '.join(missing)}{others}",
        "ask the department to deliver them; if the change is intended, edit `fields` of the contract",
        "missing_columns",
    )
