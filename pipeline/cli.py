"""`huilian`: one verb a step, and `run` for all of them. Data goes to stdout, talk to stderr.

Exit codes: 0 ok, 1 something was set aside for a department, 2 somebody must edit something here, 75 try again later.
"""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import contracts
from pipeline import linking
from pipeline.grouped import grouped
from pipeline.linking import say as _say
from pipeline.settings import Settings, checked_month
from pipeline.spared import spare_collecting
from pipeline.verbs import Argument, Group, Misused, Option
from transforms.matching.waiting import announce

app = Group("From departmental deliveries to leads to verify.")

Json = Annotated[bool, Option("Print one JSON document on stdout.", "--json")]
Month = Annotated[str, Option("The month a delivery is about, like 2026-10.")]
Months = Annotated[list[str] | None, Option("A month; may be given again. Default: all.")]


def _print(data: Any, as_json: bool, text: str) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=1, default=str) + "\n" if as_json else text + "\n")


@app.command()
def feeds(as_json: Json = False) -> None:
    """List the feeds, with department, format and delivery."""
    rows = [
        {"feed": c.feed, "title": c.title, "department": c.department, "format": c.source.format,
         "mode": c.delivery.mode, "drop": c.delivery.drop or ""}
        for c in contracts.load_all()
    ]  # fmt: skip
    _print(rows, as_json, "\n".join(f"{r['feed']:20} {r['format']:12} {r['mode']:10} {r['title']}" for r in rows))


@app.command()
def receive(feed: str, month: Month, as_json: Json = False) -> None:
    """Take in what came for FEED; prints the delivery ids. It is found, claimed, landed and read."""
    from pipeline import steps

    ids = steps.receive(Settings.from_env(), feed, checked_month(month))
    _print(ids, as_json, "\n".join(ids))


@app.command()
def check(delivery_ids: list[str], as_json: Json = False) -> None:
    """Judge deliveries; prints the ids that are fit to publish. Their rows are conformed before."""
    from pipeline import steps

    fit = steps.check(Settings.from_env(), delivery_ids)
    _print(fit, as_json, "\n".join(fit))


@app.command()
def publish(delivery_ids: list[str], as_json: Json = False) -> None:
    """Load deliveries and write their receipts. Each goes into the warehouse in one transaction."""
    from pipeline import steps

    done = steps.publish(Settings.from_env(), delivery_ids)
    _print(done, as_json, "\n".join(done))


@app.command()
@grouped(linking.Asked)
def link(asked: linking.Asked) -> None:
    """Recognise who is who in all feeds, or in any tables. Without CONFIG.yml, which names the tables: people,
    organisations and addresses of the warehouse.
    """
    data, text = linking.answer(asked)
    _print(data, asked.as_json, text)


@app.command()
def compare(month: Month, as_json: Json = False) -> None:
    """Ask the cross-checks about a month and keep the leads. They are asked as of its end."""
    from pipeline import steps
    from pipeline.run import counted

    found = steps.compare(Settings.from_env(), checked_month(month))
    _print(found, as_json, "\n".join(f"{k:40} {counted(v)}" for k, v in found.items()))


@app.command()
def report() -> None:
    """Write the HTML report; prints its path."""
    from pipeline import steps

    sys.stdout.write(f"{steps.report(Settings.from_env())}\n")


@app.command()
def sweep(month: Month, as_json: Json = False) -> None:
    """Answer files that can't be taken with a receipt each. Those that belong to no feed too."""
    from pipeline import steps

    found = steps.sweep(Settings.from_env(), checked_month(month))
    _print(found, as_json, "\n".join(f"{k:24} {v:,}" for k, v in found.items()))


@app.command()
def housekeeping(as_json: Json = False) -> None:
    """Apply retention, and say which feeds are late. It is applied to landed files and lake."""
    from pipeline import steps

    found = steps.housekeeping(Settings.from_env())
    _print(found, as_json, "\n".join(f"{k:24} {v:,}" for k, v in found.items()))


