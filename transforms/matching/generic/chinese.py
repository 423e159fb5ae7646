"""Chinese people's records as mentions, for the engine that knows their names, numbers and addresses best."""

from typing import Any

import pyarrow as pa

from contracts.mentions import MENTION
from transforms.clean.addresses import PARTS, parse_address
from transforms.clean.columns import combined, per_distinct
from transforms.clean.dates import parse_date
from transforms.clean.id_numbers import clean_id_number
from transforms.clean.names import clean_name
from transforms.clean.phones import clean_phone

_SEXES = {"男": "1", "女": "2", "男性": "1", "女性": "2", "1": "1", "2": "2"}
_PARSED = (*PARTS, "address_key")


def mentions(tables: pa.Table, kinds: dict[str, str]) -> pa.Table:
    """`tables` (source, record_key, a text column a field) as rows of `feed` and contracts.mentions.MENTION.

    A column of `tables` that has the name of a mention's (town, id_status ...) is taken as it is, in full trust.
    """
    size = tables.num_rows
    given: dict[str, Any] = {c: tables[c] for c in tables.column_names if c in MENTION}
    by_kind = {k: combined(tables[f]) for f, k in kinds.items()}
    found: dict[str, Any] = {
        "role": pa.array(["person"] * size, pa.string()),
        "entity": pa.array(["person"] * size, pa.string()),
        "name": given.get("name"),
    }
    text = pa.string()
    if found["name"] is None:
        found["name"] = per_distinct(by_kind["name"], clean_name, [text, text])[0]
    found["name_raw"] = by_kind["name"]
    if "sex" in by_kind:
        found["sex"] = per_distinct(by_kind["sex"], lambda s: (_SEXES.get(s or ""),), [text])[0]
    if "birth_date" in by_kind:
        found["born_on"], found["born_precision"] = per_distinct(by_kind["birth_date"], _birth, [pa.date32(), text])
    if "id_status" in given and "id_number" in given:
        found["id_number"], found["id_status"] = given["id_number"], given["id_status"]
    else:
        found["id_number"], found["id_status"] = per_distinct(by_kind["number"], _number, [text, text])
    if "phone" in by_kind:
        found["phone"] = per_distinct(by_kind["phone"], clean_phone, [text, text])[0]
    found |= _places(given, by_kind)
    table = {"feed": tables["source"], "record_key": tables["record_key"]}
    nulls = {n: pa.nulls(size, pa.type_for_alias(kind)) for n, kind in MENTION.items()}
    return pa.table(table | {n: found.get(n, nulls[n]) for n in MENTION if n != "record_key"})


def _places(given: dict[str, Any], by_kind: dict[str, Any]) -> dict[str, Any]:
    """The parts of the address: as given where the table has them, else parsed."""
    address = {"address": by_kind["address"]} if "address" in by_kind else {}
    if "address_key" in given:
        return address | {p: given[p] for p in _PARSED if p in given}
    if not address:
        return {}
    parts = per_distinct(by_kind["address"], lambda a: tuple(parse_address(a)), [pa.string()] * len(_PARSED))
    return address | dict(zip(_PARSED, parts, strict=True))


def _birth(text: str | None) -> tuple[Any, ...]:
    found = parse_date(text)
    return found[0], found[1] if found[0] else None


def _number(text: str | None) -> tuple[Any, ...]:
    found = clean_id_number(text)
    return found.value, found.status
