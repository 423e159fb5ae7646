"""Airflow's REST interface, as far as the driver needs it."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx

from contracts.errors import Retry, Stop
from pipeline.airflow_home import USER, Home

DONE = ("success", "failed")
PAGE = 100


class Client:
    """A session with one Airflow. Times are aware; runs and tasks are the interface's JSON objects.

    `alive` raises Stop when a process of that Airflow has ended.
    """

    def __init__(self, home: Home, alive: Callable[[], None]) -> None:
        self.home = home
        self.alive = alive
        # The address is our own: a proxy from the environment has no business here.
        self.http = httpx.Client(base_url=home.url, timeout=60, trust_env=False)

    def close(self) -> None:
        """Let go of the connection."""
        self.http.close()

    def login(self) -> None:
        """Take a token. Raises Stop when the password is refused."""
        answer = self.http.post("/auth/token", json={"username": USER, "password": self.home.password})
        if answer.status_code >= 400:
            raise Stop("Airflow", f"login answered {answer.status_code}", f"remove {self.home.folder}/login.json")
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def healthy(self) -> bool:
        """Whether interface, metadata, scheduler and DAG processor all say so."""
        try:
            health = self.http.get("/api/v2/monitor/health").json()
        except (httpx.TransportError, ValueError):
            return False
        return all(
            (health.get(p) or {}).get("status") == "healthy" for p in ("metadatabase", "scheduler", "dag_processor")
        )

    def parsed(self, since: datetime) -> set[str]:
        """DAGs whose file was read after `since`. Raises Stop when a DAG file can't be imported."""
        errors = self._get("/api/v2/importErrors")["import_errors"]
        if errors:
            last = str(errors[0]["stack_trace"]).strip().splitlines()[-1]
            raise Stop(f"dags/{errors[0]['filename']}", last, "run `python dags/<file>` to see where")
        dags = self._get("/api/v2/dags", limit=PAGE)["dags"]
        return {d["dag_id"] for d in dags if d["last_parsed_time"] and _when(d["last_parsed_time"]) > since}

    def make_pool(self, name: str, slots: int, description: str) -> None:
        """A pool of this name, left alone if somebody has it already."""
        body = {"name": name, "slots": slots, "description": description}
        answer = self.http.post("/api/v2/pools", json=body)
        if answer.status_code != httpx.codes.CONFLICT:
            answer.raise_for_status()

    def pause(self, dags: Iterable[str], paused: bool) -> None:
        """Pause or unpause these DAGs."""
        for dag in dags:
            self._send("PATCH", f"/api/v2/dags/{dag}", {"is_paused": paused})

    def forget_unfinished(self) -> int:
        """Fail the runs a killed driver left, and drop the asset events that wait for their fellows.

        Left in place, events of half a month would wake recognition in the middle of the next. So would those runs'
        announcements, which Airflow still makes for a run that was failed: they are skipped first. Returns the runs.
        """
        left = list(self._pages("/api/v2/dags/~/dagRuns", "dag_runs", state=["queued", "running"]))
        for run in left:
            path = f"/api/v2/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}"
            self._where_there("PATCH", f"{path}/taskInstances/announce", {"new_state": "skipped"})
            self._send("PATCH", path, {"state": "failed"})
        for dag in ("recognition", "comparison", "correction"):
            self._where_there("DELETE", f"/api/v2/dags/{dag}/assets/queuedEvents")
        return len(left)

    def trigger(self, dag: str, run_id: str, month: str) -> None:
        """Start a run of `dag` for `month`."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": {"month": month}}
        self._send("POST", f"/api/v2/dags/{dag}/dagRuns", body)

    def runs(self, since: datetime) -> list[dict[str, Any]]:
        """Runs asked for since a moment, of every DAG."""
        return list(self._pages("/api/v2/dags/~/dagRuns", "dag_runs", run_after_gte=since.isoformat()))

    def tasks(self, since: datetime) -> list[dict[str, Any]]:
        """Task instances of those runs."""
        path = "/api/v2/dags/~/dagRuns/~/taskInstances"
        return list(self._pages(path, "task_instances", run_after_gte=since.isoformat()))

    def _pages(self, path: str, key: str, **query: Any) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            page = self._get(path, limit=PAGE, offset=offset, **query)[key]
            yield from page
            offset += PAGE
            if len(page) < PAGE:
                return

    def _get(self, path: str, **query: Any) -> Any:
        return self._send("GET", path, None, **query)

    def _where_there(self, method: str, path: str, body: Any = None) -> None:
        """Ask this of something that need not exist, or was asked before by a driver that was killed here."""
        answer = self.http.request(method, path, json=body)
        if answer.status_code not in (httpx.codes.NOT_FOUND, httpx.codes.CONFLICT):
            answer.raise_for_status()

    def _send(self, method: str, path: str, body: Any, **query: Any) -> Any:
        try:
            answer = self.http.request(method, path, json=body, params=query)
        except httpx.TransportError as error:
            raise Retry(
                "Airflow", f"no answer to {method} {path}", f"read {self.home.folder}/api-server.log"
            ) from error
        if answer.status_code >= 400:
            raise Stop("Airflow", f"{method} {path} answered {answer.status_code}", "read api-server.log in its home")
        return answer.json() if answer.content else None


def wait_until(done: Callable[[], bool], seconds: float, what: str, alive: Callable[[], None]) -> None:
    """Ask `done` twice a second. Raises Retry after `seconds`, and whatever `alive` raises when a process has ended."""
    deadline = time.monotonic() + seconds
    while not done():
        alive()
        if time.monotonic() > deadline:
            raise Retry(
                "Airflow", f"{what} took more than {seconds:.0f} s", "look at the logs in data/airflow, run again"
            )
        time.sleep(0.5)


def now() -> datetime:
    """The present, aware."""
    return datetime.now(UTC)


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
