"""The receipt as a workbook: a page to read and a sheet of details to work through."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from contracts.reasons import REASONS
from quality.evidence import in_words, why_refused
from quality.report import Finding
from quality.statement import PROMISE, Receipt, comparison, equation, next_steps

TITLE = Font(name="黑体", size=16, bold=True)
HEADING = Font(name="黑体", size=12, bold=True)
BODY = Font(name="宋体", size=11)
STRONG = Font(name="宋体", size=11, bold=True)
COLOURS = {"accepted": "E2EFDA", "remarks": "FFF2CC", "returned": "F8CBAD", "duplicate": "DDEBF7"}
HEAD = PatternFill("solid", start_color="D9E1F2")
LINE = Side(style="thin", color="BFBFBF")
BOX = Border(left=LINE, right=LINE, top=LINE, bottom=LINE)
WRAP = Alignment(wrap_text=True, vertical="top")
A4 = 9  # ECMA-376 code of the paper
DETAIL_HEADER = ("行号", "编号", "字段", "原因", "处理建议")
# A spreadsheet runs a cell that begins like a formula, in full width too, once someone has saved it as CSV.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def render(receipt: Receipt) -> bytes:
    """The workbook's bytes: sheets 回执 and 明细. The same receipt gives the same bytes."""
    book = Workbook(write_only=True)
    _summary(book.create_sheet("回执"), receipt)
    _details(book.create_sheet("明细"), receipt)
    out = io.BytesIO()
    book.save(out)
    return _settled(out, f"{receipt.received.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")


def plain(value: object) -> Any:
    """`value` as a cell may show it: numbers as they are, text without control characters and never a formula."""
    if isinstance(value, int | float):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("�", str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def _summary(sheet: Any, receipt: Receipt) -> None:
    for column, width in zip("ABCDE", (16, 46, 12, 34, 34), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.append([_cell(sheet, "数据接收回执", TITLE)])
    colour = PatternFill("solid", start_color=COLOURS[receipt.outcome])
    sheet.append([_cell(sheet, "结论", STRONG, box=True), _cell(sheet, receipt.verdict, STRONG, colour, box=True)])
    for label, value in _facts(receipt):
        sheet.append([_cell(sheet, label, STRONG, box=True), _cell(sheet, value, box=True)])
    _section(sheet, "下一步", [[step] for step in next_steps(receipt)])
    _section(sheet, "数量核对", [[step] for step in (*equation(receipt), comparison(receipt)) if step])
    _table(sheet, "提示事项", ("级别", "规则", "不符", "总数", "比例"), [_finding(f) for f in receipt.findings])
    tallies = [[t.field, t.text, t.rows, t.remedy] for t in receipt.tallies]
    _table(sheet, "问题汇总", ("字段", "原因", "次数", "处理建议"), tallies)
    _section(sheet, "说明", [[PROMISE]])


def _facts(receipt: Receipt) -> Iterator[tuple[str, str]]:
    came, refusal = receipt.came, REASONS.get(receipt.reason)
    yield "数据项", receipt.title or "（未登记的数据项）"
    yield "报送部门", came.department + (f"（{receipt.office}）" if receipt.office else "")
    yield "报送期", came.period
    yield "文件名", came.source_name
    yield "受理编号", came.delivery_id
    yield "文件指纹", f"SHA-256 {came.sha256[:12]}…"
    yield "大小", f"{came.bytes} 字节"
    if came.encoding:
        yield "编码", in_words(came.evidence) or came.encoding.upper()
    yield "接收时间", f"{receipt.received:%Y-%m-%d %H:%M:%S}"
    if refusal:
        yield "退回原因", refusal.text
        if not came.encoding and (detail := why_refused(came.evidence)):
            yield "具体情况", detail
    if receipt.due_on:
        yield "处理期限", receipt.due_on.isoformat()
    if receipt.unknown_count:
        yield (
            "约定外的列",
            f"{receipt.unknown_count} 列未接收" + (f"：{'、'.join(receipt.unknown)}" * bool(receipt.unknown)),
        )
    if receipt.refused_count:
        yield "不得接收的列", f"{receipt.refused_count} 列，已丢弃，未保存"


def _finding(finding: Finding) -> list[object]:
    level = (
        "未能核验" if finding.state == "errored" else {"stop": "退回", "row": "剔除该行"}.get(finding.severity, "提示")
    )
    return [level, finding.text, finding.failed, finding.total, f"{finding.percent:.1f}%"]


def _details(sheet: Any, receipt: Receipt) -> None:
    for column, width in zip("ABCDE", (10, 24, 22, 44, 44), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:E{len(receipt.details) + 1}"
    sheet.append([_cell(sheet, name, STRONG, HEAD, box=True) for name in DETAIL_HEADER])
    for d in receipt.details:
        sheet.append([d.line, plain(d.record_key), plain(d.field), d.text, d.remedy])
    if receipt.details_left_out:
        sheet.append([f"另有 {receipt.details_left_out} 处未列出，请更正后重新导出整个文件。"])


def _section(sheet: Any, heading: str, rows: list[list[object]]) -> None:
    if not rows:
        return
    sheet.append([])
    sheet.append([_cell(sheet, heading, HEADING)])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _table(sheet: Any, heading: str, header: tuple[str, ...], rows: list[list[object]]) -> None:
    if not rows:
        return
    sheet.append([])
    sheet.append([_cell(sheet, heading, HEADING)])
    sheet.append([_cell(sheet, name, STRONG, HEAD, box=True) for name in header])
    for row in rows:
        sheet.append([_cell(sheet, value, box=True) for value in row])


def _cell(sheet: Any, value: object, font: Font = BODY, fill: PatternFill | None = None, *, box: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, value=plain(value))
    cell.font = font
    if fill is not None:
        cell.fill = fill
    if box:
        cell.border, cell.alignment = BOX, WRAP
    return cell


def _settled(book: io.BytesIO, moment: str) -> bytes:
    """The workbook with its own clock removed: the times of the archive's members and of the document's properties."""
    out = io.BytesIO()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment.encode(), content)
            new.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