@app.command()
def run(
    month: Months = None,
    dry_run: Annotated[bool, Option("Say what would be taken; write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Everything, in one process and without a scheduler. All feeds, recognition, comparison, report."""
    settings = Settings.from_env()
    months = [checked_month(m) for m in month] if month else settings.months()
    if dry_run:
        from pipeline.preview import preview

        rows = preview(settings, months)
        _print(rows, as_json, "\n".join(f"{r['month']}  {r['feed'] or '-':20} {r['what']}" for r in rows))
        return
    from pipeline.api import interfaces
    from pipeline.run import closing
    from pipeline.run import run as run_all

    with interfaces(settings) as settings:
        outcome = run_all(settings, months, _say)
    data = {"months": outcome.months, "deliveries": outcome.deliveries, "seconds": outcome.seconds,
            "counts": outcome.counts, "report": outcome.report,
            "troubles": [{"feed": f, "month": m, "error": str(e)} for f, m, e in outcome.troubles]}  # fmt: skip
    _print(data, as_json, closing(outcome))
    raise SystemExit(outcome.exit_code)


@app.command()
def status(as_json: Json = False) -> None:
    """What came, in what state it is, and what is missing. And how many leads are open."""
    from pipeline.state import status as read_status

    rows, summary = read_status(Settings.from_env())
    lines = [
        f"{r['month']}  {r['feed']:20} {r['state']:10} {r['verdict'] or '':5} "
        f"{r['lines'] or 0:>8,} {r['published'] or 0:>8,}"
        for r in rows
    ]
    tail = "  ".join(f"{k} {v:,}" for k, v in summary.items())
    _print({"deliveries": rows, "summary": summary}, as_json, "\n".join([*lines, tail]))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what is wrong with this installation. And what to do about it."""
    from pipeline.state import doctor as examine

    findings = examine(Settings.from_env())
    _print(findings, as_json, "\n".join(f"{'ok ' if f['ok'] else 'BAD'}  {f['what']}: {f['says']}" for f in findings))
    raise SystemExit(0 if all(f["ok"] for f in findings) else 2)


warehouse_app = app.group("warehouse", "The warehouse server.")


@warehouse_app.command("url")
def warehouse_url(role: str = "owner") -> None:
    """Print the connection string of the warehouse. Starts the private server if need be."""
    from contracts import purposes
    from pipeline import steps
    from warehouse.access import role as reader
    from warehouse.migrate import ROLES

    roles = ("owner", *ROLES, *(reader(p.purpose) for p in purposes.load_all()))
    if role not in roles:
        raise Misused(f"--role: there is no role {role}: give {', '.join(roles)}")
    sys.stdout.write(steps.server(Settings.from_env()).url(role) + "\n")


@warehouse_app.command("stop")
def warehouse_stop() -> None:
    """Stop the private server."""
    from pipeline import steps

    steps.server(Settings.from_env()).stop()


feed_app = app.group("feed", "Contracts of feeds.")


@feed_app.command("check")
def feed_check(path: Path) -> None:
    """Validate a contract file."""
    contract = contracts.load(path)
    sys.stdout.write(f"{contract.feed}: {len(contract.fields)} fields, {len(contract.mentions)} mentions, ok\n")


@feed_app.command("compile")
def feed_compile() -> None:
    """Compile the contracts for the DAG files. They are in contracts/compiled.json."""
    contracts.COMPILED.write_text(contracts.compile_all(), encoding="utf-8")
    sys.stdout.write(f"{contracts.COMPILED}\n")


lead_app = app.group("lead", "Leads and their states.")


@lead_app.command("list")
def lead_list(
    month: Months = None,
    rule: Annotated[str | None, Option("List the leads of this rule, by their ids.")] = None,
    as_json: Json = False,
) -> None:
    """Open leads, by rule and month, or those of one rule. Never a name."""
    from pipeline import state

    settings, months = Settings.from_env(), [checked_month(m) for m in month or []]
    if rule is None:
        rows = state.leads(settings, months)
        text = "\n".join(f"{r['month']}  {r['rule']:40} {r['leads']:>5}" for r in rows)
    else:
        rows = state.leads_of(settings, rule, months)
        text = "\n".join(map(state.lead_line, rows))
    if not rows:
        _say("no open leads")
    _print(rows, as_json, text)


class Verified(NamedTuple):
    """Arguments and options of `huilian lead decide`."""

    lead_id: str
    state: Annotated[str, Argument("sent, confirmed, refuted or closed.")]
    who: Annotated[str, Option("Who decided.")]
    why: Annotated[str, Option("Why, in a sentence, without anybody's number.")]
    outcome: Annotated[str | None, Option("Closing: reduce, grant, correct_data, no_change.")] = None
    hearing_on: Annotated[date | None, Option("When they were heard.")] = None
    notice_no: Annotated[str | None, Option("Number of the written notice.")] = None


@lead_app.command("decide")
@grouped(Verified)
def lead_decide(found: Verified) -> None:
    """Say what a human found. Closing as a reduction needs a hearing and a written notice."""
    from pipeline.state import decide
    from warehouse.casework import Decision

    decision = Decision(found.who, found.why, found.outcome, found.hearing_on, found.notice_no)
    decide(Settings.from_env(), found.lead_id, found.state, decision)


review_app = app.group("review", "Pairs recognition is not sure of, and decisions about them.")


@review_app.command("list")
def review_list(
    most: Annotated[int, Option("How many at most.", least=1)] = 20,
    show: Annotated[bool, Option("Show names, with numbers masked: for reviewers only.")] = False,
    entity: Annotated[str | None, Option("person, organisation or address. Default: the first two.")] = None,
    as_json: Json = False,
) -> None:
    """Undecided pairs, those that teach most first. With what agrees, and why they are asked."""
    from pipeline import review, review_words

    rows = review.pairs(Settings.from_env(), most, show, entity)
    _print(rows, as_json, review_words.listed(rows))


@review_app.command("report")
def review_report(as_json: Json = False) -> None:
    """Whether decisions bear the program out. By band of probability, how many pairs were said to be one."""
    from pipeline import review, review_words

    found = review.report(Settings.from_env())
    _print(found, as_json, review_words.reported(found))


@review_app.command("decide")
def review_decide(
    verdict: Annotated[str, Argument("same or different")],
    left: Annotated[tuple[str, str, str], Option("feed, record key and role of one mention")],
    right: Annotated[tuple[str, str, str], Option("and of the other")],
    who: Annotated[str, Option("Who decided.")],
    why: Annotated[str, Option("Why, in a sentence, without a name.")],
) -> None:
    """Say that two mentions are one person or two. Every later run obeys; prints the decision's number."""
    from pipeline import review
    from warehouse.decisions import Mention

    settings = Settings.from_env()
    number = review.decide(settings, (Mention(*left), Mention(*right)), verdict, who, why)
    if any(row["waits"] for row in review.in_force(settings) if row["decision_id"] == number):
        _say(
            "nobody has been recognised under one of the two yet: the decision waits; is each written as it should be?"
        )
    sys.stdout.write(f"{number}\n")


@review_app.command("decisions")
def review_decisions(as_json: Json = False) -> None:
    """Decisions in force, by number. What was decided about which two mentions, by whom, when and why."""
    from pipeline import review, review_words

    rows = review.in_force(Settings.from_env())
    _print(rows, as_json, review_words.decided(rows))


@review_app.command("undo")
def review_undo(number: int, who: Annotated[str, Option("Who undoes it.")]) -> None:
    """Put a decision out of force; it stays on record."""
    from pipeline.review import undo

    undo(Settings.from_env(), number, who)


def main() -> None:
    """Entry point: errors become a sentence on stderr and an exit code."""
    announce(_say)
    try:
        with spare_collecting():
            app.run("huilian", sys.argv[1:])
    except Exception as error:  # noqa: BLE001  its own words may quote a cell, and Python's exit code means another thing
        from pipeline.failures import explained

        known = explained(error)
        _say(str(known))
        raise SystemExit(known.exit_code) from None


if __name__ == "__main__":
    main()
