"""Departments' own databases: rows changed since the last pull, read only, landed as JSON lines."""

import datetime as dt
import json
import stat
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.pool import NullPool

from connectors.landing import Landed, store
from contracts.errors import HuilianError, Quarantine, Retry, Stop
from contracts.model import Contract, Database

FETCH = 10_000  # rows fetched at a time


class Pulled(NamedTuple):
    """`landed` JSON lines keyed by the source's column names, `rows` in it, the `watermark` to pull from next time."""

    landed: Landed
    rows: int
    watermark: str | None


def pull(contract: Contract, url: str, since: str | None, landing: Path) -> Pulled:
    """Land the rows whose change time is `since` or later (all when None), ordered by change time and key.

    Only promised columns are selected; the same rows give the same bytes. Rows at `since` itself come again: their
    second may not have been over when it was pulled. The watermark stays `since` when nothing came.
    Raises Retry when the database can't be reached, Quarantine missing_columns when it lacks a promised column, Stop
    when the address, the driver or our rights are wrong. No error quotes the address: it may hold a password.
    """
    source = contract.source
    if not isinstance(source, Database):
        raise TypeError("a database contract is needed")
    engine = _engine(url, contract)
    rows = _Rows(contract, source)
    try:
        with engine.connect() as connection:
            query, bound = _query(connection, contract, since)
            landed = store(rows.read(connection, query, bound), landing, f"{contract.feed}.jsonl")
    except HuilianError:
        raise
    except exc.SQLAlchemyError as error:
        # No cause attached: its words hold the statement, its values and perhaps the address.
        raise _explained(error, contract) from None
    finally:
        engine.dispose()
    return Pulled(landed, rows.count, rows.watermark or since)


class _Rows:
    """Turns result rows into JSON lines, counting them and following the watermark."""

    def __init__(self, contract: Contract, source: Database) -> None:
        self.count = 0
        self.watermark: str | None = None
        self._names = list(dict.fromkeys(f.source for f in contract.fields))
        self._at = self._names.index(source.watermark) if source.watermark in self._names else len(self._names)
        self._where = contract.feed

    def read(self, connection: sa.Connection, query: Any, bound: dict[str, Any]) -> Iterator[bytes]:
        """Run the query and give its rows as lines."""
        for row in connection.execution_options(yield_per=FETCH).execute(query, bound):
            values = [_plain(value, self._where) for value in row]
            self.count += 1
            if values[self._at] is not None:
                self.watermark = str(values[self._at])
            line = dict(zip(self._names, values, strict=False))
            yield json.dumps(line, ensure_ascii=False).encode(errors="backslashreplace") + b"\n"


def _engine(url: str, contract: Contract) -> sa.Engine:
    try:
        address = sa.make_url(url)
        if address.get_backend_name() == "sqlite":
            address = _read_only(address, contract)
        engine = sa.create_engine(address, poolclass=NullPool, hide_parameters=True)
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError, ValueError):
        raise Stop(
            contract.feed,
            "the database's address can't be used, or its driver isn't installed",
            "correct HUILIAN_SOURCE_<FEED> (dialect+driver://user:password@host/name) or install the driver",
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _distrust)
    return engine


def _read_only(address: sa.URL, contract: Contract) -> sa.URL:
    """The address of a SQLite file such that nothing can be written, created or followed through it."""
    path = Path(address.database or "").absolute()
    try:
        regular = stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        raise Retry(
            contract.feed, "the database file isn't there", "run again when the department has put it"
        ) from None
    if not regular:
        raise Quarantine(contract.feed, "the database isn't a regular file", "ask the department for one", "unreadable")
    return address.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})


def _distrust(connection: Any, record: object) -> None:
    """The file is the department's: nothing in its schema may call functions that reach beyond it."""
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")


def _query(connection: sa.Connection, contract: Contract, since: str | None) -> tuple[Any, dict[str, Any]]:
    """SELECT of the promised columns. Names are quoted by the dialect where they need it; `since` is bound."""
    source = contract.source
    if not isinstance(source, Database):
        raise TypeError("a database contract is needed")
    inspector = sa.inspect(connection)
    if not (inspector.has_table(source.table) or source.table in inspector.get_view_names()):
        raise Stop(contract.feed, f"no table {source.table!r} that we may read", "check `source.table` and the grants")
    types = {c["name"]: c["type"] for c in inspector.get_columns(source.table)}
    names = list(dict.fromkeys([*(f.source for f in contract.fields), source.watermark]))
    missing = [n for n in names if n not in types]
    if missing:
        raise Quarantine(
            contract.feed,
            f"promised columns are missing: {', '.join(missing)}",
            "ask the department to restore them; if the change is intended, edit `fields` of the contract",
            "missing_columns",
        )
    watermark: Any = sa.column(source.watermark, types[source.watermark])
    key: Any = sa.column(contract.field(contract.key).source)
    query: Any = sa.select(*(sa.column(n) for n in names)).select_from(sa.table(source.table)).order_by(watermark, key)
    if since is None:
        return query, {}
    return query.where(watermark >= sa.bindparam("since")), {"since": _bound(since, types[source.watermark], contract)}


def _bound(since: str, kind: Any, contract: Contract) -> Any:
    """The watermark text as the column's own type."""
    try:
        if isinstance(kind, sa.DateTime):
            return dt.datetime.fromisoformat(since)
        if isinstance(kind, sa.Date):
            return dt.date.fromisoformat(since[:10])
        if isinstance(kind, sa.Integer):
            return int(since)
    except ValueError:
        raise Stop(
            contract.feed, "the stored watermark doesn't fit the column", "pull once without a watermark"
        ) from None
    return since


def _plain(value: Any, where: str) -> str | int | float | bool | None:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    raise Stop(where, f"a promised column holds {type(value).__name__}", "promise columns of text, numbers or times")


def _explained(error: exc.SQLAlchemyError, contract: Contract) -> HuilianError:
    name = type(getattr(error, "orig", None) or error).__name__
    if type(error) is exc.DatabaseError:
        return Quarantine(contract.feed, f"the database file is damaged ({name})", "ask for another copy", "unreadable")
    if isinstance(error, exc.OperationalError | exc.InterfaceError | exc.TimeoutError | exc.ResourceClosedError):
        return Retry(contract.feed, f"the database can't be read now ({name})", "check network and address, run again")
    return Stop(contract.feed, f"the database refused the query ({name})", "check table, columns and grants there")
