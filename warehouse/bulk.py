"""Arrow out of the warehouse and into staging, through ADBC: columns as they are, no row ever becomes an object."""

import atexit
from collections.abc import Mapping
from functools import cache

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa
from psycopg import sql

from contracts.errors import Retry
from warehouse.server import Server

ANALYZE_FROM = 500  # new rows; below that the planner's old figures do


def read(server: Server, role: str, query: str) -> pa.Table:
    """The rows of `query`, asked as `role`. Raises Retry when the server fails."""
    try:
        with _known(server.url(role)).adbc_clone() as conn, conn.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetch_arrow_table()
    except adbc.Error as error:
        raise _failed("reading", error) from None


def fill(server: Server, role: str, tables: Mapping[tuple[str, str], pa.Table]) -> None:
    """Replace staging tables, (schema, table) -> rows, as `role`; all or none. Raises Retry when the server fails."""
    try:
        with _known(server.url(role)).adbc_clone() as conn, conn.cursor() as cursor:
            for (schema, table), data in tables.items():
                cursor.adbc_ingest(table, data, "replace", db_schema_name=schema)
            conn.commit()
    except adbc.Error as error:
        raise _failed("staging", error) from None


def analyze(server: Server, *tables: tuple[str, str]) -> None:
    """Let the planner know at once what came into (schema, table); its own turn would be after the first questions."""
    with server.connect("owner") as conn:
        for table in tables:
            conn.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(*table)))


@cache
def _known(url: str) -> adbc.Connection:
    """What connections to `url` are cloned from, itself closed: the driver asks a server for all of its types first,
    a twentieth of a second and ten times what is asked of it then, and need not do so again in one process.
    """
    first = adbc.connect(url, autocommit=True)
    first.adbc_connection.close()
    atexit.register(first.close)
    return first


def _failed(what: str, error: Exception) -> Retry:
    # The driver's own words can quote a value; its code can't.
    code = getattr(error, "sqlstate", None) or type(error).__name__
    return Retry("warehouse", f"{what} failed ({code})", "see the server's log, then run again")
