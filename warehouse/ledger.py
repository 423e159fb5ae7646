"""The ledger: what arrived, what became of it, how many rows of it went where. Connects as `loader`.

    received -> parsed -> checked -> published          or refused (the file can't be used), stopped (quality)

Every function may be called again with the same arguments and leaves the same ledger, but for the times an arrival was
seen. The equations lines = parsed + rejected, parsed = typed + quarantined, typed = published + deduplicated are
constraints of the table: a step whose counts don't add up can't write them down.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple, TypedDict, Unpack

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from contracts.errors import Stop
from warehouse.server import Server

State = Literal["received", "parsed", "checked", "published", "refused", "stopped"]
Outcome = Literal["new", "duplicate", "refused", "unknown", "waiting"]


class Delivery(NamedTuple):
    """One arrival of one feed for one month. Counts are rows, None until the step that counts them has run."""

    delivery_id: str
    feed: str
    period: date
    source_name: str
    sha256: str
    bytes: int
    landed: str
    encoding: str | None
    evidence: str | None
    state: State
    verdict: str | None
    reason: str | None
    lines: int | None
    parsed: int | None
    rejected: int | None
    typed: int | None
    quarantined: int | None
    published: int | None
    deduplicated: int | None
    columns_unknown: list[str]
    columns_refused: list[str]
    watermark: str | None
    received_at: datetime
    published_at: datetime | None


class Progress(TypedDict, total=False):
    """What a step found out. A key left out keeps its value; going back to an earlier state forgets later ones."""

    encoding: str
    evidence: str
    verdict: str | None
    reason: str | None
    lines: int
    parsed: int
    rejected: int
    typed: int
    quarantined: int
    deduplicated: int
    columns_unknown: Sequence[str]
    columns_refused: Sequence[str]
    watermark: str | None


class Arrival(NamedTuple):
    """One file met in the drop folder. `feed` is "" where none could be told, `sha256` "" where it wasn't read."""

    feed: str
    period: date
    source_name: str
    sha256: str
    outcome: Outcome
    delivery_id: str | None = None
    times: int = 1


class Metric(NamedTuple):
    """One quality rule's outcome: `failed` of `total` rows."""

    rule: str
    failed: int
    total: int
    severity: str
    passed: bool


class ReasonCount(NamedTuple):
    """`rows` rows were objected to for `reason` (a code of contracts.reasons) at `field`, if it was about one."""

    reason: str
    field: str | None
    rows: int


class Landed(NamedTuple):
    """The bytes as they were put into the landing folder: digest, size, path of the copy."""

    sha256: str
    bytes: int
    path: str


class Registered(NamedTuple):
    """The delivery as the ledger has it; `new` when this call wrote it."""

    delivery: Delivery
    new: bool


# Taken back to one of these states, a delivery forgets what later steps had found.
_PARSING = ("encoding", "evidence", "lines", "parsed", "rejected")
_CHECKING = ("verdict", "typed", "quarantined", "deduplicated")
_PUBLISHING = (*_PARSING, *_CHECKING, "reason", "published", "published_at", "recognised_at")
_FORGOTTEN: dict[State, tuple[str, ...]] = {"received": _PARSING + _CHECKING, "parsed": _CHECKING}
_AGAIN = sql.SQL(
    "UPDATE ledger.delivery d SET state = 'received', received_at = now(), source_name = %(name)s, landed = %(path)s,"
    " {} WHERE delivery_id = %(id)s AND state = 'published' AND EXISTS (SELECT FROM ledger.delivery l"
    " WHERE l.feed = d.feed AND l.period = d.period AND l.state = 'published' AND l.published_at > d.published_at)"
).format(sql.SQL(", ").join(sql.SQL("{} = NULL").format(sql.Identifier(c)) for c in _PUBLISHING))
_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, Delivery._fields))


def delivery_id(feed: str, period: date, sha256: str) -> str:
    """The id of these bytes for that month: ``<feed>-<yyyymm>-<first 12 of sha256>``."""
    return f"{feed}-{period:%Y%m}-{sha256[:12]}"


