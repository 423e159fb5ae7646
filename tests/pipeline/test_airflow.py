"""A month through a real scheduler, killed on the way and run again: the longest test there is."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline import steps
from pipeline.airflow import demo, main
from pipeline.airflow_months import feeds
from pipeline.airflow_processes import members
from pipeline.settings import ROOT, Settings
from tests.factory import small_county
from warehouse import server

MONTH = "2026-09"


class Drive(NamedTuple):
    """A demo that was killed and the one after it."""

    settings: Settings
    listening: set[str]
    left_by_killed: int
    left_after: int
    said: list[str]
    failed: list[str]


def sessions(settings: Settings) -> set[int]:
    """The sessions of an Airflow, from the list its driver keeps."""
    listed = json.loads((settings.data / "airflow" / "processes.json").read_text(encoding="utf-8"))
    return {int(pid) for pid in listed["leaders"]}


def listening(pids: list[int]) -> set[str]:
    """Addresses on which these processes accept TCP connections, as the kernel writes them (IPv6 ones are longer)."""
    sockets = set()
    for pid in pids:
        with suppress(OSError):  # a task that has ended by now, or a file it has closed
            for handle in Path(f"/proc/{pid}/fd").iterdir():
                sockets.add(str(handle.readlink()))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == "0A" and f"socket:[{rest[5]}]" in sockets:
                found.add(local.partition(":")[0])
    return found


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drive]:
    """A month through Airflow: killed without warning after the first feed, then run again to the end."""
    data = Path(tempfile.mkdtemp(prefix="huilian-airflow-"))
    data.chmod(0o711)
    settings = Settings(data=data, inbox=small_county(tmp_path_factory.mktemp("inbox")))
    command = [sys.executable, "-m", "pipeline.airflow", "demo", "--month", MONTH]
    environment = {**os.environ, **settings.to_env(), "PYTHONPATH": str(ROOT)}
    killed = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert killed.stderr is not None
    for line in killed.stderr:
        if f"[{MONTH}]  1/" in line:
            break
    leaders = sessions(settings)
    heard = listening(members(leaders))
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stderr.close()
    left = len(members(leaders))
    said: list[str] = []
    failed = demo(settings, [MONTH], said.append)
    yield Drive(settings, heard, left, len(members(leaders)), said, failed)
    server.ensure(data).stop()
    shutil.rmtree(data, ignore_errors=True)


@pytest.mark.slow
def test_nothing_listens_outside_this_machine(drive: Drive) -> None:
    assert drive.listening == {"0100007F"}


@pytest.mark.slow
def test_after_a_kill_the_next_demo_ends_what_was_left_and_finishes(drive: Drive) -> None:
    assert drive.left_by_killed >= 3
    assert drive.left_after == 0
    assert drive.failed == []
    assert not (drive.settings.data / "airflow" / "processes.json").exists()


@pytest.mark.slow
def test_every_feed_and_what_it_wakes_is_said_with_its_time(drive: Drive) -> None:
    ended = [line for line in drive.said if line.startswith(f"[{MONTH}]") and " success " in line]
    assert {line.split()[2] for line in ended} == {*feeds(), "recognition", "comparison"}
    assert "takes Airflow" in drive.said[-1]


@pytest.mark.slow
def test_the_month_is_in_the_warehouse(drive: Drive) -> None:
    with steps.server(drive.settings).connect() as connection:
        states = connection.execute("SELECT DISTINCT state FROM ledger.delivery").fetchall()
        missed = connection.execute("SELECT delivery_id FROM ledger.delivery WHERE recognised_at IS NULL").fetchall()
        persons = connection.execute("SELECT count(*) FROM identity.person WHERE entity <> 'address'").fetchone()
    assert states == [("published",)]
    assert missed == []  # what the killed drive left has woken nobody before every feed was in
    assert persons is not None
    assert persons[0] == 40
    assert (drive.settings.reports / "latest.html").is_file()


@pytest.mark.parametrize("words", [["try"], ["demo", "gongan_hukou"], ["try", "no_such_feed"], ["fly"]])
def test_what_it_cannot_do_it_says(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert "usage:" in capsys.readouterr().err


def test_a_month_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HUILIAN_DATA", str(ROOT / "nowhere"))
    assert main(["demo", "--month", "2026-13"]) == 2
    assert "not a month" in capsys.readouterr().err
    assert not (ROOT / "nowhere").exists()
