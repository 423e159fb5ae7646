"""Airflow's home under the data directory: its secrets, its configuration, its database.

    data/airflow    0700: secrets.json, login.json, logs/, one log a component, processes.json

Everything listens on 127.0.0.1 or not at all. Configuration travels in the environment of the processes, so there is no
airflow.cfg to drift. The metadata live in a database of the private server, never in a city's warehouse.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psycopg

from contracts.errors import Stop
from pipeline.settings import ROOT, Settings
from warehouse import server

USER = "admin"
DATABASE = "airflow"


@dataclass(frozen=True)
class Home:
    """Where one Airflow lives: its folder, its port on 127.0.0.1, the admin's password, its processes' environment."""

    folder: Path
    port: int
    password: str = field(repr=False)
    environment: dict[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        """The address of the web page and of the REST interface."""
        return f"http://127.0.0.1:{self.port}"


def prepare(settings: Settings, parallelism: int, port: int = 0) -> Home:
    """Make or find the home under `settings.data`; start its database. `port` 0 takes any free one.

    Raises Retry when the private server does not start.
    """
    folder = settings.data / "airflow"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    private = server.ensure(settings.data, None, settings.pg_bin)
    keys = _keys(folder)
    _keep(folder / "login.json", {USER: keys["password"]})
    port = port or free_port()
    database = private.database(DATABASE).replace("postgresql://", "postgresql+psycopg://", 1)
    environment = _inherited() | settings.to_env() | _configuration(folder, port, database, keys)
    environment["AIRFLOW__CORE__PARALLELISM"] = str(parallelism)
    return Home(folder, port, keys["password"], environment)


def migrate(settings: Settings, home: Home) -> bool:
    """Bring the metadata database to this Airflow's version; True when there was something to do.

    The command takes seconds even when it has nothing to do, so the version it last ran for is kept beside the data.
    Raises Stop when it fails.
    """
    stamp = home.folder / "migrated"
    wanted = version("apache-airflow-core")
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted and _has_tables(settings):
        return False
    log = home.folder / "migrate.log"
    with log.open("w", encoding="utf-8") as file:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            env=home.environment,
            stdout=file,
            stderr=file,
            check=False,
        )
    if done.returncode:
        raise Stop("Airflow's database", f"`airflow db migrate` ended with {done.returncode}", f"read {log}")
    stamp.write_text(wanted, encoding="ascii")
    return True


def free_port(first: int = 0) -> int:
    """A port on 127.0.0.1 nobody listens on: `first` or one of the next hundred, any for 0.

    Raises Stop when all of them are taken.
    """
    for port in range(first, first + 100) if first else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Stop("Airflow's web page", f"no free port from {first} on", "stop what listens there, run again")


def _inherited() -> dict[str, str]:
    """What the processes get from ours: everything but other Airflow settings and what would slow or misdirect them."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW_", "HUILIAN_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)  # without bytecode every process starts three times slower
    local = [kept[k] for k in ("no_proxy", "NO_PROXY") if kept.get(k)]
    kept["no_proxy"] = kept["NO_PROXY"] = ",".join(["127.0.0.1", "localhost", *local])
    return kept


def _configuration(folder: Path, port: int, database: str, keys: dict[str, str]) -> dict[str, str]:
    sections = {
        "CORE": {
            "DAGS_FOLDER": str(ROOT / "dags"),
            "LOAD_EXAMPLES": "False",
            "EXECUTOR": "LocalExecutor",
            "EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "HOSTNAME_CALLABLE": "socket.gethostname",  # the default asks DNS, which may take its time to say no
            "FERNET_KEY": keys["fernet"],
            "SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(folder / "login.json"),
        },
        # psycopg 3 for both: left out, the second would become asyncpg, which is not installed.
        "DATABASE": {"SQL_ALCHEMY_CONN": database, "SQL_ALCHEMY_CONN_ASYNC": database},
        "API": {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "BASE_URL": f"http://127.0.0.1:{port}",
            "WORKERS": "1",
            "SECRET_KEY": keys["api"],
            "INSTANCE_NAME": "Huilian",
        },
        "API_AUTH": {"JWT_SECRET": keys["jwt"]},
        # 5 s by default, which the first task of a busy machine misses.
        "WORKERS": {"EXECUTION_API_TIMEOUT": "60"},
        "DAG_PROCESSOR": {"MIN_FILE_PROCESS_INTERVAL": "60", "REFRESH_INTERVAL": "60", "PARSING_PROCESSES": "1"},
        "LOGGING": {
            "BASE_LOG_FOLDER": str(folder / "logs"),
        },
    }
    flat = {f"AIRFLOW__{s}__{k}": v for s, options in sections.items() for k, v in options.items()}
    return flat | {"AIRFLOW_HOME": str(folder), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def _keys(folder: Path) -> dict[str, str]:
    """The secrets of this home, made once."""
    path = folder / "secrets.json"
    if not path.exists():
        made = {name: secrets.token_urlsafe(64) for name in ("jwt", "api")}
        made["fernet"] = urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")
        made["password"] = secrets.token_urlsafe(12)
        _keep(path, made)
    keys: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return keys


def _keep(path: Path, data: dict[str, str]) -> None:
    """Write `data` for the owner's eyes only, whole or not at all."""
    partial = path.with_suffix(".new")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(data, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _has_tables(settings: Settings) -> bool:
    with psycopg.connect(server.ensure(settings.data, None, settings.pg_bin).database(DATABASE)) as connection:
        row = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
    return row == (True,)
