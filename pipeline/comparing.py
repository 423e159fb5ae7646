"""Comparing registers: rules become leads, leads and counts become a page."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

from pipeline import page
from pipeline.receipts import first_day
from pipeline.settings import Settings
from transforms import crosscheck
from warehouse import leads, ledger
from warehouse.server import Server

AGAIN = 2  # earlier months asked again
KEPT = 30  # reports kept beside the latest


def compare(server: Server, month: str) -> dict[str, int]:
    """Ask every rule about `month`; leads found by rule, benefit rules first; one that could not be asked counts -1.

    The months just before are asked again too: who is who is known better now, and a lead that rested on a mistake is
    withdrawn.
    """
    rules, period = crosscheck.load_all(), first_day(month)
    for earlier in [known for known in _known(server) if known < period][-AGAIN:]:
        leads.evaluate(server, rules, earlier)
    return {o.rule: o.found if o.missing is None else -1 for o in leads.evaluate(server, rules, period)}


def compare_since(server: Server, month: str) -> dict[str, int]:
    """As `compare`, and again about each month published after it: a snapshot holds until the next, and who is who
    changes for all of them.
    """
    found, rules = compare(server, month), crosscheck.load_all()
    for later in [known for known in _known(server) if known > first_day(month)]:
        leads.evaluate(server, rules, later)
    return found


def _known(server: Server) -> list[date]:
    """Months something was published for, the earliest first."""
    return sorted({d.period for d in ledger.deliveries(server) if d.state == "published"})


def report(settings: Settings, server: Server) -> Path:
    """Write the page of everything in the warehouse: one dated file and a copy, latest.html, which is returned."""
    settings.reports.mkdir(parents=True, exist_ok=True)
    html = page.render(page.gather(server.connect)).encode("utf-8")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for name in (f"{stamp}.html", "latest.html"):
        partial = settings.reports / f".{name}.{os.getpid()}.part"
        partial.write_bytes(html)
        partial.replace(settings.reports / name)
    for old in sorted(settings.reports.glob("2*Z.html"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return settings.reports / "latest.html"
