"""`huilian lead` and `huilian review`: what a human finds, and says, of leads and of pairs in doubt."""

import sys
from datetime import datetime
from typing import Any

import click

from pipeline.cli_shared import InOrder, json_too, of_months, tell
from pipeline.linking import say
from pipeline.settings import Settings, checked_month

MENTION = "FEED KEY ROLE"


@click.group("lead", cls=InOrder)
def lead_app() -> None:
    """Leads and their states."""


@lead_app.command("list")
@of_months
@click.option("--rule", help="List the leads of this rule, by their ids.")
@json_too
def lead_list(months: tuple[str, ...], rule: str | None, as_json: bool) -> None:
    """Open leads, by rule and month, or those of one rule. Never a name."""
    from pipeline import state

    settings, chosen = Settings.from_env(), [checked_month(m) for m in months]
    if rule is None:
        rows = state.leads(settings, chosen)
        text = "\n".join(f"{r['month']}  {r['rule']:40} {r['leads']:>5}" for r in rows)
    else:
        rows = state.leads_of(settings, rule, chosen)
        text = "\n".join(map(state.lead_line, rows))
    if not rows:
        say("no open leads")
    tell(rows, as_json, text)


@lead_app.command("decide")
@click.argument("lead_id")
@click.argument("state", help="sent, confirmed, refuted or closed.")
@click.option("--who", required=True, help="Who decided.")
@click.option("--why", required=True, help="Why, in a sentence, without anybody's number.")
@click.option("--outcome", help="Closing: reduce, grant, correct_data, no_change.")
@click.option("--hearing-on", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="When they were heard.")
@click.option("--notice-no", help="Number of the written notice.")
def lead_decide(lead_id: str, state: str, hearing_on: datetime | None, **found: Any) -> None:
    """Say what a human found. Closing as a reduction needs a hearing and a written notice."""
    from pipeline.state import decide
    from warehouse.casework import Decision

    decision = Decision(hearing_on=hearing_on.date() if hearing_on else None, **found)
    decide(Settings.from_env(), lead_id, state, decision)
    say(f"lead {lead_id} is {state}")


@click.group("review", cls=InOrder)
def review_app() -> None:
    """Pairs recognition is not sure of, and decisions about them."""


@review_app.command("list")
@click.option("--most", type=click.IntRange(min=1), default=20, help="How many at most.")
@click.option("--show", is_flag=True, help="Show names, with numbers masked: for reviewers only.")
@click.option("--entity", help="person, organisation or address. Default: the first two.")
@json_too
def review_list(most: int, show: bool, entity: str | None, as_json: bool) -> None:
    """Undecided pairs, those that teach most first. With what agrees, and why they are asked."""
    from pipeline import review, review_words

    rows = review.pairs(Settings.from_env(), most, show, entity)
    tell(rows, as_json, review_words.listed(rows, review.titles()))


@review_app.command("report")
@json_too
def review_report(as_json: bool) -> None:
    """Whether decisions bear the program out. By band of probability, how many pairs were said to be one."""
    from pipeline import review, review_words

    found = review.report(Settings.from_env())
    tell(found, as_json, review_words.reported(found))


@review_app.command("decide")
@click.argument("verdict", help="same or different")
@click.option("--left", nargs=3, required=True, metavar=MENTION, help="feed, record key and role of one mention")
@click.option("--right", nargs=3, required=True, metavar=MENTION, help="and of the other")
@click.option("--who", required=True, help="Who decided.")
@click.option("--why", required=True, help="Why, in a sentence, without a name.")
def review_decide(verdict: str, left: tuple[str, ...], right: tuple[str, ...], who: str, why: str) -> None:
    """Say that two mentions are one person or two. Every later run obeys; prints the decision's number."""
    from pipeline import review
    from warehouse.decisions import Mention

    settings = Settings.from_env()
    number = review.decide(settings, (Mention(*left), Mention(*right)), verdict, who, why)
    say(f"decision {number} is kept: recognition obeys it from its next run on (huilian run, or huilian link --month)")
    if any(row["waits"] for row in review.in_force(settings) if row["decision_id"] == number):
        say("nobody has been recognised under one of the two yet: the decision waits; is each written as it should be?")
    sys.stdout.write(f"{number}\n")


@review_app.command("decisions")
@json_too
def review_decisions(as_json: bool) -> None:
    """Decisions in force, by number. What was decided about which two mentions, by whom, when and why."""
    from pipeline import review, review_words

    rows = review.in_force(Settings.from_env())
    tell(rows, as_json, review_words.decided(rows))


@review_app.command("undo")
@click.argument("number", type=int)
@click.option("--who", required=True, help="Who undoes it.")
def review_undo(number: int, who: str) -> None:
    """Put a decision out of force; it stays on record."""
    from pipeline.review import undo

    undo(Settings.from_env(), number, who)
    say(f"decision {number} is undone: the next run of recognition goes without it")
