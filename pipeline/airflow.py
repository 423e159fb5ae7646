"""Drive a private Airflow over a data directory: `demo` runs every month through it, `up` leaves its web page open.

`python -m pipeline.airflow demo` and `... up`; settings come from HUILIAN_* variables. This module imports nothing of
Airflow's: it starts the commands and speaks to the REST interface.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import contracts
from contracts.errors import HuilianError, Retry
from pipeline.airflow_client import DONE, Client, now, wait_until
from pipeline.airflow_dags import POOL
from pipeline.airflow_home import USER, migrate, prepare
from pipeline.airflow_processes import Processes, alone
from pipeline.airflow_times import Times, by_task, summary
from pipeline.api import interfaces
from pipeline.settings import Settings, checked_month
from warehouse import server
from warehouse.cluster import Cluster

PARALLELISM = 3  # for two cores: more tasks at once only wait for each other
AFTER_FEEDS = ("recognition", "comparison")
OTHERS = (*AFTER_FEEDS, "housekeeping")
START_SECONDS = 300.0
WAKE_SECONDS = 120.0
Say = Callable[[str], None]


def demo(settings: Settings, months: Sequence[str], say: Say) -> list[str]:
    """Run `months` in order through a real scheduler: all feeds, then what assets wake: recognition and comparison.

    Airflow is started for it and stopped after it. Returns the runs that failed, as ``<month> <dag>``. Raises Retry
    when nothing happens any more, Stop when somebody must act first.
    """
    clock = _Clock()
    say(f"demo       {', '.join(months)} of {len(_feeds())} feeds, from {settings.inbox} into {settings.data}")
    with interfaces(settings, flaky=5) as settings, running(settings, say) as client:
        began = now()
        client.forget_unfinished()
        client.pause(False)
        ready = clock.lap()
        failed = [f"{month} {dag}" for month in months for dag in _month(client, month, say)]
        tasks = by_task(client.tasks(began))
        client.pause(True)
        took = clock.lap()
        say("stopping   Airflow and the private server")
    for line in summary(Times(ready, took, clock.lap(), tasks)):
        say(line)
    return failed


def up(settings: Settings, say: Say) -> None:
    """Leave Airflow's web page open on 127.0.0.1 until a signal ends this process."""
    with interfaces(settings) as settings, running(settings, say, port=8080) as client:
        say(f"\nopen       {client.home.url}\nlogin      {USER}\npassword   {client.home.password}\n")
        say("DAGs are paused: switch on what should run by its calendar, or trigger one. Ctrl-C ends Airflow.")
        while True:
            client.alive()
            time.sleep(1)


@contextmanager
def running(settings: Settings, say: Say, port: int = 0) -> Iterator[Client]:
    """Airflow up, healthy, every DAG read; afterwards all of it gone, and the private server if it was started here.

    `port` 0 takes any free one, else the first free from there on.
    """
    from pipeline import steps

    with alone(settings.data / "airflow"), _interruptible():
        was_up = Cluster(settings.data, settings.pg_bin).answers()
        try:
            say("start 1/3  the warehouse")
            steps.prepare(settings)
            home = prepare(settings, PARALLELISM, port)
            say("start 2/3  Airflow's database")
            migrate(settings, home)
            say(f"start 3/3  Airflow {home.url}, on this machine only; logs in {home.folder}")
            processes = Processes(home)
            try:
                yield _started(processes)
            finally:
                processes.stop()
        finally:
            if not was_up:
                server.ensure(settings.data, None, settings.pg_bin).stop()


def _started(processes: Processes) -> Client:
    since = now()
    processes.start()
    client = Client(processes.home, processes.check)
    wait_until(client.healthy, START_SECONDS, "Airflow's start", processes.check)
    client.login()
    wanted = {*_feeds(), *OTHERS}
    wait_until(lambda: wanted <= client.parsed(since), START_SECONDS, "reading the DAG files", processes.check)
    client.make_pool(POOL, 4, "tasks that read departments' files, databases and interfaces at once")
    return client


def _month(client: Client, month: str, say: Say) -> list[str]:
    """Trigger every feed for `month` and wait until comparison has run too. Returns the DAGs whose run failed."""
    clock, start, feeds = _Clock(), now(), _feeds()
    for feed in feeds:
        client.trigger(feed, f"{month}.{start:%Y%m%dT%H%M%S}", month)
    done: dict[str, str] = {}
    quiet = time.monotonic()
    while not _over(done, feeds):
        client.alive()
        runs = {run["dag_id"]: run for run in client.runs(start) if run["dag_id"] in (*feeds, *AFTER_FEEDS)}
        for dag, run in runs.items():
            if run["state"] in DONE and dag not in done:
                done[dag] = run["state"]
                count = f"{len(done):2}/{len(feeds) + len(AFTER_FEEDS)}"
                took = f"{run['duration'] or 0:6.1f} s  after {clock.lap(keep=True):4.0f} s"
                say(f"[{month}] {count} {dag:20} {run['state']:8}{took}")
        if any(run["state"] not in DONE for run in runs.values()):
            quiet = time.monotonic()
        if time.monotonic() - quiet > WAKE_SECONDS:
            waiting = sorted({*feeds, *AFTER_FEEDS} - set(done))
            raise Retry("Airflow", f"{month}: nothing runs, waiting for {waiting}", "read scheduler.log, run again")
        time.sleep(1)
    return [dag for dag, state in done.items() if state == "failed"]


def _over(done: dict[str, str], feeds: Sequence[str]) -> bool:
    """Every feed has run, and recognition, and, if that went well, comparison."""
    return done.keys() >= set(feeds) and ("comparison" in done or done.get("recognition") == "failed")


def _feeds() -> list[str]:
    return [entry["feed"] for entry in json.loads(contracts.COMPILED.read_text(encoding="utf-8"))["feeds"]]


class _Clock:
    """Wall seconds since it was made, or since the last lap."""

    def __init__(self) -> None:
        self.at = time.monotonic()

    def lap(self, keep: bool = False) -> float:
        now = time.monotonic()
        took = now - self.at
        if not keep:
            self.at = now
        return took


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM and a closed terminal end this process as Ctrl-C does: tidily."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """The commands. Returns the exit code: 0, 1 something was set aside, 2 somebody must act, 75 try again later."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.airflow", description=__doc__)
    parser.add_argument("what", choices=("demo", "up"))
    parser.add_argument("--month", action="append", type=checked_month, help="2026-10; again for more; default: all")
    asked = parser.parse_args(arguments)
    try:
        settings = Settings.from_env()
        if asked.what == "up":
            up(settings, _say)
            return 0
        failed = demo(settings, asked.month or settings.months(), _say)
    except HuilianError as error:
        _say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _say("stopped")
        return 130
    _next(settings, failed)
    return 1 if failed else 0


def _next(settings: Settings, failed: Sequence[str]) -> None:
    """Say what to look at now."""
    for run in failed:
        _say(f"failed     {run}: its receipt in {settings.outbox}, its log in {settings.data}/airflow/logs")
    report = max(settings.reports.glob("*.html"), key=lambda path: path.stat().st_mtime, default=None)
    _say(f"\nreport     {report}\nreceipts   {settings.outbox}")
    folder = f"DATA={settings.data}"
    _say(f"next       make up {folder}              Airflow's page, with these runs")
    _say(f"           make warehouse-url {folder}   the warehouse, for psql")


if __name__ == "__main__":
    sys.exit(main())
