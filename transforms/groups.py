"""The repeated part of a record (owners of a unit, parties to a case) as one flat table of items."""

import json
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from contracts.model import Group
from transforms.clean.columns import Array
from transforms.kinds import Cast, cast


class Items(NamedTuple):
    """Items of all records: for each its row (index of the record, numpy int64), its place from 1, and its columns."""

    group: Group
    rows: Any
    places: list[int]
    text: dict[str, Array]
    casts: dict[str, Cast]


def explode(column: Array, group: Group, as_of: date) -> Items:
    """Flatten a column of JSON lists; items without any value are skipped, the others keep their place in the list."""
    rows: list[int] = []
    places: list[int] = []
    cells: dict[str, list[str | None]] = {f.name: [] for f in group.fields}
    for row, listing in enumerate(column.to_pylist()):
        for place, item in enumerate(json.loads(listing) if listing else [], start=1):
            values = {f.name: _filled(item.get(f.name)) for f in group.fields}
            if not any(values.values()):
                continue
            rows.append(row)
            places.append(place)
            for name, value in values.items():
                cells[name].append(value)
    text = {name: pa.array(values, pa.string()) for name, values in cells.items()}
    casts = {f.name: cast(f.kind, text[f.name], f, as_of) for f in group.fields}
    return Items(group, np.array(rows, np.int64), places, text, casts)


def _filled(value: Any) -> str | None:
    return None if value is None or not str(value).strip() else str(value)
