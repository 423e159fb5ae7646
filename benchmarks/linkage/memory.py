"""Linking in less memory than it takes: what that costs, and whether it comes to the same.

    python -m benchmarks.linkage.memory [--people 300000] [--shares 0.5,0.4] [--repeat 1] [--write]

A county is linked in all the memory there is, then in shares of what that took at its peak. The limit is one of the
system's: a group of processes where this account may make one, in which the pages of files count as well; else one of
the process, on what no file backs (RLIMIT_DATA). For each size a Markdown table on stdout, then a line of JSON.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.linkage import report
from benchmarks.linkage.datasets import Dataset, Wanted, prepare
from benchmarks.linkage.huilian_runner import COMMAND
from benchmarks.linkage.measure import Usage, median, run
from benchmarks.linkage.peer import ROOT, SCRATCH, environment, scratch
from contracts.errors import Stop

HOW = (
    "`python -m benchmarks.linkage.memory --people 300000,3000000 --shares 0.5 --write`: the same county in all the "
    "memory there is, then under a limit of the system's, a share of what that took. What no file backs can't be taken "
    "back; the rest of the limit is for the pages of files. The same means members and pairs, byte for byte."
)
SECONDS = 4 * 3600.0
RESULTS = ("members.parquet", "pairs.parquet")
GROUPS = (("memory", "memory.limit_in_bytes"), ("", "memory.max"))  # of cgroup v1 and v2: its mount, and a limit
JOIN = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
LIMIT = 'ulimit -d "$0" && exec "$@"'


@contextmanager
def limited(mib: int) -> Iterator[tuple[list[str], str]]:
    """Words before a command that is to have so much memory, and what limits it: a group, or the process."""
    group = _group(mib)
    if group is None:
        yield ["sh", "-c", LIMIT, str(mib * 1024)], "process"
        return
    try:
        yield ["sh", "-c", JOIN, str(group)], "group"
    finally:
        group.rmdir()


def _group(mib: int) -> Path | None:
    """A group of processes with so much memory; None where this account may not make one."""
    for mount, limit in GROUPS:
        group = Path("/sys/fs/cgroup") / mount / f"huilian-{os.getpid()}"
        with suppress(OSError):
            group.mkdir()
            if (group / limit).exists():
                (group / limit).write_text(str(mib << 20), encoding="ascii")
                return group
            group.rmdir()
    return None


def linked(data: Dataset, folder: Path, words: list[str]) -> tuple[Usage, list[bytes]]:
    """One run, by a command that `words` come before: what it took, and its results. Raises Stop for one that fails."""
    out, log = folder / "out", folder / "log.txt"
    shutil.rmtree(out, ignore_errors=True)
    used = run([*words, *COMMAND, str(data.config), "--out", str(out)], ROOT, environment(), log, SECONDS)
    if used.code:
        raise Stop(f"{data.name} {' '.join(words[3:])}", f"exit {used.code}", f"read {log.name} in .bench/memory")
    return used, [(out / name).read_bytes() for name in RESULTS]


def measured(people: int, given: argparse.Namespace) -> dict[str, Any]:
    """The figures of a county of so many people: a row for all the memory, then one for each share of it."""
    data = prepare(Wanted("county", people, given.seed), None)
    folder = scratch("memory", data.name)
    plain, expected = _often(data, folder, [], given.repeat)
    rows = [plain | {"limit_mib": None, "limit": "none", "share": 1.0, "same": True}]
    for share in map(float, given.shares.split(",")):
        mib = round(plain["peak_mib"] * share)
        with limited(mib) as (words, by):
            costs, found = _often(data, folder, words, given.repeat)
        rows.append(costs | {"limit_mib": mib, "limit": by, "share": share, "same": found == expected})
    shutil.rmtree(folder)
    return {"name": data.name, "records": data.records, "rows": rows}


def _often(data: Dataset, folder: Path, words: list[str], repeat: int) -> tuple[dict[str, float], list[bytes]]:
    """Medians of what it took so many times, and the last results."""
    runs = []
    for turn in range(repeat):
        sys.stderr.write(f"{data.name} {' '.join(words[3:])}: {turn + 1} of {repeat}\n")
        used, found = linked(data, folder, words)
        runs.append(used)
    fields = ("cpu_s", "wall_s", "peak_mib", "anonymous_mib")
    return {f: round(median([getattr(used, f) for used in runs]), 2) for f in fields}, found


def table(result: dict[str, Any]) -> str:
    """The figures as Markdown."""
    rows = result["rows"]
    lines = [
        f"{result['records']:,} records.\n",
        "| memory, MiB | of what it takes | no file backs, MiB | CPU-s | of all memory's | wall s | the same |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for row in rows:
        limit = "all there is" if row["limit_mib"] is None else f"{row['limit_mib']:,} by {row['limit']}"
        ratio, same = row["cpu_s"] / rows[0]["cpu_s"], "yes" if row["same"] else "no"
        lines.append(
            f"| {limit} | {row['share']:.2f} | {row['anonymous_mib']:,.0f} | {row['cpu_s']:.1f} | {ratio:.2f} | "
            f"{row['wall_s']:.0f} | {same} |"
        )
    return "\n".join(lines)


def main(words: list[str] | None = None) -> int:
    """Entry point; see the module's head."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", default="300000", help="sizes of the county; 3.5 records a person")
    parser.add_argument("--shares", default="0.5,0.4", help="of the memory it takes")
    parser.add_argument("--repeat", type=int, default=1, help="times to run each; figures are medians")
    parser.add_argument("--seed", type=int, default=1, help="of the county")
    parser.add_argument("--write", action="store_true", help="keep the tables for `benchmarks.linkage --write`")
    given = parser.parse_args(words)
    tables = report.of_sizes(given.people, lambda people: measured(people, given), table)
    if given.write:
        report.section(SCRATCH / "results", "memory", f"## Memory\n\n{HOW}", tables)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
