"""Receipts, made from the ledger and the lake: so they can be made again, and say the same."""

import json
from datetime import date
from pathlib import Path

import contracts
from contracts import workdays
from contracts.model import Contract
from pipeline import lake
from pipeline.settings import Settings
from quality.receipt import Came, Counts, Happened, Objections, Previous, compose, write
from quality.report import Report
from warehouse import ledger
from warehouse.ledger import Delivery
from warehouse.server import Server

REPORT = "report.json"
FORMS = (".json", ".xlsx")


def path_of(settings: Settings, contract: Contract, delivery_id: str) -> Path:
    """Where the JSON receipt of a delivery is or will be."""
    return settings.outbox / contract.department / f"{delivery_id}.json"


def answered(settings: Settings, contract: Contract, delivery_id: str) -> bool:
    """Whether a delivery has its receipt, in both forms."""
    path = path_of(settings, contract, delivery_id)
    return all(path.with_suffix(suffix).is_file() for suffix in FORMS)


def answer(settings: Settings, server: Server, delivery: Delivery, duplicate: bool = False) -> list[Path]:
    """Write the receipt of one delivery as it stands, or the one that says it came a second time."""
    contract = contracts.get(delivery.feed)
    folder = lake.folder(settings.lake, delivery.feed, delivery.delivery_id)
    happened = Happened(
        counts=_counts(delivery),
        report=_report(folder),
        objections=_objections(folder),
        reason=delivery.reason or "",
        previous=_previous(server, delivery),
        replaces=_replaced(server, delivery),
        unknown=tuple(delivery.columns_unknown),
        refused=tuple(delivery.columns_refused),
    )
    if duplicate:
        happened = Happened(same_as=delivery.delivery_id, returned=delivery.state != "published")
    return write(compose(_came(contract, delivery), contract, happened, workdays), settings.outbox)


def withdraw(settings: Settings, delivery: Delivery) -> None:
    """Remove the receipts of a delivery that is judged anew: what they say does not hold any more."""
    path = path_of(settings, contracts.get(delivery.feed), delivery.delivery_id)
    for suffix in FORMS:
        path.with_suffix(suffix).unlink(missing_ok=True)


def answer_unusable(settings: Settings, came: Came, contract: Contract | None, reason: str) -> list[Path]:
    """Write the receipt of a file that never became a delivery; `reason` is a file-scope code of contracts.reasons."""
    return write(compose(came, contract, Happened(reason=reason), workdays), settings.outbox)


def _came(contract: Contract, delivery: Delivery) -> Came:
    return Came(
        delivery_id=delivery.delivery_id,
        department=contract.department,
        period=f"{delivery.period:%Y-%m}",
        source_name=delivery.source_name,
        sha256=delivery.sha256,
        bytes=delivery.bytes,
        received_at=delivery.received_at,
        encoding=delivery.encoding or "",
        evidence=delivery.evidence or "",
    )


def _counts(delivery: Delivery) -> Counts | None:
    d = delivery
    if d.lines is None or d.parsed is None or d.rejected is None or d.typed is None or d.quarantined is None:
        return None
    return Counts(d.lines, d.parsed, d.rejected, d.typed, d.quarantined, d.published or 0, d.deduplicated or 0)


def _report(folder: Path) -> Report | None:
    path = folder / REPORT
    return Report.from_dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def _objections(folder: Path) -> Objections:
    stages = ("rejects", "quarantined", "issues", "bad_rows", "dropped")
    return Objections(**{stage: lake.read(folder, stage) for stage in stages if lake.has(folder, stage)})


def _previous(server: Server, delivery: Delivery) -> Previous | None:
    found = ledger.previous_published(server, delivery.feed, delivery.period)
    if found is None or not found.lines:
        return None
    bad = 100 * ((found.rejected or 0) + (found.quarantined or 0)) / found.lines
    return Previous(f"{found.period:%Y-%m}", found.published or 0, round(bad, 2))


def _replaced(server: Server, delivery: Delivery) -> str:
    found = ledger.replaced_by(server, delivery)
    return found.delivery_id if found else ""


def first_day(month: str) -> date:
    """The first day of a month written like 2026-10."""
    return date(int(month[:4]), int(month[5:7]), 1)
