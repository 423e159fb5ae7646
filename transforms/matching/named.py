"""Records by their names: source and key, as people point at them."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

SIDES = ("left", "right")  # of a decision: left_source, left_key, right_source, right_key


def joined(source: Any, key: Any) -> Any:
    """The names of records, each as one text."""
    return pc.binary_join_element_wise(source.cast(pa.string()), key.cast(pa.string()), "\x1f")


def rows_of(sources: Any, keys: Any, records: pa.Table) -> NDArray[np.int64]:
    """The row of `records` (source, record_key) that each named record is, -1 for one that is not there."""
    # few are asked for: one look at each of the many
    hit = np.flatnonzero(pc.is_in(records["record_key"], value_set=pc.unique(keys)).to_numpy())
    some = records.select(["source", "record_key"]).take(pa.array(hit))
    row = dict(zip(zip(*(c.to_pylist() for c in some.columns), strict=True), hit.tolist(), strict=True))
    named = zip(sources.to_pylist(), keys.to_pylist(), strict=True)
    return np.array([row.get(name, -1) for name in named], np.int64)
