"""Web pages and XML spreadsheets under the name of a workbook, as systems without Excel export them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.readers import pages, workbook
from contracts.errors import Quarantine
from contracts.model import Contract

NUMBER = "990101199001011232"
PAGE = f"""<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="gb2312"></head><body>
<table><tr><td><table>
<tr><th colspan=4>某县人员表</th></tr>
<tr><td rowspan="2">编号</td><td colspan="2">基本信息</td><td rowspan="2">住址</td></tr>
<tr><td>姓名</td><td>身份证号</td></tr>
<tr><td>1</td><td>张&nbsp;三</td><td style="mso-number-format:'\\@'">{NUMBER}</td><td>某村<br>3组</td></tr>
<tr><td>2</td><td>李四<td>无</tr>
</table></td></tr></table><!-- <table><tr><td>9</td></tr></table> --></body></html>"""
SPREADSHEET = f"""<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="人员"><Table>
<Row><Cell ss:MergeAcross="3"><Data ss:Type="String">某县人员表</Data></Cell></Row>
<Row><Cell><Data>编号</Data></Cell><Cell><Data>姓名</Data></Cell><Cell><Data>身份证号</Data></Cell><Cell><Data>住址</Data></Cell></Row>
<Row><Cell><Data ss:Type="Number">1</Data></Cell><Cell><Data>张三</Data></Cell><Cell><Data>{NUMBER}</Data></Cell></Row>
<Row><Cell><Data>2</Data></Cell><Cell ss:Index="4"><Data>某村</Data></Cell></Row>
</Table></Worksheet></Workbook>"""  # noqa: E501


@pytest.fixture
def people(feed: Callable[..., Contract]) -> Contract:
    return feed({"format": "workbook"})


@pytest.mark.parametrize("codec", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_web_page_is_read_like_the_table_it_shows(people: Contract, tmp_path: Path, codec: str) -> None:
    (tmp_path / "a.xls").write_bytes(PAGE.encode(codec))
    got = workbook.read(tmp_path / "a.xls", people)
    assert got.table.to_pylist() == [
        {"_line": 4, "no": "1", "name": "张 三", "id_number": NUMBER, "address": "某村3组"},
        {"_line": 5, "no": "2", "name": "李四", "id_number": "无", "address": None},
    ]
    assert got.evidence == "1 of 1 visible worksheets read"


def test_an_xml_spreadsheet_is_read_with_the_cells_it_leaves_out(people: Contract, tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(SPREADSHEET.encode())
    rows = workbook.read(tmp_path / "a.xls", people).table.to_pylist()
    assert [(r["_line"], r["no"], r["id_number"], r["address"]) for r in rows] == [
        (3, "1", NUMBER, None),
        (4, "2", None, "某村"),
    ]


def test_a_page_without_the_promised_table_lacks_its_columns(people: Contract, tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_text("<html><table><tr><td>登录超时</td></tr></table></html>")
    with pytest.raises(Quarantine) as caught:
        workbook.read(tmp_path / "a.xls", people)
    assert caught.value.reason == "missing_columns"


def test_nothing_outside_the_page_is_read_and_no_cell_is_wider_than_a_sheet(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("金丝雀")
    hostile = f"""<!DOCTYPE html [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>
    <table><tr><td>&x;</td><td colspan="99999999" rowspan="-4">b</td></tr><tr></tr></table>"""
    [[first, second]] = pages.tables(hostile.encode())
    assert "金丝雀" not in str(first)
    assert len(first) == len(second) == 1 + pages.WIDEST
    assert pages.tables(b" ") == []
    assert not pages.looks_like_one("编号,<table>".encode())


@pytest.mark.parametrize("odd", ["zwei", "", "-3", "1.5", "²", "9" * 5000])
def test_a_cell_that_says_nonsense_of_its_place_covers_one(odd: str) -> None:
    page = f'<table><tr><td colspan="{odd}" ss:index="{odd}" ss:mergeacross="{odd}">a</td><td>b</td></tr></table>'
    assert pages.tables(page.encode()) == [[["a", "b"]]]
