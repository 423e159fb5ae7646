"""Airflow's processes: start them, notice when one ends, and leave none behind, not even after SIGKILL.

Each component leads a session of its own. Whatever it starts (workers, tasks in process groups of their own, readers of
dropped files) stays in that session, so a session is what is ended. The sessions are written to a file first thing,
for the next start to end what a killed one left.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from contracts.errors import Stop
from pipeline.airflow_home import Home

# Nothing here is deferred, so there is no triggerer. Without --skip-serve-logs the scheduler serves logs on 0.0.0.0.
COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "api-server": ("airflow", "api-server"),
    "scheduler": ("pipeline.airflow_scheduler", "--skip-serve-logs"),
    "dag-processor": ("airflow", "dag-processor"),
}
GRACE = 20.0


class Processes:
    """The running components of one home, by name: for each a module and its arguments."""

    def __init__(self, home: Home, components: Mapping[str, tuple[str, ...]] = COMPONENTS) -> None:
        self.home = home
        self.components = components
        self.started: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start every component, its output going to a log of its own."""
        for name, words in self.components.items():
            with self.log(name).open("wb") as log:
                self.started[name] = subprocess.Popen(
                    [sys.executable, "-m", *words], env=self.home.environment, cwd=self.home.folder,
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                )  # fmt: skip
            _remember(self.home.folder, [p.pid for p in self.started.values()])

    def log(self, name: str) -> Path:
        """The log of one component."""
        return self.home.folder / f"{name}.log"

    def check(self) -> None:
        """Raises Stop when a component has ended."""
        for name, process in self.started.items():
            if process.poll() is not None:
                raise Stop(f"airflow {name}", f"ended with status {process.returncode}", f"read {self.log(name)}")

    def stop(self, grace: float = GRACE) -> None:
        """End every session: first asked, after `grace` seconds made to. Returns when all are gone."""
        end_sessions({p.pid for p in self.started.values()}, grace)
        for process in self.started.values():
            process.wait()
        (self.home.folder / "processes.json").unlink(missing_ok=True)


@contextmanager
def alone(folder: Path, grace: float = GRACE) -> Iterator[None]:
    """Hold `folder` for one driver, and end within `grace` seconds what an earlier one that was killed left running.

    Raises Stop while another driver is at work there.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop(str(folder), "another Airflow runs here", "stop it, or take another DATA folder") from None
        end_sessions(_remembered(folder), grace)
        yield


def end_sessions(sessions: set[int], grace: float) -> None:
    """Ask the leaders of `sessions` to end, and after `grace` seconds kill whatever is left of them."""
    for leader in sessions:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(leader, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while (left := members(sessions)) and time.monotonic() < deadline:
        time.sleep(0.1)
    while left := members(sessions):
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def members(sessions: set[int]) -> list[int]:
    """The living processes of `sessions`, zombies left out."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            # After the command, which may hold spaces: state, parent, process group, session.
            state, _, _, session = entry.read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()[:4]
            if int(session) in sessions and state not in "ZX":
                found.append(int(entry.parent.name))
    return found


def _remember(folder: Path, leaders: list[int]) -> None:
    partial = folder / "processes.new"
    partial.write_text(json.dumps({"boot": _boot(), "leaders": {p: _born(p) for p in leaders}}), encoding="utf-8")
    partial.replace(folder / "processes.json")


def _remembered(folder: Path) -> set[int]:
    """Sessions an earlier driver left, if they are still the same ones: same boot, no newer leader of that number."""
    try:
        kept = json.loads((folder / "processes.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return set()
    if kept["boot"] != _boot():
        return set()
    return {int(pid) for pid, born in kept["leaders"].items() if _born(int(pid)) in (born, None)}


def _born(pid: int) -> str | None:
    """When process `pid` started, in clock ticks since boot; None when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()[19]
    except (OSError, IndexError):
        return None


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
