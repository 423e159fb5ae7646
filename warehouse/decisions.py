"""What people decided about two mentions: the same person, or different ones. Every run of recognition obeys it.

Decisions are added and undone, never changed or deleted. Connects as `linker`.
"""

from typing import Literal, NamedTuple, cast

import pyarrow as pa
from psycopg import sql

from contracts.errors import Stop
from warehouse.addresses import FEED as ADDRESS
from warehouse.bulk import read
from warehouse.server import Connection, Server

Verdict = Literal["same", "different"]


class Mention(NamedTuple):
    """One person named in one record."""

    feed: str
    record_key: str
    role: str


def in_force(server: Server) -> pa.Table:
    """Decisions that are not undone: left_feed, left_key, left_role, left_from, right_* alike, verdict.

    A mention's `from` is when the span began of who held it as the decision was made; null: nobody had been recognised
    under it yet, or nobody knew since when.
    """
    columns = "left_feed, left_key, left_role, nullif(left_from, '-infinity') AS left_from,"
    columns += " right_feed, right_key, right_role, nullif(right_from, '-infinity') AS right_from, verdict"
    query = f"SELECT {columns} FROM identity.decision WHERE undone_at IS NULL ORDER BY decision_id"
    return read(server, "linker", query)


def listed(server: Server) -> list[dict[str, object]]:
    """Decisions in force, oldest first: decision_id, verdict, both mentions, who, why, decided_at.

    `waits`: nobody has been recognised under one of the mentions yet; of addresses that is never so.
    """
    held = sql.SQL(
        "({side}_feed = {address} OR EXISTS (SELECT FROM identity.member m WHERE m.recorded_to IS NULL"
        " AND (m.feed, m.record_key, m.role) = ({side}_feed, {side}_key, {side}_role)))"
    )
    left, right = (held.format(side=sql.SQL(side), address=sql.Literal(ADDRESS)) for side in ("left", "right"))
    query = sql.SQL(
        "SELECT decision_id, verdict, left_feed, left_key, left_role, right_feed, right_key, right_role, who, why,"
        " decided_at, NOT ({} AND {}) FROM identity.decision WHERE undone_at IS NULL ORDER BY decision_id"
    ).format(left, right)
    with server.connect("linker") as conn:
        rows = conn.execute(query).fetchall()
    return [
        {"decision_id": n, "verdict": verdict, "left": Mention(*map(str, of[:3])), "right": Mention(*map(str, of[3:])),
         "who": who, "why": why, "decided_at": at, "waits": waits}
        for n, verdict, *of, who, why, at, waits in rows
    ]  # fmt: skip


def decide(server: Server, pair: tuple[Mention, Mention], verdict: Verdict, who: str, why: str) -> int:
    """Write a decision down and return its id; the same decision again is the one that is there.

    Raises Stop without a name and a reason, for a mention and itself, or when the opposite is in force: said of this
    pair, or following from decisions about others.
    """
    left, right = sorted(pair)
    if left == right or not who.strip() or not why.strip():
        raise Stop("decision", "needs two mentions, a name and a reason", "give all of them")
    with server.connect("linker") as conn:
        values = [*left, _since(conn, left), *right, _since(conn, right), verdict, who, why]
        row = conn.execute(
            "INSERT INTO identity.decision (left_feed, left_key, left_role, left_from,"
            " right_feed, right_key, right_role, right_from, verdict, who, why)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING decision_id",
            values,
        ).fetchone()
        if row is None:
            row = conn.execute(
                "SELECT decision_id FROM identity.decision WHERE undone_at IS NULL AND (left_feed, left_key, left_role,"
                " left_from, right_feed, right_key, right_role, right_from, verdict)"
                " = (%s, %s, %s, %s::date, %s, %s, %s, %s::date, %s)",
                values[:9],
            ).fetchone()
        if row is None:
            raise Stop("decision", "the opposite is in force for this pair", "undo that decision first")
        _agrees(conn, cast(int, row[0]))
    return cast(int, row[0])


def _agrees(conn: Connection, decision_id: int) -> None:
    """Raise Stop when two are different whom decisions in force, this one among them, make one through others."""
    against = conn.execute(
        """
        WITH RECURSIVE tie AS (
            SELECT decision_id, verdict, ARRAY[left_feed, left_key, left_role, left_from::text] AS one,
                   ARRAY[right_feed, right_key, right_role, right_from::text] AS other
            FROM identity.decision WHERE undone_at IS NULL
        ), same(who) AS (
            SELECT one FROM tie WHERE decision_id = %s
            UNION SELECT CASE WHEN one = who THEN other ELSE one END
            FROM same JOIN tie ON verdict = 'same' AND who IN (one, other)
        )
        SELECT decision_id FROM tie
        WHERE verdict = 'different' AND one IN (SELECT who FROM same) AND other IN (SELECT who FROM same)
        """,
        [decision_id],
    ).fetchone()
    if against:
        which = "" if against[0] == decision_id else f": decision {against[0]} says that two of them are different"
        what = f"decisions in force make one person of several by way of others{which}"
        raise Stop("decision", what, "undo what is wrong of them first: `huilian review decisions` lists them")


def _since(conn: Connection, mention: Mention) -> str:
    """The day from which the one holds the mention who holds it now, as PostgreSQL writes it."""
    row = conn.execute(
        "SELECT valid_from::text FROM identity.member"
        " WHERE (feed, record_key, role) = (%s, %s, %s) AND recorded_to IS NULL AND is_last",
        mention,
    ).fetchone()
    return str(row[0]) if row else "-infinity"


def undo(server: Server, decision_id: int, who: str) -> None:
    """Put a decision out of force. Raises Stop when there is none of that number in force, or no name is given."""
    if not who.strip():
        raise Stop("decision", "needs a name", "say who undoes it")
    with server.connect("linker") as conn:
        done = conn.execute(
            "UPDATE identity.decision SET undone_at = now(), undone_by = %s"
            " WHERE decision_id = %s AND undone_at IS NULL",
            [who, decision_id],
        )
    if done.rowcount != 1:
        raise Stop(f"decision {decision_id}", "is not in force", "see `huilian review decisions`")
