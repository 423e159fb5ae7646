"""Turn one text column into the type its kind promises, with a reason for every value that could not be read."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from contracts.kinds import KINDS
from contracts.model import Column
from transforms.clean.addresses import clean_address
from transforms.clean.codes import marital_code, relation_code, sex_code
from transforms.clean.columns import Array, combined, matching, merged, per_distinct
from transforms.clean.credit_codes import clean_credit_code
from transforms.clean.dates import parse_date, parse_month, parse_timestamp
from transforms.clean.id_columns import clean_id_numbers
from transforms.clean.names import clean_name
from transforms.clean.numbers import parse_decimal, parse_integer, yuan_to_fen
from transforms.clean.phones import clean_phone
from transforms.clean.text import fold_spaces, is_placeholder, narrow, tidy

ZONE = "Asia/Shanghai"
TYPES: dict[str, Any] = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "date32": pa.date32(),
    "timestamp": pa.timestamp("us", tz=ZONE),
}


LONGEST = 200  # characters of a value: keys are indexed, and an index of PostgreSQL takes some 600 of them
_LONGER = {"text": 20_000, "address": 1_000, "org_name": 1_000}


class Cast(NamedTuple):
    """One typed column, as long as the text it came from.

    `values` has the kind's type; `reasons` holds a code of contracts.reasons or null. `precision` (day, month, year) is
    given for dates; `status`, `born_on` and `sex` for identity numbers (see IdNumber); all other kinds have None there.
    """

    values: Array
    reasons: Array
    precision: Array | None = None
    status: Array | None = None
    born_on: Array | None = None
    sex: Array | None = None


def cast(kind: str, column: Array, spec: Column, as_of: date | None = None) -> Cast:
    """The text of `column` as `kind`. `spec.values` maps what the department writes to what is stored (codes and words;
    dates and identity numbers have no such table).

    A value that can't be read becomes null with a reason; identity numbers, credit codes and mobile numbers that don't
    check are kept with a reason. `as_of` refuses births in identity numbers after it. What is longer than any value of
    its kind (rows swallowed by a quote) is null with the reason too_long.
    """
    text = combined(column)
    most = _LONGER.get(kind, LONGEST)
    if (pc.max(pc.binary_length(text)).as_py() or 0) <= most:
        return _cast(kind, text, spec, as_of)
    long: Array = pc.fill_null(pc.greater(pc.utf8_length(text), most), False)
    found = _cast(kind, pc.if_else(long, pa.scalar(None, pa.string()), text), spec, as_of)
    return found._replace(reasons=pc.if_else(long, pa.scalar("too_long", pa.string()), found.reasons))


def _cast(kind: str, text: Array, spec: Column, as_of: date | None) -> Cast:
    if kind == "id_number":
        ids = clean_id_numbers(text, as_of)
        return Cast(ids.values, ids.reasons, status=ids.status, born_on=ids.born_on, sex=ids.sex)
    if kind == "date":
        values, precision, reasons = per_distinct(text, parse_date, (pa.date32(), pa.string(), pa.string()))
        return Cast(values, reasons, precision=precision)
    types = (TYPES[KINDS[kind].arrow], pa.string())
    if spec.values:
        values, reasons = per_distinct(text, _translated(kind, spec), types)
    else:
        values, reasons = _plain_first(kind, text, types)
    if kind == "timestamp":
        day: Array = pa.scalar("day", pa.string())
        return Cast(values, reasons, precision=pc.if_else(pc.is_valid(values), day, pa.scalar(None, pa.string())))
    return Cast(values, reasons)


# Values that cleaning leaves as they are, in kinds whose values are mostly distinct: these never reach Python.
_PLAIN = {
    "code": r"^[0-9A-Z]*[0-9][0-9A-Z]*$",
    "phone": r"^1(?:3[0-9]|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8[0-9]|9[0-35-9])[0-9]{8}$",
}
_ONE_DIGIT = "^1(?:" + "|".join(f"{d}{{10}}" for d in range(10)) + ")$"
# A local time since 1992, when summer time had ended, so that no time occurs twice or never.
_LOCAL_TIME = r"^(?:199[2-9]|20[0-9]{2})-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}$"


def _plain_first(kind: str, text: Array, types: tuple[Any, Any]) -> list[Array]:
    if kind == "timestamp":
        return _local_times_first(text, types)
    if kind not in _PLAIN:
        return per_distinct(text, _CLEAN[kind], types)
    plain = matching(text, _PLAIN[kind])
    if kind == "phone":
        plain &= ~matching(text, _ONE_DIGIT)
    same = text.filter(pa.array(plain))
    slow = per_distinct(text.filter(pa.array(~plain)), _CLEAN[kind], types)
    return merged(plain, (same, pa.nulls(len(same), pa.string())), slow)


def _local_times_first(text: Array, types: tuple[Any, Any]) -> list[Array]:
    plain = matching(text, _LOCAL_TIME)
    try:
        naive = text.filter(pa.array(plain)).cast(pa.timestamp("us"))
    except pa.ArrowInvalid:  # 30 February among them
        return per_distinct(text, parse_timestamp, types)
    slow = per_distinct(text.filter(pa.array(~plain)), parse_timestamp, types)
    return merged(plain, (pc.assume_timezone(naive, ZONE), pa.nulls(len(naive), pa.string())), slow)


Cleaner = Callable[[str | None], tuple[Any, str | None]]


def _translated(kind: str, spec: Column) -> Cleaner:
    """The contract's own table of values first, then what the kind knows; a category has nothing but its table."""
    table = {narrow(k): v for k, v in spec.values.items()}
    known = set(spec.values.values())

    def clean(raw: str | None) -> tuple[Any, str | None]:
        text = narrow(raw)
        if text in table:
            return table[text], None
        if kind != "category":
            return _CLEAN[kind](raw)
        if text in known:
            return text, None
        return None, None if is_placeholder(text) else "code_unknown"

    return clean


