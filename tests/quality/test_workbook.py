import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from openpyxl import load_workbook

from contracts.model import Contract
from quality.objections import Objections
from quality.report import Finding, Report
from quality.statement import PROMISE, Came, Counts, Happened, Previous, Receipt, compose
from quality.workbook import plain, render

CAME = Came(
    "d-202610-0123456789ab",
    "测试局",
    "2026-10",
    "补贴.csv",
    "0123456789ab" + "c" * 52,
    9,
    datetime(2026, 10, 30, tzinfo=UTC),
)


@pytest.fixture
def full(contract: Contract) -> Receipt:
    """A receipt with something in every section, and a record key that would run as a formula."""
    findings = (
        Finding("key_unique", "warn", "failed", 2, 97, 2.06, 0.0, "主键编号不应重复"),
        Finding("bad_rows", "stop", "failed", 3, 100, 3.0, 1.0, "不合格行的比例应在约定上限以内", "too_many_bad_rows"),
        Finding("id_truncated", "stop", "errored", 0, 0, 0.0, 10.0, "证件号码不应整列末三位为 000"),
    )
    issues = pa.table(
        {
            "_line": [7, 3],
            "record_key": ['=HYPERLINK("http://x")', "K3"],
            "field": ["id_number", "name"],
            "reason": ["id_length", "name_unusual"],
        }
    )
    happened = Happened(
        counts=Counts(100, 99, 1, 97, 2, 96, 1),
        report=Report("ceshi_butie", "2026-10", "by hand", findings),
        objections=Objections(issues=issues),
        previous=Previous("2026-09", 90, 1.5),
        unknown=("+新列",),
        refused=("民族",),
    )
    return compose(CAME, contract, happened)


def sheets(receipt: Receipt) -> dict[str, list[list[Any]]]:
    book = load_workbook(io.BytesIO(render(receipt)))
    return {s.title: [[c for c in row if c is not None] for row in s.iter_rows(values_only=True)] for s in book}


def test_the_first_sheet_tells_the_whole_story(full: Receipt) -> None:
    page = sheets(full)["回执"]
    facts = {row[0]: row[1] for row in page if len(row) == 2}
    lines = [row[0] for row in page if len(row) == 1]

    assert facts["结论"] == "退回"
    assert facts["文件指纹"] == "SHA-256 0123456789ab…"
    assert facts["接收时间"] == "2026-10-30 08:00:00"
    assert facts["退回原因"] == "不合格行的比例超过约定上限"
    assert facts["处理期限"] == "2026-11-13"
    assert facts["不得接收的列"] == "1 列，已丢弃，未保存"
    assert "收到 100 条 = 可解析 99 条 + 无法解析 1 条" in lines
    assert PROMISE in lines
    assert ["提示", "主键编号不应重复", 2, 97, "2.1%"] in page
    assert ["未能核验", "证件号码不应整列末三位为 000", 0, 0, "0.0%"] in page
    assert ["身份证号", "证件号码位数不对", 1, "请核对证件号码"] in page


def test_the_second_sheet_lists_every_objection_by_line(full: Receipt) -> None:
    assert sheets(full)["明细"] == [
        ["行号", "编号", "字段", "原因", "处理建议"],
        [3, "K3", "姓名", "姓名含有异常字符", "请核对姓名"],
        [7, '\'=HYPERLINK("http://x")', "身份证号", "证件号码位数不对", "请核对证件号码"],
    ]


def test_no_cell_is_a_formula(full: Receipt) -> None:
    book = load_workbook(io.BytesIO(render(full)))

    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_the_same_receipt_is_the_same_bytes(full: Receipt) -> None:
    first, second = render(full), render(full)

    assert first == second
    assert {i.date_time for i in zipfile.ZipFile(io.BytesIO(first)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_receipt_with_nothing_to_say_still_opens(contract: Contract) -> None:
    book = sheets(compose(CAME, None, Happened(reason="unknown_feed")))

    assert ["数据项", "（未登记的数据项）"] in book["回执"]
    assert len(book["明细"]) == 1


def test_what_was_left_out_is_said_on_the_sheet(full: Receipt, contract: Contract, monkeypatch: Any) -> None:
    monkeypatch.setattr("quality.statement.DETAILS", 1)
    issues = pa.table({"_line": [1, 2, 3], "record_key": ["a"] * 3, "field": [""] * 3, "reason": ["rule_failed"] * 3})
    short = compose(CAME, contract, Happened(objections=Objections(issues=issues)))

    assert sheets(short)["明细"][-1] == ["另有 2 处未列出，请更正后重新导出整个文件。"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1", "'＝1"),
        ("\t=1", "'\t=1"),
        ("-3", "'-3"),
        (-3, -3),
        ("a\x00b", "a�b"),
        ("赣B-12", "赣B-12"),
    ],
)
def test_text_can_neither_run_nor_break_the_file(value: object, shown: object) -> None:
    assert plain(value) == shown
