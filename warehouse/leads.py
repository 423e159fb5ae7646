"""Leads (疑点线索): what the rules find is written down here and waits for a human; nothing here acts on anybody.

    suspected -> sent -> confirmed | refuted -> closed        withdrawn: the registers no longer say so

`evaluate` asks every rule about one month and keeps the answers; running it again changes nothing, and what a human
has decided stays. `decide` is the only way on from `suspected`, always with a name and a reason.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple, Protocol

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from contracts import workdays
from contracts.errors import Stop
from warehouse.casework import MACHINE, Decision, decide, today
from warehouse.server import Connection, Server

__all__ = ["Decision", "Outcome", "Question", "decide", "evaluate"]

LOCK = 0x6C656164  # advisory lock: one writer of leads at a time
WAITING = ("suspected", "sent")  # what the registers may still withdraw; a human's finding they may not
AGAIN = "登记情况再次符合条件"
NEWS = "登记情况有更新，证据随之更新"
GONE = "登记情况已不符合条件"
MERGED = "与同一人的另一条线索合并"


class Question(Protocol):
    """What is needed of a rule. `query` has one parameter, ``%(period)s``, and answers with person_id, evidence_level,
    evidence, facts, grace_until, one row a person; `complete` are feeds that must have come for absence to mean
    something; `benefit` rules bring people what is theirs and go first.
    """

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def benefit(self) -> bool: ...
    @property
    def due_working_days(self) -> int: ...
    @property
    def complete(self) -> Sequence[str]: ...
    @property
    def query(self) -> str: ...


class Outcome(NamedTuple):
    """What one rule came to in one month, in leads. `missing`: the feed for want of which it wasn't asked."""

    rule: str
    benefit: bool
    found: int = 0
    new: int = 0
    updated: int = 0
    withdrawn: int = 0
    missing: str | None = None


class Answer(NamedTuple):
    """A row of a rule's answer."""

    person_id: str
    level: str
    evidence: list[dict[str, str]]
    facts: dict[str, Any]
    grace_until: date | None


class Lead(NamedTuple):
    """A lead that is there already, its person resolved to who they are now."""

    lead_id: str
    person_id: str
    state: str
    said: tuple[Any, ...]  # evidence_level, evidence, facts, rule_version


def evaluate(server: Server, rules: Iterable[Question], period: date, on: date | None = None) -> list[Outcome]:
    """Ask every rule about the month that begins on `period`, in one transaction; benefit rules first, then by name.

    A person newly found gets a lead in state `suspected`; one found again keeps theirs as it is, but while it is
    `suspected` its evidence follows the registers; a lead that no longer holds and that no human has decided becomes
    `withdrawn`. `on` is the day deadlines run from (None: today in China). A rule isn't asked, and its leads stay, when
    a feed it needs complete has no row in that month.
    Raises Stop when a rule's SQL fails or names a person twice, and then changes nothing.
    """
    ordered = sorted(rules, key=lambda rule: (not rule.benefit, rule.name))
    with server.connect("analyst") as conn:
        conn.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        # Rules join whole registers. On tables just filled, whose size the planner doesn't know yet, it chose nested
        # loops: minutes instead of 40 ms for 4,000 people. Compiling such a query costs more than running it.
        conn.execute("set local enable_nestloop = off")
        conn.execute("set local jit = off")
        start = on or today()
        _describe(conn, ordered)
        return [_evaluate(conn, rule, period, start) for rule in ordered]


def _describe(conn: Connection, rules: Sequence[Question]) -> None:
    """Keep mart.rule as the rules describe themselves."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into mart.rule (rule, title, benefit, version) values (%s, %s, %s, %s) on conflict (rule) do update"
            " set title = excluded.title, benefit = excluded.benefit, version = excluded.version, updated_at = now()"
            " where (rule.title, rule.benefit, rule.version)"
            " is distinct from (excluded.title, excluded.benefit, excluded.version)",
            [(r.name, r.title, r.benefit, r.version) for r in rules],
        )


def _evaluate(conn: Connection, rule: Question, period: date, start: date) -> Outcome:
    missing = next((feed for feed in rule.complete if not _came(conn, feed, period)), None)
    if missing is not None:
        return Outcome(rule.name, rule.benefit, missing=missing)
    answers = _ask(conn, rule, period)
    kept, extra = _one_a_person(_known(conn, rule.name, period))
    new = [(a, _due(rule, a, start)) for person, a in answers.items() if person not in kept]
    gone = [lead for person, lead in kept.items() if person not in answers and lead.state in WAITING]
    _insert(conn, rule, period, new)
    updated = _refresh(conn, rule, [(kept[p], a) for p, a in answers.items() if p in kept], start)
    _withdraw(conn, gone, GONE)
    _withdraw(conn, extra, MERGED)
    return Outcome(rule.name, rule.benefit, len(answers), len(new), updated, len(gone) + len(extra))


def _ask(conn: Connection, rule: Question, period: date) -> dict[str, Answer]:
    """The rule's answers by person."""
    try:
        rows = conn.execute(rule.query.encode(), {"period": period}).fetchall()
        answers = [Answer(*row) for row in rows]  # type: ignore[arg-type]
    except (psycopg.Error, TypeError) as error:
        # The server's own words can hold a value; its code can't.
        code = getattr(error, "sqlstate", None) or type(error).__name__
        what = f"its SQL failed ({code})"
        raise Stop(f"rule {rule.name}", what, "run the compiled rule by hand and correct it") from None
    found = {answer.person_id: answer for answer in answers}
    if len(found) < len(answers):
        raise Stop(f"rule {rule.name}", "names a person twice in one month", "group its answer by person_id")
    return found


