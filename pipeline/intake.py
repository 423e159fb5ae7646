"""Taking deliveries in: found, landed as sent, written down, read as text. One feed and month at a time."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import contracts
from connectors import databases, http, inbox, sandbox
from connectors.inbox import Arrival
from connectors.landing import Landed, told_apart
from connectors.promised import awaited, promised
from contracts.errors import Quarantine, Stop
from contracts.model import Contract, Database, Rest
from pipeline import lake, receipts
from pipeline.boundary import boundary
from pipeline.settings import Settings
from quality.receipt import Came
from warehouse import ledger
from warehouse.ledger import Delivery
from warehouse.server import Server

NOBODYS = "部门不明"  # where files that lie beside the departments' folders are answered
FINISHED = ("published", "stopped", "refused")


class Taken(NamedTuple):
    """What is on our own disk now: the name it came under, where it lies, and how far a database pull got."""

    source_name: str
    landed: ledger.Landed
    watermark: str | None = None


def receive(settings: Settings, server: Server, feed: str, month: str) -> list[str]:
    """Land, register and read what came for `feed` and `month`; ids of the deliveries that have work to do.

    Every file is answered: the same bytes again with a duplicate receipt, a file that can't be used with a refusal.
    That nothing came is written down too. Raises Quarantine when something was refused and nothing else is left to do.
    """
    contract = contracts.get(feed)
    taken, refused = _take(settings, server, contract, month)
    ids: list[str] = []
    for item in taken:
        delivery, open_ = _register(settings, server, contract, month, item)
        if open_ and delivery.state == "received":
            delivery = _read(settings, server, contract, delivery)
        if delivery.state == "refused" and open_:
            refused.append(delivery.delivery_id)
        elif open_:
            ids.append(delivery.delivery_id)
    if not taken and not refused:
        ledger.arrive(server, ledger.Arrival(feed, receipts.first_day(month), "", "", "waiting"))
    if refused and not ids:
        raise Quarantine(f"{feed} {month}", f"{len(refused)} delivery can't be used", "see its receipt in the outbox")
    return ids


def reread(settings: Settings, server: Server, delivery_id: str) -> None:
    """Read the landed bytes of a delivery that was not read yet, or refused."""
    delivery = ledger.get(server, delivery_id)
    if delivery.state in ("received", "refused"):
        _read(settings, server, contracts.get(delivery.feed), delivery)


def archive(settings: Settings, contract: Contract, delivery: Delivery) -> None:
    """Move a loaded file aside in the department's own folder, if its contract asks for that; else leave it alone."""
    if contract.delivery.after_load != "archive":
        return
    for arrival in inbox.scan(settings.inbox, f"{delivery.period:%Y-%m}", contracts.by_feed().values()):
        if (arrival.feed, arrival.name, arrival.problem) == (contract.feed, delivery.source_name, None):
            inbox.archive(arrival.path, contract, delivery.sha256)


def sweep(settings: Settings, server: Server, month: str) -> dict[str, int]:
    """Answer the files of a month's inbox that belong to no feed. Returns how many, by outcome.

    While a contract is broken nobody can tell which files are its own, so nothing is answered.
    """
    found = {"unknown": 0}
    if len(contracts.by_feed()) < len(contracts.names()):
        return found
    for arrival in inbox.scan(settings.inbox, month, contracts.by_feed().values(), settings.settle_seconds):
        if arrival.feed is None:
            _refuse(settings, server, None, arrival)
            found["unknown"] += 1
    return found


def _take(settings: Settings, server: Server, contract: Contract, month: str) -> tuple[list[Taken], list[str]]:
    source, landing = contract.source, settings.landing / contract.feed
    landing.mkdir(parents=True, exist_ok=True, mode=0o700)
    if isinstance(source, Database):
        before = ledger.previous_published(server, contract.feed, receipts.first_day(month))
        url = settings.source_url(contract.feed, source.url, month)
        pulled = databases.pull(contract, url, before.watermark if before else None, landing)
        mark = _capped(pulled.watermark or (before.watermark if before else None), month)
        return [Taken(source.table, _landed(settings, pulled.landed), mark)], []
    if isinstance(source, Rest):
        url = settings.source_url(contract.feed, source.url, month)
        landed = http.fetch(contract, url, settings.token(contract.feed), landing)
        return [Taken(url.rsplit("/", 1)[-1], _landed(settings, landed))], []
    taken, refused = [], []
    for arrival in inbox.scan(settings.inbox, month, contracts.by_feed().values(), settings.settle_seconds):
        if arrival.feed != contract.feed:
            continue
        problem = arrival.problem
        if problem is None:
            try:
                taken.append(Taken(arrival.name, _landed(settings, inbox.land(arrival.path, landing))))
            except Quarantine:
                problem = "unreadable"
            except Stop:
                if os.access(arrival.path, os.R_OK):
                    raise  # a full disk is ours to mend, not the department's
                problem = "unreadable"
        if problem:
            _refuse(settings, server, contract, arrival._replace(problem=problem))
            refused += [] if problem == "still_writing" else [arrival.name]
    boundary(settings.kill_at, "landed")
    return taken, refused


