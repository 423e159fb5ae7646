"""How well and how fast people are recognised in the invented county.

python -m benchmarks.linkage.people --people 3000 [--seed 1 --noise 1 --missing 1]
"""

import argparse
import json
import resource
import time

import numpy as np
import pyarrow as pa

from benchmarks.linkage.county import Dirt, county
from benchmarks.linkage.measure import accuracy
from transforms.matching.link import Linked, link


def labels(mentions: pa.Table, linked: Linked) -> np.ndarray:
    """The cluster of each row of `mentions`."""
    names = ("feed", "record_key", "role")
    rows = zip(*(linked.members[n].to_pylist() for n in names), strict=True)
    cluster = dict(zip(rows, linked.members["cluster"].to_pylist(), strict=True))
    return np.array([cluster[row] for row in zip(*(mentions[n].to_pylist() for n in names), strict=True)])


def main() -> None:
    """Build a county, link it, print a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--missing", type=float, default=1.0)
    parser.add_argument("--report", action="store_true")
    args = parser.parse_args()
    mentions, truth = county(args.people, args.seed, Dirt(args.noise, args.missing))
    wall, cpu = time.perf_counter(), time.process_time()
    linked = link(mentions, None)
    spent = {"wall_s": round(time.perf_counter() - wall, 2), "cpu_s": round(time.process_time() - cpu, 2)}
    got = accuracy(labels(mentions, linked), truth.to_numpy())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    figures = {k: round(v, 5) for k, v in got._asdict().items()}
    print(json.dumps({"mentions": mentions.num_rows, **figures, **spent, "peak_mib": memory}))
    if args.report:
        print(json.dumps(linked.report, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
