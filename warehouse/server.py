"""The PostgreSQL server that holds the warehouse: the city's, or a private one that starts when it is needed.

Every step connects as the role it needs (owner, loader, linker, analyst, reader_<purpose>), never as another one that
then switches: a switched role can switch back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from contracts.errors import Retry, Stop
from warehouse.binaries import OLDEST
from warehouse.cluster import PORT, Cluster

DBNAME = "huilian"
PREFIX = "huilian_"
Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Server:
    """A running server. `settings` are libpq's for its owner; `role_password` is what the other roles log in with."""

    settings: Mapping[str, str] = field(repr=False)
    role_password: str | None = field(default=None, repr=False)
    cluster: Cluster | None = None

    def url(self, role: str = "owner", dbname: str | None = None) -> str:
        """libpq URI for `role` (``url("analyst")``) and `dbname` (None: the warehouse). It may hold a password."""
        parts = dict(self.settings)
        if self.cluster is not None or role != "owner":
            parts["user"] = PREFIX + role
            parts.pop("password", None)
            if self.role_password is not None:
                parts["password"] = self.role_password
        if dbname is not None:
            parts["dbname"] = dbname
        return _uri(parts)

    def connect(self, role: str = "owner", dbname: str | None = None) -> Connection:
        """A new psycopg connection as `role`; as a context manager it commits, or rolls back, and closes.

        Raises Retry when the server does not answer or refuses the role.
        """
        try:
            return psycopg.connect(self.url(role, dbname), application_name=f"huilian {role}", connect_timeout=10)
        except psycopg.OperationalError as error:
            what = f"no connection as {PREFIX}{role}"
            raise Retry("warehouse", what, "check that the server runs and knows this role, then run again") from error

    def database(self, name: str) -> str:
        """Create database `name` beside the warehouse if it is not there, and return the URI of its owner.

        On the private cluster the owner is a role of its own, ``huilian_<name>``; on a city's server the given account.
        """
        role = "owner" if self.cluster is None else name
        if self.cluster is not None:
            with self.cluster.locked(), _superuser(self.cluster) as conn:
                _role(conn, PREFIX + name, "")
                _database(conn, name, PREFIX + name)
        else:
            with self.connect() as conn:
                conn.autocommit = True
                _database(conn, name, None)
        return self.url(role, name)

    def stop(self) -> None:
        """Stop the private cluster; a city's server is left alone."""
        if self.cluster is not None:
            self.cluster.stop()


def ensure(data: Path, url: str | None = None, bin_dir: Path | None = None, role_password: str | None = None) -> Server:
    """The warehouse's server, running. Safe to call from any number of processes, and after any of them was killed.

    `url`: the city's server (a libpq URI of the warehouse's owner); the other roles connect with its host and database,
    their own names and `role_password`. Without it: the private cluster in `data`, run by the programs in `bin_dir`.
    Raises Retry when the server can't be reached or does not start, Stop when it can't be used.
    """
    if url:
        return _given(url, role_password)
    cluster = Cluster(data, bin_dir)
    server = Server({"host": str(cluster.run), "port": str(PORT), "dbname": DBNAME}, cluster=cluster)
    # The database is made last, so whoever gets into it finds everything else done.
    if not cluster.answers(PREFIX + "owner", DBNAME):
        with cluster.locked():
            cluster.start()
            with _superuser(cluster) as conn:
                _prove_chinese(conn)
                _role(conn, PREFIX + "owner", "CREATEROLE CREATEDB")
                _database(conn, DBNAME, PREFIX + "owner")
    return server


def _given(url: str, role_password: str | None) -> Server:
    scheme, colon, rest = url.partition("://")
    try:
        settings = conninfo_to_dict(f"{scheme.partition('+')[0]}{colon}{rest}")
    except psycopg.ProgrammingError as error:
        raise Stop("HUILIAN_WAREHOUSE", "not a PostgreSQL URI", "use postgresql://user@host:5432/database") from error
    server = Server({k: str(v) for k, v in settings.items() if v is not None}, role_password)
    with server.connect() as conn:
        version = conn.info.server_version // 10000
        encoding = conn.info.parameter_status("server_encoding")
    if version < OLDEST or encoding != "UTF8":
        raise Stop(
            "HUILIAN_WAREHOUSE",
            f"the server is PostgreSQL {version}, the database's encoding {encoding}",
            f"give a database of PostgreSQL {OLDEST} or newer, created with ENCODING 'UTF8'",
        )
    return server


def _superuser(cluster: Cluster) -> Connection:
    return psycopg.connect(cluster.conninfo(), autocommit=True)


def _prove_chinese(conn: Connection) -> None:
    """Stop when the cluster's character type does not know Chinese letters: searches on names would find nothing."""
    known = conn.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'").fetchone()
    if known:
        conn.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        row = conn.execute("SELECT cardinality(show_trgm('王伟芳')) > 0").fetchone()
    else:
        row = conn.execute(r"SELECT '王伟芳' ~ '^\w+$'").fetchone()
    if row != (True,):
        raise Stop(
            "warehouse", "the cluster's LC_CTYPE does not know Chinese", "install a UTF-8 locale, move data/pg away"
        )


def _role(conn: Connection, name: str, rights: str) -> None:
    if conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone() is None:
        conn.execute(sql.SQL("CREATE ROLE {} LOGIN ").format(sql.Identifier(name)) + sql.SQL(rights))


def _database(conn: Connection, name: str, owner: str | None) -> None:
    if conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
        command = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
        if owner is not None:
            command += sql.SQL(" OWNER {}").format(sql.Identifier(owner))
        conn.execute(command)


def _uri(parts: Mapping[str, str]) -> str:
    """A libpq URI that SQLAlchemy and ADBC read alike: a socket's folder goes into the query."""
    rest = {k: v for k, v in parts.items() if k not in ("user", "password", "dbname")}
    login = quote(parts.get("user", ""), safe="")
    if "password" in parts:
        login += ":" + quote(parts["password"], safe="")
    query = "?" + urlencode(rest, quote_via=quote, safe="/") if rest else ""
    return f"postgresql://{login}{'@' if login else ''}/{quote(parts.get('dbname', ''), safe='')}{query}"
