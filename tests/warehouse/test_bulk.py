"""Arrow to and from a real server, from one process again and again."""

import time
from pathlib import Path

import pyarrow as pa
import pytest

from contracts.errors import Retry
from tests.warehouse.test_server import answer, data
from warehouse import bulk
from warehouse import server as servers
from warehouse.server import Server

__all__ = ["data"]  # the fixture: a server of this module's own, to be stopped
OPEN = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


def left_open(server: Server) -> object:
    """Connections that stay: a closed one is there until its process at the server has ended."""
    until = time.monotonic() + 60
    while (many := answer(server, OPEN)) and time.monotonic() < until:
        time.sleep(0.01)
    return many


def test_what_is_asked_again_is_answered_after_a_restart_too_and_leaves_no_connection(data: Path) -> None:
    server = servers.ensure(data)
    rows = pa.table({"n": [1, 2, None], "name": ["䶮", "", None]})
    bulk.fill(server, "owner", {("public", "staged"): rows})
    assert bulk.read(server, "owner", "SELECT * FROM public.staged").equals(rows)
    assert left_open(server) == 0
    server.stop()
    with pytest.raises(Retry, match="reading failed"):
        bulk.read(server, "owner", "SELECT 1")
    again = servers.ensure(data)
    bulk.fill(again, "owner", {("public", "staged"): rows.slice(1)})
    assert bulk.read(again, "owner", "SELECT * FROM public.staged").equals(rows.slice(1))


def test_a_value_the_server_refuses_is_not_quoted(data: Path) -> None:
    with pytest.raises(Retry) as caught:
        bulk.read(servers.ensure(data), "owner", "SELECT '金丝雀'::int")
    assert "22P02" in str(caught.value)
    assert "金丝雀" not in str(caught.value)
