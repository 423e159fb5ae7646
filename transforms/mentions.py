"""The people and organisations named in typed rows, in the one shape all feeds share (contracts.mentions)."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.mentions import MENTION
from contracts.model import Contract
from transforms.clean.addresses import PARTS, parse_address
from transforms.clean.columns import Array, per_distinct
from transforms.groups import Items
from transforms.kinds import TYPES, Cast

OLDEST = 130  # years; an age beyond it is a typing error


class Frame(NamedTuple):
    """What every part of the result needs: line and key of each row, which rows stay (numpy bool), the month."""

    lines: Array
    keys: Array
    keep: Any
    period: date


class _Source(NamedTuple):
    """Where one mention's attributes come from; all columns are as long as `rows`, the record of each."""

    rows: Any
    roles: Array
    entity: str
    casts: Mapping[str, Cast]
    raw_name: Array | None
    kin: str | None
    optional: bool


def mentions_of(
    contract: Contract, text: Mapping[str, Array], casts: Mapping[str, Cast], groups: list[Items], frame: Frame
) -> pa.Table:
    """One row for each mention of the kept rows, in the order of the rows: `_line`, then contracts.mentions.MENTION."""
    sources = [*_singles(contract, text, casts, len(frame.keep)), *_grouped(groups, casts)]
    tables, rows = [], []
    for source in sources:
        table = _table(source, frame)
        there = frame.keep[source.rows] & _named(source, table)
        tables.append(table.filter(pa.array(there)))
        rows.append(source.rows[there])
    if not tables:
        return pa.table({n: pa.array([], t) for n, t in (("_line", pa.int64()), *_columns())})
    order = np.argsort(np.concatenate(rows), kind="stable")
    return pa.concat_tables(tables).take(order)


def _columns() -> list[tuple[str, Any]]:
    return [(name, TYPES[kind]) for name, kind in MENTION.items()]


def _singles(contract: Contract, text: Mapping[str, Array], casts: Mapping[str, Cast], length: int) -> list[_Source]:
    found = []
    for mention in contract.mentions:
        columns = mention.columns()
        kin = [[k.role, k.relation] for k in mention.kin]
        found.append(
            _Source(
                np.arange(length),
                _constant(mention.role, length),
                mention.entity,
                {attribute: casts[field] for attribute, field in columns.items()},
                text[columns["name"]] if "name" in columns else None,
                json.dumps(kin, ensure_ascii=False) if kin else None,
                mention.optional,
            )
        )
    return found


def _grouped(groups: list[Items], casts: Mapping[str, Cast]) -> list[_Source]:
    found = []
    for items in groups:
        group = items.group
        columns = {f.name: items.casts[f.name] for f in group.fields if f.name in MENTION or f.name == "age"}
        if group.address:
            place = casts[group.address]
            columns["address"] = Cast(place.values.take(pa.array(items.rows)), place.reasons)
        roles = pa.array([group.role.replace("{n}", str(n)) for n in items.places], pa.string())
        found.append(_Source(items.rows, roles, group.entity, columns, items.text.get("name"), None, True))
    return found


def _constant(value: str | None, length: int) -> Array:
    return pa.repeat(pa.scalar(value, pa.string()), length)


def _table(source: _Source, frame: Frame) -> pa.Table:
    """All columns of the mention for every row of its source."""
    length, casts = len(source.rows), source.casts
    at = pa.array(source.rows)
    born, precision = _birth(casts, length, frame.period)
    columns: dict[str, Array] = {
        "_line": frame.lines.take(at),
        "record_key": frame.keys.take(at),
        "role": source.roles,
        "entity": _constant(source.entity, length),
        "name_raw": source.raw_name if source.raw_name is not None else _constant(None, length),
        "sex": _sex(casts, length),
        "born_on": born,
        "born_precision": precision,
        "id_status": casts["id_number"].status if "id_number" in casts else _constant("missing", length),
        "kin": _constant(source.kin, length),
    }
    for name in ("name", "id_number", "phone", "credit_code", "household", "relation", "address"):
        columns[name] = casts[name].values.cast(pa.string()) if name in casts else _constant(None, length)
    parts = per_distinct(columns["address"], parse_address, [pa.string()] * (len(PARTS) + 1))
    columns.update(zip((*PARTS, "address_key"), parts, strict=True))
    return pa.table({name: columns[name] for name in ("_line", *MENTION)})


def _named(source: _Source, mentions: pa.Table) -> Any:
    """Rows that name somebody. A mention that is not optional stands even without a name: a newborn has none yet."""
    if not source.optional:
        return np.ones(mentions.num_rows, bool)
    there: Array = pa.array(np.zeros(mentions.num_rows, bool))
    for name in ("name", "id_number", "credit_code"):
        there = pc.or_(there, pc.is_valid(mentions.column(name).combine_chunks()))
    return there.to_numpy(zero_copy_only=False)


def _sex(casts: Mapping[str, Cast], length: int) -> Array:
    """As recorded, else as the number says."""
    recorded: Array = casts["sex"].values if "sex" in casts else _constant(None, length)
    number = casts["id_number"].sex if "id_number" in casts else None
    return recorded if number is None else pc.coalesce(recorded, number)


def _birth(casts: Mapping[str, Cast], length: int, period: date) -> tuple[Array, Array]:
    """The recorded day; else the number's; else the recorded month or year; else the year that follows from the age."""
    born, precision = _recorded_birth(casts.get("born_on"), length)
    day: Array = pa.scalar("day", pa.string())
    number = casts["id_number"].born_on if "id_number" in casts else None
    if number is not None:
        exact: Array = pc.fill_null(pc.equal(precision, day), False)
        better: Array = pc.and_(pc.is_valid(number), pc.invert(exact))
        born, precision = pc.if_else(better, number, born), pc.if_else(better, day, precision)
    if "age" in casts:
        year, since = _from_age(casts["age"].values, period)
        born, precision = pc.coalesce(born, year), pc.if_else(pc.is_valid(born), precision, since)
    return born, precision


def _recorded_birth(column: Cast | None, length: int) -> tuple[Array, Array]:
    if column is None:
        return pa.nulls(length, pa.date32()), _constant(None, length)
    values: Array = column.values
    if pa.types.is_timestamp(values.type):
        values = pc.floor_temporal(pc.local_timestamp(values), unit="day").cast(pa.date32())
    if column.precision is not None:
        return values, column.precision
    month: Array = pa.scalar("month", pa.string())
    return values, pc.if_else(pc.is_valid(values), month, pa.scalar(None, pa.string()))


def _from_age(ages: Array, period: date) -> tuple[Array, Array]:
    born = [date(period.year - a, 1, 1) if a is not None and 0 <= a <= OLDEST else None for a in ages.to_pylist()]
    years = pa.array(born, pa.date32())
    year: Array = pa.scalar("year", pa.string())
    return years, pc.if_else(pc.is_valid(years), year, pa.scalar(None, pa.string()))
