"""The files themselves: names, formats, encodings and habits of each department's export."""

import csv
import io
import json
import sqlite3
import struct
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from unicodedata import normalize
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import xlwt

from benchmarks.counties.damage import TORN

Rows = list[dict[str, Any]]
HEADERS = {
    "gongan_hukou": "人员编号,户号,与户主关系,姓名,性别,出生日期,公民身份号码,民族,政治面貌,户籍地址,联系电话,"
    "户籍状态,注销日期,更新时间",
    "gongan_liudong": "登记编号,姓名,性别,证件号码,户籍所在地,现居住地址,手机号,登记日期",
    "minzheng_hunyin": "登记字号,男方姓名,男方身份证号,女方姓名,女方身份证号,登记日期,业务类型",
    "minzheng_dibao": "低保编号,户主姓名,身份证号,所属乡镇,家庭住址,保障人数,月发放金额,婚姻状况",
    "minzheng_gaoling": "序号,姓名,身份证号码,出生年月,住址,电话,发放标准(元)",
    "renshe_canbao": "grbh,sfzh,xm,csrq,lxdh,dwxydm,dwmc,jfjs,fkssq",
    "fangguan_gongzu": "合同编号,承租人,身份证号,联系方式,房屋坐落,月租金",
    "weijian_siwang": "证明编号,死者姓名,性别,出生日期,身份证件号码,死亡日期,常住地址",
    "weijian_qianyue": "签约编号,姓名,身份证号,电话,住址,签约团队,签约日期",
    "jiaoyu_xueji": "学籍号,姓名,性别,身份证件号,出生日期,监护人姓名,监护人电话,家庭住址",
    "shichang_qiye": "统一社会信用代码,企业名称,主体类型,法定代表人,法人证件号,经营场所,成立日期,登记状态",
    "wangge_zoufang": "走访编号,网格编码,姓名,性别,身份证号,手机,出生日期,现住址,居住方式",
}
FIXED = (
    ("个人编号", 10),
    ("身份证号", 18),
    ("姓名", 20),
    ("银行卡号", 19),
    ("发放金额(分)", 10),
    ("发放月份", 6),
    ("发放状态", 1),
)
DBASE = (
    ("HHBH", "C", 10),
    ("XM", "C", 24),
    ("XB", "C", 2),
    ("SFZH", "C", 40),
    ("NL", "N", 3),
    ("SWRQ", "D", 8),
    ("HHRQ", "D", 8),
)


def deliver(folder: Path, feed: str, month: date, rows: Rows) -> Path:
    """Write the `rows` of `feed` under `folder` (one month's) as its department names and formats it; its path."""
    name, write = FILES[feed]
    path = folder / name.format(month=f"{month:%Y-%m}", yyyymm=f"{month:%Y%m}")
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, feed, rows)
    return path


def _delimited(delimiter: str, encoding: str, ends: str) -> Callable[[Path, str, Rows], None]:
    def write(path: Path, feed: str, rows: Rows) -> None:
        names = HEADERS[feed].split(",")
        text = io.StringIO(newline="")
        # Registers of these departments hold no quotes but where a value needs them.
        writer = csv.writer(text, delimiter=delimiter, lineterminator=ends)
        writer.writerow(names)
        for row in rows:
            cells = [row[name] for name in names]
            torn = row.get(TORN, 0)
            writer.writerow(cells[:-1] if torn < 0 else cells + ["备注"] * torn)
        path.write_bytes(text.getvalue().encode(encoding, "replace"))

    return write


def _workbook(path: Path, feed: str, rows: Rows) -> None:
    """A sheet with the header first."""
    book = openpyxl.Workbook()
    sheet = _first(book, "Sheet1")
    _table(sheet, feed, rows)
    book.save(path)


def _first(book: openpyxl.Workbook, title: str) -> Any:
    sheet: Any = book.active
    sheet.title = title
    return sheet


def _table(sheet: Any, feed: str, rows: Rows) -> None:
    names = HEADERS[feed].split(",")
    sheet.append(names)
    for row in rows:
        sheet.append([row[name] for name in names])


def _form(title: str, name: str) -> Callable[[Path, str, Rows], None]:
    """A sheet to be printed: title and note above, a sum and signatures below."""

    def write(path: Path, feed: str, rows: Rows) -> None:
        book = openpyxl.Workbook()
        sheet = _first(book, name)
        width = len(HEADERS[feed].split(","))
        sheet.append([title])
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
        sheet.append(["填报单位：(盖章)", None, None, "单位：人"])
        _table(sheet, feed, rows)
        sheet.append(["合计", len(rows)])
        sheet.append(["填表人：    审核人："])
        book.save(path)

    return write


def _schools(path: Path, feed: str, rows: Rows) -> None:
    """A sheet a school."""
    book = openpyxl.Workbook()
    book.remove(_first(book, "Sheet1"))
    for school in dict.fromkeys(row["@sheet"] for row in rows):
        _table(book.create_sheet(school), feed, [row for row in rows if row["@sheet"] == school])
    book.save(path)


