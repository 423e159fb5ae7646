"""The steps in order, one function each: ids in, ids out. The CLI and the DAGs call these and nothing else.

Each may be run again after any kind of end and comes to the same result: what is done is found done. Each loads what
it needs itself: all of it takes over a second, and whoever asks how things stand need not wait for that.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import contracts
from contracts.errors import Quarantine, Stop
from pipeline.boundary import boundary
from pipeline.failures import told
from pipeline.settings import Settings
from warehouse import access, ledger, migrate
from warehouse.server import Server, ensure

if TYPE_CHECKING:
    from pipeline.waking import News


def server(settings: Settings) -> Server:
    """The warehouse's server, started if it is the private one and doesn't run."""
    return _server(settings.data, settings.warehouse, settings.pg_bin, settings.role_password)


def made(data: Path) -> Path:
    """The data folder, made if need be. Raises Stop when it can't be."""
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"the folder can't be made: {error.strerror}"
        raise Stop("HUILIAN_DATA", what, "set it to a folder this account may write to") from error
    return data


@lru_cache(maxsize=8)
def _server(data: Path, url: str | None, pg_bin: Path | None, role_password: str | None) -> Server:
    made(data)
    running = ensure(data, url, pg_bin, role_password)
    with running.connect("owner") as conn:
        new = conn.execute("select to_regclass('ledger.migration') is null").fetchone() == (True,)
    if new:  # any step may be the first
        migrate.migrate(running, contracts.by_feed().values())
        access.grant(running)
    return running


@told
def prepare(settings: Settings) -> list[str]:
    """Bring the warehouse to the shape the contracts ask for; what was applied."""
    for folder in (settings.landing, settings.lake, settings.outbox, settings.reports):
        folder.mkdir(parents=True, exist_ok=True)
    running = server(settings)
    return migrate.migrate(running, contracts.by_feed().values()) + access.grant(running)


@told
def receive(settings: Settings, feed: str, month: str) -> list[str]:
    """Find, land, register and read what came for a feed and month; the ids that have work to do."""
    from pipeline import intake

    return intake.receive(settings, server(settings), feed, month)


@told
def sweep(settings: Settings, month: str) -> dict[str, int]:
    """Answer the files of a month that belong to no feed; how many."""
    from pipeline import intake

    return intake.sweep(settings, server(settings), month)


@told
def check(settings: Settings, delivery_ids: list[str]) -> list[str]:
    """Conform and judge deliveries; the ids fit to publish. Raises Quarantine, after all are done, when one isn't.

    One that was not read yet is read before, and a refused one once more: its contract may have changed.
    """
    from pipeline import intake, judging

    running = server(settings)
    for name in delivery_ids:
        intake.reread(settings, running, name)
    done = [judging.check(settings, running, name) for name in delivery_ids]
    stopped = [d.delivery_id for d in done if d.state not in ("checked", "published")]
    if stopped:
        raise Quarantine(stopped[0], "the batch isn't fit to load", "send the department its receipt from the outbox")
    return [d.delivery_id for d in done]


@told
def publish(settings: Settings, delivery_ids: list[str]) -> list[str]:
    """Load checked deliveries into the warehouse, one transaction each, and answer the department; the ids.

    Raises Stop for one that was not checked, or not found fit.
    """
    from pipeline import intake, lake, receipts
    from warehouse import load

    running = server(settings)
    for name in delivery_ids:
        delivery = ledger.get(running, name)
        contract = contracts.get(delivery.feed)
        folder = lake.folder(settings.lake, delivery.feed, name)
        if delivery.state not in ("checked", "published"):
            raise Stop(name, f"is {delivery.state}, not checked", f"run `huilian check {name}` before")
        if delivery.state == "checked":
            migrate.migrate(running, [contract])  # it may be newer than its tables
            load.publish(running, contract, name, lake.read(folder, "rows"), lake.read(folder, "mentions"))
            boundary(settings.kill_at, "loaded")
        if not receipts.answered(settings, contract, name):
            receipts.answer(settings, running, ledger.get(running, name))
        intake.archive(settings, contract, ledger.get(running, name))
        boundary(settings.kill_at, "receipted")
    return delivery_ids


@told
def link(settings: Settings, month: str) -> dict[str, int]:
    """Recognise people, organisations and addresses over everything published; counts of what was found and changed."""
    from pipeline import people

    running = server(settings)
    seen = [d.delivery_id for d in ledger.unrecognised(running)]  # before: what comes while it runs, it may miss
    found = people.link(running, month)
    ledger.mark_recognised(running, seen)
    boundary(settings.kill_at, "linked")
    return found


@told
def compare(settings: Settings, month: str) -> dict[str, int]:
    """Ask every rule its question as of a month; leads by rule, those that bring people what is theirs first."""
    from pipeline import comparing

    found = comparing.compare(server(settings), month)
    boundary(settings.kill_at, "compared")
    return found


@told
def compare_since(settings: Settings, month: str) -> dict[str, int]:
    """As `compare`, and again as of each month published after it: what a correction of `month` may have changed."""
    from pipeline import comparing

    found = comparing.compare_since(server(settings), month)
    boundary(settings.kill_at, "compared")
    return found


@told
def news(settings: Settings, feed: str, month: str) -> "News":
    """What a feed's run has to announce: a new month, a correction of one already recognised, or nothing."""
    from pipeline import waking

    return waking.news(server(settings), feed, month)


@told
def report(settings: Settings) -> Path:
    """Write the HTML page of the installation as it stands; its path."""
    from pipeline import comparing

    path = comparing.report(settings, server(settings))
    boundary(settings.kill_at, "reported")
    return path


@told
def housekeeping(settings: Settings) -> dict[str, int]:
    """Retention, stale staging, late feeds; counts of what was done and found."""
    from pipeline import keeping

    return keeping.housekeeping(settings, server(settings))
