"""What is said of long work, on a terminal and in a log."""

import io
import re
import time

import pytest

from pipeline.linkage_progress import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def test_a_log_gets_plain_lines_of_finished_stages() -> None:
    """Seconds since the beginning, the stage, its count and its own seconds."""
    stream = io.StringIO()
    say = Progress(stream)
    with say.stage("reading") as told:
        say("a: 3 records")
        told.append("3 records")
    lines = stream.getvalue().splitlines()
    assert re.fullmatch(r" +\d+\.\d s  a: 3 records", lines[0])
    assert re.fullmatch(r" +\d+\.\d s  reading: 3 records, \d+\.\d s", lines[1])
    assert set(say.seconds) == {"reading"}


def test_a_terminal_sees_the_stage_that_runs_and_keeps_the_finished_line() -> None:
    """The running line is wiped before the finished one is written."""
    stream = Terminal()
    with Progress(stream).stage("recognising"):
        until = time.monotonic() + 60
        while "recognising ... " not in stream.getvalue() and time.monotonic() < until:
            time.sleep(0.01)
    shown = stream.getvalue()
    assert "recognising ... " in shown
    assert shown.rindex("\x1b[K") < shown.rindex("recognising: ")


def test_a_stage_that_fails_is_not_told_as_done() -> None:
    """The error speaks for itself."""
    stream = io.StringIO()
    with pytest.raises(ValueError, match="no"), Progress(stream).stage("reading"):
        raise ValueError("no")
    assert stream.getvalue() == ""
