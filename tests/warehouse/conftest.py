"""One real server for the whole run, in a folder its account can reach (pytest's own are 0700).

HUILIAN_PG_BIN chooses the server's version, as everywhere.
"""

import dataclasses
import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from contracts.model import Contract
from warehouse import migrate
from warehouse import server as servers
from warehouse.server import Server

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A private cluster that lives as long as the test run."""
    data = Path(tempfile.mkdtemp(prefix="huilian-test-"))
    data.chmod(0o711)
    chosen = os.environ.get("HUILIAN_PG_BIN")
    started = servers.ensure(data, bin_dir=Path(chosen) if chosen else None)
    assert started.cluster is not None
    with psycopg.connect(started.cluster.conninfo(), autocommit=True) as conn:
        conn.execute("ALTER SYSTEM SET fsync = off")
        conn.execute("SELECT pg_reload_conf()")
    yield started
    # Without a last checkpoint: nobody will read this cluster again.
    os.kill(int((data / "pg" / "postmaster.pid").read_text().split("\n")[0]), signal.SIGQUIT)
    started.stop()
    shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session")
def new_warehouse(server: Server) -> Callable[..., Server]:
    """A function that makes another, empty warehouse on the same server: `new_warehouse(*contracts)`."""

    def make(*contracts: Contract, migrated: bool = True) -> Server:
        name = f"test_{next(NUMBERS)}"
        with server.connect() as conn:
            conn.autocommit = True
            conn.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        fresh = dataclasses.replace(server, settings={**server.settings, "dbname": name})
        if migrated:
            migrate.migrate(fresh, contracts)
        return fresh

    return make


@pytest.fixture(scope="session")
def blank(new_warehouse: Callable[..., Server]) -> Server:
    """A warehouse without feeds, shared by tests that look at tables of their own."""
    return new_warehouse()
