"""Ids that outlive a run: a directory that was linked before keeps the ids of its records."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contracts.errors import Stop
from pipeline import kept
from transforms.matching.kernels import Ints
from transforms.matching.persons import by_first, homes

NEXT = b"huilian.next_id"  # among the metadata of members.parquet: an id that is gone is not given to anybody again


class Named(NamedTuple):
    """By row of the members their id and the one before (-1: none). Ids from `minted` on are new, `next_id` is next.
    `gone`: how many records had an id and are not among the members.
    """

    now: Ints
    was: Ints
    minted: int
    next_id: int
    gone: int = 0


def named(out: Path, members: pa.Table) -> Named:
    """Ids for `members` (source, record_key, entity_id of this run), keeping those that `out` gave before.

    Raises Stop when members.parquet is there and can't be read.
    """
    was, minted, many = _before(out, members)
    gone = many - int(np.count_nonzero(was >= 0))
    return carried(was, members["entity_id"].to_numpy(), minted)._replace(gone=gone)


def carried(was: Ints, cluster: Ints, minted: int) -> Named:
    """Ids for members that had the ids `was` (-1: none) and are in a `cluster` now; new ones from `minted` on."""
    cluster = by_first(cluster)
    ids = homes(was, cluster)
    fresh = np.flatnonzero(ids < 0)
    ids[fresh] = minted + np.arange(len(fresh))
    return Named(ids[cluster], was, minted, minted + len(fresh))


def _before(out: Path, members: pa.Table) -> tuple[Ints, int, int]:
    """The id that each record of `members` had in `out`, -1 for none, the first id that nobody ever had, and how many
    records had one."""
    path, given = out / "members.parquet", kept.given(out)
    if not path.is_file():
        return np.full(members.num_rows, -1), given, 0
    try:
        table = pq.read_table(path, columns=["source", "record_key", "entity_id"])
        ids = table["entity_id"].cast(pa.int64()).to_numpy()
    except (OSError, KeyError, pa.ArrowException) as error:
        raise Stop(f"{out.name}/members.parquet", "can't be read", "move it away, or give another directory") from error
    following = int((table.schema.metadata or {}).get(NEXT, 0))
    return _found(members, table, ids), max(given, following, int(ids.max(initial=0)) + 1), table.num_rows


def _found(members: pa.Table, known: pa.Table, ids: Ints) -> Ints:
    """The id of each record of `members` among the `known` ones."""
    was = np.full(members.num_rows, -1)
    for source in pc.unique(members["source"]).to_pylist():
        rows, old = (np.flatnonzero(pc.equal(t["source"], source).to_numpy()) for t in (members, known))
        if not len(old):
            continue
        keys, have = (t["record_key"].take(pa.array(r)).cast(pa.string()) for t, r in ((members, rows), (known, old)))
        at = pc.fill_null(pc.index_in(keys, have.combine_chunks()), -1).to_numpy()
        was[rows] = np.where(at >= 0, np.append(ids[old], -1)[at], -1)
    return was


def with_next(members: pa.Table, next_id: int) -> pa.Table:
    """`members` that remember which id comes next."""
    return members.replace_schema_metadata({**(members.schema.metadata or {}), NEXT: str(next_id).encode()})
