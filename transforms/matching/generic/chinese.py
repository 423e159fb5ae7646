"""Chinese people's records as mentions, for the engine that knows their names, numbers and addresses best.

Everything is cleaned once for each distinct value. What is in its usual shape, and nearly all is, goes a column at a
time; the rest goes value by value through the functions of transforms.clean, which both ways agree with.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.mentions import MENTION
from transforms.clean.addresses import PARTS, parse_address
from transforms.clean.date_columns import clean_dates
from transforms.clean.id_columns import clean_id_numbers
from transforms.clean.quick import clean_names, clean_phones
from transforms.matching.coded import coded, codes, mixed
from transforms.matching.distinct import numbered
from transforms.matching.generic.routing import plan

_SEXES = {"男": "1", "女": "2", "男性": "1", "女性": "2", "1": "1", "2": "2"}
_PARSED = (*PARTS, "address_key")
AROUND = ("town", "village")
STATUSES = frozenset({"valid", "repaired", "masked", "invalid", "missing"})  # of contracts.mentions
Clean = Callable[[Any], dict[str, Any]]  # distinct texts to columns as long


def mentions(tables: pa.Table, kinds: dict[str, str]) -> pa.Table:
    """`tables` (source, record_key, a text column a field) as rows of `feed` and those columns of contracts.mentions
    that can be told, dictionary-encoded. What becomes of each field: routing.plan.

    Parts of an address, and numbers of which `id_status` says what they are, are taken as they are.
    """
    fields = plan(tables, kinds)
    given = {c: tables[c] for c in tables.column_names if c in MENTION}
    found: dict[str, Any] = {"feed": tables["source"], "record_key": tables["record_key"]}
    found["role"] = coded(np.zeros(tables.num_rows, np.int32), pa.array(["person"]))
    found |= _cleaned(_joined([tables[f] for f in fields.name]), _names)
    for used, clean in ((fields.sex, _sexes), (fields.birth, _births), (fields.phone, _phones)):
        for field in used:
            _fill(found, _cleaned(tables[field], clean))
    if _judged(given):
        found |= {"id_number": given["id_number"], "id_status": given["id_status"]}
    else:
        found |= _cleaned(tables[fields.number], _numbers)
    if "address_key" in given:
        return pa.table(found | {p: given[p] for p in _PARSED if p in given})
    for field in fields.address:
        _fill(found, _cleaned(tables[field], _addresses))
    if fields.places:
        _fill(found, _cleaned(_joined([tables[f] for f in fields.places]), _addresses))
    return pa.table(found)


def _judged(given: dict[str, Any]) -> bool:
    """Is of every number said what it is? A column that is only called like that says something else, or nothing."""
    if not {"id_number", "id_status"} <= given.keys():
        return False
    ids, words = codes(given["id_status"])
    return bool((ids >= 0).all()) and STATUSES.issuperset(words.to_pylist())


def _cleaned(column: Any, clean: Clean) -> dict[str, Any]:
    """The columns that `clean` makes of the distinct texts of `column`, for all its rows."""
    ids, texts = codes(column)
    return {name: coded(ids, values) for name, values in clean(texts).items()}


def _fill(found: dict[str, Any], more: dict[str, Any]) -> None:
    """Give `found` the columns of `more`, each value where it has none itself.

    Parts of an address go together: those of another place are no use, but for the town and village they are in.
    """
    whole = "address_key" in more and "address_key" in found
    if whole:
        some = np.any([codes(found[part])[0] >= 0 for part in _PARSED], axis=0)
    for name, column in more.items():
        if name not in found:
            found[name] = column
            continue
        (mine, one), (theirs, other) = codes(found[name]), codes(column)
        lacking = (mine < 0) & ~some if whole and name not in AROUND else mine < 0
        ids = np.where(lacking & (theirs >= 0), theirs + len(one), mine)
        found[name] = coded(ids.astype(np.int32), pa.concat_arrays([one, other]))


def _joined(columns: list[Any]) -> Any:
    """The texts of each row one after the other, null where all are missing; few combinations are distinct."""
    if len(columns) == 1:
        return columns[0]
    parts = [codes(c) for c in columns]
    row, first = numbered(mixed([ids for ids, _ in parts]))
    texts = [texts.take(pa.array(ids[first], mask=ids[first] < 0)).fill_null("") for ids, texts in parts]
    return coded(row.astype(np.int32), pc.binary_join_element_wise(*texts, ""))


def _names(texts: Any) -> dict[str, Any]:
    return {"name": clean_names(texts)}


def _phones(texts: Any) -> dict[str, Any]:
    return {"phone": clean_phones(texts)}


def _sexes(texts: Any) -> dict[str, Any]:
    return {"sex": pa.array([_SEXES.get(s) for s in texts.to_pylist()], pa.string())}


def _numbers(texts: Any) -> dict[str, Any]:
    found = clean_id_numbers(texts)
    return {"id_number": found.values, "id_status": found.status}


def _births(texts: Any) -> dict[str, Any]:
    days, precision = clean_dates(texts)
    return {"born_on": days, "born_precision": precision}


def _addresses(texts: Any) -> dict[str, Any]:
    found = list(zip(*(parse_address(t) for t in texts.to_pylist()), strict=True)) or [()] * len(_PARSED)
    return {part: pa.array(values, pa.string()) for part, values in zip(_PARSED, found, strict=True)}
