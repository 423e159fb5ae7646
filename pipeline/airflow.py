"""Drive a private Airflow over a data directory; settings come from HUILIAN_* variables.

    python -m pipeline.airflow demo [--month 2026-10]     every month through a real scheduler, then stop
    python -m pipeline.airflow up                         leave the web page open
    python -m pipeline.airflow try FEED --month 2026-10   one feed's DAG, in one process and without a scheduler

Nothing of Airflow is imported here: its commands are started and its REST interface is spoken to.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from contracts.errors import HuilianError
from pipeline import steps
from pipeline.airflow_client import now
from pipeline.airflow_home import USER, migrate, prepare
from pipeline.airflow_months import AFTER_FEEDS, CORRECTION, OTHERS, Clock, feeds, run_month
from pipeline.airflow_running import PARALLELISM, running, warehouse
from pipeline.airflow_times import Times, by_task, summary
from pipeline.api import interfaces
from pipeline.settings import Settings, checked_month
from warehouse import identity

Say = Callable[[str], None]


def demo(settings: Settings, months: Sequence[str], say: Say) -> list[str]:
    """Run `months` in order through a real scheduler: all feeds, then what assets wake: recognition and comparison.

    A month recognised before gets a correction instead, whatever came: the driver triggers it, no asset does.

    Airflow is started for it and stopped after it. Returns the runs that failed, as ``<month> <dag>``. Raises Retry
    when nothing happens any more, Stop when somebody must act first.
    """
    clock, wanted = Clock(), [*feeds(), *AFTER_FEEDS]
    say(f"demo       {', '.join(months)} of {len(feeds())} feeds, from {settings.inbox} into {settings.data}")
    with interfaces(settings, flaky=5) as settings, running(settings, say) as client:
        began = now()
        client.forget_unfinished()
        client.pause(wanted, paused=False)
        ready = clock.seconds
        failed = []
        for month in months:
            known = identity.recognised(steps.server(settings), month)
            failed += [f"{month} {dag}" for dag in run_month(client, month, say, known)]
            client.pause([CORRECTION], paused=True)
        tasks = by_task(client.tasks(began))
        client.pause(wanted, paused=True)
        done = clock.seconds
    for line in summary(Times(ready, done - ready, clock.seconds - done, tasks)):
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


def try_feed(settings: Settings, feed: str, month: str, say: Say) -> int:
    """`airflow dags test` of one feed. Returns its exit code: 0, or 1 when the run failed."""
    with interfaces(settings) as settings, warehouse(settings, say):
        home = prepare(settings, PARALLELISM)
        migrate(settings, home)
        say(f"try        {feed} for {month}, as Airflow would run it")
        words = ["dags", "test", feed, "--conf", json.dumps({"month": month})]
        done = subprocess.run([sys.executable, "-m", "airflow", *words], env=home.environment, check=False)
    return done.returncode


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """The commands. Returns the exit code: 0, 1 something was set aside, 2 somebody must act, 75 try again later."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.airflow", description="Drive a private Airflow.")
    parser.add_argument("what", choices=("demo", "up", "try"))
    parser.add_argument("feed", nargs="?", choices=feeds(), help="for try")
    parser.add_argument("--month", action="append", help="like 2026-10; again for more; default: every month there is")
    asked = parser.parse_args(arguments)
    if (asked.what == "try") != bool(asked.feed):
        parser.error("`try` takes a feed, the others none")
    try:
        settings = Settings.from_env()
        months = [checked_month(month) for month in asked.month or settings.months()]
        return _do(asked.what, settings, months, asked.feed)
    except HuilianError as error:
        _say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _say("stopped")
        return 0 if asked.what == "up" else 130


def _do(what: str, settings: Settings, months: Sequence[str], feed: str) -> int:
    if what == "try":
        return max(try_feed(settings, feed, month, _say) for month in months)
    if what == "up":
        up(settings, _say)
        return 0
    failed = demo(settings, months, _say)
    _next(settings, failed)
    return 1 if failed else 0


def _next(settings: Settings, failed: Sequence[str]) -> None:
    """Say what to look at now."""
    for run in failed:
        month, dag = run.split()
        where = "the log of its red task" if dag in OTHERS else f"its receipt in {settings.outbox}, or the log"
        _say(f"failed     {dag} of {month}: see {where} (make up)")
    folder = f"DATA={settings.data}"
    _say(f"\nreport     {settings.reports / 'latest.html'}\nreceipts   {settings.outbox}")
    _say("next       open the report; then")
    _say(f"           make up {folder}              Airflow's page, with these runs")
    _say(f"           make warehouse-url {folder}   the warehouse, for psql")


if __name__ == "__main__":
    sys.exit(main())
