"""Airflow's REST interface when it answers otherwise than hoped; the real one is met in test_airflow."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from contracts.errors import Retry, Stop
from pipeline.airflow_client import Client, now, wait_until
from pipeline.airflow_home import Home

Answer = Callable[[str, str, dict[str, list[str]]], tuple[int, Any]]


def well() -> None:
    """Every process is alive."""


@pytest.fixture
def client() -> Iterator[Callable[[Answer], Client]]:
    """A function that makes a client of a server which answers as told: (method, path, query) -> status, document."""
    opened: list[tuple[ThreadingHTTPServer, Client]] = []

    def make(answer: Answer) -> Client:
        class Handler(BaseHTTPRequestHandler):
            def handle_one(self) -> None:
                url = urlparse(self.path)
                status, document = answer(self.command, url.path, parse_qs(url.query))
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_DELETE = handle_one  # noqa: N815

            def log_message(self, *words: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, daemon=True).start()
        made = Client(Home(Path("home"), server.server_port, "right", {}), well)
        opened.append((server, made))
        return made

    yield make
    for server, made in opened:
        made.close()
        server.shutdown()
        server.server_close()


def test_nobody_there_is_not_healthy_and_worth_another_try() -> None:
    nobody = Client(Home(Path("home"), 9, "", {}), well)
    assert not nobody.healthy()
    with pytest.raises(Retry, match=r"no answer.*\n  next: read home/api-server\.log"):
        nobody.runs(now())
    nobody.close()


@pytest.mark.parametrize(("scheduler", "healthy"), [("healthy", True), ("unhealthy", False), (None, False)])
def test_healthy_means_every_part(client: Callable[[Answer], Client], scheduler: str | None, healthy: bool) -> None:
    parts = {"metadatabase": "healthy", "scheduler": scheduler, "dag_processor": "healthy"}
    made = client(lambda *asked: (200, {part: {"status": status} for part, status in parts.items()}))
    assert made.healthy() is healthy


def test_a_refused_login_names_the_file_to_remove(client: Callable[[Answer], Client]) -> None:
    with pytest.raises(Stop, match=r"login answered 401\n  next: remove home/login\.json"):
        client(lambda *asked: (401, {})).login()


def test_a_dag_file_that_does_not_import_is_named_with_its_error(client: Callable[[Answer], Client]) -> None:
    errors = {"import_errors": [{"filename": "feeds.py", "stack_trace": "Traceback\n  ...\nKeyError: 'feed'\n"}]}
    with pytest.raises(Stop, match=r"dags/feeds\.py: KeyError: 'feed'"):
        client(lambda *asked: (200, errors)).parsed(now())


def test_only_dags_read_since_count(client: Callable[[Answer], Client]) -> None:
    dags = [
        {"dag_id": "old", "last_parsed_time": "2026-10-01T00:00:00Z"},
        {"dag_id": "new", "last_parsed_time": "2026-10-03T00:00:00Z"},
        {"dag_id": "never", "last_parsed_time": None},
    ]
    made = client(lambda _, path, __: (200, {"import_errors": [], "dags": dags}))
    assert made.parsed(datetime(2026, 10, 2, tzinfo=UTC)) == {"new"}


def test_pages_are_read_to_the_last(client: Callable[[Answer], Client]) -> None:
    runs = [{"dag_run_id": str(number)} for number in range(250)]

    def page(_: str, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        offset, limit = int(query["offset"][0]), int(query["limit"][0])
        return 200, {"dag_runs": runs[offset : offset + limit]}

    assert client(page).runs(now()) == runs


def test_what_a_killed_driver_left_is_failed_and_its_events_forgotten(client: Callable[[Answer], Client]) -> None:
    left = {"dag_runs": [{"dag_id": dag, "dag_run_id": "2026-09.x"} for dag in ("gongan_hukou", "comparison")]}
    asked: list[tuple[str, str]] = []

    def answer(method: str, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        asked.append((method, path))
        if "comparison" in path and path.endswith(("/announce", "/queuedEvents")):
            return 404, {}
        if path.endswith("/announce"):  # skipped by a driver that was killed before it failed the run
            return 409, {}
        return 200, left

    assert client(answer).forget_unfinished() == 2
    runs = [path for method, path in asked if method == "PATCH"]
    assert runs == [
        "/api/v2/dags/gongan_hukou/dagRuns/2026-09.x/taskInstances/announce",
        "/api/v2/dags/gongan_hukou/dagRuns/2026-09.x",
        "/api/v2/dags/comparison/dagRuns/2026-09.x/taskInstances/announce",
        "/api/v2/dags/comparison/dagRuns/2026-09.x",
    ]
    assert [path for method, path in asked if method == "DELETE"] == [
        "/api/v2/dags/recognition/assets/queuedEvents",
        "/api/v2/dags/comparison/assets/queuedEvents",
        "/api/v2/dags/correction/assets/queuedEvents",
    ]


def test_a_pool_that_is_there_is_left_alone(client: Callable[[Answer], Client]) -> None:
    asked: list[tuple[str, str]] = []

    def there_already(method: str, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        asked.append((method, path))
        return 409, {}

    client(there_already).make_pool("sources", 4, "")
    assert [method for method, _ in asked] == ["POST"]


def test_a_refusal_says_what_was_asked(client: Callable[[Answer], Client]) -> None:
    with pytest.raises(Stop, match="POST /api/v2/dags/gongan_hukou/dagRuns answered 422"):
        client(lambda *asked: (422, {})).trigger("gongan_hukou", "id", "2026-09")


def test_waiting_ends_and_says_for_what() -> None:
    with pytest.raises(Retry, match="Airflow's start took more than 0 s"):
        wait_until(lambda: False, 0, "Airflow's start", well)


def test_waiting_stops_when_a_process_ends() -> None:
    def dead() -> None:
        raise Stop("airflow scheduler", "ended", "read its log")

    with pytest.raises(Stop, match="ended"):
        wait_until(lambda: False, 60, "anything", dead)
