"""What happened to ids: one row for every record whose entity is new to it, and nothing for all the others."""

import numpy as np
import pyarrow as pa

from transforms.matching.belonging import Ids, living
from transforms.matching.kernels import Ints

EVENTS = ("new", "joined", "merged", "split", "moved")
NEW, JOINED, MERGED, SPLIT, MOVED = range(len(EVENTS))


def happened(was: Ids, now: Ids, minted: int) -> tuple[Ints, Ints]:
    """Rows that something happened to, and what (a row of EVENTS), when entities `was` became `now`.

    They are all there are of those entities. -1 stands for none, ids from `minted` on are new. new: a record nobody
    knew, as somebody new. joined: one nobody knew, as somebody who was. merged: the entity it was is no more, and those
    it is now were there. split: it left its entity for a new one. moved: it left its entity, which lives on, for
    another that was there.
    """
    rows = np.flatnonzero(was != now)
    rows = rows[now[rows] >= 0]
    before, after = was[rows], now[rows]
    lives = living(now, int(max(was.max(initial=-1), now.max(initial=-1))) + 2)
    what = np.where(lives[before], MOVED, MERGED)
    what = np.where(after >= minted, SPLIT, what)
    what = np.where(before < 0, np.where(after >= minted, NEW, JOINED), what)
    return rows, what


def as_table(what: Ints, named: pa.Table, was: Ids, now: Ids) -> pa.Table:
    """Events as a table: event, source, record_key (from `named`), entity_id, and was: the id before, null for none."""
    return pa.table(
        {
            "event": pa.array(np.array(EVENTS, object)[what], pa.string()),
            "source": named["source"].cast(pa.string()),
            "record_key": named["record_key"].cast(pa.string()),
            "entity_id": pa.array(now, pa.int64()),
            "was": pa.array(was, pa.int64(), mask=was < 0),
        }
    )
