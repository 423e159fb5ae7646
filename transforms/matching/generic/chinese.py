"""Chinese people's records as mentions, for the engine that knows their names, numbers and addresses best.

Everything is cleaned once for each distinct value. What is in its usual shape, and nearly all is, goes a column at a
time; the rest goes value by value through the functions of transforms.clean, which both ways agree with.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from contracts.mentions import MENTION
from transforms.clean.addresses import PARTS, parse_address
from transforms.clean.dates import parse_date
from transforms.clean.id_columns import clean_id_numbers
from transforms.clean.quick import clean_names, clean_phones
from transforms.matching.coded import coded, codes

_SEXES = {"男": "1", "女": "2", "男性": "1", "女性": "2", "1": "1", "2": "2"}
_PARSED = (*PARTS, "address_key")
Clean = Callable[[Any], dict[str, Any]]  # distinct texts to columns as long


def mentions(tables: pa.Table, kinds: dict[str, str]) -> pa.Table:
    """`tables` (source, record_key, a text column a field) as rows of `feed` and those columns of contracts.mentions
    that can be told, dictionary-encoded.

    A column of `tables` that has the name of a mention's (town, id_status ...) is taken as it is, in full trust.
    """
    given = {c: tables[c] for c in tables.column_names if c in MENTION}
    by_kind = {k: tables[f] for f, k in kinds.items() if f in tables.column_names}
    found: dict[str, Any] = {"feed": tables["source"], "record_key": tables["record_key"]}
    found["role"] = coded(np.zeros(tables.num_rows, np.int32), pa.array(["person"]))
    found |= _cleaned(by_kind["name"], _names)
    if "sex" in by_kind:
        found |= _cleaned(by_kind["sex"], lambda t: {"sex": pa.array([_SEXES.get(s) for s in t.to_pylist()], t.type)})
    if "birth_date" in by_kind:
        found |= _cleaned(by_kind["birth_date"], _births)
    if "id_status" in given and "id_number" in given:
        found |= {"id_number": given["id_number"], "id_status": given["id_status"]}
    else:
        found |= _cleaned(by_kind["number"], _numbers)
    if "phone" in by_kind:
        found |= _cleaned(by_kind["phone"], _phones)
    if "address_key" in given:
        found |= {p: given[p] for p in _PARSED if p in given}
    elif "address" in by_kind:
        found |= _cleaned(by_kind["address"], _addresses)
    return pa.table(found)


def _cleaned(column: Any, clean: Clean) -> dict[str, Any]:
    """The columns that `clean` makes of the distinct texts of `column`, for all its rows."""
    ids, texts = codes(column)
    return {name: coded(ids, values) for name, values in clean(texts).items()}


def _names(texts: Any) -> dict[str, Any]:
    return {"name": clean_names(texts)}


def _phones(texts: Any) -> dict[str, Any]:
    return {"phone": clean_phones(texts)}


def _numbers(texts: Any) -> dict[str, Any]:
    found = clean_id_numbers(texts)
    return {"id_number": found.values, "id_status": found.status}


def _births(texts: Any) -> dict[str, Any]:
    found = [parse_date(t) for t in texts.to_pylist()]
    precision = pa.array([f.precision if f.value else None for f in found], pa.string())
    return {"born_on": pa.array([f.value for f in found], pa.date32()), "born_precision": precision}


def _addresses(texts: Any) -> dict[str, Any]:
    found = list(zip(*(parse_address(t) for t in texts.to_pylist()), strict=True)) or [()] * len(_PARSED)
    return {part: pa.array(values, pa.string()) for part, values in zip(_PARSED, found, strict=True)}
