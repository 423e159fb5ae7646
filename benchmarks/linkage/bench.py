"""Runs every contender over one data set and gathers what it cost and how right it was."""

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.linkage import huilian_runner
from benchmarks.linkage.datasets import Dataset
from benchmarks.linkage.measure import Usage, median, run
from benchmarks.linkage.peer import ROOT, environment
from contracts.errors import Stop
from quality.linkage import pairwise

DOCUMENTED = "components-0.95"  # what the peer's documentation clusters at
SCORES = ("precision", "recall", "f1", "bcubed_precision", "bcubed_recall", "bcubed_f1")
SECONDS = 4 * 3600.0
BLOCKINGS = ("narrow", "wide")  # of the peer, on the county


@dataclass(frozen=True)
class Who:
    """Who takes part: the peer's `blockings` on the county; `brief`: neither kin nor the peer's other thresholds."""

    blockings: tuple[str, ...] = BLOCKINGS
    brief: bool = False


@dataclass(frozen=True)
class Contender:
    """`words` makes the command line that writes into a folder; `members` reads (`record_id` text, `cluster`) back."""

    who: str
    side: str  # huilian, splink or rules
    words: Callable[[Path], Sequence[str]]
    members: Callable[[Path], pa.Table]
    sweep: bool = False


def contenders(data: Dataset, peer: Path | None, taking: Who | None = None) -> list[Contender]:
    """Who takes part: Huilian the ways it can be run today, then the peer, then on the county three rules by hand."""
    found: list[Contender] = []
    hows = ["command"] if huilian_runner.has_command() else ["library"]
    chosen = taking or Who()
    for how in [*hows, *([] if chosen.brief else ["library+kin"])]:
        if huilian_runner.words(data, data.folder, how):
            who = "Huilian" + (" with kin" if how.endswith("kin") else "")
            found.append(Contender(who, "huilian", _ours(data, how), huilian_runner.members))
    if peer:
        for blocking in chosen.blockings if data.model == "county" else ("narrow",):
            who = f"Splink {blocking}" if data.model == "county" else "Splink"
            found.append(Contender(who, "splink", _splink(peer, data, blocking), _theirs, sweep=not chosen.brief))
        if data.model == "county":
            found.append(Contender("three rules", "rules", _rules(peer, data), _theirs))
    return found


def _ours(data: Dataset, how: str) -> Callable[[Path], Sequence[str]]:
    return lambda out: huilian_runner.words(data, out, how) or []


def _splink(peer: Path, data: Dataset, blocking: str) -> Callable[[Path], Sequence[str]]:
    words = [str(peer), "-m", "benchmarks.linkage.splink_runner", str(data.folder), "--model", data.model]
    return lambda out: [*words, "--blocking", blocking, "--out", str(out)]


def _rules(peer: Path, data: Dataset) -> Callable[[Path], Sequence[str]]:
    return lambda out: [str(peer), "-m", "benchmarks.linkage.rules_runner", str(data.folder), "--out", str(out)]


def _theirs(out: Path) -> pa.Table:
    return _read(out / "members.parquet")


def _read(path: Path) -> pa.Table:
    return text_ids(pq.read_table(path))


def text_ids(table: pa.Table) -> pa.Table:
    """`table` with its first column, `record_id`, as text: some data sets number their records."""
    return table.set_column(0, "record_id", table["record_id"].cast(pa.string()))


def measure(
    data: Dataset, peer: Path | None, scratch: Path, repeat: int, taking: Who | None = None
) -> list[dict[str, Any]]:
    """Every contender `repeat` times, forwards and backwards in turn; scores of the last run, medians of all."""
    runners = contenders(data, peer, taking)
    runs: dict[str, list[Usage]] = {each.who: [] for each in runners}
    failed: dict[str, str] = {}
    for turn in range(repeat):
        for each in runners if turn % 2 == 0 else runners[::-1]:
            if each.who in failed:
                continue
            out = _folder(scratch, data, each)
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir(parents=True)
            sys.stderr.write(f"{data.name}: {each.who} ({turn + 1} of {repeat})\n")
            used = run(each.words(out), ROOT, environment(), out / "log.txt", SECONDS)
            runs[each.who].append(used)
            if used.code:
                failed[each.who] = f"exit {used.code}: {_tail(out / 'log.txt')}"
    truth = _read(data.folder / "truth.parquet")
    results = []
    for each in runners:
        told: dict[str, Any] = {"who": each.who, "side": each.side, "runs": [_rounded(u) for u in runs[each.who]]}
        told["cost"] = {k: median([r[k] for r in told["runs"]]) for k in ("cpu_s", "wall_s", "peak_mib", "tree_mib")}
        if each.who in failed:
            results.append(told | {"failed": failed[each.who]})
            continue
        out = _folder(scratch, data, each)
        told["scores"] = score(each.members(out), truth)
        results.append(told | (_swept(peer, data, out, truth) if each.sweep and peer else {}))
    return results


def _folder(scratch: Path, data: Dataset, each: Contender) -> Path:
    return scratch / data.name / each.who.lower().replace(" ", "-")


def score(members: pa.Table, truth: pa.Table) -> dict[str, float]:
    """Pairwise and B-cubed accuracy of `members` (`record_id`, `cluster`) against `truth` (`record_id`, `person`)."""
    said = pairwise(members, truth)._asdict()
    if said["unlinked"]:
        raise Stop("members", f"{said['unlinked']} records are in no cluster", "write a row for every record")
    return {name: round(said[name], 6) for name in SCORES} | {"pairs": said["predicted_pairs"]}


def _swept(peer: Path, data: Dataset, out: Path, truth: pa.Table) -> dict[str, Any]:
    """The peer at every threshold, and the best of them: a choice that needs the truth."""
    once = ["--once"] if data.model == "febrl4" else []
    words = [str(peer), "-m", "benchmarks.linkage.sweep", str(data.folder), str(out), *once]
    used = run(words, ROOT, environment(), out / "sweep.txt", SECONDS)
    if used.code:
        raise Stop(data.name, f"the sweep failed: {_tail(out / 'sweep.txt')}", "read its log")
    swept = {path.stem: score(_read(path), truth) for path in sorted((out / "sweep").glob("*.parquet"))}
    best = max(swept, key=lambda name: (swept[name]["f1"], name))
    stages = json.loads((out / "stages.json").read_text(encoding="utf-8"))
    return {"at": DOCUMENTED, "best": {"at": best, "scores": swept[best]}, "sweep": swept, "stages": stages}


def _rounded(used: Usage) -> dict[str, Any]:
    return {k: round(v, 2) if isinstance(v, float) else v for k, v in used._asdict().items()}


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "nothing was said"
