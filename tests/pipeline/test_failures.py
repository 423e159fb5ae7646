"""Exceptions nobody expected: an exit code that means what it says, and no word of the data."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from contracts.errors import HuilianError, Quarantine, Retry, Stop
from pipeline.failures import explained, told
from pipeline.settings import ROOT


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), Stop, "it is full"),
        (OSError("Error writing: [Errno 28] No space left on device"), Stop, "it is full"),
        (errors.DiskFull("could not extend file"), Stop, "it is full"),
        (PermissionError(errno.EACCES, "Permission denied"), Stop, "may not be read or written"),
        (psycopg.OperationalError("server closed the connection"), Retry, "went away"),
        (errors.AdminShutdown("terminating connection"), Retry, "went away"),
        (errors.UniqueViolation("DETAIL: Key (name)=(金丝雀)"), Stop, "UniqueViolation 23505"),
        (MemoryError("Unable to allocate 9 GiB"), Stop, "not enough"),
        (ValueError("invalid literal for int(): '金丝雀'"), Stop, "ValueError"),
    ],
)
def test_an_exception_becomes_what_to_do_next_and_never_quotes(error: Exception, kind: type, words: str) -> None:
    known = explained(error)
    assert type(known) is kind
    assert words in str(known)
    assert "金丝雀" not in str(known)
    assert known.exit_code in (2, 75)


def test_our_own_errors_stay_what_they_are() -> None:
    mine = Quarantine("feed", "what", "next", "encoding")
    assert explained(mine) is mine


def test_a_step_raises_nothing_else_and_says_where_it_was() -> None:
    @told
    def step(cell: str) -> int:
        return int(cell)

    assert step("3") == 3
    with pytest.raises(HuilianError, match=r"ValueError at test_failures\.py:\d+ < ") as caught:
        step("金丝雀")
    assert "金丝雀" not in str(caught.value)


def test_a_command_that_breaks_does_not_end_as_if_a_department_had_to_act(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder belongs")
    env = {**os.environ, "HUILIAN_DATA": str(tmp_path / "data" / "below"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "status"], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "next:" in done.stderr
    assert "Traceback" not in done.stderr
