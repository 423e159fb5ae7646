"""One real server for the whole run, and empty warehouses on it."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator

import pytest

from contracts.mentions import MENTION
from contracts.model import Contract
from tests.servers import private_server
from warehouse import migrate
from warehouse.server import Server

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A private cluster that lives as long as the test run."""
    with private_server() as started:
        yield started


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
def with_mentions(new_warehouse: Callable[..., Server]) -> Callable[..., Server]:
    """A function that makes a warehouse where feeds of these names have mentions and nothing else."""

    def make(*feeds: str) -> Server:
        made = new_warehouse()
        columns = ", ".join(f"{c} {'date' if kind == 'date32' else 'text'}" for c, kind in MENTION.items())
        history = "valid_from date, valid_to date, recorded_to timestamptz"
        with made.connect() as conn:
            for feed in feeds:
                conn.execute(f"CREATE TABLE identifiers.{feed} ({columns}, {history})".encode())
                conn.execute(f"GRANT SELECT ON identifiers.{feed} TO huilian_linker".encode())
        return made

    return make


@pytest.fixture(scope="session")
def blank(new_warehouse: Callable[..., Server]) -> Server:
    """A warehouse without feeds, shared by tests that look at tables of their own."""
    return new_warehouse()