def _came(conn: Connection, feed: str, period: date) -> bool:
    """Whether anything of `feed` is valid in the month of `period`."""
    query = sql.SQL(
        "select exists (select from content.{} where recorded_to is null and valid_from <= %(period)s"
        " and (valid_to is null or valid_to > %(period)s))"
    ).format(sql.Identifier(feed))
    return conn.execute(query, {"period": period}).fetchone() == (True,)


def _known(conn: Connection, rule: str, period: date) -> list[Lead]:
    """The rule's leads of that month, oldest first. Who was merged into another since is looked up under that one."""
    rows = conn.execute(
        """with recursive who as (
             select lead_id, person_id from mart.lead where rule = %(rule)s and period = %(period)s
             union
             select w.lead_id, p.merged_into from who w join identity.person p using (person_id)
             where p.merged_into is not null)
           select l.lead_id, w.person_id, l.state, l.evidence_level, l.evidence, l.facts, l.rule_version
           from mart.lead l join who w using (lead_id) join identity.person p on p.person_id = w.person_id
           where p.merged_into is null
           order by l.opened_at, l.lead_id for update of l""",
        {"rule": rule, "period": period},
    ).fetchall()
    return [Lead(str(r[0]), str(r[1]), str(r[2]), tuple(r[3:])) for r in rows]


def _one_a_person(leads: Iterable[Lead]) -> tuple[dict[str, Lead], list[Lead]]:
    """One lead a person, and the others that wait. What a human has worked on counts most, then what is oldest."""
    rank = {"withdrawn": 2, "suspected": 1}
    kept: dict[str, Lead] = {}
    extra: list[Lead] = []
    for lead in sorted(leads, key=lambda lead: rank.get(lead.state, 0)):
        if lead.person_id not in kept:
            kept[lead.person_id] = lead
        elif lead.state in WAITING:
            extra.append(lead)
    return kept, extra


def _insert(conn: Connection, rule: Question, period: date, answers: Sequence[tuple[Answer, date]]) -> None:
    leads = [(_lead_id(rule.name, a.person_id, period), a, due) for a, due in answers]
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into mart.lead (lead_id, rule, person_id, period, evidence_level, evidence, facts, rule_version,"
            " due_on) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (lead_id, rule.name, a.person_id, period, a.level, Jsonb(a.evidence), Jsonb(a.facts), rule.version, due)
                for lead_id, a, due in leads
            ],
        )
    _events(conn, [(lead_id, None, "suspected", rule.title) for lead_id, _, _ in leads])


def _refresh(conn: Connection, rule: Question, pairs: Iterable[tuple[Lead, Answer]], start: date) -> int:
    """Bring leads up to what the registers say now: suspected ones, and withdrawn ones, which open again."""
    changed = [
        (lead, a)
        for lead, a in pairs
        if lead.state == "withdrawn"
        or (lead.state == "suspected" and lead.said != (a.level, a.evidence, a.facts, rule.version))
    ]
    with conn.cursor() as cursor:
        cursor.executemany(
            "update mart.lead set state = 'suspected', evidence_level = %s, evidence = %s, facts = %s,"
            " rule_version = %s, due_on = case state when 'withdrawn' then %s else due_on end where lead_id = %s",
            [
                (a.level, Jsonb(a.evidence), Jsonb(a.facts), rule.version, _due(rule, a, start), lead.lead_id)
                for lead, a in changed
            ],
        )
    news = {True: AGAIN, False: NEWS}
    _events(conn, [(lead.lead_id, lead.state, "suspected", news[lead.state == "withdrawn"]) for lead, _ in changed])
    return len(changed)


def _withdraw(conn: Connection, leads: Sequence[Lead], why: str) -> None:
    conn.execute("update mart.lead set state = 'withdrawn' where lead_id = any(%s)", [[lead.lead_id for lead in leads]])
    _events(conn, [(lead.lead_id, lead.state, "withdrawn", why) for lead in leads])


def _events(conn: Connection, events: Sequence[tuple[str, str | None, str, str]]) -> None:
    """Write the machine's own events: lead_id, from_state, to_state, note."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into mart.lead_event (lead_id, at, who, from_state, to_state, note)"
            " values (%s, clock_timestamp(), %s, %s, %s, %s)",
            [(lead_id, MACHINE, old, new, note) for lead_id, old, new, note in events],
        )


def _due(rule: Question, answer: Answer, start: date) -> date:
    """A department is not asked before the grace the law gives is over."""
    return workdays.after(max(start, answer.grace_until or start), rule.due_working_days)


def _lead_id(rule: str, person_id: str, period: date) -> str:
    """The same in every warehouse built from the same deliveries."""
    digest = hashlib.sha256(f"{rule}|{person_id}|{period.isoformat()}".encode()).hexdigest()
    return f"L{period:%Y%m}-{digest[:16]}"
