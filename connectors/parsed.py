"""What a reader hands back: text columns named by the contract, rejected lines, and what was learnt about the file."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from connectors import encoding
from contracts.errors import Quarantine
from contracts.model import Contract

BATCH = 65_536  # rows turned into Arrow at a time, so that a big file never exists as Python lists

REJECTS: Any = pa.schema({"_line": pa.int64(), "reason": pa.string()})


class Parsed(NamedTuple):
    """One delivery as text. lines == table.num_rows + rejects.num_rows, always.

    `table`: `_line` int64 (physical line, Excel row or record ordinal), then the contract's fields and groups, all
    string; "" and missing are null, anything else is as delivered. `rejects`: `_line` int64, `reason` string.
    `unknown`: source columns neither promised nor ignored. `refused`: columns on the deny list. Both were dropped.
    """

    table: pa.Table
    rejects: pa.Table
    lines: int
    encoding: str
    evidence: str
    unknown: tuple[str, ...]
    refused: tuple[str, ...]


class Learnt(NamedTuple):
    """What reading a file showed apart from its rows: how it was decoded, and which of its columns were dropped."""

    encoding: str
    evidence: str
    unknown: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def names(contract: Contract) -> tuple[str, ...]:
    """The columns of a raw table after `_line`: fields, then groups."""
    return tuple(f.name for f in contract.fields) + tuple(g.name for g in contract.groups)


def schema(contract: Contract) -> Any:
    """The Arrow schema of a raw table of this contract."""
    return pa.schema({"_line": pa.int64(), **dict.fromkeys(names(contract), pa.string())})


class Rows:
    """Collects rows one at a time and turns them into Arrow a batch at a time."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._schema = schema(contract)
        self._batches: list[Any] = []
        self._lines: list[int] = []
        self._rows: list[Sequence[str | None]] = []
        self._rejects: list[tuple[int, str]] = []

    def add(self, line: int, values: Sequence[str | None]) -> None:
        """Keep one row; `values` are in the order of `names(contract)`."""
        self._lines.append(line)
        self._rows.append(values)
        if len(self._rows) >= BATCH:
            self._flush()

    def reject(self, line: int, reason: str) -> None:
        """Set one line aside with a row-scope code of contracts.reasons."""
        self._rejects.append((line, reason))

    def finish(self, learnt: Learnt) -> Parsed:
        """The rows and rejects collected so far as one Parsed."""
        lines = sum(b.num_rows for b in self._batches) + len(self._rows) + len(self._rejects)
        self._flush()
        table = pa.Table.from_batches(self._batches, schema=self._schema)
        return finish(self.contract, table, self._rejects, lines, learnt)

    def _flush(self) -> None:
        if not self._rows:
            return
        columns = [_column(values) for values in zip(*self._rows, strict=True)]
        self._batches.append(pa.record_batch([pa.array(self._lines, pa.int64()), *columns], schema=self._schema))
        self._lines, self._rows = [], []


def finish(
    contract: Contract, table: pa.Table, rejects: Sequence[tuple[int, str]], lines: int, learnt: Learnt
) -> Parsed:
    """Modernise old private-use glyphs, set rows holding NUL aside, and balance the lines.

    `table` has `schema(contract)`; `lines` is the number of data records met. Raises Quarantine line_balance when
    records were lost on the way.
    """
    aside = list(rejects)
    nul: Any = None
    for at, name in enumerate(table.column_names[1:], start=1):
        column: Any = table.column(at)
        if _holds(column, b"\0"):  # PostgreSQL can't store it, and a file that lost its blocks is full of it
            here: Any = pc.match_substring(column, "\0")
            here = pc.fill_null(here, False)
            nul = here if nul is None else pc.or_(nul, here)
        if _holds(column, b"\xee"):  # the first UTF-8 byte of U+E000 to U+EFFF, where the old private-use glyphs are
            modern = [pa.array(_modern(chunk), pa.string()) for chunk in column.chunks]
            table = table.set_column(at, name, pa.chunked_array(modern, pa.string()))
    if nul is not None:
        lost: Any = table.filter(nul).column("_line")
        aside += [(line, "bad_bytes") for line in lost.to_pylist()]
        table = table.filter(pc.invert(nul))
    aside.sort()
    if lines != table.num_rows + len(aside):
        raise Quarantine(
            contract.feed,
            f"{lines} records met, {table.num_rows} parsed, {len(aside)} rejected: they don't balance",
            "ask the department to export again; keep the landed file, it shows a case the reader doesn't know",
            "line_balance",
        )
    rejected = pa.table({"_line": [line for line, _ in aside], "reason": [why for _, why in aside]}, schema=REJECTS)
    return Parsed(table, rejected, lines, *learnt)


def _column(values: Sequence[str | None]) -> Any:
    """Text as Arrow, "" as null."""
    column: Any = pa.array(values, pa.string())
    return pc.if_else(pc.equal(column, pa.scalar("")), pa.scalar(None, pa.string()), column)


def _holds(column: Any, byte: bytes) -> bool:
    """Whether `byte` occurs in the column's UTF-8 buffers (larger than the slice perhaps: a false alarm is cheap)."""
    return any(len(c) and c.buffers()[2] is not None and re.search(byte, c.buffers()[2]) for c in column.chunks)


def _modern(chunk: Any) -> list[str | None]:
    return [value and encoding.modern(value) for value in chunk.to_pylist()]
