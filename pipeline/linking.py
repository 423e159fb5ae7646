"""What `huilian link` is asked, and what it does between its options and its last line.

A run is told as it goes, and whole or not at all.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import click

from pipeline.linkage_progress import Progress
from pipeline.settings import Settings, checked_month
from pipeline.spared import spare
from transforms.matching.waiting import announce


class Asked(NamedTuple):
    """The argument and the options of `huilian link`."""

    config: Path | None = None
    month: str | None = None
    out: Path | None = None
    model: Path | None = None
    explain: tuple[str, str] | None = None
    dry_run: bool = False
    svg: Path | None = None
    add: bool = False
    keep: bool | None = None
    decisions: Path | None = None
    memory: int | None = None
    as_json: bool = False


OF_TABLES = ("out", "model", "explain", "dry_run", "svg", "add", "keep", "decisions", "memory")  # of Asked


class Answer(NamedTuple):
    """What a command prints: one of the two."""

    data: Any
    text: str


def say(text: str) -> None:
    """Talk goes to stderr, so that stdout stays data."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def counted(counts: dict[str, int], **more: Any) -> Answer:
    """Counts by name, a line each; `more` is said as data alone."""
    return Answer(counts | more, "\n".join(f"{name:24} {n:,}" for name, n in counts.items()))


def answer(asked: Asked) -> Answer:
    """Do what was asked: the warehouse's registers, or the tables of a config linked, looked at or explained."""
    _refuse_what_is_idle(asked)
    spare()
    if asked.config is None:
        return _registers(asked.month)
    if asked.explain:
        return _explained(asked, asked.config, asked.explain)
    if asked.dry_run and not asked.add:
        from pipeline import linkage_preview

        seen = linkage_preview.preview(asked.config, say, asked.memory)
        return Answer(seen, linkage_preview.as_text(seen))
    if asked.out is None:
        raise click.UsageError("give --out, a directory for the results")
    if asked.add and asked.model:
        raise click.UsageError("--add goes by the model that is kept in --out, not by --model")
    from pipeline.linkage_memory import Job, enough

    job = Job(asked.config, asked.out, asked.memory, asked.keep, asked.add)
    with _whole_or_not() as progress, enough(job, progress):
        done = (_added if asked.add else _linked)(asked, asked.config, asked.out, progress)
    if asked.dry_run:
        say("nothing was written")
    return counted(done.counts, report=done.report)


def _refuse_what_is_idle(asked: Asked) -> None:
    """Raise UsageError for an option that would do nothing: above all for a dry run that would be none."""
    idle = next((name for name in OF_TABLES if getattr(asked, name) != Asked._field_defaults[name]), None)
    if asked.config is None and idle:
        raise click.UsageError(f"--{idle.replace('_', '-')} goes with a CONFIG.yml")
    if asked.config and asked.month:
        raise click.UsageError("--month is for the warehouse: it goes without a CONFIG.yml")
    if asked.svg and not asked.explain:
        raise click.UsageError("--svg goes with --explain")
    if asked.explain and (asked.add or asked.decisions or asked.memory or asked.keep is not None):
        raise click.UsageError("--explain links nothing: it goes without --add, --keep, --decisions and --memory")
    if asked.add and asked.keep is False:
        raise click.UsageError("--add keeps what it adds: --no-keep goes with a run without it")


def _registers(month: str | None) -> Answer:
    if month is None:
        raise click.UsageError("give a CONFIG.yml with --out, or --month")
    from pipeline import steps

    return counted(steps.link(Settings.from_env(), checked_month(month)))


def _explained(asked: Asked, config: Path, pair: tuple[str, str]) -> Answer:
    trained = asked.model or (asked.out / "model.json" if asked.out else None)
    if trained is None:
        raise click.UsageError("--explain needs --model, or the --out of a run before")
    from pipeline import linkage_explain

    told, wanted = linkage_explain.why(linkage_explain.Asked(config, asked.out, trained, *pair))
    if asked.svg:
        linkage_explain.draw(told, wanted, asked.svg)
    whole = told.as_json() | {"in_words": linkage_explain.in_chinese(told, wanted)}
    return Answer(whole, linkage_explain.as_text(told, wanted))


def _linked(asked: Asked, config: Path, out: Path, progress: Progress) -> Any:
    """Link the tables of `config`, all of them."""
    from pipeline import linkage

    return linkage.link(config, out, asked.model, progress, linkage.Stays(asked.keep, asked.decisions))


def _added(asked: Asked, config: Path, out: Path, progress: Progress) -> Any:
    """Link the records of `config` to what `out` keeps."""
    from pipeline import adding

    return adding.run(config, out, asked.dry_run, progress, asked.decisions)


@contextmanager
def _whole_or_not() -> Iterator[Progress]:
    """Say what goes on, and, when somebody interrupts, that nothing is half done."""
    progress = Progress()
    announce(progress)
    try:
        yield progress
    except KeyboardInterrupt:
        say("\nlink: interrupted\n  next: run it again; nothing of this run was written")
        raise SystemExit(130) from None
    finally:
        announce(say)
