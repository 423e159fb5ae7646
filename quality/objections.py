"""Everything objected to in one delivery, as one table: which line, which field, which reason. Never a value."""

from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from contracts.model import Contract
from quality.tables import schema

DETAIL = schema({"_line": "int64", "record_key": "string", "field": "string", "reason": "string"})


class Objections(NamedTuple):
    """The tables in which each step says what it objects to; None where a step did not get that far.

    `rejects`: `_line`, `reason` (reader). `quarantined`: `_line`, `record_key`, `reasons` list, each a code or
    ``code:field`` (conform). `issues`: `_line`, `record_key`, `field`, `reason` (conform). `bad_rows`: as
    checks.measure returns. `dropped`: `_line`, `record_key` (deduplicate).
    """

    rejects: pa.Table | None = None
    quarantined: pa.Table | None = None
    issues: pa.Table | None = None
    bad_rows: pa.Table | None = None
    dropped: pa.Table | None = None


def collect(objections: Objections) -> pa.Table:
    """All of it as DETAIL, by line: a row for each line, field and reason. Other columns (`raw`) are left behind."""
    parts = [
        _plain(objections.rejects),
        _unexplained(_plain(_one_reason_a_row(objections.quarantined)), objections.bad_rows),
        _plain(objections.issues),
        _plain(_as(objections.bad_rows, "rule_failed", field="rule")),
        _plain(_as(objections.dropped, "key_repeated")),
    ]
    return pa.concat_tables(parts).sort_by([("_line", "ascending"), ("field", "ascending"), ("reason", "ascending")])


def tally(details: pa.Table) -> list[tuple[str, str, int]]:
    """(reason, field, rows) of DETAIL rows, the most frequent first: the shape of ledger.reason_count."""
    counts = details.group_by(["reason", "field"]).aggregate([([], "count_all")]).to_pylist()
    found = [(c["reason"], c["field"], c["count_all"]) for c in counts]
    return sorted(found, key=lambda c: (-c[2], c[0], c[1]))


def labels(contract: Contract | None) -> dict[str, str]:
    """What a clerk calls each field and each check of `contract`; a field within a group as ``group.field`` too."""
    if contract is None:
        return {}
    found = {f.name: f.label for f in contract.fields}
    for group in contract.groups:
        found[group.name] = group.source
        found |= {f"{group.name}.{f.name}": f"{group.source}/{f.label}" for f in group.fields}
    return found | {f"check:{c.name}": c.text for c in contract.checks}


def _plain(table: pa.Table | None) -> pa.Table:
    """`table` with exactly the columns of DETAIL; what it lacks is empty text."""
    if table is None:
        return DETAIL.empty_table()
    columns: dict[str, Any] = {"_line": table.column("_line")}
    for name in DETAIL.names[1:]:
        values: Any = table.column(name) if name in table.column_names else pa.repeat("", table.num_rows)
        columns[name] = pc.fill_null(values, "")
    return pa.table(columns).cast(DETAIL)


def _one_reason_a_row(quarantined: pa.Table | None) -> pa.Table | None:
    if quarantined is None:
        return None
    reasons = quarantined.column("reasons").combine_chunks()
    parts = pc.extract_regex(pc.list_flatten(reasons), r"^(?P<reason>[^:]*):?(?P<field>.*)$")
    rows = quarantined.select(["_line", "record_key"]).take(pc.list_parent_indices(reasons))
    for name in ("reason", "field"):
        rows = rows.append_column(name, pc.struct_field(parts, name))
    return rows


def _unexplained(details: pa.Table, bad_rows: pa.Table | None) -> pa.Table:
    """`details` without the bare ``rule_failed`` of rows for which `bad_rows` names the rule."""
    if bad_rows is None:
        return details
    bare = (pc.field("reason") == "rule_failed") & (pc.field("field") == "")
    named = pc.field("_line").isin(bad_rows.column("_line").unique())
    return details.filter(~(bare & named))


def _as(table: pa.Table | None, reason: str, field: str = "") -> pa.Table | None:
    """`table` with a `reason` of its own and, as `field`, the column of that name."""
    if table is None:
        return None
    table = table.append_column("reason", pa.repeat(reason, table.num_rows))
    return table.append_column("field", table.column(field)) if field else table
