"""What a receipt says: what came, what became of it, what to correct and by when.

Written for the clerk who exported the file, so in Chinese, by row number and the department's own serial numbers; never
a name, an ID number, a phone or an address.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, Literal, NamedTuple

from contracts.kinds import KINDS
from contracts.model import Contract
from contracts.reasons import REASONS
from quality.evidence import why_refused
from quality.objections import Objections, collect, labels, tally
from quality.report import Finding, Report
from quality.workdays import WEEKDAYS, Calendar, after

Outcome = Literal["accepted", "remarks", "returned", "duplicate"]
VERDICTS: dict[Outcome, str] = {
    "accepted": "接收",
    "remarks": "接收并提示",
    "returned": "退回",
    "duplicate": "重复",
}
VERIFY_DAYS = 10  # working days a provider has to verify and correct: 《政务数据共享条例》第二十六条
DETAILS = 100_000  # lines listed; whoever has more to correct exports anew
BEIJING = timezone(timedelta(hours=8))  # the one zone since 1991
PROMISE = "汇联只读取贵单位报送的数据，不改动贵单位系统中的任何内容；需要更正的，请在贵单位系统中更正后重新报送。"
# The file is not to be corrected and sent again: it was put in the wrong place, or should not have been sent.
NOT_TO_CORRECT = frozenset({"secret_mark", "unknown_feed", "still_writing"})
# A file without a header row offers its first record as headers. Numbers this long, or masked ones, betray it.
_DATA_NOT_HEADER = re.compile(r"[0-9０-９]{8,}|[0-9０-９]{3,}[*＊]")
# Columns that slipped by one put an ID number or a mobile where the serial number belongs.
_PERSONAL = re.compile(
    r"[1-9][0-9]{5}(19|20)[0-9]{9}[0-9Xx]|[1-9][0-9]{5}[0-9]{2}[01][0-9][0-3][0-9]{4}|1[3-9][0-9]{9}"
)


class Came(NamedTuple):
    """What arrived. `department` is its folder, `period` like 2026-10, `bytes` a size, `received_at` has a zone."""

    delivery_id: str
    department: str
    period: str
    source_name: str
    sha256: str
    bytes: int
    received_at: datetime
    encoding: str = ""
    evidence: str = ""


class Counts(NamedTuple):
    """The equation, in records.

    lines = parsed + rejected; parsed = typed + quarantined; typed = published + deduplicated.
    """

    lines: int
    parsed: int
    rejected: int
    typed: int
    quarantined: int
    published: int = 0
    deduplicated: int = 0


class Previous(NamedTuple):
    """The last published delivery of the feed: its month, the records published, the percentage not accepted."""

    period: str
    rows: int
    bad_percent: float


class Happened(NamedTuple):
    """How the delivery fared, as far as it got. `reason` is a file-scope code, `same_as` the id of the delivery it
    repeats, which was `returned` or not, `replaces` that of the one that was in force for its month.

    `unknown` and `refused` are names of the file's columns that were not taken in.
    """

    counts: Counts | None = None
    report: Report | None = None
    objections: Objections = Objections()
    reason: str = ""
    same_as: str = ""
    returned: bool = False
    replaces: str = ""
    previous: Previous | None = None
    unknown: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


class Detail(NamedTuple):
    """One objection as the clerk reads it; `line` as the department counts its rows."""

    line: int
    record_key: str
    field: str
    reason: str
    text: str
    remedy: str


class Tally(NamedTuple):
    """How many times one reason was given for one field."""

    reason: str
    field: str
    rows: int
    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything a receipt says, before it is written. `compose` makes one."""

    came: Came
    outcome: Outcome
    title: str
    office: str
    snapshot: bool
    counts: Counts | None
    reason: str
    findings: tuple[Finding, ...]
    tallies: tuple[Tally, ...]
    details: tuple[Detail, ...]
    details_left_out: int
    unknown: tuple[str, ...]
    unknown_count: int
    refused_count: int
    same_as: str
    returned: bool
    replaces: str
    previous: Previous | None
    due_on: date | None
    not_their_fault: bool  # a check broke on our side; nothing is wrong with the delivery that we know of

    @property
    def verdict(self) -> str:
        """接收, 接收并提示, 退回 or 重复."""
        return VERDICTS[self.outcome]

    @property
    def received(self) -> datetime:
        """When it came, in Beijing time."""
        return _beijing(self.came.received_at)

    @property
    def stem(self) -> str:
        """The file name without suffix. A duplicate's receipt stands beside the first one and does not replace it."""
        return self.came.delivery_id + ("_重复" if self.outcome == "duplicate" else "")

    def as_dict(self) -> dict[str, Any]:
        """The receipt as JSON carries it: codes for programs, Chinese for people, always in the same order."""
        refusal = REASONS.get(self.reason)
        return {
            "receipt": "huilian/1",
            "verdict": self.verdict,
            "outcome": self.outcome,
            "title": self.title,
            "office": self.office,
            "delivery": self.came._asdict() | {"received_at": self.received.isoformat()},
            "same_as": self.same_as or None,
            "replaces": self.replaces or None,
            "reason": {
                "code": self.reason,
                "text": refusal.text,
                "remedy": refusal.remedy,
                "detail": "" if self.came.encoding else why_refused(self.came.evidence),
            }
            if refusal
            else None,
            "equation": self.counts._asdict() if self.counts else None,
            "equation_text": equation(self),
            "findings": [asdict(f) for f in self.findings],
            "reasons": [t._asdict() for t in self.tallies],
            "columns": {
                "unknown": list(self.unknown),
                "unknown_count": self.unknown_count,
                "refused_count": self.refused_count,
            },
            "previous": self.previous._asdict() if self.previous else None,
            "comparison": comparison(self),
            "next": next_steps(self),
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "promise": PROMISE,
            "details": [
                {"line": d.line, "record_key": d.record_key, "field": d.field, "reason": d.reason} for d in self.details
            ],
            "details_left_out": self.details_left_out,
        }


