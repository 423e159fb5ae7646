"""County after county through the whole path, and how right each came out.

    python -m benchmarks.counties.trials --out DIR --people 2500 --seeds 7,8 --dirt 1,2,3

DIR must be reachable by everybody (mkdir -m 755) when this runs as root: the private warehouse drops to another user.
Counties run one after the other; drops, truth and data of each stay under DIR.
"""

import argparse
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import score
from benchmarks.counties.build import build

HEAD = f"{'seed':>5} {'dirt':>4} {'mentions':>8} {'F1':>7} {'precision':>9} {'recall':>7}"
HEAD += f" | {'leads':>5} {'precision':>9} {'recall':>7} {'FP':>3} {'FN':>3} | {'seconds':>7} exit"


def trial(out: Path, people: int, seed: int, dirt: float, months: list[date]) -> dict[str, Any]:
    """One county under `out`, run and scored: `linkage` and `totals` of benchmarks.score, `seconds`, exit `code`."""
    folder = out / f"seed-{seed}-dirt-{dirt:g}"
    data = folder / "data"
    if data.exists():
        raise SystemExit(f"{data} is there from an earlier trial: remove it, or choose another --out")
    build(folder, people, seed, dirt, months)
    data.mkdir(mode=0o755)
    environment = {**os.environ, "HUILIAN_DATA": str(data), "HUILIAN_INBOX": str(folder / "drops")}
    began = time.perf_counter()
    with (folder / "run.log").open("w") as log:
        code = _huilian(environment, "run", stdout=log, stderr=subprocess.STDOUT).returncode
    seconds = time.perf_counter() - began
    try:
        url = _huilian(environment, "warehouse", "url", stdout=subprocess.PIPE, check=True).stdout.decode().strip()
        scored = score.score(score.read_truth(folder / "truth"), *score.read_warehouse(url))
    finally:
        _huilian(environment, "warehouse", "stop", stdout=subprocess.DEVNULL)
    return scored | {"seconds": seconds, "code": code}


def line(seed: int, dirt: float, scored: dict[str, Any]) -> str:
    """One county's figures under HEAD."""
    who, leads = scored["linkage"], scored["totals"]["all"]
    found = leads["tp"] + leads["fn"]
    return (
        f"{seed:5} {dirt:4g} {who['mentions']:8} {who['f1']:7.4f} {who['precision']:9.4f} {who['recall']:7.4f}"
        f" | {found:5} {leads['precision']:9.4f} {leads['recall']:7.4f} {leads['fp']:3} {leads['fn']:3}"
        f" | {scored['seconds']:7.1f} {scored['code']}"
    )


def _huilian(environment: dict[str, str], *words: str, **more: Any) -> subprocess.CompletedProcess[Any]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *words], env=environment, check=more.pop("check", False), **more
    )


def main(words: list[str] | None = None) -> int:
    """Entry point; see the module's head."""
    parser = argparse.ArgumentParser(description="Invented counties through the whole path, scored.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--people", type=int, default=2500)
    parser.add_argument("--seeds", default="7")
    parser.add_argument("--dirt", default="1,2,3")
    parser.add_argument("--months", default="2026-09,2026-10")
    given = parser.parse_args(words)
    months = [date.fromisoformat(f"{month}-01") for month in given.months.split(",")]
    print(HEAD)
    for seed in map(int, given.seeds.split(",")):
        for dirt in map(float, given.dirt.split(",")):
            print(line(seed, dirt, trial(given.out.resolve(), given.people, seed, dirt, months)), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
