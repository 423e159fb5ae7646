"""Records by their names, as people point at them: source and key, or feed, key and role."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]
SIDES = ("left", "right")  # of a decision: left_source, left_key, right_source, right_key
KEY = 1  # the part of a name that tells most records apart


class Verdicts(NamedTuple):
    """What was decided: rows of records, each of shape (2, n), that are the same and that are different entities."""

    same: Ints
    different: Ints


def joined(source: Any, key: Any) -> Any:
    """The names of records, each as one text."""
    return pc.binary_join_element_wise(source.cast(pa.string()), key.cast(pa.string()), "\x1f")


def verdicts(records: Mapping[str, Any], decisions: pa.Table | None) -> Verdicts:
    """`decisions` as rows of `records`, whose names these columns are, by part: source (or feed), key, role.

    decisions: left_<part>, right_<part>, verdict same|different, and undone_at if it has it. One about a record that is
    not there, and one that was undone, says nothing.
    """
    if decisions is None or not decisions.num_rows:
        return Verdicts(*np.zeros((2, 2, 0), np.int64))
    ends = [[decisions[f"{side}_{part}"] for part in records] for side in SIDES]
    rows = np.sort([_rows(end, list(records.values())) for end in ends], axis=0)
    holds = (rows[0] >= 0) & (rows[0] != rows[1])
    if "undone_at" in decisions.column_names:
        holds &= decisions["undone_at"].is_null().to_numpy()
    same = pc.equal(decisions["verdict"], "same").to_numpy()
    return Verdicts(*(np.unique(rows[:, holds & some], axis=1) for some in (same, ~same)))


def named(records: pa.Table) -> dict[str, Any]:
    """The names of `records` (source, record_key), by part."""
    return {"source": records["source"], "key": records["record_key"]}


def rows_of(sources: Any, keys: Any, records: pa.Table) -> Ints:
    """The row of `records` (source, record_key) that each named record is, -1 for one that is not there."""
    return _rows([sources, keys], list(named(records).values()))


def _rows(names: Sequence[Any], columns: Sequence[Any]) -> Ints:
    # few are asked for: one look at each of the many
    hit = np.flatnonzero(pc.is_in(columns[KEY], value_set=pc.unique(names[KEY])).to_numpy())
    some = zip(*(column.take(pa.array(hit)).to_pylist() for column in columns), strict=True)
    row = dict(zip(some, hit.tolist(), strict=True))
    return np.array([row.get(name, -1) for name in zip(*(n.to_pylist() for n in names), strict=True)], np.int64)
