"""Builders for tests: made-up people of a county that was never assigned (990101), and their departments' files.

`small_county` writes two months of five feeds in the real formats and encodings; what is in it is fixed, so tests can
name what they expect: who died, who is paid, who claims nothing.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import NamedTuple

REGION = "990101"
CANARY_ETHNIC, CANARY_POLITICS = (
    "金丝雀族",
    "金丝雀党",
)  # values of refused columns: must be found nowhere after landing
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Someone(NamedTuple):
    """One made-up person; `sex` is 1 or 2."""

    name: str
    sex: str
    born: date
    number: str
    household: str
    group: int


def id_number(born: date, order: int, region: str = REGION) -> str:
    """An 18-character number with a right check digit (GB 11643), in a region that does not exist."""
    head = f"{region}{born:%Y%m%d}{order:03d}"
    total = sum(int(c) * w for c, w in zip(head, WEIGHTS, strict=True))
    return head + "10X98765432"[total % 11]


def people(count: int = 40) -> list[Someone]:
    """`count` people in households of two, birth years 1936 to 2015, alternating sex. The same every time."""
    surnames, given = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "文武山川林泉松柏梅兰竹菊春夏秋冬金玉宝珠"
    out = []
    for i in range(count):
        born = date(1936 + (i * 37) % 80, 1 + i % 12, 1 + (i * 7) % 28)
        sex = "1" if i % 2 == 0 else "2"
        name = surnames[(i * 5) % len(surnames)] + given[(i * 3) % len(given)] + given[(i * 7 + 1) % len(given)]
        number = id_number(born, 100 + 2 * i + (1 if sex == "1" else 0))
        out.append(Someone(name, sex, born, number, f"{REGION}{i // 2:09d}", i // 2 % 9 + 1))
    return out


def address(one: Someone) -> str:
    """Where the household lives."""
    return f"昌东县柳溪镇石桥村{one.group}组{int(one.household[-4:]) + 1}号"


def write_lines(path: Path, lines: Iterable[str], encoding: str = "utf-8", end: str = "\n") -> Path:
    """Write text lines as a department's system would; makes the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(line + end for line in lines).encode(encoding))
    return path


def hukou(folder: Path, month: str, who: Sequence[Someone], cancelled: dict[str, date] | None = None) -> Path:
    """The household register; `cancelled` maps ID number to the date of death it knows."""
    gone = cancelled or {}
    lines = [
        "人员编号,户号,与户主关系,姓名,性别,出生日期,公民身份号码,民族,政治面貌,户籍地址,联系电话,户籍状态,注销日期,更新时间"
    ]
    for i, p in enumerate(who, 1):
        died = gone.get(p.number)
        state = f"死亡注销,{died:%Y%m%d}" if died else "正常,"
        head = "户主" if i % 2 else "配偶"
        lines.append(
            f"HK{i:07d},{p.household},{head},{p.name},{p.sex},{p.born:%Y%m%d},{p.number},{CANARY_ETHNIC},"
            f"{CANARY_POLITICS},{address(p)},,{state},{month}-12 08:00:00"
        )
    return write_lines(folder / month / "公安局" / f"户籍人口_{month}.csv", lines, "gb18030", "\r\n")


def dibao(folder: Path, month: str, who: Sequence[Someone]) -> Path:
    """The living allowance list; a person given twice is paid twice."""
    lines = ["低保编号\t户主姓名\t身份证号\t所属乡镇\t家庭住址\t保障人数\t月发放金额\t婚姻状况"]
    lines += [
        f"DBA{i:07d}\t{p.name}\t{p.number}\t柳溪镇\t{address(p)}\t2\t{600 + i}\t已婚" for i, p in enumerate(who, 1)
    ]
    return write_lines(folder / month / "民政局" / f"低保发放台账{month}.txt", lines, "gbk")


def yanglao(folder: Path, month: str, who: Sequence[Someone]) -> Path:
    """Pension payments of a month, fixed width in bytes."""
    target = folder / month / "人社局" / f"YLJFF{month.replace('-', '')}.txt"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        for i, p in enumerate(who, 1):
            name = p.name.encode("gb18030").ljust(20)
            out.write(f"YL{i:07d} ".encode() + p.number.encode() + name + b"0" * 19)
            out.write(f"{200000 + i:010d}{month.replace('-', '')}1\n".encode())
    return target


def siwang(folder: Path, month: str, dead: Sequence[tuple[Someone, date]]) -> Path:
    """Death certificates of a month (can be none)."""
    lines = ["证明编号,死者姓名,性别,出生日期,身份证件号码,死亡日期,常住地址"]
    lines += [
        f"SW{month.replace('-', '')}{i:03d},{p.name},{'M' if p.sex == '1' else 'F'},{p.born:%Y-%m-%d},{p.number},"
        f"{died:%Y-%m-%d},{address(p)}"
        for i, (p, died) in enumerate(dead, 1)
    ]
    return write_lines(folder / month / "卫健委" / f"死亡医学证明_{month}.csv", lines, "utf-8-sig")


def zoufang(folder: Path, month: str, who: Sequence[Someone]) -> Path:
    """Doorstep visits: every third number is missing, every fourth birth date a year alone."""
    lines = ["走访编号,网格编码,姓名,性别,身份证号,手机,出生日期,现住址,居住方式"]
    for i, p in enumerate(who, 1):
        number = "" if i % 3 == 0 else p.number
        born = str(p.born.year) if i % 4 == 0 else p.born.isoformat()
        sex = "男" if p.sex == "1" else "女"
        lines.append(f"ZF{i:07d},{REGION}001002003,{p.name},{sex},{number},,{born},{address(p)},自有")
    return write_lines(folder / month / "综治中心" / f"网格走访_{month}.csv", lines)


def no_news(folder: Path, month: str) -> None:
    """The three interfaces and the transport bureau's database, with nothing in them."""
    for name in ("司法局/tiaojie", "应急管理局/yinhuan", "综治中心/shijian"):
        document = json.dumps({"page_size": 100, "total": 0, "items": []})
        write_lines(folder / month / f"{name}.json", [document])
    database = folder / month / "交通局" / "laonianka.db"
    database.parent.mkdir(parents=True, exist_ok=True)
    columns = (
        "holder text, id_card text, mobile text, issued_on text, last_used_on text, status integer, update_time text"
    )
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"create table if not exists bus_card (card_no text primary key, {columns})")
        connection.commit()


def small_county(folder: Path, months: Sequence[str] = ("2026-09", "2026-10")) -> Path:
    """Five feeds of 40 people for each month. Person 0 dies on 2026-08-20 and is still paid and registered; person 2
    dies on 2026-10-05 and is taken off the register; person 4 draws the living allowance twice.
    """
    everyone = people()
    for month in months:
        later = month >= "2026-10"
        gone = {everyone[2].number: date(2026, 10, 5)} if later else {}
        hukou(folder, month, everyone, gone)
        dibao(folder, month, [everyone[4], everyone[6], everyone[4]])
        yanglao(folder, month, [p for p in everyone if p.born.year < 1966])
        dead = [(everyone[2], date(2026, 10, 5))] if later else [(everyone[0], date(2026, 8, 20))]
        siwang(folder, month, dead)
        zoufang(folder, month, everyone)
        no_news(folder, month)
    return folder
