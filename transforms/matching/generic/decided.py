"""What people decided about records goes before what their values say: some are one from the beginning, some never."""

import numpy as np

from transforms.matching.generic.blocking import grouped
from transforms.matching.generic.cluster import Clusters, Edges, alone, components, distinct
from transforms.matching.generic.scoring import Setting, score
from transforms.matching.generic.values import Ints, Records


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
