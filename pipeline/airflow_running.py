"""An Airflow that is up for the length of a `with` block, and the private server beneath it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from pipeline.airflow_client import Client, now, wait_until
from pipeline.airflow_dags import POOL
from pipeline.airflow_home import migrate, prepare
from pipeline.airflow_months import OTHERS, feeds
from pipeline.airflow_processes import Processes, alone
from pipeline.settings import Settings
from warehouse import server
from warehouse.cluster import Cluster

PARALLELISM = 4  # for two cores: one waits for the scheduler or the disk while another works
START_SECONDS = 300.0
Say = Callable[[str], None]


@contextmanager
def running(settings: Settings, say: Say, port: int = 0) -> Iterator[Client]:
    """Airflow up, healthy, every DAG read; afterwards all of it gone, and the private server if it was started here.

    `port` 0 takes any free one, else the first free from there on. Raises Stop when another one runs over this data.
    """
    with alone(settings.data / "airflow"), _interruptible(), warehouse(settings, say):
        home = prepare(settings, PARALLELISM, port)
        say("start 2/3  Airflow's database")
        migrate(settings, home)
        say(f"start 3/3  Airflow {home.url}, on this machine only; logs in {home.folder}")
        processes = Processes(home)
        client = Client(home, processes.check)
        try:
            _start(processes, client)
            yield client
        finally:
            say("stopping   Airflow")
            client.close()
            processes.stop()


@contextmanager
def warehouse(settings: Settings, say: Say) -> Iterator[None]:
    """The warehouse and the private server that holds Airflow's metadata; the latter stops again if it did not run."""
    from pipeline import steps

    was_up = Cluster(settings.data, settings.pg_bin).answers()
    say("start 1/3  the warehouse")
    try:
        steps.prepare(settings)
        yield
    finally:
        if not was_up:
            server.ensure(settings.data, None, settings.pg_bin).stop()


def _start(processes: Processes, client: Client) -> None:
    since = now()
    processes.start()
    wait_until(client.healthy, START_SECONDS, "Airflow's start", processes.check)
    client.login()
    wanted = {*feeds(), *OTHERS}
    wait_until(lambda: wanted <= client.parsed(since), START_SECONDS, "reading the DAG files", processes.check)
    client.make_pool(POOL, 4, "tasks that read departments' files, databases and interfaces at once")


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
