"""A batch against what exists, beside linking everything anew: CPU, memory, and how far both come to the same.

    python -m benchmarks.linkage.batches [--people 300000,1500000] [--batch 10000] [--batches 1] [--repeat 1] [--write]
    python -m benchmarks.linkage.batches --set historical --people 100000 --most 3 --batch 2000

From an invented county, or another data set, some records, drawn by chance, come later. A county goes through the
engine for Chinese people, everything else through that for any tables. Measured are, each as the command that anybody
would run: the whole run over everything, the whole run over the early records (which keeps what batches need), every
batch with --add, the last batch once more, and the start of the interpreter with what every run loads. For each size a
Markdown table on stdout, then a line of JSON.
"""

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from benchmarks.linkage import report
from benchmarks.linkage.datasets import GROUPS, MOST, Dataset, Wanted, prepare
from benchmarks.linkage.huilian_runner import COMMAND, members
from benchmarks.linkage.measure import Usage, accuracy, median, run
from benchmarks.linkage.peer import ROOT, SCRATCH, environment, scratch
from contracts.errors import Stop

START = """
from pipeline import cli, spared
with spared.spare_collecting():
    spared.spare()
    import pipeline.{batches}
"""
HOW = (
    "`python -m benchmarks.linkage.batches --people 300000,1500000 --write`: from a county some records, drawn by "
    "chance, come later. Each row is a whole command as anybody would run it; the start is that of the interpreter "
    "with what every run loads. The whole run over the early records keeps what a batch needs."
)
SECONDS = 4 * 3600.0
Ints = np.ndarray[Any, np.dtype[np.int64]]


def split(data: Dataset, folder: Path, parts: Ints) -> list[Path]:
    """A config for each part (0 the early records, 1 the first batch ...); `parts` says where every record belongs."""
    config = yaml.safe_load(data.config.read_text(encoding="utf-8"))
    tables = [pq.read_table(data.folder / table["path"]) for table in config["tables"]]
    configs: list[Path] = []
    for part in range(int(parts.max()) + 1):
        named: list[dict[str, Any]] = []
        first = 0
        for told, table in zip(config["tables"], tables, strict=True):
            chosen = table.filter(pa.array(parts[first : first + table.num_rows] == part))
            first += table.num_rows
            if chosen.num_rows:
                path = f"{part}-{told['source']}.parquet"
                pq.write_table(chosen, folder / path)
                named.append({**told, "path": path})
        configs.append(folder / f"{part}.yml")
        text = yaml.safe_dump({**config, "tables": named}, allow_unicode=True, sort_keys=False)
        configs[-1].write_text(text, encoding="utf-8")
    return configs


def measure(data: Dataset, folder: Path, parts: Ints) -> dict[str, Any]:
    """Run everything once; usages by name, and what the members came to."""
    configs = split(data, folder, parts)
    whole, out = folder / "whole", folder / "out"
    start = START.format(batches="batches" if data.model == "county" else "batches_any")
    usages = {"start": _run([sys.executable, "-c", start], folder)}
    usages["everything at once"] = _run([*COMMAND, str(data.config), "--out", str(whole)], folder)
    usages["the early records"] = _run([*COMMAND, str(configs[0]), "--out", str(out), "--keep"], folder)
    for number, config in enumerate(configs[1:], 1):
        usages[f"batch {number}"] = _run([*COMMAND, str(config), "--out", str(out), "--add"], folder)
    usages["the last batch again"] = _run([*COMMAND, str(configs[-1]), "--out", str(out), "--add"], folder)
    return {"usages": usages, **compared(members(whole), members(out), pq.read_table(data.folder / "truth.parquet"))}


def _run(words: list[str], folder: Path) -> Usage:
    used = run(words, ROOT, environment(), folder / "log.txt", SECONDS)
    if used.code:
        last = (folder / "log.txt").read_text(encoding="utf-8").strip().splitlines()[-1:]
        raise Stop(" ".join(words[-4:]), f"exit {used.code}: {''.join(last)}", "read the log in .bench/batches")
    return used


