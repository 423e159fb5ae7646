"""What `huilian link` does between its options and its last line: the run, told as it goes and whole or not at all."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from pipeline.linkage_progress import Progress
from transforms.matching.waiting import announce


def say(text: str) -> None:
    """Talk goes to stderr, so that stdout stays data."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def linked(config: Path, out: Path, model: Path | None, stays: tuple[bool | None, Path | None]) -> Any:
    """Link the tables of `config`, all of them; `stays` is whether to keep what batches need, and decisions."""
    from pipeline import linkage

    with _whole_or_not() as progress:
        return linkage.link(config, out, model, progress, linkage.Stays(*stays))


def added(config: Path, out: Path, decisions: Path | None, dry_run: bool) -> Any:
    """Link the records of `config` to what `out` keeps."""
    from pipeline import batches

    with _whole_or_not() as progress:
        return batches.run(config, out, dry_run, progress, decisions)


@contextmanager
def _whole_or_not() -> Iterator[Progress]:
    """Say what goes on, and, when somebody interrupts, that nothing is half done."""
    progress = Progress()
    announce(progress)
    try:
        yield progress
    except KeyboardInterrupt:
        say("\nlink: interrupted\n  next: run it again; nothing of this run was written")
        raise typer.Exit(130) from None
    finally:
        announce(say)
