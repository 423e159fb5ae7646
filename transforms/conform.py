"""A parsed table against its contract: typed rows and the mentions in them, or rows set aside with their reasons.

Every parsed row ends up in exactly one of `rows` and `quarantined`. Nothing is dropped or corrected in silence: a cell
that can't be read is null in the typed row and has an issue naming the field.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.mentions import MENTION
from contracts.model import Column, Contract
from transforms.clean.columns import Array, combined
from transforms.groups import Items, explode
from transforms.kinds import LONGEST, TYPES, Cast, cast
from transforms.mentions import Frame, mentions_of

ISSUES = pa.schema(
    [("_line", pa.int64()), ("record_key", pa.string()), ("field", pa.string()), ("reason", pa.string())]
)
QUARANTINED = pa.schema(
    [
        ("_line", pa.int64()),
        ("record_key", pa.string()),
        ("reasons", pa.list_(pa.string())),
        ("raw", pa.string()),
    ]
)
MENTIONS = pa.schema([("_line", pa.int64()), *((name, TYPES[kind]) for name, kind in MENTION.items())])


class Conformed(NamedTuple):
    """What became of a parsed table; rows.num_rows + quarantined.num_rows == parsed.

    `rows`: `_line`, `record_key`, then every field of the contract typed by its kind. `mentions`: `_line` and the
    columns of contracts.mentions, one row a person or organisation named in a kept row. `quarantined`: `_line`,
    `record_key`, `reasons` (each a code or ``code:field``), `raw` (the row as JSON; restricted, never logged).
    `issues`: `_line`, `record_key`, `field` (for a group ``group.field``), `reason`: cells of kept rows that the
    department should correct.
    """

    rows: pa.Table
    mentions: pa.Table
    quarantined: pa.Table
    issues: pa.Table


def conform(raw: pa.Table, contract: Contract, period: date) -> Conformed:
    """Type, clean and split `raw` (`_line` and text columns named by the contract) delivered for the month `period`."""
    end = _last_day(period)
    lines = combined(raw.column("_line"))
    text = {f.name: _text(raw, f.name) for f in contract.fields}
    casts = _to_the_day(contract, {f.name: cast(f.kind, text[f.name], f, end) for f in contract.fields})
    text = {name: _without(column, casts[name].reasons, "too_long") for name, column in text.items()}
    groups = [explode(_text(raw, g.name), g, end) for g in contract.groups]
    keys = casts[contract.key].values.cast(pa.string())
    refused = _refused(contract, casts)
    keep = ~np.logical_or.reduce(list(refused.values()))
    frame = Frame(lines, keys, keep, period)
    return Conformed(
        _rows(frame, contract, casts),
        mentions_of(contract, text, casts, groups, frame).cast(MENTIONS),
        _quarantined(frame, raw, refused),
        _issues(frame, contract, casts, groups),
    )


def deduplicate(conformed: Conformed) -> tuple[Conformed, pa.Table]:
    """Keep the last row of each `record_key` with its mentions and issues; second: `_line` and key of the others."""
    rows = conformed.rows
    last = {key: at for at, key in enumerate(rows.column("record_key").to_pylist())}
    keep = np.zeros(rows.num_rows, bool)
    keep[list(last.values())] = True
    if keep.all():
        return conformed, rows.select(["_line", "record_key"]).slice(0, 0)
    kept = rows.filter(pa.array(keep))
    dropped = rows.select(["_line", "record_key"]).filter(pa.array(~keep))
    places = _places(kept)
    mentions = _among(conformed.mentions, places)
    roles = zip(mentions.column("record_key").to_pylist(), mentions.column("role").to_pylist(), strict=True)
    final = sorted({mention: at for at, mention in enumerate(roles)}.values())
    return (
        Conformed(kept, mentions.take(final), conformed.quarantined, _among(conformed.issues, places)),
        dropped,
    )


def _places(table: pa.Table) -> set[tuple[int, str]]:
    """Line and key together: a workbook's sheets each start at line 1."""
    return set(zip(table.column("_line").to_pylist(), table.column("record_key").to_pylist(), strict=True))


def _among(table: pa.Table, places: set[tuple[int, str]]) -> pa.Table:
    pairs = zip(table.column("_line").to_pylist(), table.column("record_key").to_pylist(), strict=True)
    return table.filter(pa.array([pair in places for pair in pairs], pa.bool_()))


