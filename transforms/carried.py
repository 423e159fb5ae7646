"""What a register said of somebody last month and left out this month: a number, once stated, is not unsaid by a blank.

A clerk who writes a record anew often leaves a cell empty. Where the name under the key stays, no other birth is stated
and only the number is gone, it is the same holder with the same number; else whoever was recognised by it would be
split from themselves for a month.
"""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

KEY = ("feed", "record_key", "role")
STATED = ("id_number", "id_status", "born_on", "born_precision", "sex")


def carried(versions: pa.Table) -> pa.Table:
    """`versions` (as warehouse.identity.mentions), with the number stated last where a later version has none.

    The name has to be the same, and no other birth stated. Birth and sex, which the number tells as well, come along
    where they are missing; what is there stays.
    """
    many = pc.indices_nonzero(pc.greater(versions["versions"], 1))
    columns = [*KEY, "valid_from", "name", *STATED]
    rows = versions.select(columns).take(many).to_pylist()
    found: dict[str, dict[int, Any]] = {name: {} for name in STATED}
    before: dict[str, Any] = {}
    for place in sorted(range(len(rows)), key=lambda i: [str(rows[i][c]) for c in (*KEY, "valid_from")]):
        row = rows[place]
        same = before and all(before[c] == row[c] for c in (*KEY, "name")) and row["name"] is not None
        same = same and row["born_on"] in (None, before["born_on"])
        if same and row["id_status"] == "missing" and before["id_status"] in ("valid", "repaired"):
            filled = {c: before[c] for c in STATED if row[c] is None or c == "id_status"}
            for name, value in filled.items():
                found[name][many[place].as_py()] = value
            row |= filled
        before = row
    return _with(versions, found)


def _with(versions: pa.Table, found: dict[str, dict[int, Any]]) -> pa.Table:
    for name, values in found.items():
        if values:
            column = versions[name].to_pylist()
            for at, value in values.items():
                column[at] = value
            at = versions.schema.get_field_index(name)
            versions = versions.set_column(
                at, versions.schema.field(at), pa.array(column, versions.schema.field(at).type)
            )
    return versions
