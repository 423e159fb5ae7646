"""What people decided about records goes before what their values say: some are one from the beginning, some never."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.matching.generic.blocking import grouped
from transforms.matching.generic.cluster import Clusters, Edges, alone, components, distinct
from transforms.matching.generic.scoring import Setting, score
from transforms.matching.generic.values import Ints, Records
from transforms.matching.named import SIDES, rows_of


class Verdicts(NamedTuple):
    """Rows of records, of shape (2, n) each: those that are one entity, and those that are two."""

    same: Ints
    different: Ints


def verdicts(records: pa.Table, decisions: pa.Table | None) -> Verdicts:
    """`decisions` (left_source, left_key, right_*, verdict same|different) about `records` (source, record_key).

    One about a record that is not there says nothing.
    """
    none = np.zeros((2, 0), np.int64)
    if decisions is None or not decisions.num_rows:
        return Verdicts(none, none)
    rows = np.array([rows_of(decisions[f"{side}_source"], decisions[f"{side}_key"], records) for side in SIDES])
    here = (rows >= 0).all(axis=0)
    same = pc.equal(decisions["verdict"], "same").to_numpy()
    return Verdicts(rows[:, here & same], rows[:, here & ~same])


def single(records: Records) -> bool:
    """Is there one column only, and no table that says it repeats nobody? Then nothing tells namesakes apart."""
    return len(records.columns) == 1 and not records.unique.any()


def alike(records: Records, different: Ints) -> Ints:
    """Of a `single` column, rows (2, n) that say the same: one entity, but for those decided to be `different` ones."""
    if not single(records):
        return np.zeros((2, 0), np.int64)
    (column,) = records.columns.values()
    return chained(np.where(np.isin(np.arange(records.size), different), -1, column.code))


def chained(number: Ints) -> Ints:
    """Rows (2, n) that tie those of one number, none of them negative, each to the next."""
    order, start, _ = grouped(number)
    first = np.zeros(len(order), bool)
    first[start] = True
    later = np.flatnonzero(~first)
    return np.stack([order[later - 1], order[later]])


def begun(setting: Setting, same: Ints, edges: Edges) -> tuple[Clusters, Edges]:
    """The clusters before the first merger, and `edges` (of records) between those."""
    begin = alone(setting.records.size)
    if not same.size:
        return begin, edges
    entity = components(setting.records.size, *same)
    united = np.zeros(len(entity), bool)
    united[entity[same]] = True
    a, b = entity[edges.a], entity[edges.b]
    apart = a != b
    edges = distinct(a[apart], b[apart], edges.strength[apart])
    again = np.flatnonzero(united[edges.a] | united[edges.b])
    edges.strength[again] = score(setting, entity, edges.a[again], edges.b[again])
    return begin._replace(entity=entity), edges