def register(server: Server, feed: str, period: date, source_name: str, landed: Landed) -> Registered:
    """Write a delivery down in state `received`, unless it is there: then return it as it is.

    What was published for its month and replaced by another since begins anew: whoever sends it again takes that back.

    Raises Stop when other bytes share the first 12 digits of the digest.
    """
    name = delivery_id(feed, period, landed.sha256)
    with server.connect("loader") as conn:
        # One at a time for one id: whoever waited finds the delivery there and learns that it isn't new.
        conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"delivery:{name}"])
        done = conn.execute(
            "INSERT INTO ledger.delivery (delivery_id, feed, period, source_name, sha256, bytes, landed)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (delivery_id) DO NOTHING",
            [name, feed, period, source_name, *landed],
        )
        conn.execute(_AGAIN, {"id": name, "name": source_name, "path": landed.path})
        found = _one(conn, name)
    if found is None or found.sha256 != landed.sha256:
        raise Stop(name, "two different files have the same first 12 digits of SHA-256", "rename the older delivery")
    return Registered(found, done.rowcount == 1)


def get(server: Server, delivery: str) -> Delivery:
    """The delivery of that id. Raises Stop when there is none."""
    with server.connect("loader") as conn:
        found = _one(conn, delivery)
    if found is None:
        raise Stop(delivery, "no such delivery", "see `huilian status`")
    return found


def advance(server: Server, delivery: str, state: State, **progress: Unpack[Progress]) -> Delivery:
    """Record that a step is done and what it found; returns the delivery.

    A published delivery is left as it is: only loading publishes, and only a correction follows. Any other may be taken
    through its steps again, after a contract was corrected for example.
    Raises Stop when there is no such delivery or its counts don't add up.
    """
    if state == "published":
        raise Stop(delivery, "only loading publishes a delivery", "call warehouse.load.publish")
    changes: dict[str, object] = dict.fromkeys(("reason", *_FORGOTTEN.get(state, ())))
    for column, value in progress.items():
        changes[column] = list(value) if isinstance(value, tuple | list) else value
    with server.connect("loader") as conn:
        assignments = [sql.SQL("state = {}").format(sql.Placeholder("state"))]
        assignments += [sql.SQL("{} = {}").format(sql.Identifier(c), sql.Placeholder(c)) for c in changes]
        query = sql.SQL("UPDATE ledger.delivery SET {} WHERE delivery_id = {} AND state <> 'published'").format(
            sql.SQL(", ").join(assignments), sql.Placeholder("id")
        )
        try:
            conn.execute(query, {**changes, "state": state, "id": delivery})
        except psycopg.errors.CheckViolation as error:
            what = f"the counts don't satisfy {error.diag.constraint_name}"
            raise Stop(delivery, what, "report it: rows were lost or counted twice") from error
        found = _one(conn, delivery)
    if found is None:
        raise Stop(delivery, "no such delivery", "register it first")
    return found


def arrive(server: Server, arrival: Arrival) -> int:
    """Count that this file was met; returns how many times it was. What became of it is what became of it last.

    A file once recorded as `new` stays so: met again it is a duplicate of itself, which `times` says.
    """
    with server.connect("loader") as conn:
        row = conn.execute(
            "INSERT INTO ledger.arrival AS a (feed, period, source_name, sha256, outcome, delivery_id)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (feed, period, source_name, sha256) DO UPDATE SET"
            " outcome = CASE WHEN a.outcome = 'new' THEN a.outcome ELSE excluded.outcome END,"
            " delivery_id = coalesce(excluded.delivery_id, a.delivery_id), last_seen_at = now(), times = a.times + 1"
            " RETURNING times",
            arrival[:6],
        ).fetchone()
    return int(str(row[0])) if row else 0


def record_metrics(server: Server, delivery: str, metrics: Iterable[Metric]) -> None:
    """Replace what the quality rules said about a delivery."""
    _replace(server, "metric", delivery, Metric._fields, metrics)


def record_reasons(server: Server, delivery: str, reasons: Iterable[ReasonCount]) -> None:
    """Replace a delivery's counts of rows by reason and field."""
    _replace(server, "reason_count", delivery, ReasonCount._fields, reasons)


def metrics(server: Server, delivery: str) -> list[Metric]:
    """What the quality rules said about a delivery, by rule."""
    with server.connect("loader") as conn, conn.cursor(row_factory=class_row(Metric)) as cursor:
        query = "SELECT rule, failed, total, severity, passed FROM ledger.metric WHERE delivery_id = %s ORDER BY rule"
        return cursor.execute(query, [delivery]).fetchall()


