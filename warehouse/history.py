"""The bitemporal merge: what a staged delivery says goes into a table with history, and nothing else changes.

A delivery of month P speaks for the window [P, until) of each key it is about. Inside the window the table is to say
what the delivery says, outside what it said before; neighbouring versions of equal content are one. Versions that
already are as they should be stay; the others get an end of recording, and what should be is added.
"""

from datetime import date, datetime
from typing import NamedTuple

from psycopg import sql

from contracts.errors import Stop
from warehouse import staging, tables
from warehouse.server import Connection
from warehouse.tables import Table

FOREVER = sql.SQL("'infinity'::date")


class Change(NamedTuple):
    """What happened to one table, in versions: `opened` were added, `closed` are no longer what we hold to be so."""

    opened: int = 0
    closed: int = 0


class Window(NamedTuple):
    """When a delivery speaks, and when it is recorded.

    A snapshot speaks for every key `until` the next month delivered (None: for good). With `named`, a delivery speaks
    for the keys in the temporary table ``scope(record_key, until)`` only, each until its own day.
    """

    delivery_id: str
    period: date
    recorded_at: datetime
    until: date | None = None
    named: bool = False


def merge(conn: Connection, table: Table, window: Window) -> Change:
    """Merge the staged rows of `table`, inside the caller's transaction. Raises Stop when versions came to overlap."""
    keys = [sql.Identifier(k) for k in table.key]
    values = [sql.Identifier(c) for c in table.columns if c not in table.key]
    until = FOREVER if window.until is None else sql.Literal(window.until) + sql.SQL("::date")
    words: dict[str, sql.Composable] = {
        "table": table.name,
        "staged": staging.name(table),
        "key": sql.SQL(", ").join(keys),
        "columns": sql.SQL(", ").join(keys + values),
        "h_key": sql.SQL(", ").join(sql.SQL("h.") + k for k in keys),
        "p_key": sql.SQL(", ").join(sql.SQL("p.") + k for k in keys),
        "delivery": sql.Literal(window.delivery_id),
        "period": sql.Literal(window.period) + sql.SQL("::date"),
        "at": sql.Literal(window.recorded_at),
        "until": sql.SQL("scope.until") if window.named else until,
        "scope": sql.SQL("JOIN scope USING (record_key)" if window.named else ""),
    }

    def run(template: str) -> int:
        return conn.execute(sql.SQL(template).format(**words)).rowcount

    if not run("SELECT FROM {table} WHERE recorded_to IS NULL LIMIT 1"):
        opened = run(_FIRST)
        run("DROP TABLE {staged}")
        return Change(opened)
    run(_TOUCHED)
    run("ANALYZE touched")
    run(_PIECES)
    run("ANALYZE piece")
    closed, opened = run(_CLOSE), run(_OPEN)
    if closed and tables.overlaps(conn, table, sql.SQL("JOIN touched USING ({key})").format(**words)):
        raise Stop(f"{table.schema}.{table.feed}", "versions of one key overlap", "report it; nothing was loaded")
    run("DROP TABLE touched, piece, {staged}")
    return Change(opened, closed)


# Where nothing is held there is nothing to compare with: the first delivery of a city's register is its largest.
_FIRST = """
INSERT INTO {table} ({columns}, delivery_id, row_hash, valid_from, valid_to, recorded_from)
SELECT {columns}, {delivery}, row_hash, {period}, nullif({until}, 'infinity'), {at} FROM {staged} {scope}
"""
# Keys for which delivery and table disagree somewhere in the window.
_TOUCHED = """
CREATE TEMP TABLE touched ON COMMIT DROP AS
WITH said AS (SELECT {key}, row_hash, {until} AS until FROM {staged} {scope}),
held AS (
  SELECT {key}, row_hash, valid_from, coalesce(valid_to, 'infinity') AS valid_to, {until} AS until
  FROM {table} {scope}
  WHERE recorded_to IS NULL AND valid_from < {until} AND coalesce(valid_to, 'infinity') > {period}
)
SELECT {key}, max(coalesce(said.until, held.until)) AS until
FROM said FULL JOIN held USING ({key})
WHERE (held.row_hash = said.row_hash AND held.valid_from <= {period} AND held.valid_to >= said.until) IS NOT TRUE
GROUP BY {key}
"""
# What is to hold for them: what held before the window, what the delivery says, what held after; equal neighbours
# joined, under the delivery that speaks for the earlier of them.
_PIECES = """
CREATE TEMP TABLE piece ON COMMIT DROP AS
WITH old AS (
  SELECT {columns}, delivery_id, row_hash, valid_from, coalesce(valid_to, 'infinity') AS valid_to, until
  FROM {table} JOIN touched USING ({key})
  WHERE recorded_to IS NULL AND valid_from <= until AND coalesce(valid_to, 'infinity') >= {period}
),
cut AS (
  SELECT {columns}, delivery_id, row_hash, valid_from, least(valid_to, {period}) AS valid_to
  FROM old WHERE valid_from < {period}
  UNION ALL
  SELECT {columns}, {delivery}, row_hash, {period}, until FROM {staged} JOIN touched USING ({key})
  UNION ALL
  SELECT {columns}, delivery_id, row_hash, greatest(valid_from, until), valid_to FROM old WHERE valid_to > until
),
marked AS (
  SELECT *, (lag(row_hash) OVER w = row_hash AND lag(valid_to) OVER w = valid_from) IS NOT TRUE AS starts
  FROM cut WINDOW w AS (PARTITION BY {key} ORDER BY valid_from)
),
numbered AS (SELECT *, count(*) FILTER (WHERE starts) OVER (PARTITION BY {key} ORDER BY valid_from) AS run FROM marked)
SELECT DISTINCT ON ({key}, run) {columns}, delivery_id, row_hash, valid_from,
  max(valid_to) OVER (PARTITION BY {key}, run) AS valid_to
FROM numbered ORDER BY {key}, run, valid_from
"""
_EQUAL = """
({h_key}, h.valid_from, coalesce(h.valid_to, 'infinity'), h.row_hash) = ({p_key}, p.valid_from, p.valid_to, p.row_hash)
"""
_CLOSE = f"""
UPDATE {{table}} h SET recorded_to = {{at}} FROM touched p
WHERE ({{h_key}}) = ({{p_key}}) AND h.recorded_to IS NULL
  AND h.valid_from <= p.until AND coalesce(h.valid_to, 'infinity') >= {{period}}
  AND NOT EXISTS (SELECT FROM piece p WHERE {_EQUAL})
"""
_OPEN = f"""
INSERT INTO {{table}} ({{columns}}, delivery_id, row_hash, valid_from, valid_to, recorded_from)
SELECT {{columns}}, delivery_id, row_hash, valid_from, nullif(valid_to, 'infinity'), {{at}}
FROM piece p WHERE NOT EXISTS (SELECT FROM {{table}} h WHERE h.recorded_to IS NULL AND {_EQUAL})
"""
