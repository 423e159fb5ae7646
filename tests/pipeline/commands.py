"""What a command says and how it ends, asked in this process."""

from collections.abc import Sequence

from click.testing import CliRunner, Result

from pipeline.cli import app


def said(words: Sequence[str]) -> Result:
    """Run a command of `huilian`. What it raises is raised."""
    return CliRunner().invoke(app, words, prog_name="huilian", catch_exceptions=False)