def reasons(server: Server, delivery: str) -> list[ReasonCount]:
    """A delivery's counts of rows by reason and field, the most frequent first."""
    with server.connect("loader") as conn, conn.cursor(row_factory=class_row(ReasonCount)) as cursor:
        query = "SELECT reason, field, rows FROM ledger.reason_count WHERE delivery_id = %s ORDER BY rows DESC, 1, 2"
        return cursor.execute(query, [delivery]).fetchall()


def replaced_by(server: Server, delivery: Delivery) -> Delivery | None:
    """What was in force for the month of a published delivery until that was published; None for nothing."""
    query = sql.SQL(
        "SELECT {} FROM ledger.delivery WHERE feed = %s AND period = %s AND state = 'published' AND published_at < %s"
        " ORDER BY published_at DESC LIMIT 1"
    ).format(_COLUMNS)
    with server.connect("loader") as conn, conn.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(query, [delivery.feed, delivery.period, delivery.published_at]).fetchone()


def previous_published(server: Server, feed: str, before: date) -> Delivery | None:
    """The feed's delivery in force for the latest month before `before`; None when there is none."""
    query = sql.SQL(
        "SELECT {} FROM ledger.delivery WHERE feed = %s AND state = 'published' AND period < %s"
        " ORDER BY period DESC, published_at DESC LIMIT 1"
    ).format(_COLUMNS)
    with server.connect("loader") as conn, conn.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(query, [feed, before]).fetchone()


def deliveries(server: Server, period: date | None = None, feed: str | None = None) -> list[Delivery]:
    """Deliveries of a month, of a feed, or all, by month, feed and time received."""
    query = sql.SQL(
        "SELECT {} FROM ledger.delivery WHERE (%(period)s::date IS NULL OR period = %(period)s)"
        " AND (%(feed)s::text IS NULL OR feed = %(feed)s) ORDER BY period, feed, received_at, delivery_id"
    ).format(_COLUMNS)
    with server.connect("loader") as conn, conn.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(query, {"period": period, "feed": feed}).fetchall()


def unrecognised(server: Server) -> list[Delivery]:
    """Published deliveries that no run of recognition has seen, by feed and time published."""
    query = sql.SQL(
        "SELECT {} FROM ledger.delivery WHERE state = 'published' AND recognised_at IS NULL"
        " ORDER BY feed, published_at, delivery_id"
    ).format(_COLUMNS)
    with server.connect("loader") as conn, conn.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(query).fetchall()


def mark_recognised(server: Server, ids: Iterable[str]) -> None:
    """Note that recognition has seen these published deliveries."""
    query = "UPDATE ledger.delivery SET recognised_at = now() WHERE delivery_id = ANY(%s) AND recognised_at IS NULL"
    with server.connect("loader") as conn:
        conn.execute(query, [list(ids)])


def arrivals(server: Server, period: date | None = None) -> list[Arrival]:
    """Files met in a month's drop folder, or in all, by month, feed and name."""
    query = (
        "SELECT feed, period, source_name, sha256, outcome, delivery_id, times FROM ledger.arrival"
        " WHERE %(period)s::date IS NULL OR period = %(period)s ORDER BY period, feed, source_name, sha256"
    )
    with server.connect("loader") as conn, conn.cursor(row_factory=class_row(Arrival)) as cursor:
        return cursor.execute(query, {"period": period}).fetchall()


def _one(conn: psycopg.Connection[tuple[object, ...]], delivery: str) -> Delivery | None:
    query = sql.SQL("SELECT {} FROM ledger.delivery WHERE delivery_id = %s").format(_COLUMNS)
    with conn.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(query, [delivery]).fetchone()


def _replace(
    server: Server, table: str, delivery: str, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]
) -> None:
    name = sql.Identifier("ledger", table)
    insert = sql.SQL("INSERT INTO {} (delivery_id, {}) VALUES (%s{})").format(
        name, sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", %s" * len(columns))
    )
    with server.connect("loader") as conn, conn.cursor() as cursor:
        # Two runs of one step would each delete nothing and insert everything: the second waits for the first.
        cursor.execute("SELECT 1 FROM ledger.delivery WHERE delivery_id = %s FOR UPDATE", [delivery])
        cursor.execute(sql.SQL("DELETE FROM {} WHERE delivery_id = %s").format(name), [delivery])
        cursor.executemany(insert, [(delivery, *row) for row in rows])
