"""A small county taken through the whole path once, in a warehouse of its own; and ways to look at what came of it."""

import dataclasses
import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from psycopg.conninfo import conninfo_to_dict

from contracts.errors import HuilianError
from pipeline.api import interfaces
from pipeline.run import Outcome, run
from pipeline.settings import Settings
from tests.factory import small_county
from tests.servers import private_server
from warehouse import server as servers
from warehouse.server import Server

MONTHS = ["2026-09", "2026-10"]
NUMBERS = itertools.count(1)
SCHEMAS = ("ledger", "identifiers", "content", "identity", "mart")
# What may differ between two runs that came to the same: moments, run ids, and how often a file was met.
MOMENTS = {"received_at", "published_at", "recognised_at", "first_seen_at", "last_seen_at", "times",
           "recorded_from", "recorded_to", "minted_at", "retired_at", "at", "opened_at", "updated_at", "applied_at",
           "run_id", "event_id", "conflict_id", "evidence", "due_on"}  # fmt: skip


class County(NamedTuple):
    """One small county after its run."""

    settings: Settings
    outcome: Outcome
    said: list[str]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Server]:
    """A private PostgreSQL for the tests of this folder."""
    with private_server() as started:
        yield started


@pytest.fixture(scope="session")
def installation(cluster: Server, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Settings]:
    """A function that makes an empty installation over an inbox: its own data folder and its own database."""

    def make(inbox: Path) -> Settings:
        name = f"pipeline_{next(NUMBERS)}"
        with cluster.connect() as conn:
            conn.autocommit = True
            conn.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return Settings(data=tmp_path_factory.mktemp("data"), inbox=inbox, warehouse=cluster.url("owner", name))

    return make


@pytest.fixture(scope="session")
def copied(cluster: Server, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Settings], Settings]:
    """A function that makes an installation of its own that is as another one has become: cheaper than another run."""

    def make(of: Settings) -> Settings:
        name, old = f"pipeline_{next(NUMBERS)}", conninfo_to_dict(of.warehouse or "")["dbname"]
        with cluster.connect() as conn:
            conn.autocommit = True
            conn.execute(f"CREATE DATABASE {name} TEMPLATE {old}".encode())
        data = tmp_path_factory.mktemp("data")
        shutil.copytree(of.data, data, dirs_exist_ok=True)
        return dataclasses.replace(of, data=data, warehouse=cluster.url("owner", name))

    return make


@pytest.fixture(scope="session")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two months of the small county; read only by agreement."""
    return small_county(tmp_path_factory.mktemp("inbox"))


@pytest.fixture(scope="session")
def county(installation: Callable[[Path], Settings], inbox: Path) -> County:
    """The small county taken through everything once."""
    return through(installation(inbox))


@pytest.fixture
def linked(once: Path, tmp_path: Path) -> Path:
    """A copy of what `once`, which a module has of its own, has linked."""
    shutil.copytree(once, tmp_path, dirs_exist_ok=True)
    return tmp_path


def through(settings: Settings, *months: str) -> County:
    """Take an installation through some months, by default both."""
    said: list[str] = []
    with interfaces(settings) as with_api:
        outcome = run(with_api, months or MONTHS, said.append)
    return County(settings, outcome, said)


def look(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Everything the warehouse knows, by table, moments left out, sorted: equal for runs that came to the same."""
    server = servers.ensure(settings.data, settings.warehouse)
    out: dict[str, list[tuple[Any, ...]]] = {}
    with server.connect("owner") as conn:
        tables = conn.execute(
            "select table_schema, table_name, array_agg(column_name::text order by ordinal_position)"
            " from information_schema.columns c join information_schema.tables t using (table_schema, table_name)"
            " where table_schema = any(%s) and table_type = 'BASE TABLE' group by 1, 2",
            [list(SCHEMAS)],
        ).fetchall()
        for schema, table, columns in tables:
            kept = [c for c in columns if c not in MOMENTS]
            quoted = ", ".join(f'"{c}"::text' for c in kept)
            closed = ', "recorded_to" is null' if "recorded_to" in columns else ""
            rows = conn.execute(f'select {quoted}{closed} from "{schema}"."{table}"').fetchall()
            out[f"{schema}.{table}"] = sorted(rows, key=repr)
    out.pop("identity.run", None)  # one row a run, also for a run that changed nothing
    return out


def receipts(settings: Settings) -> set[str]:
    """Names of the receipts in the outbox, duplicates' left out."""
    return {p.name for p in settings.outbox.rglob("*.json") if "重复" not in p.name}


def errors(county: County) -> list[HuilianError]:
    """What went wrong on the way."""
    return [error for _, _, error in county.outcome.troubles]


def fresh(settings: Settings, **changes: Any) -> Settings:
    """The same installation with other settings."""
    return dataclasses.replace(settings, **changes)
