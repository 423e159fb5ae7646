"""Comparing registers: rules become leads, leads and counts become a page."""

import os
from datetime import UTC, datetime
from pathlib import Path

from pipeline import page
from pipeline.receipts import first_day
from pipeline.settings import Settings
from transforms import crosscheck
from warehouse import leads
from warehouse.server import Server

KEPT = 30  # reports kept beside the latest


def compare(server: Server, month: str) -> dict[str, int]:
    """Ask every rule about `month`; leads found by rule, benefit rules first; one that could not be asked counts -1."""
    outcomes = leads.evaluate(server, crosscheck.load_all(), first_day(month))
    return {o.rule: o.found if o.missing is None else -1 for o in outcomes}


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
