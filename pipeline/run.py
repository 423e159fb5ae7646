"""The whole path in one process: every feed of every month, then recognition, comparison and the report."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import TypeVar

import contracts
from contracts.errors import HuilianError, Quarantine, Retry
from pipeline import steps
from pipeline.settings import Settings

T = TypeVar("T")
Say = Callable[[str], None]


@dataclass
class Outcome:
    """What a run came to. `troubles` are errors by feed and month, in the order met; seconds are wall time by step."""

    months: list[str]
    deliveries: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    troubles: list[tuple[str, str, HuilianError]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    report: str = ""

    @property
    def exit_code(self) -> int:
        """0 all well, 1 something was set aside, 75 something should be tried again, 2 somebody must edit a file."""
        kinds = [e for _, _, e in self.troubles]
        if any(not isinstance(e, Quarantine | Retry) for e in kinds):
            return 2
        if any(isinstance(e, Retry) for e in kinds):
            return 75
        return 1 if kinds else 0

    def add(self, step: str, seconds: float) -> None:
        """Count wall seconds towards one step."""
        self.seconds[step] = round(self.seconds.get(step, 0.0) + seconds, 3)


def counted(found: int) -> str:
    """A count as people read it; a rule that could not be asked counts -1."""
    return f"{found:,}" if found >= 0 else "not asked"


def closing(outcome: Outcome) -> str:
    """What a run came to, to be read last: how much, how long, what is left to do and where to look."""
    took = "  ".join(f"{k} {v:.1f} s" for k, v in outcome.seconds.items())
    lines = [f"deliveries {outcome.deliveries}   {took}"]
    lines += [f"trouble    {month} {feed}: {error.what}" for feed, month, error in outcome.troubles]
    return "\n".join([*lines, f"report     {outcome.report}"])


def run(settings: Settings, months: Iterable[str], say: Say) -> Outcome:
    """Take `months` in order through every stage. One feed's trouble doesn't stop the others.

    `say` gets one line of progress a feed and a step. Raises Stop only for what concerns every feed (no warehouse).
    """
    outcome = Outcome(list(months))
    _timed(outcome, "prepare", lambda: steps.prepare(settings))
    feeds = contracts.names()
    for month in outcome.months:
        _timed(outcome, "sweep", partial(steps.sweep, settings, month))
        for number, feed in enumerate(feeds, 1):
            text = _feed(settings, outcome, month, feed)
            say(f"[{month}] {number:2}/{len(feeds)} {text}")
        # A month taken again may have been corrected, and those after it that were not asked for rest on it.
        compare = steps.compare_since if month == outcome.months[-1] else steps.compare
        for name, step in (("link", steps.link), ("compare", compare)):
            found = _timed(outcome, name, partial(step, settings, month))
            outcome.counts[f"{month} {name}"] = found
            say(f"[{month}] {name:8} " + "  ".join(f"{k} {counted(v)}" for k, v in found.items()))
    path = _timed(outcome, "report", lambda: steps.report(settings))
    outcome.report = str(path)
    return outcome


def _feed(settings: Settings, outcome: Outcome, month: str, feed: str) -> str:
    """receive, check, publish for one feed; an error is kept and said, and the run goes on. Returns a line to say."""
    start = perf_counter()
    ids: list[str] = []
    try:
        ids = _timed(outcome, "receive", lambda: steps.receive(settings, feed, month))
        fit = _timed(outcome, "check", lambda: steps.check(settings, ids))
        _timed(outcome, "publish", lambda: steps.publish(settings, fit))
        text = "nothing to do" if not ids else f"published {len(fit)}"
    except HuilianError as error:
        outcome.troubles.append((feed, month, error))
        text = f"{type(error).__name__.lower()}: {error}"
    outcome.deliveries += len(ids)
    return f"{feed:20} {perf_counter() - start:5.1f} s  {text}"


def _timed(outcome: Outcome, step: str, work: Callable[[], T]) -> T:
    start = perf_counter()
    try:
        return work()
    finally:
        outcome.add(step, perf_counter() - start)
