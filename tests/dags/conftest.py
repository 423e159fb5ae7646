"""DAG files loaded, and some run, in processes of their own: Airflow keeps its settings and loggers for life."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import steps
from pipeline.airflow_home import Home, migrate, prepare
from pipeline.settings import ROOT, Settings
from tests.factory import small_county
from warehouse import server

HERE = Path(__file__).parent
Facts = dict[str, Any]


def last_line(words: list[str], environment: dict[str, str], log: Path) -> Any:
    """The JSON a program of this folder prints last; all it prints is kept in `log`."""
    command = [sys.executable, *words]
    with log.open("w", encoding="utf-8") as file:
        done = subprocess.run(command, env=environment, stdout=file, stderr=subprocess.STDOUT, check=False)
    said = log.read_text(encoding="utf-8")
    assert done.returncode == 0, said[-3000:]
    return json.loads(next(line for line in reversed(said.splitlines()) if line.startswith(("{", "["))))


@pytest.fixture(scope="session")
def describe(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Facts]:
    """A function that loads a folder of DAG files, in an Airflow without a database, and returns facts about them."""

    def load(folder: Path = ROOT / "dags", **variables: str) -> Facts:
        home = tmp_path_factory.mktemp("airflow")
        environment = {**os.environ, "AIRFLOW_HOME": str(home), "PYTHONPATH": str(ROOT), **variables}
        facts: Facts = last_line([str(HERE / "describe.py"), str(folder)], environment, home / "said")
        return facts

    return load


@pytest.fixture(scope="session")
def facts(describe: Callable[..., Facts]) -> Facts:
    """Facts about our own DAG files."""
    return describe()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An installation over the small county, its private PostgreSQL running."""
    data = Path(tempfile.mkdtemp(prefix="huilian-dags-"))
    data.chmod(0o711)
    made = Settings(data=data, inbox=small_county(tmp_path_factory.mktemp("inbox")))
    steps.prepare(made)
    yield made
    server.ensure(data).stop()
    shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session")
def home(settings: Settings) -> Home:
    """Airflow's home there, its metadata in PostgreSQL."""
    made = prepare(settings, parallelism=1)
    assert migrate(settings, made)
    return made


@pytest.fixture(scope="session")
def trial(home: Home) -> Callable[..., list[Facts]]:
    """A function that runs DAGs (2026-09/gongan_hukou) without a scheduler, and returns what came of each."""

    def run(*asked: str) -> list[Facts]:
        found: list[Facts] = last_line([str(HERE / "trial.py"), *asked], home.environment, home.folder / "said")
        return found

    return run