def _register(settings: Settings, server: Server, contract: Contract, month: str, item: Taken) -> tuple[Delivery, bool]:
    """The delivery in the ledger, and whether there is still work to do for it."""
    period = receipts.first_day(month)
    delivery, new = ledger.register(server, contract.feed, period, item.source_name, item.landed)
    answered = receipts.answered(settings, contract, delivery.delivery_id)
    if delivery.state in FINISHED and not new:
        # Killed between the last transaction and the receipt: then the receipt is still owed, and this is no duplicate.
        receipts.answer(settings, server, delivery, duplicate=answered)
        if answered:
            _count(server, delivery, item, "duplicate")
        if delivery.state == "published":  # and killed before it was moved aside, or sent again
            archive(settings, contract, delivery._replace(source_name=item.source_name))
        return delivery, False
    if new and item.watermark:
        delivery = ledger.advance(server, delivery.delivery_id, "received", watermark=item.watermark)
    _count(server, delivery, item, "new")
    boundary(settings.kill_at, "registered")
    return delivery, True


def _read(settings: Settings, server: Server, contract: Contract, delivery: Delivery) -> Delivery:
    """Parse the landed bytes in a child process into the lake; a file that can't be used becomes `refused`."""
    folder = lake.folder(settings.lake, contract.feed, delivery.delivery_id)
    try:
        report = sandbox.parse(settings.data / delivery.landed, contract, folder)
    except Quarantine as error:
        delivery = ledger.advance(server, delivery.delivery_id, "refused", reason=error.reason, evidence=error.what)
        receipts.answer(settings, server, delivery)
        return delivery
    delivery = ledger.advance(
        server,
        delivery.delivery_id,
        "parsed",
        encoding=report.encoding,
        evidence=report.evidence,
        lines=report.lines,
        parsed=report.parsed,
        rejected=report.rejected,
        columns_unknown=report.unknown,
        columns_refused=report.refused,
    )
    boundary(settings.kill_at, "parsed")
    return delivery


def _capped(mark: str | None, month: str) -> str | None:
    """The watermark, but no later than the month's end: one row dated 2206 must not hide all that change after it."""
    first = receipts.first_day(month)
    after = f"{first.year + first.month // 12}-{first.month % 12 + 1:02d}-01 00:00:00"
    return min(mark, after) if mark else mark


def _landed(settings: Settings, landed: Landed) -> ledger.Landed:
    """The same, with the path told from the data directory: it may be moved."""
    return ledger.Landed(landed.sha256, landed.bytes, str(Path(landed.path).relative_to(settings.data)))


def _count(server: Server, delivery: Delivery, item: Taken, outcome: ledger.Outcome) -> None:
    arrival = ledger.Arrival(
        delivery.feed, delivery.period, item.source_name, delivery.sha256, outcome, delivery.delivery_id
    )
    ledger.arrive(server, arrival)


def _refuse(settings: Settings, server: Server, contract: Contract | None, arrival: Arrival) -> None:
    """Answer a file that was not taken in: it can't be used, belongs to nobody, or is not complete yet."""
    reason = arrival.problem or "unknown_feed"
    outcome: ledger.Outcome = "waiting" if reason == "still_writing" else "refused" if contract else "unknown"
    period = receipts.first_day(arrival.month)
    first = ledger.arrive(server, ledger.Arrival(arrival.feed or "", period, arrival.name, "", outcome)) == 1
    department = told_apart(arrival.department) if arrival.department else NOBODYS
    came = Came(
        delivery_id=f"{arrival.feed or 'unknown'}-{arrival.month.replace('-', '')}-{told_apart(arrival.name)}",
        department=department,
        period=arrival.month,
        source_name=arrival.name,
        sha256="",
        bytes=arrival.path.lstat().st_size,
        received_at=datetime.now(UTC),
        evidence="" if reason != "unknown_feed" else _awaited(arrival),
    )
    target = settings.outbox / department / f"{came.delivery_id}.json"
    if first or not target.is_file():
        receipts.answer_unusable(settings, came, contract, reason)


def _awaited(arrival: Arrival) -> str:
    """What a file nobody awaits was perhaps meant to be: one that several may be, or one that its folder is for."""
    all_of_them = contracts.by_feed().values()
    if meant := promised(arrival.month, all_of_them).meant(f"{arrival.department}/{arrival.name}"):
        return f"not the only file for: {', '.join(meant)}"
    names = awaited(arrival.month, arrival.department, all_of_them)
    return f"awaited in this folder: {', '.join(names)}" if names else ""