def compared(whole: pa.Table, batched: pa.Table, truth: pa.Table) -> dict[str, Any]:
    """Both ways against each other and against the truth; `same`: the share of clusters that are alike to a record."""
    order = [("record_id", "ascending")]
    truth = truth.set_column(0, "record_id", truth["record_id"].cast(pa.string())).sort_by(order)
    one, other = (table.sort_by(order)["cluster"].to_numpy() for table in (whole, batched))
    person = truth["person"].to_numpy()
    told = {
        "batched and whole": accuracy(other, one),
        "whole": accuracy(one, person),
        "batched": accuracy(other, person),
    }
    return {"same": same(other, one), "f1": {name: round(found.f1, 5) for name, found in told.items()}}


def same(found: Ints, expected: Ints) -> float:
    """The share of the clusters of `expected` that `found` has with the very same records."""
    ids = [np.unique(labels, return_inverse=True)[1] for labels in (found, expected)]
    cells = np.unique(np.stack(ids), axis=1)
    alone = [np.bincount(side)[side] == 1 for side in cells]
    return float((alone[0] & alone[1]).sum() / (int(ids[1].max(initial=-1)) + 1))


def table(result: dict[str, Any]) -> str:
    """The figures as Markdown."""
    start = result["cpu_s"]["start"]
    whole = result["cpu_s"]["everything at once"]
    lines = [
        f"{result['records']:,} records of {result['people']:,} people, {result['batch']:,} of them a batch.\n",
        "| | CPU-s | without the start | part of everything at once | peak MiB |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, cpu in result["cpu_s"].items():
        work, parts = cpu - start, [cpu / whole, (cpu - start) / (whole - start)]
        told = "-" if name == "start" else f"1/{1 / parts[0]:.1f} (1/{1 / max(parts[1], 1e-9):.1f} without the start)"
        lines.append(f"| {name} | {cpu:.2f} | {max(work, 0):.2f} | {told} | {result['peak_mib'][name]:.0f} |")
    f1 = {name: f"{value:.5f}" for name, value in result["f1"].items()}
    told = f"Clusters that are the same to a record: {result['same']:.3%}; F1 of their pairs {f1['batched and whole']}."
    lines.append(f"\n{told} Against the truth: {f1['whole']} at once, {f1['batched']} in batches.")
    return "\n".join(lines)


def measured(people: int, given: argparse.Namespace) -> dict[str, Any]:
    """The figures for a set of so many people; CPU and memory are medians."""
    data = prepare(Wanted(given.set, people, given.seed, given.noise, most=given.most), None)
    late = np.random.default_rng(given.seed).permutation(data.records) // given.batch
    parts = np.where(late < given.batches, late + 1, 0)
    folder = scratch("batches", data.name)
    runs = []
    for turn in range(given.repeat):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        sys.stderr.write(f"{data.name}: {turn + 1} of {given.repeat}\n")
        runs.append(measure(data, folder, parts))
    names = list(runs[0]["usages"])
    costs = {
        field: {name: round(median([getattr(r["usages"][name], field) for r in runs]), 3) for name in names}
        for field in ("cpu_s", "wall_s", "peak_mib", "load")
    }
    facts = {"name": data.name, "records": data.records, "people": data.entities, "batch": given.batch}
    return facts | {"same": runs[-1]["same"], "f1": runs[-1]["f1"]} | costs


def main(words: list[str] | None = None) -> int:
    """Entry point; see the module's head."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", default="county", choices=list(GROUPS)[1:], help="what the records are of")
    parser.add_argument("--people", default="300000", help="sizes of the set; in a county 3.5 records a person")
    parser.add_argument("--noise", type=float, default=1.0, help="how much dirt")
    parser.add_argument("--most", type=int, default=MOST, help="records of one of the historical people")
    parser.add_argument("--batch", type=int, default=10_000, help="records of a batch")
    parser.add_argument("--batches", type=int, default=1, help="how many come, one after the other")
    parser.add_argument("--repeat", type=int, default=1, help="times to run all of it; CPU and memory are medians")
    parser.add_argument("--seed", type=int, default=1, help="of the set, and of who comes later")
    parser.add_argument("--write", action="store_true", help="keep the tables for `benchmarks.linkage --write`")
    given = parser.parse_args(words)
    tables = report.of_sizes(given.people, lambda people: measured(people, given), table)
    if given.write:
        report.section(SCRATCH / "results", "batches", f"## Batches\n\n{HOW}", tables)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
