"""Power loss at every step boundary: run again, and it ends where an undisturbed run ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.boundary import BOUNDARIES, boundary
from pipeline.settings import ROOT, Settings
from tests.pipeline.conftest import County, look, receipts

# Each `huilian run` is a process of its own, forked from one that has loaded the libraries: loading them takes longer
# than most of the runs.
RUNS = """
import json, os, sys
from contextlib import suppress
from importlib import import_module
from pipeline.airflow_scheduler import WANTED
from pipeline.cli import main

for name in WANTED:
    with suppress(ImportError):
        import_module(name)

def run(kill_at):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 70
    try:
        os.dup2(2, 1)
        os.environ["HUILIAN_KILL_AT"] = kill_at
        sys.argv = ["huilian", "run"]
        main()
    except SystemExit as ended:
        code = ended.code or 0
    finally:
        os._exit(code)

print(json.dumps([run(where) for where in sys.argv[1:]]))
"""


def huilian_runs(settings: Settings, *kill_at: str) -> list[int]:
    """`huilian run` again and again, killed where it is said; exit statuses, negative for the signal that ended one."""
    env = {**os.environ, **settings.to_env(), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", RUNS, *kill_at]
    done = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    ended: list[int] = json.loads(done.stdout)
    return ended


def test_killed_at_every_boundary_in_turn_it_ends_where_an_undisturbed_run_ends(
    county: County, installation: Callable[[Path], Settings], inbox: Path
) -> None:
    """One installation, killed at the first boundary, run on and killed at the second, and so on; then let finish."""
    settings = installation(inbox)
    ended = huilian_runs(settings, *BOUNDARIES, "")
    assert dict(zip(BOUNDARIES, ended, strict=False)) == dict.fromkeys(BOUNDARIES, -signal.SIGKILL)
    assert ended[-1] == 0
    got, expected = look(settings), look(county.settings)
    different = {t for t in expected if got[t] != expected[t]}
    # Files that had their receipt before a kill were met again, and are said to be duplicates: nothing else differs.
    assert different <= {"ledger.arrival"}
    assert receipts(settings) == receipts(county.settings)


def test_a_boundary_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        boundary("", "nowhere")
