"""Publishes a delivery: its rows become the registers' new versions, in one transaction with its ledger row.

What a delivery of month P says holds from P until the feed speaks again: a snapshot until the next month delivered, for
every key (a key it leaves out is gone); an increment for each key it names, until the next month that names the key.
A later delivery of the same month speaks instead of the earlier one: a snapshot wholly, an increment for its keys.
So the registers depend on what was delivered, not on the order in which months came. Equal content makes no version.
"""

from datetime import date, datetime
from typing import NamedTuple, cast

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from contracts.errors import Stop
from contracts.model import Contract
from warehouse import bulk, history, staging, tables
from warehouse.history import Change, Window
from warehouse.server import Connection, Server
from warehouse.tables import Table


class Published(NamedTuple):
    """`rows` is what the delivery put in force (ledger.delivery.published); no change means it said nothing new."""

    rows: int
    deduplicated: int
    content: Change = Change()
    identifiers: Change = Change()


class _Entry(NamedTuple):
    """What the ledger knows of the delivery to publish."""

    feed: str
    period: date
    state: str
    typed: int | None
    published: int | None
    deduplicated: int | None


def publish(server: Server, contract: Contract, delivery_id: str, rows: pa.Table, mentions: pa.Table) -> Published:
    """Put a checked delivery in force. `rows` and `mentions` are what conform and deduplicate made of it.

    Can be killed at any point and run again; run on a published delivery it changes nothing.
    Raises Stop when the delivery is not in state `checked`, its counts don't add up, or rows or mentions are not in the
    contract's shape; Quarantine for a text PostgreSQL can't store; Retry when the server fails.
    """
    content, people = tables.content(contract), tables.identifiers(contract)
    with server.connect("loader") as conn:
        conn.autocommit = True
        # Held until the connection ends: a feed's staging tables and history have one writer at a time.
        conn.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"publish:{contract.feed}"])
        entry = _entry(conn, delivery_id, contract.feed)
        if entry.state == "published":
            return Published(entry.published or 0, entry.deduplicated or 0)
        staged = [(content, staging.prepare(content, rows)), (people, staging.prepare(people, mentions))]
        _check_mentions(contract.feed, staged[0][1], staged[1][1])
        bulk.fill(server, "loader", {staging.place(table): data for table, data in staged})
        with conn.transaction():
            done = put_in_force(conn, contract, delivery_id, entry.period, rows.num_rows)
    if done.content.opened + done.identifiers.opened >= bulk.ANALYZE_FROM:
        bulk.analyze(server, ("content", contract.feed), ("identifiers", contract.feed))
    return done


def put_in_force(conn: Connection, contract: Contract, delivery_id: str, period: date, rows: int) -> Published:
    """The one transaction of `publish`: what lies in staging becomes versions, and the ledger says so.

    To be called inside a transaction of a loader who holds the feed's lock. Raises Stop as `publish` does.
    """
    window = _window(conn, contract, delivery_id, period)
    changes = [history.merge(conn, table, window) for table in (tables.content(contract), tables.identifiers(contract))]
    conn.execute("DROP TABLE IF EXISTS pg_temp.scope")
    return Published(rows, _record(conn, delivery_id, rows, window.recorded_at), *changes)


def _entry(conn: Connection, delivery_id: str, feed: str) -> _Entry:
    row = conn.execute(
        "SELECT feed, period, state, typed, published, deduplicated FROM ledger.delivery WHERE delivery_id = %s",
        [delivery_id],
    ).fetchone()
    if row is None or row[0] != feed:
        raise Stop(delivery_id, f"the ledger has no such delivery of {feed}", "register it first")
    entry = _Entry(*row)  # type: ignore[arg-type]
    if entry.state not in ("checked", "published"):
        raise Stop(delivery_id, f"is {entry.state}, not checked", "run the steps before loading")
    return entry


def _check_mentions(feed: str, rows: pa.Table, mentions: pa.Table) -> None:
    if not pc.all(pc.is_in(mentions["record_key"], rows["record_key"].combine_chunks()), min_count=0).as_py():
        raise Stop(
            f"identifiers.{feed}", "mentions of records that are not loaded", "report it: conform keeps them equal"
        )


def _window(conn: Connection, contract: Contract, delivery_id: str, period: date) -> Window:
    at = _clock(conn, contract.feed)
    if contract.delivery.mode == "increment":
        _name_keys(conn, tables.content(contract), delivery_id, period)
        return Window(delivery_id, period, at, named=True)
    row = conn.execute(
        "SELECT min(period) FROM ledger.delivery WHERE feed = %s AND state = 'published' AND period > %s",
        [contract.feed, period],
    ).fetchone()
    return Window(delivery_id, period, at, until=cast("date | None", row[0] if row else None))


def _name_keys(conn: Connection, content: Table, delivery_id: str, period: date) -> None:
    """Note which keys an increment names, and make `scope`: until when its word holds for each of them."""
    words = {
        "staged": staging.name(content),
        "feed": sql.Literal(content.feed),
        "period": sql.Literal(period) + sql.SQL("::date"),
        "delivery": sql.Literal(delivery_id),
    }
    for step in (
        "INSERT INTO ledger.named_key (feed, record_key, period, delivery_id)"
        " SELECT {feed}, record_key, {period}, {delivery} FROM {staged}"
        " ON CONFLICT (feed, record_key, period) DO UPDATE SET delivery_id = excluded.delivery_id",
        "CREATE TEMP TABLE scope ON COMMIT DROP AS"
        " SELECT s.record_key, coalesce(min(n.period), 'infinity') AS until FROM {staged} s"
        " LEFT JOIN ledger.named_key n ON n.feed = {feed} AND n.record_key = s.record_key AND n.period > {period}"
        " GROUP BY s.record_key",
        "ANALYZE scope",
    ):
        conn.execute(sql.SQL(step).format(**words))


def _clock(conn: Connection, feed: str) -> datetime:
    """The moment this is recorded at: now, or just after the feed's last one where the clock went back."""
    row = conn.execute(
        "SELECT greatest(clock_timestamp(), max(published_at) + interval '1 microsecond')"
        " FROM ledger.delivery WHERE feed = %s",
        [feed],
    ).fetchone()
    return cast(datetime, row[0] if row else None)


def _record(conn: Connection, delivery_id: str, rows: int, at: datetime) -> int:
    """Write the ledger row of the publication and return how many rows were repeats of a key."""
    try:
        row = conn.execute(
            "UPDATE ledger.delivery SET state = 'published', published = %(rows)s, deduplicated = typed - %(rows)s,"
            " published_at = %(at)s WHERE delivery_id = %(id)s RETURNING deduplicated",
            {"rows": rows, "at": at, "id": delivery_id},
        ).fetchone()
    except psycopg.errors.CheckViolation as error:
        what = f"the counts don't satisfy {error.diag.constraint_name}"
        raise Stop(delivery_id, what, "report it: rows were lost or counted twice") from error
    return cast(int, row[0] if row else 0)
