"""Power loss at every step boundary: run again, and it ends where an undisturbed run ends."""

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


def huilian_run(settings: Settings, kill_at: str = "") -> int:
    """`huilian run` in a process of its own; its exit status, negative for the signal that ended it."""
    env = {**os.environ, **settings.to_env(), "PYTHONPATH": str(ROOT)} | (
        {"HUILIAN_KILL_AT": kill_at} if kill_at else {}
    )
    command = [sys.executable, "-m", "pipeline", "run"]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, timeout=120, check=False).returncode


def test_killed_at_every_boundary_in_turn_it_ends_where_an_undisturbed_run_ends(
    county: County, installation: Callable[[Path], Settings], inbox: Path
) -> None:
    """One installation, killed at the first boundary, run on and killed at the second, and so on; then let finish."""
    settings = installation(inbox)
    for where in BOUNDARIES:
        assert huilian_run(settings, kill_at=where) == -signal.SIGKILL, where
    assert huilian_run(settings) == 0
    got, expected = look(settings), look(county.settings)
    different = {t for t in expected if got[t] != expected[t]}
    # Files that had their receipt before a kill were met again, and are said to be duplicates: nothing else differs.
    assert different <= {"ledger.arrival"}
    assert receipts(settings) == receipts(county.settings)


def test_a_boundary_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        boundary("", "nowhere")
