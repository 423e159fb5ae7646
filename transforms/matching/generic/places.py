"""Chinese addresses taken apart before they are compared: town, place (village, estate or road), and the door."""

from typing import Any

import pyarrow as pa

from contracts.errors import Stop
from transforms.clean.addresses import Address, parse_address
from transforms.clean.columns import combined, per_distinct
from transforms.matching.generic.routing import share_of

PARTS = ("town", "place", "door")
HAN = "[\u3400-\u9fff]"


def expand(
    tables: pa.Table, kinds: dict[str, str], entity: str, known: dict[str, str] | None = None
) -> tuple[pa.Table, dict[str, str]]:
    """`tables` and `kinds` with each address field that is mostly Chinese replaced by three: its PARTS. Or, where it is
    `known` what the kinds were after that (a model's), with those replaced that were then.

    Where doors are the entities, the door is what tells neighbours apart, and it is named with its place: room 301 is
    in every building, and only the two together are rare. Raises Stop for a field that is called like a part.
    """
    found = dict(kinds)
    door = "door" if entity == "address" else "house_number"
    for field in [f for f, k in kinds.items() if k == "address" and _is_apart(f, tables, known)]:
        taken = {f"{field}_{part}" for part in PARTS} & kinds.keys()
        if taken:
            raise Stop(f"field {min(taken)}", f"a part of the field {field} is called like that", "name it otherwise")
        for part, column, kind in zip(PARTS, _apart(tables[field], entity), ("category", "place", door), strict=True):
            if column.null_count < len(column) if known is None else f"{field}_{part}" in known:
                tables = tables.append_column(f"{field}_{part}", column)
                found[f"{field}_{part}"] = kind
        del found[field]
    return tables, found


def _is_apart(field: str, tables: pa.Table, known: dict[str, str] | None) -> bool:
    """Whether an address field is one to take apart."""
    if known is None:
        return share_of(tables[field], HAN) > 0.5
    return any(f"{field}_{part}" in known for part in PARTS)


def _apart(addresses: pa.ChunkedArray, entity: str) -> list[pa.Array]:
    """Town, place and door of each."""
    return per_distinct(combined(addresses), _whole if entity == "address" else _parts, [pa.string()] * 3)


def _parts(text: str | None) -> tuple[Any, ...]:
    parsed = parse_address(text)
    return parsed.town, parsed.compound or parsed.village or parsed.road or text, _door(parsed)


def _whole(text: str | None) -> tuple[Any, ...]:
    town, place, door = _parts(text)
    return town, place, f"{place} {door}" if place and door else None


def _door(parsed: Address) -> str | None:
    """The numbers from the group or the road down to the room."""
    rural = (parsed.village_group, parsed.house_no)
    town = (parsed.road_no if not parsed.compound else None, parsed.building, parsed.unit, parsed.room)
    numbers = [n for n in (rural + town) if n]
    return "-".join(numbers) or None
