"""What consumers may read: for every purpose a login of its own and barrier views in `share`, and nothing else.

A purpose that is gone or has changed takes its views with it. Consumers never get a role to switch to, a table beneath
a view, or a place to create anything. Each query of a view is a line in the server's log (migration 0011).
"""

import hashlib
from collections.abc import Iterable

from psycopg import sql

from contracts import purposes as shipped
from contracts.purposes import Purpose
from warehouse.server import PREFIX, Connection, Server


def role(purpose: str) -> str:
    """The role `purpose` is read by, as `Server.connect` and `Server.url` know it: ``reader_<purpose>``."""
    return f"reader_{purpose}"


def grant(server: Server, purposes: Iterable[Purpose] | None = None) -> list[str]:
    """Make logins and views be those of `purposes` (None: the shipped ones), in one transaction.

    Returns the names of views in `share` that are new or changed; run again, []. Raises Stop for a purpose file that is
    wrong. On a city's server the administrator gives the logins their passwords.
    """
    wanted: dict[str, tuple[Purpose, sql.Composed]] = {}
    for purpose in shipped.load_all() if purposes is None else purposes:
        wanted |= {name: (purpose, body) for name, body in _views(purpose).items()}
    with server.connect("owner") as conn:
        conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('huilian:access', 0))")
        there = _there(conn)
        marks = {name: _mark(conn, purpose, body) for name, (purpose, body) in wanted.items()}
        stale = [name for name, mark in there.items() if marks.get(name) != mark]
        for name in stale:
            conn.execute(sql.SQL("DROP VIEW {}").format(sql.Identifier("share", name)))
        new = [name for name in wanted if there.get(name) != marks[name]]
        for name in new:
            purpose, body = wanted[name]
            view, reader = sql.Identifier("share", name), sql.Identifier(PREFIX + role(purpose.purpose))
            _login(conn, reader, PREFIX + role(purpose.purpose))
            conn.execute(sql.SQL("CREATE VIEW {} WITH (security_barrier) AS {}").format(view, body))
            conn.execute(sql.SQL("COMMENT ON VIEW {} IS {}").format(view, sql.Literal(marks[name])))
            conn.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(view, reader))
        _lock_out(conn, {PREFIX + role(purpose.purpose) for purpose, _ in wanted.values()})
    return new


def _views(purpose: Purpose) -> dict[str, sql.Composed]:
    """Name and query of each view of a purpose."""
    words: dict[str, sql.Composable] = {
        "rules": sql.Literal(list(purpose.rules)),
        "records_of": sql.Literal(list(purpose.records_of)),
        "facts": sql.Literal(list(purpose.facts)),
        "keep": sql.Literal(f"{purpose.keep_days} days"),
        "ends": sql.Literal(purpose.ends_on),
    }
    views: dict[str, sql.Composed] = {}
    if purpose.rules:
        name = f"{purpose.purpose}_leads"
        views[name] = sql.SQL(_LEADS).format(view=sql.Literal(name), **words)
    for feed, fields in purpose.content.items():
        name, columns = f"{purpose.purpose}_{feed}", sql.SQL(", ").join(map(sql.Identifier, fields))
        views[name] = sql.SQL(_CONTENT).format(
            columns=columns, feed=sql.Identifier("content", feed), view=sql.Literal(name), **words
        )
    return views


_LEADS = """
SELECT lead_id, rule, title, period, state, evidence_level, opened_at, due_on,
  (SELECT coalesce(jsonb_agg(e ORDER BY e ->> 'feed', e ->> 'record_key', e ->> 'role'), '[]')
   FROM jsonb_array_elements(evidence) e WHERE e ->> 'feed' = ANY ({records_of}::text[])) AS records,
  (SELECT coalesce(jsonb_object_agg(key, value), '{{}}')
   FROM jsonb_each(facts) WHERE key = ANY ({facts}::text[])) AS facts
FROM mart.current_lead
WHERE share.noted({view})
  AND rule = ANY ({rules}::text[]) AND opened_at > now() - {keep}::interval AND current_date <= {ends}::date
"""
_CONTENT = """
SELECT {columns} FROM {feed}
WHERE share.noted({view})
  AND recorded_to IS NULL AND valid_from <= current_date AND coalesce(valid_to > current_date, true)
  AND current_date <= {ends}::date
"""


def _there(conn: Connection) -> dict[str, str]:
    rows = conn.execute(
        "SELECT relname, coalesce(obj_description(oid, 'pg_class'), '') FROM pg_class"
        " WHERE relnamespace = 'share'::regnamespace AND relkind = 'v'"
    ).fetchall()
    return {str(name): str(mark) for name, mark in rows}


def _mark(conn: Connection, purpose: Purpose, body: sql.Composed) -> str:
    digest = hashlib.sha256(body.as_bytes(conn)).hexdigest()[:12]
    return f"{purpose.title}（{purpose.read_by}；{'；'.join(purpose.legal_basis)}；{digest}）"


def _login(conn: Connection, reader: sql.Identifier, name: str) -> None:
    """A login that can read its views, from a session that can't write, for a minute a question."""
    if conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone() is None:
        conn.execute(sql.SQL("CREATE ROLE {} LOGIN CONNECTION LIMIT 5").format(reader))
        conn.execute(sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(reader))
        conn.execute(sql.SQL("ALTER ROLE {} SET statement_timeout = '60s'").format(reader))
    database = sql.Identifier(conn.info.dbname)
    conn.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, reader))
    conn.execute(sql.SQL("GRANT USAGE ON SCHEMA share TO {}").format(reader))


def _lock_out(conn: Connection, wanted: set[str]) -> None:
    """Take the way in from readers of purposes that are no more; the role may be in use by another database."""
    rows = conn.execute(
        "SELECT rolname FROM pg_roles"
        " WHERE rolname LIKE %s AND has_database_privilege(oid, current_database(), 'CONNECT')",
        [PREFIX + "reader\\_%"],
    ).fetchall()
    for name in sorted({str(name) for (name,) in rows} - wanted):
        reader, database = sql.Identifier(name), sql.Identifier(conn.info.dbname)
        conn.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM {}").format(database, reader))
        conn.execute(sql.SQL("REVOKE USAGE ON SCHEMA share FROM {}").format(reader))