def _xls(path: Path, feed: str, rows: Rows) -> None:
    """BIFF8, birthdays as date cells."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet, style = book.add_sheet("Sheet1"), xlwt.easyxf(num_format_str="YYYY-MM-DD")
    names = HEADERS[feed].split(",")
    for at, cells in enumerate([dict(zip(names, names, strict=True)), *rows]):
        for column, name in enumerate(names):
            value = cells[name]
            if isinstance(value, date):
                sheet.write(at, column, value, style)
            else:
                sheet.write(at, column, value)
    book.save(str(path))


def _dbf(path: Path, feed: str, rows: Rows) -> None:
    """dBase III, code page 936."""
    size = 1 + sum(width for _, _, width in DBASE)
    start = 32 + 32 * len(DBASE) + 1
    out = [struct.pack("<4BIHH17xB2x", 3, 126, 11, 1, len(rows), start, size, 0x4D)]
    for name, kind, width in DBASE:
        out.append(struct.pack("<11sc4xBB14x", name.encode(), kind.encode(), width, 0))
    out.append(b"\r")
    for row in rows:
        out.append(b" " + b"".join(_dbf_cell(row[name], kind, width) for name, kind, width in DBASE))
    path.write_bytes(b"".join(out) + b"\x1a")


def _dbf_cell(value: Any, kind: str, width: int) -> bytes:
    if kind == "D":
        return (f"{value:%Y%m%d}" if value else "").encode().ljust(width)
    if kind == "N":
        return str(value).rjust(width).encode()
    return _clipped(str(value), width, "cp936")


def _clipped(text: str, width: int, encoding: str) -> bytes:
    """Cut to whole characters, filled with blanks."""
    cut = text.encode(encoding, "replace")[:width]
    return cut.decode(encoding, "ignore").encode(encoding).ljust(width)


def _fixed(path: Path, feed: str, rows: Rows) -> None:
    """Widths in bytes; an identity number has no room for full-width digits."""
    lines = []
    for row in rows:
        number = normalize("NFKC", row["身份证号"]).replace(" ", "")
        cells = {**row, "身份证号": number}
        line = b"".join(_clipped(str(cells[name]), width, "gb18030") for name, width in FIXED)
        torn = row.get(TORN, 0)
        lines.append(line[:-9] if torn < 0 else line + b"XX" * torn)
    path.write_bytes(b"".join(line + b"\r\n" for line in lines))


def _xml(path: Path, feed: str, rows: Rows) -> None:
    """Owners nested in units."""
    month = path.stem.removeprefix("bdc_")
    out = ['<?xml version="1.0" encoding="UTF-8"?>', f"<不动产登记 期次={quoteattr(month)}>"]
    for row in rows:
        place, area = escape(row["坐落"]), row["面积"]
        out.append(
            f"<单元 不动产单元号={quoteattr(row['不动产单元号'])}><坐落>{place}</坐落><面积>{area}</面积><权利人列表>"
        )
        for owner in row["权利人"]:
            cells = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in owner.items())
            out.append(f"<权利人>{cells}</权利人>")
        out.append("</权利人列表></单元>")
    path.write_text("\n".join([*out, "</不动产登记>", ""]), encoding="utf-8")


def _jsonl(path: Path, feed: str, rows: Rows) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _rest(path: Path, feed: str, rows: Rows) -> None:
    """What the stand-in of the interface serves in pages."""
    page = {"page_size": 100, "total": len(rows), "items": rows}
    path.write_text(json.dumps(page, ensure_ascii=False), encoding="utf-8")


def _sqlite(path: Path, feed: str, rows: Rows) -> None:
    """The department's own database."""
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as db:
        db.execute(
            "create table bus_card(card_no text primary key, holder text, id_card text, mobile text, issued_on text,"
            " last_used_on text, status integer, update_time text)"
        )
        db.executemany(
            "insert into bus_card values (:card_no, :holder, :id_card, :mobile, :issued_on, :last_used_on, :status,"
            " :update_time)",
            rows,
        )
    db.close()


FILES: dict[str, tuple[str, Callable[[Path, str, Rows], None]]] = {
    "gongan_hukou": ("公安局/户籍人口_{month}.csv", _delimited(",", "gb18030", "\r\n")),
    "gongan_liudong": ("公安局/流动人口登记表{month}.xlsx", _form("流动人口登记表", "登记表")),
    "minzheng_hunyin": ("民政局/婚姻登记{yyyymm}.xlsx", _workbook),
    "minzheng_dibao": ("民政局/低保发放台账{month}.txt", _delimited("\t", "gbk", "\r\n")),
    "minzheng_gaoling": ("民政局/高龄津贴{month}.xls", _xls),
    "minzheng_binzang": ("民政局/HH{yyyymm}.dbf", _dbf),
    "renshe_yanglao": ("人社局/YLJFF{yyyymm}.txt", _fixed),
    "renshe_canbao": ("人社局/canbao_{month}.psv", _delimited("|", "utf-8", "\n")),
    "fangguan_chanquan": ("房管局/bdc_{month}.xml", _xml),
    "fangguan_gongzu": ("房管局/公租房在租名册（{month}）.xlsx", _form("公共租赁住房在租名册", "在租")),
    "weijian_chusheng": ("卫健委/出生医学证明_{month}.jsonl", _jsonl),
    "weijian_siwang": ("卫健委/死亡医学证明_{month}.csv", _delimited(",", "utf-8-sig", "\n")),
    "weijian_qianyue": ("卫健委/家庭医生签约_{month}.csv", _delimited(",", "gbk", "\n")),
    "jiaoyu_xueji": ("教育局/在校学生名册{month}.xlsx", _schools),
    "jiaotong_laonianka": ("交通局/laonianka.db", _sqlite),
    "shichang_qiye": ("市场监管局/市场主体_{month}.csv", _delimited(",", "utf-8", "\n")),
    "sifa_tiaojie": ("司法局/tiaojie.json", _rest),
    "yingji_yinhuan": ("应急管理局/yinhuan.json", _rest),
    "wangge_shijian": ("综治中心/shijian.json", _rest),
    "wangge_zoufang": ("综治中心/网格走访_{month}.csv", _delimited(",", "utf-8", "\n")),
}
