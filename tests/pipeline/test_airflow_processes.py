"""No process is left behind, whoever was killed."""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.errors import Stop
from pipeline.airflow_home import Home
from pipeline.airflow_processes import Processes, alone, members

# A leader with a child in a process group of its own, as a task is. Asked to end, only the leader does.
STUBBORN = """
import os, signal, time
if os.fork() == 0:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open("ready", "w").close()
time.sleep(600)
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Processes]]:
    """A function that starts a component of two processes."""
    started: list[Processes] = []
    (tmp_path / "stubborn.py").write_text(STUBBORN, encoding="utf-8")

    def make() -> Processes:
        home = Home(tmp_path, 0, "", {**os.environ, "PYTHONPATH": str(tmp_path)})
        made = Processes(home, {"stubborn": ("stubborn",)})
        started.append(made)
        made.start()
        while not (tmp_path / "ready").exists():
            made.check()
            time.sleep(0.01)
        return made

    yield make
    for one in started:
        one.stop(grace=0)


def running(processes: Processes) -> int:
    """How many processes of it live."""
    return len(members({process.pid for process in processes.started.values()}))


def test_stopping_ends_the_whole_session_even_its_stubborn_members(start: Callable[[], Processes]) -> None:
    processes = start()
    assert running(processes) == 2
    processes.check()
    processes.stop(grace=0.3)
    assert running(processes) == 0
    assert not (processes.home.folder / "processes.json").exists()


def test_a_component_that_ended_is_named_with_its_log(start: Callable[[], Processes]) -> None:
    processes = start()
    processes.started["stubborn"].kill()
    processes.started["stubborn"].wait()
    with pytest.raises(Stop, match=r"airflow stubborn: ended with status -9\n  next: read .*/stubborn.log"):
        processes.check()


@pytest.mark.parametrize("leader_too", [False, True])
def test_what_a_killed_driver_left_is_ended_by_the_next(start: Callable[[], Processes], leader_too: bool) -> None:
    processes = start()
    if leader_too:
        processes.started["stubborn"].kill()
        processes.started["stubborn"].wait()
    assert running(processes) == 2 - leader_too
    with alone(processes.home.folder, grace=0.3):
        assert running(processes) == 0


def test_a_number_that_is_somebody_elses_by_now_is_left_alone(start: Callable[[], Processes]) -> None:
    processes = start()
    listed = processes.home.folder / "processes.json"
    kept = json.loads(listed.read_text(encoding="utf-8"))
    ((pid, born),) = kept["leaders"].items()
    for other in (kept | {"boot": "an earlier one"}, kept | {"leaders": {pid: str(int(born) - 1)}}):
        listed.write_text(json.dumps(other), encoding="utf-8")
        with alone(processes.home.folder, grace=0.1):
            assert running(processes) == 2


def test_two_drivers_never_share_a_folder(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(Stop, match="another Airflow runs here"), alone(tmp_path):
        pass


def test_a_half_written_list_of_processes_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "processes.json").write_text("{", encoding="utf-8")
    with alone(tmp_path):
        assert (tmp_path / "lock").exists()


def test_a_zombie_is_not_alive() -> None:
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert members({pid}) == []
    os.waitpid(pid, 0)
