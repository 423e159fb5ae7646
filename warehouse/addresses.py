"""Addresses as they are written: distinct texts go out to be recognised, and which record says which, since when.

A text is a mention of the entity `address`: feed `address`, role `text`, its record key the MD5 digest of the text, so
that `identity` holds no address in words. Connects as `linker`.
"""

import pyarrow as pa
from psycopg import sql

from contracts.mentions import MENTION
from warehouse import bulk
from warehouse.server import Connection, Server

FEED, ROLE = "address", "text"
PARTS = ("address", "town", "village", "village_group", "road", "road_no", "compound", "building", "unit", "room",
         "house_no", "address_key")  # fmt: skip
TEXTS = pa.schema([(c, pa.string()) for c in ("feed", "record_key", "role", "source", *PARTS)])


def texts(server: Server) -> pa.Table:
    """Every address ever written, once: the columns of TEXTS; `source` has the feeds that write it, in order."""
    with server.connect("linker") as conn:
        said = _each_feed(conn, "SELECT {feed}::text AS source, {parts} FROM {table} WHERE {known} GROUP BY {parts}")
        if said is None:
            return TEXTS.empty_table()
        smallest = sql.SQL(", ").join(sql.SQL("min({0}) AS {0}").format(sql.Identifier(p)) for p in PARTS[1:])
        query = sql.SQL(
            "SELECT {}::text AS feed, md5(address) AS record_key, {}::text AS role,"
            " string_agg(DISTINCT source, ' ' ORDER BY source) AS source, address, {}"
            " FROM ({}) AS x GROUP BY address ORDER BY 2"
        ).format(sql.Literal(FEED), sql.Literal(ROLE), smallest, said)
        text = query.as_string(conn)
    return bulk.read(server, "linker", text).select(TEXTS.names).cast(TEXTS)


def refresh(server: Server) -> int:
    """Bring identity.address_mention to what the registers say; how many of its rows changed, came or went."""
    with server.connect("linker") as conn:
        said = _each_feed(
            conn,
            "SELECT {feed}::text AS feed, record_key, role, valid_from, valid_to, valid_from = max(valid_from)"
            " OVER (PARTITION BY record_key, role) AS is_last, md5(address) AS said FROM {table} WHERE {known}",
        )
        if said is None:
            return 0
        conn.execute(sql.SQL("CREATE TEMP TABLE said ON COMMIT DROP AS {}").format(said))
        gone = conn.execute(
            "DELETE FROM identity.address_mention a WHERE NOT EXISTS (SELECT FROM said s WHERE"
            " (s.feed, s.record_key, s.role, s.valid_from) = (a.feed, a.record_key, a.role, a.valid_from))"
        ).rowcount
        come = conn.execute(
            "INSERT INTO identity.address_mention AS a (feed, record_key, role, valid_from, valid_to, is_last, said)"
            " SELECT feed, record_key, role, valid_from, valid_to, is_last, said FROM said"
            " ON CONFLICT (feed, record_key, role, valid_from) DO UPDATE"
            " SET (valid_to, is_last, said) = (excluded.valid_to, excluded.is_last, excluded.said)"
            " WHERE (a.valid_to, a.is_last, a.said)"
            " IS DISTINCT FROM (excluded.valid_to, excluded.is_last, excluded.said)"
        ).rowcount
    if come >= bulk.ANALYZE_FROM:
        bulk.analyze(server, ("identity", "address_mention"))
    return gone + come


def written(server: Server, digest: str) -> str | None:
    """The text of a digest, as a record has it; None when no record of today says it."""
    with server.connect("linker") as conn:
        row = conn.execute("SELECT feed FROM identity.address_mention WHERE said = %s LIMIT 1", [digest]).fetchone()
        if row is None:
            return None
        query = sql.SQL("SELECT address FROM {} WHERE recorded_to IS NULL AND md5(address) = %s LIMIT 1")
        found = conn.execute(query.format(sql.Identifier("identifiers", str(row[0]))), [digest]).fetchone()
    return None if found is None else str(found[0])


def _each_feed(conn: Connection, template: str) -> sql.Composed | None:
    """`template` for every feed's table of identifiers, joined by UNION ALL; None when there is no feed."""
    feeds = conn.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'identifiers'::regnamespace AND relkind = 'r' ORDER BY 1"
    ).fetchall()
    parts = sql.SQL(", ").join(sql.Identifier(c) for c in PARTS if c in MENTION)
    known = sql.SQL("recorded_to IS NULL AND address IS NOT NULL")
    listed = [
        sql.SQL(template).format(
            feed=sql.Literal(str(name)), table=sql.Identifier("identifiers", str(name)), parts=parts, known=known
        )
        for (name,) in feeds
    ]
    return sql.SQL(" UNION ALL ").join(listed) if listed else None
