"""Ids for life: clusters of this run take over the ids of the run before.

An id goes with the largest part of its mentions (ties: the part that holds the first mention). Where several ids meet
in one cluster they merge: the oldest is kept. A cluster that no id came home to is somebody new. Nothing here depends
on the order of rows, and clusters that did not change change nothing.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.matching.kernels import Ints

MENTION = ("feed", "record_key", "role")
NEW = "+"  # begins the label of somebody who has no id yet


def homes(was: Ints, now: Ints) -> Ints:
    """By cluster the id it keeps, -1 where it needs a new one.

    was: by mention its id before (older ids are smaller; negative: none). now: by mention its cluster, from 0 on, in
    the order of their first mentions.
    """
    size = int(now.max(initial=-1)) + 1
    known = np.flatnonzero(was >= 0)
    ids, rank = np.unique(was[known], return_inverse=True)
    part, many = np.unique(rank * size + now[known], return_counts=True)
    part = part[np.lexsort((part, -many, part // max(size, 1)))]
    home = part[np.append(True, np.diff(part // max(size, 1)) > 0)[: len(part)]] % max(size, 1)
    oldest = np.full(size, len(ids))
    np.minimum.at(oldest, home, np.arange(len(ids)))
    kept: Ints = np.append(ids, -1)[oldest]
    return kept


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
    place = table.schema.get_field_index("cluster")
    return table.set_column(place, "cluster", pa.array(by_first(table["cluster"].to_numpy()), pa.int64()))


def by_first(cluster: Ints) -> Ints:
    """The same clusters, numbered from 0 in the order of their first mentions."""
    if len(cluster) and cluster.min() >= 0 and cluster.max() < 4 * len(cluster):  # as they usually are: no need to sort
        first = np.full(int(cluster.max()) + 1, len(cluster))
        first[cluster[::-1]] = np.arange(len(cluster) - 1, -1, -1)
        begins = np.zeros(len(cluster) + 1, bool)
        begins[first] = True
        ordered: Ints = (np.cumsum(begins[:-1]) - 1)[first[cluster]]
        return ordered
    _, first, inverse = np.unique(cluster, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    numbered: Ints = rank[inverse]
    return numbered


def _homes(now: pa.Table, previous: pa.Table) -> dict[int, str]:
    """Cluster to the id it keeps."""
    if not previous.num_rows:
        return {}
    both = now.select([*MENTION, "cluster"]).join(previous, list(MENTION), join_type="inner")
    both = both.sort_by([(name, "ascending") for name in ("number", "person_id")])
    person = both["person_id"].combine_chunks().dictionary_encode()  # numbered in the order they were minted in
    if not len(person):
        return {}
    kept = homes(person.indices.to_numpy().astype(np.int64), both["cluster"].to_numpy())
    return {c: person.dictionary[i].as_py() for c, i in enumerate(kept.tolist()) if i >= 0}
