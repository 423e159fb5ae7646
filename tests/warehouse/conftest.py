"""One real server for the whole run, in a folder its account can reach (pytest's own are 0700)."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse import server as servers
from warehouse.server import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A private cluster that lives as long as the test run."""
    data = Path(tempfile.mkdtemp(prefix="huilian-test-"))
    data.chmod(0o711)
    started = servers.ensure(data)
    yield started
    started.stop()
    shutil.rmtree(data, ignore_errors=True)
