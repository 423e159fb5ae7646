"""dBase files written byte by byte: padding, deleted records, counts that lie, characters cut by a field's width."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.parsed import Parsed
from connectors.readers import dbf
from contracts.errors import Quarantine
from contracts.model import Contract

Feed = Callable[..., Contract]
FIELDS = (("BH", b"C", 6), ("XM", b"C", 8), ("NL", b"N", 3), ("SWRQ", b"D", 8), ("MINZU", b"C", 8))
COLUMNS = (
    {"name": "no", "source": "BH", "kind": "code", "required": True},
    {"name": "name", "source": "XM", "kind": "person_name"},
    {"name": "age", "source": "NL", "kind": "integer"},
    {"name": "died_on", "source": "SWRQ", "kind": "date"},
)


def dbase(rows: list[tuple[bytes, ...]], count: int | None = None, deleted: tuple[int, ...] = ()) -> bytes:
    """A dBase III table of FIELDS; `count` overrides what the header claims, `deleted` are row numbers from 1."""
    width = 1 + sum(size for _, _, size in FIELDS)
    start = 32 + 32 * len(FIELDS) + 1
    head = struct.pack("<BBBBLHH20x", 3, 126, 10, 31, len(rows) if count is None else count, start, width)
    for name, kind, size in FIELDS:
        head += struct.pack("<11sc4xBB14x", name.encode(), kind, size, 0)
    body = b""
    for n, row in enumerate(rows, start=1):
        body += b"*" if n in deleted else b" "
        for value, (_, kind, size) in zip(row, FIELDS, strict=True):
            body += value.rjust(size) if kind == b"N" else value.ljust(size)
    return head + b"\r" + body + b"\x1a"


def row(no: str, name: bytes | str = "张三") -> tuple[bytes, ...]:
    raw = name if isinstance(name, bytes) else name.encode("gbk")
    return (no.encode(), raw, b"81", b"20260901", "金丝雀族".encode("gbk"))


@pytest.fixture
def funerals(feed: Feed) -> Contract:
    return feed({"format": "dbf"}, *COLUMNS, delivery={"encoding": ("gb18030",)})


def read(tmp_path: Path, contract: Contract, data: bytes) -> Parsed:
    (tmp_path / "HH202610.dbf").write_bytes(data)
    return dbf.read(tmp_path / "HH202610.dbf", contract)


def test_cells_come_without_padding_and_refused_columns_not_at_all(funerals: Contract, tmp_path: Path) -> None:
    got = read(tmp_path, funerals, dbase([row("A1")]))
    assert got.table.to_pylist() == [{"_line": 1, "no": "A1", "name": "张三", "age": "81", "died_on": "20260901"}]
    assert (got.encoding, got.refused, got.unknown) == ("gb18030", ("MINZU",), ())
    assert "金丝雀" not in str(got)


def test_blank_cells_are_null(funerals: Contract, tmp_path: Path) -> None:
    got = read(tmp_path, funerals, dbase([(b"A1", b"\0" * 8, b"", b"", b"")]))
    assert got.table.to_pylist() == [{"_line": 1, "no": "A1", "name": None, "age": None, "died_on": None}]


def test_deleted_records_are_skipped_but_counted_in_numbers(funerals: Contract, tmp_path: Path) -> None:
    got = read(tmp_path, funerals, dbase([row("A1"), row("A2"), row("A3")], deleted=(2,)))
    assert [(r["_line"], r["no"]) for r in got.table.to_pylist()] == [(1, "A1"), (3, "A3")]
    assert got.lines == 2


def test_a_name_cut_inside_a_character_is_rejected_alone(funerals: Contract, tmp_path: Path) -> None:
    rows = [row(f"A{n}") for n in range(20)] + [row("B1", "a赵钱孙李".encode("gbk")[:8])]
    got = read(tmp_path, funerals, dbase(rows))
    assert got.rejects.to_pylist() == [{"_line": 21, "reason": "bad_bytes"}]
    assert got.table.num_rows == 20


@pytest.mark.parametrize("count", [0, 1, 3, 70_000])
def test_a_record_count_that_lies_means_truncated(funerals: Contract, tmp_path: Path, count: int) -> None:
    with pytest.raises(Quarantine) as caught:
        read(tmp_path, funerals, dbase([row("A1"), row("A2")], count=count))
    assert caught.value.reason == "truncated"


def test_half_a_last_record_means_truncated(funerals: Contract, tmp_path: Path) -> None:
    with pytest.raises(Quarantine) as caught:
        read(tmp_path, funerals, dbase([row("A1"), row("A2")])[:-10])
    assert caught.value.reason == "truncated"


def test_an_empty_table_is_an_empty_delivery(funerals: Contract, tmp_path: Path) -> None:
    assert read(tmp_path, funerals, dbase([])).lines == 0


def test_missing_columns_are_named(feed: Feed, tmp_path: Path) -> None:
    contract = feed({"format": "dbf"}, *COLUMNS, {"name": "sex", "source": "XB", "kind": "sex"})
    with pytest.raises(Quarantine, match="XB") as caught:
        read(tmp_path, contract, dbase([row("A1")]))
    assert caught.value.reason == "missing_columns"


@pytest.mark.parametrize("data", [b"\x03", b"no table at all, only some words" * 3, dbase([row("A1")])[:40]])
def test_what_is_no_table_is_unreadable(funerals: Contract, tmp_path: Path, data: bytes) -> None:
    with pytest.raises(Quarantine) as caught:
        read(tmp_path, funerals, data)
    assert caught.value.reason == "unreadable"
    assert "words" not in str(caught.value)


def test_a_header_whose_lengths_contradict_is_unreadable(funerals: Contract, tmp_path: Path) -> None:
    data = bytearray(dbase([row("A1")]))
    data[10:12] = struct.pack("<H", 9)
    with pytest.raises(Quarantine) as caught:
        read(tmp_path, funerals, bytes(data))
    assert caught.value.reason == "unreadable"
