"""The pairs as they are kept: those of the last whole run stay as they were written then, by names as pairs.parquet has
them, and by rows; batches say which of these no longer hold, and what came since.

To name all pairs anew, and write them twice, was a third of what a batch cost where there are five million records.
"""

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.kept import Store, one_array
from pipeline.kept_results import STEP, names, only, picked
from pipeline.linkage_pairs import named
from transforms.matching.belonging import untouched
from transforms.matching.kernels import Flags, Ints
from transforms.matching.named import SIDES

ALL, GONE, SINCE = "pairs", "gone", "since"  # of the run; places among these that no longer hold; those of batches


class Renewed(NamedTuple):
    """What is to be `kept` of pairs by this generation, and all that there are `now`, by names."""

    kept: dict[str, pa.Table]
    now: pa.RecordBatchReader


def begun(store: Store, pairs: pa.Table) -> Renewed:
    """The `pairs` of a whole run, by rows (linkage_pairs.told): they are written, and stay until the next one."""
    now = _by_both(pairs, named(pairs, pa.concat_tables(names(store))))
    store.put_of_run(ALL, now)
    return _renewed((now, np.ones(now.num_rows, bool)), now.slice(0, 0))


def renewed(store: Store, again: Ints, fresh: pa.Table) -> Renewed:
    """The pairs after a batch: `fresh`, by rows, in place of those in which one of the rows `again` is."""
    old, since = store.of_run(ALL), store.table(SINCE)
    stay = _without(old, again, store.state.rows)
    stay[store.arrays(GONE)["pair"]] = False
    later = [since.filter(pa.array(_without(since, again, store.state.rows))), _few(store, fresh)]
    return _renewed((old, stay), pa.concat_tables(later).unify_dictionaries())


def _renewed(old: tuple[pa.Table, Flags], since: pa.Table) -> Renewed:
    """Of `old` those pairs that stay, and after them those that came `since`."""
    gone = pa.table({"pair": np.flatnonzero(~old[1]).astype(np.int32)})
    schema = since.drop_columns([*SIDES]).schema
    batches = (batch.select(schema.names) for batch in chain(_standing(*old), since.to_batches()))
    return Renewed({GONE: gone, SINCE: since}, pa.RecordBatchReader.from_batches(schema, batches))


def _standing(pairs: pa.Table, stay: Flags) -> Iterator[pa.RecordBatch]:
    start = 0
    for batch in pairs.to_batches(STEP):
        yield only(batch, stay[start : start + batch.num_rows])
        start += batch.num_rows


def _without(pairs: pa.Table, again: Ints, rows: int) -> Flags:
    """Which pairs have none of the rows `again`, of so many rows."""
    marks = np.zeros(rows, bool)
    marks[again] = True
    left, right = (one_array(pairs[side]).to_numpy() for side in SIDES)
    return untouched(left, right, marks)


def _few(store: Store, pairs: pa.Table) -> pa.Table:
    """Pairs by rows and names, without putting all names together."""
    rows, at = np.unique(np.concatenate([pairs[side].to_numpy() for side in SIDES]), return_inverse=True)
    of_some = pairs
    for i, side in enumerate(np.split(at, 2)):
        of_some = of_some.set_column(i, SIDES[i], pa.array(side))
    return _by_both(pairs, named(of_some, picked(names(store), rows)))


def _by_both(pairs: pa.Table, by_names: pa.Table) -> pa.Table:
    for side in SIDES:
        by_names = by_names.append_column(side, pairs[side])
    return by_names
