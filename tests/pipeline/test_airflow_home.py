"""Airflow's home: secrets for the owner's eyes, nothing that listens outside this machine."""

import socket
from pathlib import Path

import pytest

from contracts.errors import Stop
from pipeline.airflow_home import Home, free_port, migrate, prepare
from pipeline.settings import Settings
from warehouse.server import Server


@pytest.fixture(scope="module")
def settings(cluster: Server) -> Settings:
    """An installation whose private server runs; its warehouse is another server, as a city's would be."""
    assert cluster.cluster is not None
    return Settings(data=cluster.cluster.data, inbox=Path("nowhere"), warehouse="postgresql://city/warehouse")


@pytest.fixture(scope="module")
def home(settings: Settings) -> Home:
    """Airflow's home in it."""
    return prepare(settings, parallelism=2)


def test_what_is_secret_is_for_its_owner_alone(home: Home) -> None:
    assert home.folder.stat().st_mode & 0o777 == 0o700
    for name in ("secrets.json", "login.json"):
        assert (home.folder / name).stat().st_mode & 0o777 == 0o600
    assert len(home.environment["AIRFLOW__API_AUTH__JWT_SECRET"]) >= 64
    assert len(home.environment["AIRFLOW__API__SECRET_KEY"]) >= 64


def test_secrets_are_not_in_its_representation(home: Home) -> None:
    assert home.password not in repr(home)
    assert home.environment["AIRFLOW__CORE__FERNET_KEY"] not in repr(home)


def test_secrets_stay_the_same(home: Home, settings: Settings) -> None:
    again = prepare(settings, parallelism=2)
    kept = {k: v for k, v in home.environment.items() if "KEY" in k or "SECRET" in k}
    assert kept.items() <= again.environment.items()
    assert again.password == home.password


def test_everything_is_on_the_loopback_address(home: Home) -> None:
    assert home.environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert home.url == f"http://127.0.0.1:{home.port}"
    addresses = [v for k, v in home.environment.items() if k.startswith("AIRFLOW__") and v.startswith("http")]
    assert addresses
    assert all(address.startswith(home.url) for address in addresses)


def test_metadata_go_to_the_private_server_and_never_to_the_citys(home: Home) -> None:
    for name in ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"):
        assert home.environment[name].startswith("postgresql+psycopg://")
        assert "/airflow?host=" in home.environment[name]
        assert "city" not in home.environment[name]
    assert home.environment["HUILIAN_WAREHOUSE"] == "postgresql://city/warehouse"


def test_settings_of_another_airflow_and_slow_bytecode_are_not_passed_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "SomeOther")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("NO_PROXY", "intranet")
    environment = prepare(settings, parallelism=2).environment
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["NO_PROXY"].split(",") == ["127.0.0.1", "localhost", "intranet"]


def test_a_failed_migration_says_where_to_read(home: Home, settings: Settings) -> None:
    broken = Home(home.folder, 0, "", home.environment | {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "nonsense"})
    with pytest.raises(Stop, match=r"next: read .*migrate\.log"):
        migrate(settings, broken)


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        assert free_port(number) > number
