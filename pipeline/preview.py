"""What a run would take, without writing a byte anywhere."""

from collections.abc import Iterable

import contracts
from connectors import inbox
from contracts.model import Database, Rest
from pipeline.settings import Settings


def preview(settings: Settings, months: Iterable[str]) -> list[dict[str, str]]:
    """One row a file, database or interface a run over `months` would go to: month, feed, name, what would be done."""
    rows: list[dict[str, str]] = []
    every = contracts.load_all()
    for month in months:
        seen = set()
        for a in inbox.scan(settings.inbox, month, every, settings.settle_seconds):
            seen.add(a.feed)
            what = f"read {a.path.name}" if a.problem is None else f"refuse {a.path.name}: {a.problem}"
            rows.append({"month": month, "feed": a.feed or "", "what": what})
        for contract in every:
            if isinstance(contract.source, Database | Rest):
                kind = "pull the table" if isinstance(contract.source, Database) else "fetch the pages"
                rows.append({"month": month, "feed": contract.feed, "what": f"{kind} ({contract.department})"})
            elif contract.feed not in seen:
                rows.append({"month": month, "feed": contract.feed, "what": "nothing came"})
    return sorted(rows, key=lambda r: (r["month"], r["feed"]))
