"""Lines that nobody can read, and lines that come twice: what goes wrong with a file rather than with a value."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from benchmarks.counties.registers import Entry

TORN = "\0torn"  # marks a row whose line is to be written with a column too few or too many
# per feed the cell without which a row can't be used, and a date that must be readable, if there is one
NEEDED = {
    "gongan_hukou": ("户籍状态", ""),
    "gongan_liudong": ("姓名", ""),
    "minzheng_hunyin": ("女方姓名", "登记日期"),
    "minzheng_dibao": ("月发放金额", ""),
    "minzheng_gaoling": ("发放标准(元)", ""),
    "minzheng_binzang": ("SWRQ", ""),
    "renshe_yanglao": ("发放月份", "发放月份"),
    "renshe_canbao": ("xm", ""),
    "fangguan_chanquan": ("不动产单元号", ""),
    "fangguan_gongzu": ("承租人", ""),
    "weijian_chusheng": ("出生证编号", "出生时间"),
    "weijian_siwang": ("死亡日期", "死亡日期"),
    "weijian_qianyue": ("签约编号", ""),
    "jiaoyu_xueji": ("姓名", ""),
    "jiaotong_laonianka": ("holder", ""),
    "shichang_qiye": ("企业名称", ""),
    "sifa_tiaojie": ("受理时间", "受理时间"),
    "yingji_yinhuan": ("隐患编号", "发现时间"),
    "wangge_shijian": ("事件编号", "上报时间"),
    "wangge_zoufang": ("姓名", ""),
}
TEXT = {
    *("gongan_hukou", "minzheng_dibao", "renshe_canbao", "renshe_yanglao", "weijian_siwang", "weijian_qianyue"),
    *("shichang_qiye", "wangge_zoufang"),
}
NAMES = {
    "@sheet",
    "姓名",
    "户主姓名",
    "承租人",
    "男方姓名",
    "女方姓名",
    "xm",
    "XM",
    "企业名称",
    "登记状态",
    "登记日期",
    "发放金额(分)",
}
PERSONS = {"姓名", "承租人", "女方姓名", "xm", "holder"}
NUMBER = 14  # digits; an identity number has 15 or more, a telephone number 12 at most
BAD_DATES = ("2026-13-45", "20260231", "2026.9.31", "待查")
Written = tuple[Entry, dict[str, Any]]


def damaged(written: list[Written], feed: str, random: Random, dirt: float) -> list[Written]:
    """`written` with some rows repeated under their key (the first of the two differs), and some useless copies."""
    out: list[Written] = []
    for entry, cells in written:
        if random.random() < 0.001 * dirt and feed != "jiaotong_laonianka":
            out.append((entry, cells | {_dispensable(cells, feed, random): ""}))
        out.append((entry, cells))
        if random.random() < 0.0012 * dirt:
            out.append((replace(entry, broken=True), _useless(cells, feed, random)))
    return out


def _dispensable(cells: dict[str, Any], feed: str, random: Random) -> str:
    """A cell that a record can do without: no key, no name, nothing that is needed."""
    optional = [n for n, v in cells.items() if isinstance(v, str) and n not in NEEDED[feed] and n not in NAMES]
    return random.choice(optional[1:] or optional)


def _useless(cells: dict[str, Any], feed: str, random: Random) -> dict[str, Any]:
    """A copy under another key that lacks what is needed, has an impossible date, or has lost its shape."""
    needed, dated = NEEDED[feed]
    key = next(name for name in cells if name != "@sheet")
    copy = {**cells, key: f"{str(cells[key])[:-1]}{random.choice('XYZ')}"}
    kind = random.choice(("needed", "dated", "torn"))
    if kind == "torn" and feed in TEXT:
        return copy | {TORN: random.choice((-1, 1))}
    if kind == "dated" and dated and not isinstance(cells[dated], date):
        return copy | {dated: "202613" if feed == "renshe_yanglao" else random.choice(BAD_DATES)}
    lost = {needed: None if isinstance(cells[needed], date) else ""}
    if needed in PERSONS:  # without the name a number would still say who it is
        lost |= {n: "" for n, v in cells.items() if n != key and sum(map(str.isdigit, str(v))) >= NUMBER}
    return copy | lost
