"""What people decided about records goes before what their values say: some are one from the beginning, some never."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.matching.generic.cluster import Clusters, Edges, Setting, alone, distinct, score
from transforms.matching.generic.values import Ints
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


def begun(setting: Setting, same: Ints, edges: Edges) -> tuple[Clusters, Edges]:
    """The clusters before the first merger, and `edges` (of records) between those."""
    begin = alone(setting.records.size)
    if not same.size:
        return begin, edges
    entity = begin.entity
    for left, right in same.T:
        one, other = sorted((int(entity[left]), int(entity[right])))
        entity[entity == other] = one
    united = np.zeros(len(entity), bool)
    united[entity[same]] = True
    a, b = entity[edges.a], entity[edges.b]
    apart = a != b
    edges = distinct(a[apart], b[apart], edges.strength[apart])
    again = np.flatnonzero(united[edges.a] | united[edges.b])
    edges.strength[again] = score(setting, entity, edges.a[again], edges.b[again])
    return begin._replace(entity=entity), edges
