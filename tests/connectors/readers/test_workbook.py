"""XLSX and XLS as departments make them: titles, footers, a sheet a school, numbers where text belongs."""

import datetime as dt
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from connectors.parsed import Parsed
from connectors.readers import workbook
from contracts.errors import Quarantine
from contracts.model import Contract

Feed = Callable[..., Contract]
HEADER = ["编号", "姓名", "身份证号", "住址"]


def save(path: Path, sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for row in rows:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(path)
    return path


def lines(got: Parsed) -> list[tuple[int, str]]:
    return [(r["_line"], r["no"]) for r in got.table.to_pylist()]


@pytest.fixture
def people(feed: Feed) -> Contract:
    return feed({"format": "workbook"})


def test_titles_notes_blank_rows_and_footers_are_no_data(people: Contract, tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["某县人员登记表"],
        ["填报单位：(盖章)", None, None, "单位：人"],
        HEADER,
        ["1", "张三", "无", "某村"],
        [],
        ["2", "李四", None, "某村"],
        HEADER,
        ["合计", 2],
        ["填表人：    审核人："],
    ]
    got = workbook.read(save(tmp_path / "a.xlsx", {"一": rows}), people)
    assert lines(got) == [(4, "1"), (6, "2")]
    assert (got.lines, got.evidence) == (2, "1 of 1 visible worksheets read")


def test_footers_are_the_contracts(feed: Feed, tmp_path: Path) -> None:
    contract = feed({"format": "workbook", "footers": ("共计",)})
    path = save(tmp_path / "a.xlsx", {"一": [HEADER, ["合计1", "张三"], [None, "共计 1 人"]]})
    assert lines(workbook.read(path, contract)) == [(2, "合计1")]


def test_row_numbers_are_excels_where_the_table_starts_lower(people: Contract, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for at, name in enumerate(HEADER):
        sheet.cell(5, 3 + at, name)
        sheet.cell(9, 3 + at, f"值{at}")
    book.save(tmp_path / "a.xlsx")
    got = workbook.read(tmp_path / "a.xlsx", people)
    assert got.table.to_pylist() == [{"_line": 9, "no": "值0", "name": "值1", "id_number": "值2", "address": "值3"}]


def test_every_visible_sheet_is_read_and_named(feed: Feed, tmp_path: Path) -> None:
    fields = [
        {"name": "no", "source": "编号", "kind": "code"},
        {"name": "school", "source": "@sheet", "kind": "text"},
        {"name": "name", "source": "姓名", "kind": "person_name"},
    ]
    contract = feed({"format": "workbook", "sheets": "all"}, *fields)
    sheets = {
        "一小": [["编号", "姓名"], ["1", "张三"]],
        "二小": [["学生名册"], ["姓名", "编号", "备注"], ["李四", "2", "某"]],
        "说明": [["请于月底前报送"]],
        "旧": [["编号", "姓名"], ["9", "王五"]],
        "空": [],
    }
    got = workbook.read(save(tmp_path / "a.xlsx", sheets, hidden=("旧",)), contract)
    assert [(r["_line"], r["no"], r["school"], r["name"]) for r in got.table.to_pylist()] == [
        (2, "1", "一小", "张三"),
        (3, "2", "二小", "李四"),
    ]
    assert (got.unknown, got.evidence) == (("备注",), "2 of 4 visible worksheets read")


def test_a_sheet_with_another_table_is_not_passed_over(feed: Feed, tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", {"一": [HEADER, ["1"]], "二": [["学号", "姓名", "住址"], ["2", "李四", "某村"]]})
    with pytest.raises(Quarantine, match="编号") as caught:
        workbook.read(path, feed({"format": "workbook", "sheets": "all"}))
    assert caught.value.reason == "missing_columns"


def test_only_the_first_table_counts_when_the_contract_says_so(people: Contract, tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.xlsx", {"说明": [["请按月报送"]], "一": [HEADER, ["1"]], "二": [["别", "的", "表", "格"]]}
    )
    assert lines(workbook.read(path, people)) == [(2, "1")]


@pytest.mark.parametrize("sheets", [{"一": []}, {"一": [["没有表格"]]}])
def test_a_workbook_without_a_table_lacks_its_columns(
    people: Contract, tmp_path: Path, sheets: dict[str, list[list[Any]]]
) -> None:
    with pytest.raises(Quarantine) as caught:
        workbook.read(save(tmp_path / "a.xlsx", sheets), people)
    assert caught.value.reason == "missing_columns"


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("0012", "code", "0012"),
        (12.0, "integer", "12"),
        (1.5, "amount_yuan", "1.5"),
        (dt.date(2019, 3, 4), "date", "2019-03-04"),
        (dt.datetime(2019, 3, 4), "date", "2019-03-04"),  # noqa: DTZ001  cells have no zone
        (dt.datetime(2019, 3, 4, 5, 6, 7), "timestamp", "2019-03-04 05:06:07"),  # noqa: DTZ001
        (dt.time(8, 30), "text", "08:30:00"),
        (True, "text", "TRUE"),
        (13800138000.0, "phone", "13800138000"),
        (990101199001011230.0, "id_number", "#NUM:990101199001011200"),
        (6217000000000000000.0, "bank_card", "#NUM:6217000000000000000"),
        (990101900101123.0, "id_number", "990101900101123"),
        (990101199001011230.0, "code", "990101199001011200"),
        (43709, "date", "2019-09-01"),
        (43709.5, "timestamp", "2019-09-01 12:00:00"),
        (43709.0, "month", "2019-09-01"),
        (43709, "code", "43709"),
        (1951, "date", "1951"),
        (20190901, "date", "20190901"),
    ],
)
def test_a_cell_becomes_the_text_a_clerk_means(value: Any, kind: str, expected: str) -> None:
    assert workbook.text(value, kind)[:12] == expected[:12]
    assert len(workbook.text(value, kind)) == len(expected)


def test_an_identity_number_stored_as_a_number_is_marked(people: Contract, tmp_path: Path) -> None:
    rows: list[list[Any]] = [HEADER, [1, "张三", 990101199001011234, "某村"], ["2", "李四", "990101199001011234", None]]
    got = workbook.read(save(tmp_path / "a.xlsx", {"一": rows}), people)
    first, second = got.table.to_pylist()
    assert first["no"] == "1"
    assert first["id_number"].startswith("#NUM:9901011990010112")
    assert second["id_number"] == "990101199001011234"


def test_xls_is_read_with_its_date_cells(people: Contract, tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("名册")
    for at, name in enumerate(HEADER):
        sheet.write(0, at, name)
    sheet.write(1, 0, "1")
    sheet.write(1, 1, "张三")
    sheet.write(1, 2, 200)
    sheet.write(1, 3, dt.date(1933, 6, 25), xlwt.easyxf(num_format_str="YYYY-MM-DD"))
    book.save(str(tmp_path / "a.xls"))
    got = workbook.read(tmp_path / "a.xls", people)
    assert got.table.to_pylist() == [
        {"_line": 2, "no": "1", "name": "张三", "id_number": "200", "address": "1933-06-25"}
    ]


def test_refused_columns_never_leave_the_workbook(people: Contract, tmp_path: Path) -> None:
    rows = [[*HEADER, "宗教信仰", "血型"], ["1", "张三", "无", "某村", "金丝雀教", "金丝雀型"]]
    got = workbook.read(save(tmp_path / "a.xlsx", {"一": rows}), people)
    assert (got.refused, got.unknown) == (("宗教信仰",), ("血型",))
    assert "金丝雀" not in str(got)


@pytest.mark.parametrize(("data", "reason"), [(b"not a workbook", "unreadable"), (b"PK\x03\x04cut", "truncated")])
def test_damaged_files_are_refused(people: Contract, tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "a.xlsx").write_bytes(data)
    with pytest.raises(Quarantine) as caught:
        workbook.read(tmp_path / "a.xlsx", people)
    assert caught.value.reason == reason


def test_half_an_upload_is_truncated(people: Contract, tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", {"一": [HEADER, ["1", "张三", "无", "某村"]]})
    path.write_bytes(path.read_bytes()[:-600])
    with pytest.raises(Quarantine) as caught:
        workbook.read(path, people)
    assert caught.value.reason == "truncated"


def test_an_archive_that_declares_to_be_huge_is_not_unpacked(people: Contract, tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", {"一": [HEADER, ["1", "张三", "无", "某村"]]})
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")  # the size after unpacking stands 24 bytes into an entry of the directory
    data[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
    path.write_bytes(bytes(data))
    with pytest.raises(Quarantine) as caught:
        workbook.read(path, people)
    assert caught.value.reason == "too_large"


def test_a_merged_header_of_two_rows_is_one(people: Contract, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in (
        ["人员表"],
        ["编号", "基本信息", None, "住址"],
        [None, "姓名", "身份证号"],
        ["1", "张三", "无", "某村"],
    ):
        sheet.append(row)
    for cells in ("A1:D1", "A2:A3", "B2:C2", "D2:D3"):
        sheet.merge_cells(cells)
    book.save(tmp_path / "a.xlsx")
    got = workbook.read(tmp_path / "a.xlsx", people)
    assert got.table.to_pylist() == [{"_line": 4, "no": "1", "name": "张三", "id_number": "无", "address": "某村"}]


@pytest.mark.parametrize(("since_1904", "expected"), [(False, "2019-09-01"), (True, "43709")])
def test_serial_days_are_dates_unless_the_workbook_counts_otherwise(
    feed: Feed, tmp_path: Path, since_1904: bool, expected: str
) -> None:
    fields = [{"name": "no", "source": "编号", "kind": "code"}, {"name": "on", "source": "日期", "kind": "date"}]
    book = openpyxl.Workbook()
    if since_1904:
        book.epoch = CALENDAR_MAC_1904
    for row in (["编号", "日期"], ["1", 43709]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "a.xlsx")
    got = workbook.read(tmp_path / "a.xlsx", feed({"format": "workbook"}, *fields))
    assert got.table.column("on").to_pylist() == [expected]


def test_an_old_workbook_that_counts_from_1904_keeps_its_numbers(feed: Feed, tmp_path: Path) -> None:
    fields = [{"name": "no", "source": "编号", "kind": "code"}, {"name": "on", "source": "日期", "kind": "date"}]
    book = xlwt.Workbook()
    book.dates_1904 = True
    sheet = book.add_sheet("名册")
    for row, cells in enumerate((("编号", "日期"), ("1", 43709))):
        for column, value in enumerate(cells):
            sheet.write(row, column, value)
    book.save(str(tmp_path / "a.xls"))
    got = workbook.read(tmp_path / "a.xls", feed({"format": "workbook"}, *fields))
    assert got.table.column("on").to_pylist() == ["43709"]
