"""Fixed width in bytes: records cut before they are decoded."""

from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.parsed import Parsed
from connectors.readers import fixed_width
from contracts.errors import Quarantine
from contracts.model import Contract

Feed = Callable[..., Contract]
COLUMNS = (
    {"name": "no", "source": "编号", "kind": "code", "width": 6, "required": True},
    {"name": "name", "source": "姓名", "kind": "person_name", "width": 8},
    {"name": "paid_fen", "source": "金额", "kind": "amount_fen", "width": 6},
)


@pytest.fixture
def pensions(feed: Feed) -> Contract:
    return feed({"format": "fixed_width"}, *COLUMNS, delivery={"encoding": ("gb18030",)})


def record(no: str, name: str, paid: str = "000362") -> bytes:
    return no.encode().ljust(6) + name.encode("gb18030").ljust(8) + paid.encode().rjust(6)


def read(tmp_path: Path, contract: Contract, data: bytes) -> Parsed:
    (tmp_path / "drop.txt").write_bytes(data)
    return fixed_width.read(tmp_path / "drop.txt", contract)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_fields_are_cut_by_bytes_whatever_a_character_takes(pensions: Contract, tmp_path: Path, end: bytes) -> None:
    got = read(
        tmp_path, pensions, end.join([record("1", "张三"), b"", record("2", "𬱖a"), record("3", "")]) + end + b"\x1a"
    )
    assert [tuple(r.values()) for r in got.table.to_pylist()] == [
        (1, "1", "张三", "000362"),
        (3, "2", "𬱖a", "000362"),
        (4, "3", None, "000362"),
    ]
    assert (got.lines, got.encoding) == (3, "gb18030")


def test_lines_of_another_length_are_rejected_alone(pensions: Contract, tmp_path: Path) -> None:
    data = [
        record("1", "张三"),
        record("2", "李四")[:-1],
        record("3", "王五") + b"9",
        record("4", "赵六") + b"  ",
        b"5",
    ]
    got = read(tmp_path, pensions, b"\n".join(data))
    assert got.table.column("no").to_pylist() == ["1", "4"]
    assert [tuple(r.values()) for r in got.rejects.to_pylist()] == [
        (2, "short_record"),
        (3, "field_count"),
        (5, "short_record"),
    ]


def test_a_character_cut_by_its_field_does_not_reach_into_the_next(pensions: Contract, tmp_path: Path) -> None:
    cut = b"9     " + "a赵钱孙李".encode("gbk")[:8] + b"000362"
    got = read(tmp_path, pensions, b"\n".join([record(str(n), "张三") for n in range(20)] + [cut]))
    assert got.rejects.to_pylist() == [{"_line": 21, "reason": "bad_bytes"}]
    assert set(got.table.column("paid_fen").to_pylist()) == {"000362"}


def test_control_marks_in_the_data_shift_nothing(pensions: Contract, tmp_path: Path) -> None:
    got = read(tmp_path, pensions, record("1", "张\x1e三") + b"\n" + record("2", "李四"))
    assert got.table.column("no").to_pylist() == ["1", "2"]
    assert got.table.column("paid_fen").to_pylist() == ["000362"] * 2


def test_another_encoding_refuses_the_file(pensions: Contract, tmp_path: Path) -> None:
    rows = [f"{n:<6}".encode() + "王八".encode().ljust(8) + b"000362" for n in range(9)]
    with pytest.raises(Quarantine) as caught:
        read(tmp_path, pensions, b"\n".join(r.replace(b"\x85", b"\xff") for r in rows))
    assert caught.value.reason == "encoding"
