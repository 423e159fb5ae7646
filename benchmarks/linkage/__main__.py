"""Huilian and Splink side by side on the same records: accuracy, CPU, wall, memory, and the ratios.

    python -m benchmarks.linkage --sets febrl,pseudopeople,county --people 3000,30000 --repeat 3 [--write]

Tables on stdout as each data set is done, one JSON document a data set under --out, talk on stderr. `--write` renders
docs/benchmarks/linkage.md from every document under --out. Nothing is fetched but the peer's environment, from the
package index.
"""

import argparse
import json
import os
import platform
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.linkage import bench, peer, report
from benchmarks.linkage.datasets import choose, prepare
from benchmarks.revision import revision
from contracts.errors import Stop

PAGE = peer.ROOT / "docs" / "benchmarks" / "linkage.md"
ORDER = ("febrl1", "febrl2", "febrl3", "febrl4", "pseudopeople", "historical", "figures", "county")


def main(words: list[str] | None = None) -> int:
    """Entry point; see the module's head. Exit 0 when all was measured, 1 when a contender failed, 2 when stopped."""
    given = _parser().parse_args(words)
    given.out.mkdir(parents=True, exist_ok=True)
    failed = False
    try:
        python = peer.ensure() if given.peer == "splink" else None
        people = [int(n) for n in given.people.split(",")]
        for wanted in choose(given.sets, people, given.seed, given.noise, given.missing):
            data = prepare(wanted, python)
            runs = peer.scratch("runs", str(os.getpid()))
            who = bench.Who(tuple(given.blocking.split(",")), given.brief)
            told = bench.measure(data, python, runs, given.repeat, who)
            result = _facts(given, python) | {
                "name": data.name,
                "model": data.model,
                "records": data.records,
                "entities": data.entities,
                "contenders": told,
                "ratios": report.ratios(told),
            }
            _store(given.out / f"{data.name}.json", result)
            print(json.dumps(result) if given.json else report.table(result) + "\n", flush=True)
            if any("failed" in each for each in told):
                failed = True
            elif not given.keep:
                shutil.rmtree(runs)
    except (Stop, ValueError) as error:
        sys.stderr.write(f"stopped: {error}\n")
        return 2
    if given.write:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(report.page(_stored(given.out), report.sections(given.out)), encoding="utf-8")
        sys.stderr.write(f"wrote {PAGE.relative_to(peer.ROOT)}\n")
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linkage", description="Huilian beside Splink 5.")
    parser.add_argument(
        "--sets", default="febrl,pseudopeople,historical,county", help="also febrl1 to febrl4; empty: none"
    )
    parser.add_argument("--people", default="3000,30000,300000", help="sizes of the county; 3.5 records a person")
    parser.add_argument("--peer", choices=["splink", "none"], default="splink")
    parser.add_argument("--blocking", default=",".join(bench.BLOCKINGS), help="the peer's, on the county")
    parser.add_argument("--brief", action="store_true", help="neither kin nor the peer's other thresholds")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="of the county and of pseudopeople's noise")
    parser.add_argument("--noise", type=float, default=1.0, help="multiplies the errors, where they are ours")
    parser.add_argument("--missing", type=float, default=1.0, help="multiplies the shares of missing numbers")
    parser.add_argument("--out", type=Path, default=peer.SCRATCH / "results")
    parser.add_argument("--keep", action="store_true", help="keep what the contenders wrote, under .bench/runs")
    parser.add_argument("--json", action="store_true", help="JSON on stdout, a line a data set, instead of tables")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/linkage.md from all of --out")
    return parser


def _facts(given: argparse.Namespace, python: Path | None) -> dict[str, Any]:
    """When, where and with what this was measured."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = {"cpu": named[0] if named else platform.processor(), "cores": os.cpu_count(), "memory_gib": round(memory)}
    return {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": revision(peer.ROOT),
        "repeat": given.repeat,
        "machine": machine | {"system": platform.platform()},
        "versions": peer.versions(python),
    }


def _store(path: Path, result: dict[str, Any]) -> None:
    temporary = path.with_suffix(".partial")
    temporary.write_text(json.dumps(result, indent=1), encoding="utf-8")
    temporary.replace(path)


def _stored(folder: Path) -> list[dict[str, Any]]:
    results = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return sorted(results, key=lambda r: (ORDER.index(r["model"]), r["records"], r["name"]))


if __name__ == "__main__":
    raise SystemExit(main())
