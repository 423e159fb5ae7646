"""A private PostgreSQL for tests: in a folder its account can reach (pytest's own are 0700), gone afterwards.

HUILIAN_PG_BIN chooses the server's version, as everywhere.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from warehouse import server as servers
from warehouse.server import Server


@contextmanager
def private_server() -> Iterator[Server]:
    """A server that runs until the block ends; it may lose what it holds, since nobody will read it again."""
    data = Path(tempfile.mkdtemp(prefix="huilian-test-"))
    data.chmod(0o711)
    chosen = os.environ.get("HUILIAN_PG_BIN")
    started = servers.ensure(data, bin_dir=Path(chosen) if chosen else None)
    assert started.cluster is not None
    with psycopg.connect(started.cluster.conninfo(), autocommit=True) as conn:
        conn.execute("ALTER SYSTEM SET fsync = off")
        conn.execute("SELECT pg_reload_conf()")
    try:
        yield started
    finally:
        # Without a last checkpoint.
        os.kill(int((data / "pg" / "postmaster.pid").read_text().split("\n")[0]), signal.SIGQUIT)
        started.stop()
        shutil.rmtree(data, ignore_errors=True)
