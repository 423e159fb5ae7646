"""One table, saved as whatever a clerk's program saves: it is read, and that it came otherwise is told."""

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlwt

from connectors import readers
from connectors.readers.formats import NAMES
from contracts.errors import Quarantine
from contracts.model import Contract
from tests.connectors.readers.test_dbf import COLUMNS, dbase, row

Feed = Callable[..., Contract]
HEADER = ["BH", "XM", "NL", "SWRQ"]
ROWS = [["A1", "张三", "81", "20260901"], ["A2", "李四", "81", "20260901"]]


def text(*rows: list[str], mark: str = ",") -> bytes:
    return "".join(mark.join(each) + "\r\n" for each in rows).encode("gb18030")


def xlsx(*rows: list[str]) -> bytes:
    out, book = io.BytesIO(), openpyxl.Workbook()
    for each in rows:
        book.worksheets[0].append(each)
    book.save(out)
    return out.getvalue()


def xls(*rows: list[str]) -> bytes:
    out, book = io.BytesIO(), xlwt.Workbook()
    sheet = book.add_sheet("一")
    for at, each in enumerate(rows):
        for column, cell in enumerate(each):
            sheet.write(at, column, cell)
    book.save(out)
    return out.getvalue()


def page(*rows: list[str]) -> bytes:
    style = "<style>" + "td {mso-number-format: '@'}\n" * 400 + "</style>"  # Excel's own are long
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in each) + "</tr>" for each in rows)
    return f"<html><head>{style}</head><body><table>{lines}</table></body></html>".encode()


def read(path: Path, contract: Contract, data: bytes) -> tuple[list[dict[str, str]], str]:
    path.write_bytes(data)
    got = readers.read(path, contract)
    return got.table.drop_columns("_line").to_pylist(), got.evidence


SENT = {
    "csv": text(HEADER, *ROWS),
    "tab": text(HEADER, *ROWS, mark="\t"),
    "xlsx": xlsx(HEADER, *ROWS),
    "xls": xls(HEADER, *ROWS),
    "page": page(HEADER, *ROWS),
    "dbf": dbase([row("A1", "张三"), row("A2", "李四")]),
}
KINDS = {"csv": "csv", "tab": "csv", "dbf": "dbf"}


@pytest.mark.parametrize("agreed", ["csv", "workbook", "dbf"])
@pytest.mark.parametrize("sent", SENT)
def test_whichever_table_was_agreed_any_is_read(feed: Feed, tmp_path: Path, agreed: str, sent: str) -> None:
    contract = feed({"format": agreed}, *COLUMNS, delivery={"encoding": ("utf-8", "gb18030")})
    rows, evidence = read(tmp_path / "drop", contract, SENT[sent])
    assert rows == [dict(zip(("no", "name", "age", "died_on"), each, strict=True)) for each in ROWS]
    came = KINDS.get(sent, "workbook")
    assert evidence.startswith(f"{NAMES[came]} instead of {NAMES[agreed]}; ") == (came != agreed)


def test_titles_and_footers_of_a_workbook_are_no_data_once_it_is_text(feed: Feed, tmp_path: Path) -> None:
    saved = text(["某县名册", "", "", ""], HEADER, *ROWS, ["合计", "2", "", ""], ["填表人：        审核人："])
    contract = feed({"format": "workbook"}, *COLUMNS)
    rows, _ = read(tmp_path / "drop", contract, saved)
    assert [each["no"] for each in rows] == ["A1", "A2"]
    assert readers.read(tmp_path / "drop", contract).rejects.num_rows == 0


@pytest.mark.parametrize("sent", ["csv", "xlsx"])
@pytest.mark.parametrize("agreed", ["csv", "workbook"])
def test_footers_are_those_of_the_contract_whatever_came(feed: Feed, tmp_path: Path, agreed: str, sent: str) -> None:
    rows = (HEADER, ["合计", "甲", "81", ""], ["共计", "2", "", ""])
    contract = feed({"format": agreed, "footers": ("共计",)}, *COLUMNS)
    found, _ = read(tmp_path / "drop", contract, {"csv": text, "xlsx": xlsx}[sent](*rows))
    assert [each["no"] for each in found] == ["合计"]


def test_text_that_begins_with_two_tabs_after_two_signs_is_text(feed: Feed, tmp_path: Path) -> None:
    saved = text(["12", "", "", ""], HEADER, *ROWS, mark="\t")
    rows, _ = read(tmp_path / "drop", feed({"format": "csv", "delimiter": "\t"}, *COLUMNS), saved)
    assert [each["no"] for each in rows] == ["A1", "A2"]


def test_a_total_is_a_record_like_any_other_where_text_was_agreed(feed: Feed, tmp_path: Path) -> None:
    rows, _ = read(tmp_path / "drop", feed({"format": "csv"}, *COLUMNS), text(HEADER, ["合计", "甲", "", ""]))
    assert [each["no"] for each in rows] == ["合计"]


@pytest.mark.parametrize(("sent", "what"), [("csv", "delimited text"), ("dbf", "a dBase file")])
def test_what_has_no_worksheets_is_refused_where_their_names_were_agreed(
    feed: Feed, tmp_path: Path, sent: str, what: str
) -> None:
    sheet = {"name": "school", "source": "@sheet", "kind": "text"}
    with pytest.raises(Quarantine, match=f"the file is {what}") as caught:
        read(tmp_path / "drop", feed({"format": "workbook", "sheets": "all"}, *COLUMNS, sheet), SENT[sent])
    assert caught.value.reason == "unreadable"


@pytest.mark.parametrize(
    "source", [{"format": "jsonl"}, {"format": "xml", "record": "单元"}, {"format": "fixed_width"}]
)
def test_where_columns_have_no_names_nothing_else_is_taken(feed: Feed, tmp_path: Path, source: dict[str, str]) -> None:
    columns = [{**each, "width": 4} for each in COLUMNS]
    with pytest.raises(Quarantine, match="a ZIP archive or a workbook"):
        read(tmp_path / "drop", feed(source, *columns), SENT["xlsx"])


@pytest.mark.parametrize(
    "data", [b"\0\1\2\3" * 999, b"Rar!\x1a\7\0", b"%PDF-1.7", b"PK\3\4 cut", b"\xd0\xcf\x11\xe0 cut"]
)
@pytest.mark.parametrize("agreed", ["csv", "workbook", "dbf"])
def test_what_is_no_table_is_refused_whatever_was_agreed(feed: Feed, tmp_path: Path, agreed: str, data: bytes) -> None:
    with pytest.raises(Quarantine) as caught:
        read(tmp_path / "drop", feed({"format": agreed}, *COLUMNS), data)
    assert caught.value.reason in ("unreadable", "truncated", "encoding", "missing_columns")
