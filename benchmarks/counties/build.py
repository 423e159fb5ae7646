"""A county from end to end: people, registers, what clerks make of them, files and truth."""

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from benchmarks.counties.clerk import Clerk
from benchmarks.counties.damage import Written, damaged
from benchmarks.counties.files import FILES, deliver
from benchmarks.counties.findings import Finding, findings
from benchmarks.counties.forms import row
from benchmarks.counties.people import County
from benchmarks.counties.registers import Book, Entry
from benchmarks.counties.traps import TrappedClerk, renumbered

AGAIN = 0.03  # share of a register's records that are written anew from one month to the next


class Dirt(NamedTuple):
    """How bad the data is: `rate` multiplies the errors of clerks (1.0 is usual), `traps` adds those of the module."""

    rate: float = 1.0
    traps: bool = False


class Built(NamedTuple):
    """What was written: every record with its cells by month and feed, and the findings."""

    county: County
    written: dict[tuple[date, str], list[Written]]
    findings: list[Finding]


def build(out: Path, people: int, seed: int, dirt: Dirt, months: list[date]) -> Built:
    """Write ``out/drops/<month>/<department>/...`` and ``out/truth``; the same arguments give the same rows."""
    county = County(people, seed, months)
    book = Book(county, seed, months, dirt.rate)
    clerk = (TrappedClerk if dirt.traps else Clerk)(county, Random(f"clerk {seed} {dirt.rate}"), dirt.rate)
    before: dict[tuple[str, str], tuple[Entry, dict[str, Any]]] = {}
    written: dict[tuple[date, str], list[Written]] = {}
    for month in months:
        by_feed: dict[str, list[Written]] = {feed: [] for feed in FILES}
        for entry in book.entries(month):
            cells = _cells(entry, clerk, before.get((entry.feed, entry.key)))
            before[entry.feed, entry.key] = (entry, cells)
            by_feed[entry.feed].append((entry, cells))
        for feed, rows in by_feed.items():
            listed = renumbered(rows, feed) if dirt.traps else rows
            written[month, feed] = damaged(listed, feed, clerk.random, dirt.rate)
            deliver(out / "drops" / f"{month:%Y-%m}", feed, month, [cells for _, cells in written[month, feed]])
    entries = [entry for rows in written.values() for entry, _ in rows]
    found = findings([e for e in entries if not e.broken], months)
    _tell(out / "truth", county, entries, found)
    return Built(county, written, found)


def _cells(entry: Entry, clerk: Clerk, before: tuple[Entry, dict[str, Any]] | None) -> dict[str, Any]:
    """What a clerk wrote stays, errors included, but for what changes by the month and what is written anew."""
    fresh = row(entry, clerk)
    if before is None or before[0].who != entry.who or clerk.random.random() < AGAIN:
        return fresh
    return {**before[1], **{name: fresh[name] for name in MONTHLY.get(entry.feed, ())}}


MONTHLY = {
    "gongan_hukou": ("户籍状态", "注销日期", "更新时间"),
    "renshe_yanglao": ("发放月份", "发放金额(分)"),
    "renshe_canbao": ("fkssq",),
    "minzheng_gaoling": ("发放标准(元)",),
    "jiaotong_laonianka": ("last_used_on", "update_time"),
    "shichang_qiye": ("登记状态",),
    "wangge_zoufang": ("居住方式",),
}


def _tell(folder: Path, county: County, entries: Iterable[Entry], found: list[Finding]) -> None:
    """The truth: whom each mention is about, the findings, the people."""
    folder.mkdir(parents=True, exist_ok=True)
    records = {
        (e.feed, f"{e.month:%Y-%m}", e.key, role): person.number
        for e in entries
        if not e.broken
        for role, person in e.who.items()
    }
    _table(folder / "records.csv", ("feed", "month", "record", "role", "person"), [(*k, v) for k, v in records.items()])
    rows = [(f.kind, f"{f.month:%Y-%m}", f.person, "") for f in found]
    _table(folder / "findings.csv", ("kind", "month", "person", "detail"), rows)
    people = [(p.number, p.name, p.sex, p.born, p.id_number, p.died or "") for p in county.people]
    _table(folder / "people.csv", ("person", "name", "sex", "born", "id_number", "died"), people)


def _table(path: Path, names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
