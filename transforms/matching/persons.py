"""Ids for life: clusters of this run take over the ids of the run before.

An id goes with the largest part of its mentions (ties: the part that holds the first mention). Where several ids meet
in one cluster they merge: the oldest is kept. A cluster that no id came home to is somebody new. Nothing here depends
on the order of rows, and clusters that did not change change nothing.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MENTION = ("feed", "record_key", "role")
NEW = "+"  # begins the label of somebody who has no id yet


def keep_ids(previous: pa.Table, clusters: pa.Table) -> pa.Table:
    """Name every cluster: the id it keeps, or ``+<n>`` where it needs a new one.

    previous: feed, record_key, role, person_id, number (the order ids were minted in); may be empty. clusters: feed,
    record_key, role, cluster (int64), one row a mention, other columns passed through. Returns `clusters` sorted by
    mention, with `cluster` replaced by `person_id`.
    """
    now = _ordered(clusters)
    kept = _homes(now, previous)
    size = (pc.max(now["cluster"]).as_py() or 0) + 1 if now.num_rows else 0
    labels = pa.array([kept.get(c, f"{NEW}{c}") for c in range(size)], pa.string())
    place = now.schema.get_field_index("cluster")
    return now.set_column(place, "person_id", labels.take(now["cluster"].combine_chunks()))


def _ordered(clusters: pa.Table) -> pa.Table:
    """Mentions in one order, clusters renumbered by their first mention: the input's order then doesn't matter."""
    table = clusters.sort_by([(name, "ascending") for name in MENTION])
    _, first, inverse = np.unique(table["cluster"].to_numpy(), return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    place = table.schema.get_field_index("cluster")
    return table.set_column(place, "cluster", pa.array(rank[inverse], pa.int64()))


def _homes(now: pa.Table, previous: pa.Table) -> dict[int, str]:
    """Cluster to the id it keeps."""
    if not previous.num_rows:
        return {}
    both = now.select([*MENTION, "cluster"]).join(previous, list(MENTION), join_type="inner")
    counts = both.group_by(["person_id", "number", "cluster"]).aggregate([([], "count_all")])
    order = [("number", "ascending"), ("count_all", "descending"), ("cluster", "ascending")]
    ranked = counts.sort_by(order)
    home: dict[str, int] = {}
    for person, cluster in zip(ranked["person_id"].to_pylist(), ranked["cluster"].to_pylist(), strict=True):
        home.setdefault(person, cluster)
    kept: dict[int, str] = {}
    for person, cluster in home.items():  # by number: the oldest id comes first and is the one kept
        kept.setdefault(cluster, person)
    return kept
