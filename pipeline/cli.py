"""`huilian`: one verb a step, and `run` for all of them. Data goes to stdout, talk to stderr.

Exit codes: 0 ok, 1 something was set aside for a department, 2 somebody must edit something here, 75 try again later,
130 interrupted.
"""

import sys
from pathlib import Path
from typing import Any

import click

import contracts
from pipeline import linking
from pipeline.cli_cases import lead_app, review_app
from pipeline.cli_shared import ABOUT, InOrder, a_file, json_too, of_month, of_months, size, tell
from pipeline.linking import say
from pipeline.settings import Settings, checked_month
from pipeline.spared import spare_collecting
from transforms.matching.waiting import announce


@click.group(cls=InOrder, context_settings=ABOUT)
def app() -> None:
    """From departmental deliveries to leads to verify."""


@app.command()
@json_too
def feeds(as_json: bool) -> None:
    """List the feeds, with department, format and delivery."""
    rows = [
        {"feed": c.feed, "title": c.title, "department": c.department, "format": c.source.format,
         "mode": c.delivery.mode, "drop": c.delivery.drop or ""}
        for c in contracts.load_all()
    ]  # fmt: skip
    tell(rows, as_json, "\n".join(f"{r['feed']:20} {r['format']:12} {r['mode']:10} {r['title']}" for r in rows))


@app.command()
@click.argument("feed")
@of_month
@json_too
def receive(feed: str, month: str, as_json: bool) -> None:
    """Take in what came for FEED; prints the delivery ids. It is found, claimed, landed and read."""
    from pipeline import steps

    ids = steps.receive(Settings.from_env(), feed, checked_month(month))
    tell(ids, as_json, "\n".join(ids))


@app.command()
@click.argument("delivery_ids", nargs=-1, required=True)
@json_too
def check(delivery_ids: tuple[str, ...], as_json: bool) -> None:
    """Judge deliveries; prints the ids that are fit to publish. Their rows are conformed before."""
    from pipeline import steps

    fit = steps.check(Settings.from_env(), list(delivery_ids))
    tell(fit, as_json, "\n".join(fit))


@app.command()
@click.argument("delivery_ids", nargs=-1, required=True)
@json_too
def publish(delivery_ids: tuple[str, ...], as_json: bool) -> None:
    """Load deliveries and write their receipts. Each goes into the warehouse in one transaction."""
    from pipeline import steps

    done = steps.publish(Settings.from_env(), list(delivery_ids))
    tell(done, as_json, "\n".join(done))


@app.command()
@click.argument("config", required=False, type=a_file, help="A config of tables to link; without it, the warehouse's.")
@click.option("--month", help="The month a delivery is about, like 2026-10.")
@click.option("--out", type=a_file, help="Where members, pairs and model.json go.")
@click.option("--model", type=a_file, help="A model.json to score with, without training.")
@click.option("--explain", nargs=2, metavar="LEFT RIGHT", help="Say why about two records, each source:key.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Say what would be done, by the heads of the tables; with --add by all of them. Write nothing.",
)
@click.option("--svg", type=a_file, help="With --explain: write the picture of it here.")
@click.option(
    "--add", is_flag=True, help="CONFIG.yml has new records: link them to those in --out, which keep their ids."
)
@click.option(
    "--keep/--no-keep",
    default=None,
    help="Keep in --out/kept what a later --add needs: the records, 350 to 700 bytes each. Default: as before.",
)
@click.option(
    "--decisions",
    type=a_file,
    help="A table of what people decided about pairs of records, as CSV or Parquet: left_source, left_key,"
    " right_source, right_key, verdict (same, different, undone). Kept in --out, obeyed for good.",
)
@click.option(
    "--memory",
    type=size,
    help="What it may take, like 4GiB; large arrays beyond that are in files in --out. Default: what is there.",
)
@json_too
def link(**given: Any) -> None:
    """Recognise who is who in all feeds, or in any tables. Without CONFIG.yml, which names the tables: people,
    organisations and addresses of the warehouse.
    """
    asked = linking.Asked(**given)
    data, text = linking.answer(asked)
    tell(data, asked.as_json, text)


@app.command()
@of_month
@json_too
def compare(month: str, as_json: bool) -> None:
    """Ask the cross-checks about a month and keep the leads. They are asked as of its end."""
    from pipeline import steps
    from pipeline.run import counted

    found = steps.compare(Settings.from_env(), checked_month(month))
    tell(found, as_json, "\n".join(f"{k:40} {counted(v)}" for k, v in found.items()))


@app.command()
def report() -> None:
    """Write the HTML report; prints its path."""
    from pipeline import steps

    sys.stdout.write(f"{steps.report(Settings.from_env())}\n")


@app.command()
@of_month
@json_too
def sweep(month: str, as_json: bool) -> None:
    """Answer files that can't be taken with a receipt each. Those that belong to no feed too."""
    from pipeline import steps

    found = steps.sweep(Settings.from_env(), checked_month(month))
    tell(found, as_json, "\n".join(f"{k:24} {v:,}" for k, v in found.items()))