def compose(came: Came, contract: Contract | None, happened: Happened, calendar: Calendar = WEEKDAYS) -> Receipt:
    """The receipt of one delivery; `contract` is None for a file nobody announced.

    Deterministic: the only time in it is `came.received_at`, from which the deadline counts in working days of
    `calendar`. Raises ValueError when that time has no zone, KeyError for a reason nobody defined.
    """
    table = collect(happened.objections)
    names = labels(contract)
    outcome = _outcome(happened, table.num_rows)
    report = happened.report
    reason = happened.reason or (report.reason if report else "")
    if reason and reason not in REASONS:
        raise KeyError(reason)
    ours = report is not None and report.errored and not reason
    owed = outcome in ("remarks", "returned") and reason not in NOT_TO_CORRECT and not ours
    due = after(_beijing(came.received_at).date(), VERIFY_DAYS, calendar)
    return Receipt(
        came=came,
        outcome=outcome,
        title=contract.title if contract else "",
        office=contract.contact_office if contract else "",
        snapshot=contract is not None and contract.delivery.mode == "snapshot",
        counts=happened.counts,
        reason=reason,
        findings=report.failures if report else (),
        tallies=tuple(_tally(reason, field, rows, names) for reason, field, rows in tally(table)),
        details=tuple(_details(table.slice(0, DETAILS).to_pylist(), names, contract)),
        details_left_out=max(0, table.num_rows - DETAILS),
        not_their_fault=ours,
        unknown=shown_columns(happened.unknown),
        unknown_count=len(happened.unknown),
        refused_count=len(happened.refused),
        same_as=happened.same_as,
        returned=happened.returned,
        replaces=happened.replaces,
        previous=happened.previous,
        due_on=due if owed else None,
    )


def shown_columns(names: Iterable[str]) -> tuple[str, ...]:
    """Column names fit to be repeated to people: none at all when one of them looks like a record's own values."""
    found = tuple(names)
    if any(_DATA_NOT_HEADER.search(n) for n in found):
        return ()
    return tuple(n if len(n) <= 40 else n[:40] + "…" for n in found)


