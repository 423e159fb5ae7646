"""Brings a database to the shape this code expects: numbered SQL files, then one pair of tables a contract.

Migrations go forward only. All of it is one transaction under a lock: a killed run leaves nothing half done, and two
runs at once do it once.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import psycopg

from contracts.errors import Stop
from contracts.model import Contract
from warehouse import tables
from warehouse.server import PREFIX, Connection, Server

MIGRATIONS = Path(__file__).parent / "migrations"
ROLES = ("loader", "linker", "analyst", "auditor")


class Migration(NamedTuple):
    """One file: `number` orders it, `digest` tells whether it was edited after it was applied."""

    number: int
    name: str
    text: str
    digest: str


def migrate(server: Server, contracts: Iterable[Contract], folder: Path = MIGRATIONS) -> list[str]:
    """Apply what is missing and return its names: migrations, new tables (`content.<feed>`) and columns.

    Running it again changes nothing and returns []. Raises Stop when an applied migration was edited or is unknown
    here, or a contract asks for a column the existing table can't take.
    """
    with server.connect("owner") as conn:
        conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('huilian:migrate', 0))")
        done = _apply(conn, _files(folder))
        for contract in contracts:
            done += tables.ensure(conn, contract)
        _passwords(conn, server)
    return done


def _files(folder: Path) -> list[Migration]:
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = re.fullmatch(r"(\d{4})_[a-z0-9_]+\.sql", path.name)
        if match is None:
            raise Stop(f"warehouse/migrations/{path.name}", "not named like 0001_what.sql", "rename it")
        text = path.read_text(encoding="utf-8")
        found.append(Migration(int(match[1]), path.stem, text, hashlib.sha256(text.encode()).hexdigest()))
    if [m.number for m in found] != list(range(1, len(found) + 1)):
        raise Stop("warehouse/migrations", "numbers are missing or taken twice", "number the files 0001, 0002, ...")
    return found


def _apply(conn: Connection, files: list[Migration]) -> list[str]:
    conn.execute("CREATE SCHEMA IF NOT EXISTS ledger")
    conn.execute(
        "CREATE TABLE IF NOT EXISTS ledger.migration (number int PRIMARY KEY, name text NOT NULL, "
        "sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    rows = conn.execute("SELECT number, sha256 FROM ledger.migration").fetchall()
    applied = {int(str(number)): str(digest) for number, digest in rows}
    if applied.keys() - {m.number for m in files}:
        raise Stop("ledger.migration", "the database is newer than this program", "update the program")
    done = []
    for migration in files:
        if migration.number not in applied:
            conn.execute(migration.text.encode())
            conn.execute(
                "INSERT INTO ledger.migration (number, name, sha256) VALUES (%s, %s, %s)",
                [migration.number, migration.name, migration.digest],
            )
            done.append(migration.name)
        elif applied[migration.number] != migration.digest:
            where = f"warehouse/migrations/{migration.name}.sql"
            raise Stop(where, "was edited after it was applied", "restore it and put the change into a new file")
    return done


def _passwords(conn: Connection, server: Server) -> None:
    """Give the roles the password they will connect with, where a server asks for one and lets us set it."""
    if server.role_password is None or server.cluster is not None:
        return
    for role in ROLES:
        name = PREFIX + role
        # Encrypted here, so that a server that logs statements does not log the password.
        secret = conn.pgconn.encrypt_password(server.role_password.encode(), name.encode(), b"scram-sha-256")
        try:
            with conn.transaction():
                conn.execute(tables.compose("ALTER ROLE {} PASSWORD {}", name, text=secret.decode()))
        except psycopg.errors.InsufficientPrivilege:
            return  # made by the server's administrator, who set the passwords too
