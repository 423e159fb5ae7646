"""Runs in the peer's environment, not measured: its pairs clustered at other thresholds, to report its best too.

    python -m benchmarks.linkage.sweep DATA OUT [--once]

Connected components are a partition, so any implementation gives the one Splink gives (at 0.95 they are compared).
Writes OUT/sweep/<method>-<threshold>.parquet (record_id, cluster). `--once` adds a one-to-one assignment of two
tables: strongest pair first, each record once.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy.sparse import coo_matrix  # type: ignore[import-untyped, unused-ignore]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped, unused-ignore]

THRESHOLDS = (0.1, 0.2, 0.3, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999999)


def components(left: Any, right: Any, size: int) -> Any:
    """A label for each of `size` records: those joined by pairs share one."""
    graph = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
    return connected_components(graph, directed=False)[1]


def one_to_one(left: Any, right: Any, score: Any) -> Any:
    """Which pairs to keep so that no record is in two, the most likely first (ties: as they come)."""
    taken: set[int] = set()
    kept = np.zeros(len(left), bool)
    for at in np.argsort(-score, kind="stable"):
        a, b = int(left[at]), int(right[at])
        if a not in taken and b not in taken:
            taken |= {a, b}
            kept[at] = True
    return kept


def same_partition(a: Any, b: Any) -> bool:
    """Do two labellings group alike?"""
    joined = len(set(zip(a.tolist(), b.tolist(), strict=True)))
    return joined == len(np.unique(a)) == len(np.unique(b))


def main() -> None:
    """Cluster at every threshold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--once", action="store_true")
    given = parser.parse_args()
    ids = pq.read_table(given.data / "truth.parquet", columns=["record_id"])["record_id"].combine_chunks()
    pairs = pq.read_table(given.out / "pairs.parquet")
    left, right = (pc.index_in(pairs[f"record_id_{s}"].combine_chunks(), ids).to_numpy() for s in "lr")
    score = pairs["match_probability"].to_numpy()
    folder = given.out / "sweep"
    folder.mkdir(exist_ok=True)
    found: dict[str, Any] = {}
    for threshold in THRESHOLDS:
        kept = score >= threshold
        found[f"components-{threshold:g}"] = components(left[kept], right[kept], len(ids))
        if given.once:
            rows = np.flatnonzero(kept)
            rows = rows[one_to_one(left[rows], right[rows], score[rows])]
            found[f"once-{threshold:g}"] = components(left[rows], right[rows], len(ids))
    members = pq.read_table(given.out / "members.parquet")
    theirs = members["cluster"].combine_chunks().dictionary_encode().indices
    theirs = theirs.take(pc.index_in(ids, members["record_id"].combine_chunks()))
    if not same_partition(theirs.to_numpy(), found["components-0.95"]):
        raise SystemExit("the components at 0.95 are not those Splink wrote")
    for name, label in found.items():
        table = pa.table({"record_id": ids, "cluster": pa.array(label.astype(np.int64))})
        pq.write_table(table, folder / f"{name}.parquet")


if __name__ == "__main__":
    main()
