"""County after county through the whole path, and how right each came out.

    python -m benchmarks.counties.trials --out DIR --people 2500 --seeds 7,8 --dirt 1,2,3 --write

DIR must be reachable by everybody (mkdir -m 755) when this runs as root: the private warehouse drops to another user.
Without --out a new folder for temporary files is taken. Counties run one after the other; drops, truth, data and scores
of each stay under DIR. `--write` writes docs/benchmarks/counties.md from all the scores under DIR.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from benchmarks import score
from benchmarks.counties.build import Dirt, build
from benchmarks.revision import revision

ROOT = Path(__file__).parents[2]
PAGE, SCORE = ROOT / "docs" / "benchmarks" / "counties.md", "scored.json"
INTRODUCTION = """\
# Counties nobody has seen

Written by `python -m benchmarks.counties.trials --write` from its own measurements; change the program, not this page.

Each is invented anew from its seed: people with their families and moves, what twenty feeds of eleven departments
deliver of them in two months, and the truth. No weight or threshold is fitted to any. Dirt multiplies the errors of
clerks: numbers missing or mistyped, names misheard, births and sexes that are wrong, old addresses. With `--traps`
telephones of village cadres stand where nobody knew one, older people have their lunar birthday on some registers,
towns their former names, and the list of allowances is renumbered every month. A county goes through the whole path,
`huilian run`, and is scored by its truth: mentions by pairs; leads by rule, month and person, whatever their level of
evidence.

"""
TRIAL = ("seed", "dirt", "people", "mentions", "F1", "precision", "recall", "leads", "precision", "recall", "false",
         "missed", "measured")  # fmt: skip
HEAD = f"{'seed':>5} {'dirt':>4} {'mentions':>8} {'F1':>7} {'precision':>9} {'recall':>7}"
HEAD += f" | {'leads':>5} {'precision':>9} {'recall':>7} {'FP':>3} {'FN':>3} | {'seconds':>7} exit"


def trial(out: Path, people: int, seed: int, dirt: Dirt, months: list[date]) -> dict[str, Any]:
    """One county under `out`, run and scored: `linkage` and `totals` of benchmarks.score, `seconds`, exit `code`."""
    folder = out / f"seed-{seed}-dirt-{dirt.rate:g}{'-traps' * dirt.traps}"
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
    done = scored | {"seconds": seconds, "code": code, "people": people, "seed": seed} | dirt._asdict()
    done["dirt"] = done.pop("rate")
    done |= {"commit": revision(ROOT), "measured": f"{datetime.now(UTC):%Y-%m-%d}"}
    (folder / SCORE).write_text(json.dumps(done, ensure_ascii=False, indent=1), encoding="utf-8")
    return done


def line(seed: int, dirt: float, scored: dict[str, Any]) -> str:
    """One county's figures under HEAD."""
    who, leads = scored["linkage"], scored["totals"]["all"]
    found = leads["tp"] + leads["fn"]
    return (
        f"{seed:5} {dirt:4g} {who['mentions']:8} {who['f1']:7.4f} {who['precision']:9.4f} {who['recall']:7.4f}"
        f" | {found:5} {leads['precision']:9.4f} {leads['recall']:7.4f} {leads['fp']:3} {leads['fn']:3}"
        f" | {scored['seconds']:7.1f} {scored['code']}"
    )


def page(scores: list[dict[str, Any]]) -> str:
    """The page on counties, a row a trial, and a row a rule over all of them."""
    scores = sorted(scores, key=lambda s: (s["seed"], s.get("traps", False), s["dirt"]))
    trials = [_row(s) for s in scores]
    rules: dict[str, Counter[str]] = defaultdict(Counter)
    for found in (s["findings"] for s in scores):
        for rule, months in found.items():
            for cell in months.values():
                rules[rule].update({name: cell[name] for name in ("tp", "fp", "fn")})
    sums = [(rule, *score.counts(c["tp"], c["fp"], c["fn"]).values()) for rule, c in sorted(rules.items())]
    return INTRODUCTION + "\n".join(
        [
            *_table(TRIAL, trials),
            "\n## By rule, all of them\n",
            *_table(("rule", "right", "false", "missed", "precision", "recall"), sums),
            "",
        ]
    )


def _row(done: dict[str, Any]) -> tuple[Any, ...]:
    who, leads = done["linkage"], done["totals"]["all"]
    dirt = f"{done['dirt']:g}{', traps' * done.get('traps', False)}"
    return (
        done["seed"], dirt, f"{done['people']:,}", f"{who['mentions']:,}", who["f1"], who["precision"],
        who["recall"], leads["tp"] + leads["fn"], leads["precision"], leads["recall"], leads["fp"], leads["fn"],
        f"{done['commit']}, {done['measured']}",
    )  # fmt: skip


def _table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> list[str]:
    cells = ([f"{c:.4f}" if isinstance(c, float) else str(c) for c in row] for row in rows)
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *cells)]


def _huilian(environment: dict[str, str], *words: str, **more: Any) -> subprocess.CompletedProcess[Any]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *words], env=environment, check=more.pop("check", False), **more
    )


def main(words: list[str] | None = None) -> int:
    """Entry point; see the module's head."""
    parser = argparse.ArgumentParser(description="Invented counties through the whole path, scored.")
    parser.add_argument("--out", type=Path, help="a folder everybody may look into; default: a new one")
    parser.add_argument("--people", type=int, default=2500)
    parser.add_argument("--seeds", default="7")
    parser.add_argument("--dirt", default="1,2,3")
    parser.add_argument("--traps", action="store_true", help="harder: the traps of real registers as well")
    parser.add_argument("--months", default="2026-09,2026-10")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/counties.md from all of --out")
    given = parser.parse_args(words)
    months = [date.fromisoformat(f"{month}-01") for month in given.months.split(",")]
    out = (given.out or Path(tempfile.mkdtemp(prefix="huilian-counties-"))).resolve()
    if given.out is None:
        out.chmod(0o755)
    print(f"counties, their runs and scores: {out}\n{HEAD}", flush=True)
    for seed in map(int, given.seeds.split(",")):
        for dirt in map(float, given.dirt.split(",")):
            done = trial(out, given.people, seed, Dirt(dirt, given.traps), months)
            print(line(seed, dirt, done), flush=True)
    if given.write:
        stored = [json.loads(path.read_text(encoding="utf-8")) for path in out.glob(f"*/{SCORE}")]
        PAGE.write_text(page(stored), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
