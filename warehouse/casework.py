"""What a human does with a lead: send it to a department, note what was verified, close it; with a name and a reason.

    suspected -> sent -> confirmed | refuted -> closed

No state changes anybody's aid or record: the department acts, under its own law, and says here what came of it.
"""

import re
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contracts.errors import Stop
from warehouse.server import Server

MACHINE = "huilian"  # who an event is by when no human is
NEXT = {"suspected": ("sent",), "sent": ("confirmed", "refuted"), "confirmed": ("closed",), "refuted": ("closed",)}
OUTCOMES = {"confirmed": ("reduce", "grant", "correct_data", "no_change"), "refuted": ("correct_data", "no_change")}
PERSONAL = re.compile(r"\d{15}|(?<!\d)1[3-9]\d{9}(?!\d)")  # an ID number, masked ones apart, or a mobile number


class Decision(NamedTuple):
    """What a human says about a lead. `outcome` only when closing: reduce (aid cut or ended; needs the day the person
    was heard and the number of the written notice), grant, correct_data or no_change.
    """

    who: str
    why: str
    outcome: str | None = None
    hearing_on: date | None = None
    notice_no: str | None = None


def decide(server: Server, lead_id: str, to_state: str, decision: Decision) -> None:
    """Move a lead on: to sent, confirmed, refuted or closed, in the order the module's head shows.

    Raises Stop, and changes nothing, when there is no such lead, the step isn't open to it, the name or the reason is
    missing or the reason holds a number of a person, or when it is to be closed without an outcome, or as ``reduce``
    without a hearing that has taken place and a written notice (Social Assistance Law 2026, articles 46 to 48).
    """
    where = f"lead {lead_id}"
    with server.connect("analyst") as conn:
        row = conn.execute("select state from mart.lead where lead_id = %s for update", [lead_id]).fetchone()
        if row is None:
            raise Stop(where, "there is no such lead", "see `huilian lead list --rule RULE`")
        state = str(row[0])
        _check_step(where, state, to_state, decision)
        _check_decision(where, decision, today())
        conn.execute("update mart.lead set state = %s where lead_id = %s", [to_state, lead_id])
        conn.execute(
            "insert into mart.lead_event (lead_id, at, who, from_state, to_state, note, outcome, hearing_on, notice_no)"
            " values (%s, clock_timestamp(), %s, %s, %s, %s, %s, %s, %s)",
            [lead_id, decision.who.strip(), state, to_state, decision.why.strip(), *decision[2:]],
        )


def _check_step(where: str, state: str, to_state: str, decision: Decision) -> None:
    open_to = NEXT.get(state, ())
    if to_state not in open_to:
        what = f"it is {state} and can't become {to_state}"
        raise Stop(where, what, f"open to it now: {' or '.join(open_to)}" if open_to else "it is settled")
    if to_state == "closed" and decision.outcome not in OUTCOMES[state]:
        raise Stop(where, f"a {state} lead closes with an outcome", f"give one of {', '.join(OUTCOMES[state])}")
    if to_state != "closed" and decision[2:] != (None, None, None):
        raise Stop(where, "outcome, hearing and notice belong to closing", "leave them out, or close the lead")


def _check_decision(where: str, decision: Decision, today: date) -> None:
    if not decision.who.strip() or decision.who.strip() == MACHINE or not decision.why.strip():
        raise Stop(where, "nobody's name, or no reason", "say who decided and why, in a sentence")
    if PERSONAL.search(decision.why) or PERSONAL.search(decision.who):
        raise Stop(where, "the reason holds a number that looks like a person's", "refer to the lead's number instead")
    heard = decision.hearing_on is not None and decision.hearing_on <= today
    if decision.outcome == "reduce" and not (heard and (decision.notice_no or "").strip()):
        what = "aid can't be reduced before the person was heard and told in writing"
        raise Stop(where, what, "give the day of the hearing, not in the future, and the number of the notice")


def today() -> date:
    """Today in China."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()