def _last_day(period: date) -> date:
    return (period.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _text(raw: pa.Table, name: str) -> Array:
    """The text column, or nulls where the delivery lacks it. ="..." is a text that a spreadsheet shall leave alone."""
    if name not in raw.column_names:
        return pa.nulls(raw.num_rows, pa.string())
    column = combined(raw.column(name))
    if not pc.any(pc.match_substring(column, '="')).as_py():
        return column
    return pc.replace_substring_regex(column, r'^\s*="([^"]*)"\s*$', r"\1")


def _without(column: Array, reasons: Array, code: str) -> Array:
    """`column` without the values that were objected to with `code`."""
    hit: Array = pc.fill_null(pc.equal(reasons, pa.scalar(code)), False)
    return pc.if_else(hit, pa.scalar(None, pa.string()), column) if pc.any(hit).as_py() else column


def _mask(array: Array) -> Any:
    return array.to_numpy(zero_copy_only=False).astype(bool)


def _to_the_day(contract: Contract, casts: dict[str, Cast]) -> dict[str, Cast]:
    """`casts` without days that nobody stated: 2026年9月 isn't the first of September. A birth keeps what is known."""
    births = {m.born_on for m in contract.mentions}
    none: Array = pa.scalar(None, pa.string())
    for field in contract.fields:
        column = casts[field.name]
        if field.kind != "date" or field.name in births or column.precision is None:
            continue
        coarse: Array = pc.fill_null(pc.not_equal(column.precision, "day"), False)
        casts[field.name] = Cast(
            pc.if_else(coarse, pa.scalar(None, pa.date32()), column.values),
            pc.if_else(coarse, pa.scalar("date_invalid", pa.string()), column.reasons),
            precision=pc.if_else(coarse, none, column.precision),
        )
    return casts


def _refused(contract: Contract, casts: dict[str, Cast]) -> dict[str, Any]:
    """Reason to the rows (numpy bool) it sets aside. Identity numbers and placeholder names never do, nor does a
    missing name where a valid number says who it is.
    """
    numbers = _numbers(contract)
    keys = casts[contract.key].values.cast(pa.string())
    found = {"key_missing": ~_mask(pc.fill_null(pc.less_equal(pc.utf8_length(keys), LONGEST), False))}
    for field in contract.fields:
        if not field.required or field.name == contract.key or field.kind == "id_number":
            continue
        null = _mask(pc.is_null(casts[field.name].values))
        if field.name in numbers:
            null &= ~_mask(pc.equal(casts[numbers[field.name]].status, pa.scalar("valid", pa.string())))
        unread = _mask(pc.is_valid(casts[field.name].reasons))
        found[f"required_missing:{field.name}"] = null & ~unread
        if field.kind != "person_name":
            found[f"required_invalid:{field.name}"] = null & unread
    return found


def _numbers(contract: Contract) -> dict[str, str]:
    """The field of the number that belongs to the person whose name is in a field, by the latter."""
    return {m.name: m.id_number for m in contract.mentions if m.id_number and m.name}


def _rows(frame: Frame, contract: Contract, casts: dict[str, Cast]) -> pa.Table:
    columns = {
        "_line": frame.lines,
        "record_key": frame.keys,
        **{f.name: casts[f.name].values for f in contract.fields},
    }
    return pa.table(columns).filter(pa.array(frame.keep))


def _quarantined(frame: Frame, raw: pa.Table, refused: dict[str, Any]) -> pa.Table:
    at = np.flatnonzero(~frame.keep)
    picked = raw.drop_columns(["_line"]).take(at).to_pylist()
    columns: dict[str, Any] = {
        "_line": frame.lines.take(pa.array(at)),
        "record_key": frame.keys.take(pa.array(at)),
        "reasons": [[reason for reason, rows in refused.items() if rows[i]] for i in at],
        "raw": [json.dumps(row, ensure_ascii=False) for row in picked],
    }
    return pa.table(columns, schema=QUARANTINED)


def _issues(frame: Frame, contract: Contract, casts: dict[str, Cast], groups: list[Items]) -> pa.Table:
    """Cells of kept rows with a reason, in the order of the rows."""
    everything = np.arange(len(frame.keep))
    parts = [(everything, name, reasons) for name, reasons in _field_reasons(frame, contract, casts)]
    for items in groups:
        parts += [(items.rows, f"{items.group.name}.{f.name}", items.casts[f.name].reasons) for f in items.group.fields]
    at, fields, reasons = [], [], []
    for rows, name, codes in parts:
        hit = np.flatnonzero(_mask(pc.is_valid(codes)) & frame.keep[rows])
        at.append(rows[hit])
        fields += [name] * len(hit)
        reasons += codes.take(pa.array(hit)).to_pylist()
    where = np.concatenate(at) if at else np.zeros(0, np.int64)
    order = np.argsort(where, kind="stable")
    columns: dict[str, Any] = {
        "_line": frame.lines.take(pa.array(where)),
        "record_key": frame.keys.take(pa.array(where)),
        "field": fields,
        "reason": reasons,
    }
    return pa.table(columns, schema=ISSUES).take(order)


def _field_reasons(frame: Frame, contract: Contract, casts: dict[str, Cast]) -> Iterator[tuple[str, Array]]:
    """Field and reasons: what casting said, without numbers missing for people who are not named, with required names
    that are missing, and future dates.
    """
    owner = {number: name for name, number in _numbers(contract).items()}
    none: Array = pa.scalar(None, pa.string())
    for field in contract.fields:
        reasons = casts[field.name].reasons
        if field.name in owner:
            unnamed = pc.is_null(casts[owner[field.name]].values)
            reasons = pc.if_else(pc.and_(unnamed, pc.equal(reasons, "id_missing")), none, reasons)
        elif field.kind == "person_name" and field.required:
            missing: Array = pa.scalar("name_missing", pa.string())
            reasons = pc.if_else(pc.is_null(casts[field.name].values), pc.coalesce(reasons, missing), reasons)
        elif field.kind in ("date", "timestamp") and _happened(field):
            reasons = _future(casts[field.name], field.kind, _last_day(frame.period))
        yield field.name, reasons


def _happened(field: Column) -> bool:
    """True for a date something happened on (…_on, …_at); a deadline (…_by, …_until) may lie ahead."""
    return field.name.endswith(("_on", "_at")) and not field.name.startswith(("expires", "due", "valid"))


def _future(column: Cast, kind: str, end: date) -> Array:
    values = column.values if kind == "date" else pc.local_timestamp(column.values).cast(pa.date32(), safe=False)
    late: Array = pc.fill_null(pc.greater(values, pa.scalar(end)), False)
    code: Array = pa.scalar("date_future", pa.string())
    return pc.if_else(late, code, column.reasons)
