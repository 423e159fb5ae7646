"""Tables of web pages and of XML spreadsheets, which many systems write and call XLS: Excel opens both.

Their cells are text as the system had it, identity numbers whole. Nothing is fetched and no entity resolved.
"""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

HEAD = 4096  # bytes in which markup has begun
WIDEST = 1_000  # columns that a merged cell may claim to cover


def looks_like_one(data: bytes) -> bool:
    """Whether bytes called a workbook are markup with a table in it."""
    return is_markup(data) and b"<table" in data.replace(b"\0", b"").lower()


def is_markup(data: bytes) -> bool:
    """Whether bytes, or the first ones of more, begin as markup does."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16
        data = data[2:HEAD].replace(b"\0", b"")
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def tables(utf8: bytes) -> list[list[list[str]]]:
    """The rows of every innermost table, equally wide; a cell that is merged has its text in its first place."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, huge_tree=False)
    root = etree.fromstring(utf8, parser) if utf8.strip() else None
    found = [] if root is None else [t for t in root.iter("table") if t.find(".//table") is None]
    return [_level(list(_rows(table))) for table in found]


def _level(rows: list[list[str]]) -> list[list[str]]:
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _rows(table: Any) -> Iterator[list[str]]:
    covered: dict[int, int] = {}  # column to the rows further down that a cell above reaches into
    for line in table.iter("tr", "row"):
        row: list[str] = []
        for cell in line.iterchildren("td", "th", "cell"):
            place = _number(cell.get("ss:index")) - 1  # of an XML spreadsheet, which leaves empty cells out
            while covered.get(len(row)) or len(row) < min(place, WIDEST):
                covered[len(row)] = max(covered.get(len(row), 0) - 1, 0)
                row.append("")
            text, deep = " ".join("".join(cell.itertext()).split()), _span(cell, "rowspan", "ss:mergedown")
            for _ in range(_span(cell, "colspan", "ss:mergeacross")):
                covered[len(row)] = deep - 1
                row.append(text)
                text = ""
        while covered.get(len(row)):
            covered[len(row)] -= 1
            row.append("")
        yield row


def _span(cell: Any, name: str, more: str) -> int:
    """How many columns or rows a cell covers: the one format counts itself, the other those beyond it."""
    covers = _number(cell.get(name)) or _number(cell.get(more)) + 1
    return min(max(covers, 1), WIDEST)


def _number(value: str | None) -> int:
    """What an attribute says, 0 where it is no number: anybody may have written the page."""
    return int(value) if value and re.fullmatch("[0-9]{1,18}", value.strip()) else 0
