"""Looking without touching: status, doctor and leads for the command line."""

import shutil
import sys
from collections.abc import Callable
from typing import Any

import contracts
from contracts.errors import HuilianError, Stop
from pipeline import accounts, steps
from pipeline.settings import Settings
from transforms import crosscheck
from warehouse import casework, ledger
from warehouse.casework import Decision

PEOPLE = "select count(*), count(distinct person_id) from identity.current_member"
LEADS = "select count(*), count(*) filter (where benefit) from mart.current_lead"
LEAD = ("lead_id", "month", "state", "evidence_level", "due_on", "evidence")
NEEDED_FREE = 2 << 30  # bytes: a batch and PostgreSQL's write-ahead log


def status(settings: Settings) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Every delivery's state, and a summary of the whole: persons, mentions, open leads, feeds of which nothing is in
    force for the latest month. Counts only.
    """
    server = steps.server(settings)
    steps.prepare(settings)
    found = ledger.deliveries(server)
    rows = [
        {
            "month": f"{d.period:%Y-%m}", "feed": d.feed, "delivery_id": d.delivery_id, "state": d.state,
            "verdict": d.verdict, "reason": d.reason, "lines": d.lines, "rejected": d.rejected,
            "quarantined": d.quarantined, "published": d.published, "deduplicated": d.deduplicated,
        }
        for d in found
    ]  # fmt: skip
    with server.connect("analyst") as conn:
        mentions, persons = _pair(conn.execute(PEOPLE))
        leads_, benefit = _pair(conn.execute(LEADS))
    latest = max((d.period for d in found), default=None)
    came = {d.feed for d in found if d.period == latest and d.state == "published"}
    overdue = len(set(contracts.names()) - came) if latest else 0
    summary = {"deliveries": len(rows), "mentions": mentions, "persons": persons, "leads": leads_,
               "leads_that_help": benefit, "missing_feeds": overdue}  # fmt: skip
    return rows, summary


def leads(settings: Settings, months: list[str]) -> list[dict[str, Any]]:
    """Open leads by rule and month, those that bring people what is theirs first."""
    query = (
        "select to_char(period, 'YYYY-MM'), rule, title, count(*) from mart.current_lead"
        " where %(all)s or to_char(period, 'YYYY-MM') = any(%(months)s) group by 1, 2, 3, benefit"
        " order by 1, benefit desc, 2"
    )
    with steps.server(settings).connect("analyst") as conn:
        found = conn.execute(query, {"all": not months, "months": months}).fetchall()
    return [{"month": m, "rule": r, "title": t, "leads": n} for m, r, t, n in found]


def leads_of(settings: Settings, rule: str, months: list[str]) -> list[dict[str, Any]]:
    """Open leads of one rule, the surest first: id, month, state, evidence level, day it is due, keys of records.

    Raises Stop for a rule that there is not.
    """
    known = [r.name for r in crosscheck.load_all()]
    if rule not in known:
        raise Stop(rule, "there is no such rule", f"give one of {', '.join(known)}")
    query = (
        "select lead_id, to_char(period, 'YYYY-MM') as month, state, evidence_level, due_on, evidence"
        " from mart.current_lead where rule = %(rule)s and (%(all)s or to_char(period, 'YYYY-MM') = any(%(months)s))"
        " order by 2, evidence_level desc, lead_id"
    )
    with steps.server(settings).connect("analyst") as conn:
        rows = conn.execute(query, {"rule": rule, "all": not months, "months": months}).fetchall()
    return [dict(zip(LEAD, row, strict=True)) for row in rows]


def lead_line(lead: dict[str, Any]) -> str:
    """One of them for a terminal."""
    records = ", ".join(f"{r['feed']} {r['record_key']} {r['role']}" for r in lead["evidence"])
    due = f"due {lead['due_on']}" if lead["due_on"] else ""
    return f"{lead['lead_id']}  {lead['month']}  {lead['evidence_level']}  {lead['state']:9}  {due:14}  {records}"


def decide(settings: Settings, lead_id: str, state: str, answer: Decision) -> None:
    """Move a lead on; see casework.decide for what is refused."""
    server = steps.server(settings)
    casework.decide(server, lead_id, state, answer)
    accounts.note(settings, server, answer.who, "lead.decide", lead=lead_id, state=state)


def doctor(settings: Settings) -> list[dict[str, Any]]:
    """Findings `{ok, what, says}`: Python, contracts, rules, folders, disk, warehouse, interfaces."""
    checks: dict[str, Callable[[Settings], str]] = {
        "python": _python,
        "contracts": lambda _: f"{len(contracts.load_all())} load",
        "rules": lambda _: f"{len(crosscheck.load_all())} load",
        "inbox": lambda s: f"months {', '.join(s.months()) or 'none'}",
        "disk": _disk,
        "warehouse": _warehouse,
        "audit": _audit,
        "interfaces": lambda s: s.api or "HUILIAN_API not set: `huilian run` starts the stand-in",
    }
    out = []
    for what, examine in checks.items():
        try:
            out.append({"ok": True, "what": what, "says": examine(settings)})
        except HuilianError as error:
            out.append({"ok": False, "what": what, "says": f"{error.what}; next: {error.next_action}"})
    return out


def _python(_: Settings) -> str:
    return sys.version.split()[0]


def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(steps.made(settings.data)).free
    if free < NEEDED_FREE:
        raise Stop("disk", f"{free >> 20} MiB free under the data folder", "free at least 2 GiB")
    return f"{free >> 30} GiB free"


def _warehouse(settings: Settings) -> str:
    applied = steps.prepare(settings)
    with steps.server(settings).connect("loader") as conn:
        row = conn.execute("select current_setting('server_version')").fetchone()
    return f"PostgreSQL {row[0] if row else '?'}, {len(applied)} changes applied"


def _audit(settings: Settings) -> str:
    wrong = accounts.verify(settings, steps.server(settings))
    if wrong is not None:
        raise Stop("audit", f"entry {wrong} isn't as it was written", "find out who could write to the database")
    return "the log is as it was written"


def _pair(cursor: Any) -> tuple[int, int]:
    first, second = cursor.fetchone()
    return int(first), int(second)
