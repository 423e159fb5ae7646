"""One month through Airflow: start every feed, say how each ended, wait for what their announcements wake."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import contracts
from contracts.errors import Retry
from pipeline.airflow_client import DONE, Client, now

AFTER_FEEDS = ("recognition", "comparison")
CORRECTION = "correction"
OTHERS = (*AFTER_FEEDS, CORRECTION, "housekeeping")
WAKE_SECONDS = 120.0
Say = Callable[[str], None]


def run_month(client: Client, month: str, say: Say, known: bool = False) -> list[str]:
    """Trigger every feed for `month` and wait until comparison has run too. Returns the DAGs whose run failed.

    A month that is `known`, recognised before, wakes nobody where nothing new came: its correction is triggered, when
    the feeds are done, and should be paused until then. Raises Retry when nothing has run for two minutes though
    something should.
    """
    clock, start = Clock(), now()
    run_id = f"{month}.{start:%Y%m%dT%H%M%S}"
    for feed in feeds():
        client.trigger(feed, run_id, month)
    woken, owed = ((CORRECTION,) if known else AFTER_FEEDS), known
    awaited, done = {*feeds(), *woken}, dict[str, str]()
    quiet = Clock()
    while awaited - done.keys():
        client.alive()
        runs = [r for r in client.runs(start) if r["dag_id"] in woken or r["dag_run_id"] == run_id]
        for run in runs:
            if run["state"] in DONE and run["dag_id"] not in done:
                done[run["dag_id"]] = run["state"]
                say(_line(run, f"[{month}] {len(done):2}/{len(awaited)}", clock.seconds))
        if owed and awaited - done.keys() == {CORRECTION}:
            client.pause([CORRECTION], paused=False)
            client.trigger(CORRECTION, run_id, month)
            owed = False
        if done.get("recognition") == "failed":
            awaited.discard("comparison")
        if any(run["state"] not in DONE for run in runs):
            quiet = Clock()
        if quiet.seconds > WAKE_SECONDS:
            what = f"{month}: nothing runs, but {sorted(awaited - done.keys())} should"
            raise Retry("Airflow", what, f"read {client.home.folder}/scheduler.log, run again")
        time.sleep(1)
    return [dag for dag, state in done.items() if state == "failed"]


def feeds() -> list[str]:
    """Every feed that has a DAG."""
    return [entry["feed"] for entry in json.loads(contracts.COMPILED.read_text(encoding="utf-8"))["feeds"]]


class Clock:
    """Wall seconds since it was made."""

    def __init__(self) -> None:
        self.start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Those seconds, now."""
        return time.monotonic() - self.start


def _line(run: Mapping[str, Any], place: str, elapsed: float) -> str:
    return f"{place} {run['dag_id']:20} {run['state']:8}{run['duration'] or 0:6.1f} s  after {elapsed:4.0f} s"
