"""What a command says and how it ends, asked in this process."""

import io
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

from pipeline.cli import app
from pipeline.verbs import Group


class Said(NamedTuple):
    """How a command ended, and all it said."""

    exit_code: int
    stdout: str
    output: str  # stdout, then stderr


def said(words: Sequence[str], group: Group = app) -> Said:
    """Run a command of `huilian`, or of another group. What it raises is raised."""
    out, talk = io.StringIO(), io.StringIO()
    code = 0
    with redirect_stdout(out), redirect_stderr(talk):
        try:
            group.run("huilian", words)
        except SystemExit as end:
            code = int(end.code or 0)
    return Said(code, out.getvalue(), out.getvalue() + talk.getvalue())