def equation(receipt: Receipt) -> list[str]:
    """The equation in words, one line a step; what was returned was not published, so its last step is left out."""
    c = receipt.counts
    if c is None:
        return []
    steps = [
        f"收到 {c.lines} 条 = 可解析 {c.parsed} 条 + 无法解析 {c.rejected} 条",
        f"可解析 {c.parsed} 条 = 合格 {c.typed} 条 + 不合格 {c.quarantined} 条",
    ]
    if receipt.outcome != "returned":
        steps.append(f"合格 {c.typed} 条 = 入库 {c.published} 条 + 编号重复未入库 {c.deduplicated} 条")
    return steps


def comparison(receipt: Receipt) -> str:
    """This delivery beside the previous one, in one sentence; empty when there is nothing to compare."""
    c, p = receipt.counts, receipt.previous
    if c is None or p is None:
        return ""
    change = c.typed - c.deduplicated - p.rows
    share = f"（{abs(change) / p.rows:.1%}）" if p.rows and change else ""
    moved = f"{'增加' if change > 0 else '减少'} {abs(change)} 条{share}" if change else "条数相同"
    bad = 100 * (c.rejected + c.quarantined) / c.lines if c.lines else 0.0
    rows = f"上期（{p.period}）{p.rows} 条，本期 {p.rows + change} 条，{moved}"
    return f"{rows}；不合格率上期 {p.bad_percent:.1f}%，本期 {bad:.1f}%。"


def next_steps(receipt: Receipt) -> list[str]:
    """What the department should do now, in order."""
    refusal = REASONS.get(receipt.reason)
    which = "" if receipt.snapshot else "中编号相同的记录"
    replaced = [f"本期此前接收的 {receipt.replaces} {which}已由本次数据替代。"] if receipt.replaces else []
    if receipt.outcome == "accepted":
        return ["数据已入库，无需处理。", *replaced]
    if receipt.outcome == "duplicate" and receipt.returned:
        return [f"该文件与已退回的 {receipt.same_as} 内容完全相同，仍未入库。请按该份回执更正后重新报送。"]
    if receipt.outcome == "duplicate":
        return [f"该文件与已接收的 {receipt.same_as} 内容完全相同，未重复入库，无需处理。"]
    if receipt.outcome == "remarks":
        steps = [
            *replaced,
            "合格数据已入库。请按所列事项和“明细”核对，在贵单位系统中更正后随下期报送，或重新报送整个文件。",
        ]
    elif receipt.not_their_fault:
        return ["系统未能完成核验，本次数据暂未入库；数据管理部门正在处理，贵单位暂无需重新报送。"]
    else:
        steps = ["本次数据未入库。" + ("上期数据继续有效。" if receipt.snapshot else "")]
        steps += [refusal.remedy + "。"] if refusal else []
        steps += ["更正后请投放到原目录，系统自动接收。"] if receipt.due_on else []
    by = f"请于 {receipt.due_on:%Y-%m-%d} 前（{VERIFY_DAYS} 个工作日内）完成。" if receipt.due_on else ""
    return [*steps, by] if by else steps


def _outcome(happened: Happened, objections: int) -> Outcome:
    verdict = happened.report.verdict if happened.report else "pass"
    if happened.same_as:
        return "duplicate"
    if happened.reason or verdict == "stop":
        return "returned"
    return "remarks" if objections or verdict == "warn" else "accepted"


def _tally(reason: str, field: str, rows: int, names: dict[str, str]) -> Tally:
    known = REASONS[reason]
    return Tally(reason, names.get(field, field), rows, known.text, known.remedy)


def _details(rows: Iterable[dict[str, Any]], names: dict[str, str], contract: Contract | None) -> Iterable[Detail]:
    tells_who = contract is not None and KINDS[contract.field(contract.key).kind].identifies
    for row in rows:
        known, field, key = REASONS[row["reason"]], names.get(row["field"], row["field"]), row["record_key"]
        shown = "" if tells_who or _PERSONAL.fullmatch(key) else key
        yield Detail(row["_line"], shown, field, row["reason"], known.text, known.remedy)


def _beijing(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("received_at needs a time zone")
    return moment.astimezone(BEIJING)
