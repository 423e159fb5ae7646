"""How long the work itself takes: `huilian run` over the sample county, from nothing, without a scheduler.

    python -m benchmarks.whole [--inbox DIR] [--runs 3] [--json]

Each run has a data folder of its own (and so a PostgreSQL of its own, whose making is counted). Printed are wall and
CPU seconds of the whole process tree but the server, the steps' shares, and a second run over the same folder: what it
costs to find out that nothing is new. Medians over the runs.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def once(inbox: Path, data: Path) -> dict[str, Any]:
    """One `huilian run`: wall and CPU seconds, exit status, and the steps' wall seconds."""
    env = {**os.environ, "HUILIAN_INBOX": str(inbox), "HUILIAN_DATA": str(data), "PYTHONPATH": str(ROOT)}
    env.pop("HUILIAN_API", None)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "pipeline", "run", "--json"]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if not done.stdout:
        sys.exit(done.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "cpu": cpu, "exit": done.returncode, "steps": json.loads(done.stdout)["seconds"]}


def measure(inbox: Path, runs: int) -> dict[str, Any]:
    """Medians of `runs` first runs and as many second runs over the same folder."""
    first, second = [], []
    for number in range(runs):
        data = Path(tempfile.mkdtemp(prefix="huilian-bench-"))
        data.chmod(0o711)
        try:
            for kept in (first, second):
                kept.append(once(inbox, data))
                sys.stderr.write(
                    f"run {number + 1}/{runs}: {kept[-1]['wall']:.1f} s wall, {kept[-1]['cpu']:.1f} s CPU\n"
                )
        finally:
            env = {**os.environ, "HUILIAN_DATA": str(data), "PYTHONPATH": str(ROOT)}
            subprocess.run([sys.executable, "-m", "pipeline", "warehouse", "stop"], env=env, cwd=ROOT, check=False)
            shutil.rmtree(data, ignore_errors=True)
    return {"first": _median(first), "again": _median(second), "runs": runs, "cores": os.cpu_count()}


def _median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    steps = {k: statistics.median(r["steps"][k] for r in runs) for k in runs[0]["steps"]}
    out = {k: round(statistics.median(r[k] for r in runs), 1) for k in ("wall", "cpu")}
    return {**out, "exit": max(r["exit"] for r in runs), "steps": {k: round(v, 2) for k, v in steps.items()}}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inbox", type=Path, default=ROOT / "examples" / "county")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = measure(args.inbox.resolve(), args.runs)
    if args.json:
        print(json.dumps(found, indent=1))
        return
    for name in ("first", "again"):
        part = found[name]
        steps = "  ".join(f"{k} {v:.1f}" for k, v in part["steps"].items())
        print(f"{name:6} {part['wall']:6.1f} s wall  {part['cpu']:6.1f} s CPU   by step: {steps}")


if __name__ == "__main__":
    main()