@app.command()
@json_too
def housekeeping(as_json: bool) -> None:
    """Apply retention, and say which feeds are late. It is applied to landed files and lake."""
    from pipeline import steps

    found = steps.housekeeping(Settings.from_env())
    tell(found, as_json, "\n".join(f"{k:24} {v:,}" for k, v in found.items()))


@app.command()
@of_months
@click.option("--dry-run", is_flag=True, help="Say what would be taken; write nothing.")
@json_too
def run(months: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Everything, in one process and without a scheduler. All feeds, recognition, comparison, report."""
    settings = Settings.from_env()
    chosen = [checked_month(m) for m in months] or settings.months()
    if dry_run:
        from pipeline.preview import preview

        rows = preview(settings, chosen)
        tell(rows, as_json, "\n".join(f"{r['month']}  {r['feed'] or '-':20} {r['what']}" for r in rows))
        return
    from pipeline.api import interfaces
    from pipeline.run import closing
    from pipeline.run import run as run_all

    with interfaces(settings) as settings:
        outcome = run_all(settings, chosen, say)
    data = {"months": outcome.months, "deliveries": outcome.deliveries, "seconds": outcome.seconds,
            "counts": outcome.counts, "report": outcome.report,
            "troubles": [{"feed": f, "month": m, "error": str(e)} for f, m, e in outcome.troubles]}  # fmt: skip
    tell(data, as_json, closing(outcome))
    raise SystemExit(outcome.exit_code)


@app.command()
@json_too
def status(as_json: bool) -> None:
    """What came, in what state it is, and what is missing. And how many leads are open."""
    from pipeline.state import status as read_status

    rows, summary = read_status(Settings.from_env())
    lines = [
        f"{r['month']}  {r['feed']:20} {r['state']:10} {r['verdict'] or '':5} "
        f"{r['lines'] or 0:>8,} {r['published'] or 0:>8,}"
        for r in rows
    ]
    tail = "  ".join(f"{k} {v:,}" for k, v in summary.items())
    tell({"deliveries": rows, "summary": summary}, as_json, "\n".join([*lines, tail]))


@app.command()
@json_too
def doctor(as_json: bool) -> None:
    """Say what is wrong with this installation. And what to do about it."""
    from pipeline.state import doctor as examine

    findings = examine(Settings.from_env())
    tell(findings, as_json, "\n".join(f"{'ok ' if f['ok'] else 'BAD'}  {f['what']}: {f['says']}" for f in findings))
    raise SystemExit(0 if all(f["ok"] for f in findings) else 2)


@app.group("warehouse")
def warehouse_app() -> None:
    """The warehouse server."""


@warehouse_app.command("url")
@click.option("--role", default="owner", help="Whom it lets in.")
def warehouse_url(role: str) -> None:
    """Print the connection string of the warehouse. Starts the private server if need be."""
    from contracts import purposes
    from pipeline import steps
    from warehouse.access import role as reader
    from warehouse.migrate import ROLES

    roles = ("owner", *ROLES, *(reader(p.purpose) for p in purposes.load_all()))
    if role not in roles:
        raise click.BadParameter(f"there is no role {role}: give {', '.join(roles)}", param_hint="--role")
    sys.stdout.write(steps.server(Settings.from_env()).url(role) + "\n")


@warehouse_app.command("stop")
def warehouse_stop() -> None:
    """Stop the private server."""
    from pipeline import steps

    steps.server(Settings.from_env()).stop()


@app.group("feed")
def feed_app() -> None:
    """Contracts of feeds."""


@feed_app.command("check")
@click.argument("path", type=a_file)
def feed_check(path: Path) -> None:
    """Validate a contract file. Its checks are tried, without any data."""
    from quality.checks import probe

    contract = contracts.load(path)
    probe(contract)
    sys.stdout.write(f"{contract.feed}: {len(contract.fields)} fields, {len(contract.mentions)} mentions, ok\n")


@feed_app.command("compile")
def feed_compile() -> None:
    """Compile the contracts for the DAG files. They are in contracts/compiled.json."""
    contracts.COMPILED.write_text(contracts.compile_all(), encoding="utf-8")
    sys.stdout.write(f"{contracts.COMPILED}\n")


app.add_command(lead_app)
app.add_command(review_app)


def main() -> None:
    """Entry point: errors become a sentence on stderr and an exit code."""
    announce(say)
    try:
        with spare_collecting():
            raise SystemExit(app.main(prog_name="huilian", standalone_mode=False))
    except click.ClickException as mistake:
        mistake.show()
        raise SystemExit(mistake.exit_code) from None
    except click.Abort:
        say("huilian: interrupted\n  next: run it again; what was done stands")
        raise SystemExit(130) from None
    except Exception as error:  # noqa: BLE001  its own words may quote a cell, and Python's exit code means another thing
        from pipeline.failures import explained

        known = explained(error)
        say(str(known))
        raise SystemExit(known.exit_code) from None


if __name__ == "__main__":
    main()
