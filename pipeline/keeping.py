"""Housekeeping: what is kept too long goes, what is late is said."""

import shutil
from datetime import UTC, date, datetime

import contracts
from contracts.model import Contract
from pipeline.settings import Settings
from warehouse import ledger
from warehouse.server import Server

LANDED_DAYS = 180  # the envelope as sent; its content lives on in the lake and the warehouse


def housekeeping(settings: Settings, server: Server, today: date | None = None) -> dict[str, int]:
    """Apply retention and count what is late.

    Landed files older than LANDED_DAYS and lake folders older than the contract's retention are removed; the ledger
    keeps their hashes and counts. `late` are feeds whose month has passed its due day without anything published.
    """
    day = today or datetime.now(UTC).date()
    found = {"landed_removed": 0, "lake_removed": 0, "late_feeds": len(late(server, day))}
    for delivery in ledger.deliveries(server):
        contract = contracts.by_feed().get(delivery.feed)
        age = (day - delivery.received_at.date()).days
        landed = settings.data / delivery.landed
        if age > LANDED_DAYS and delivery.state in ("published", "refused") and landed.is_file():
            landed.unlink()
            found["landed_removed"] += 1
        folder = settings.lake / delivery.feed / delivery.delivery_id
        if contract and age > 366 * contract.retention_years and folder.is_dir():
            shutil.rmtree(folder)
            found["lake_removed"] += 1
    return found | {"partial_removed": clear(settings, day)}


def clear(settings: Settings, day: date) -> int:
    """Remove what steps that died before `day` were writing, in the lake and in the outbox; how many files."""
    parts = (*settings.lake.glob("*/*/.*.part"), *settings.outbox.glob("*/.*.part"))
    old = [p for p in parts if day > datetime.fromtimestamp(p.stat().st_mtime, UTC).date()]
    for part in old:
        part.unlink(missing_ok=True)
    return len(old)


def late(server: Server, today: date) -> list[tuple[str, str]]:
    """(feed, month) of what should have come by `today` and has not been published, for last month and this one."""
    published = {(d.feed, d.period) for d in ledger.deliveries(server) if d.state == "published"}
    out = []
    for contract in contracts.load_all():
        for period in _due(contract, today):
            if (contract.feed, period) not in published:
                out.append((contract.feed, f"{period:%Y-%m}"))
    return out


def _due(contract: Contract, today: date) -> list[date]:
    """The latest month whose due day has passed."""
    this = today.replace(day=1)
    before = date(this.year - (this.month == 1), (this.month - 2) % 12 + 1, 1)
    return [this] if today.day > contract.delivery.due_day else [before]