def _text(raw: str | None) -> tuple[str | None, None]:
    return fold_spaces(tidy(raw)) or None, None


def _code(raw: str | None) -> tuple[str | None, None]:
    """An opaque number: width folded, inner spaces and a spreadsheet's leading apostrophe dropped, zeros kept."""
    text = "".join(narrow(raw).split()).lstrip("'")
    return (None if is_placeholder(text) else text), None


def _org_name(raw: str | None) -> tuple[str | None, None]:
    """Width folded, brackets as Chinese writes them: （）."""
    text = fold_spaces(narrow(raw)).replace("(", "（").replace(")", "）")
    return (None if is_placeholder(text) else text), None


def _address(raw: str | None) -> tuple[str | None, None]:
    return clean_address(raw), None


def _bank_card(raw: str | None) -> tuple[str | None, None]:
    digits = "".join(c for c in narrow(raw) if c.isdigit() or c == "*")
    return (digits if digits.strip("0*") else None), None


def _name(raw: str | None) -> tuple[str | None, str | None]:
    """An empty cell is no objection here: whether a name must be there is the contract's question."""
    return clean_name(raw) if raw and not raw.isspace() else (None, None)


_CLEAN: dict[str, Cleaner] = {
    "text": _text,
    "code": _code,
    "category": _text,
    "person_name": _name,
    "org_name": _org_name,
    "credit_code": clean_credit_code,
    "sex": sex_code,
    "timestamp": parse_timestamp,
    "month": parse_month,
    "phone": clean_phone,
    "address": _address,
    "integer": parse_integer,
    "decimal": parse_decimal,
    "amount_yuan": yuan_to_fen,
    "amount_fen": parse_integer,
    "relation": relation_code,
    "marital": marital_code,
    "bank_card": _bank_card,
}
