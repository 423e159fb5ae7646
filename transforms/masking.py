"""What a reader without need for the whole value gets to see: one function for each mask named in contracts.kinds.

Masks hide, they do not pseudonymise: two people may share a masked value. None stays None.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from contracts.kinds import KINDS
from transforms.clean.addresses import parse_address
from transforms.clean.columns import Array, combined
from transforms.clean.dates import ZONE


def keep(value: Any) -> Any:
    """The value itself."""
    return value


def drop(_value: Any) -> None:
    """Nothing."""
    return


def name(value: str | None) -> str | None:
    """The first character, a * for each other: 张*, 欧***."""
    return value and value[0] + "*" * (len(value) - 1)


def id_number(value: str | None) -> str | None:
    """The first and last four: 3602**********1234; nothing but * when there are no more than eight characters."""
    return _middle_hidden(value, 4, 4)


def phone(value: str | None) -> str | None:
    """The first three and last four: 138****8000; a landline without area code shows its last two digits only."""
    if value and len(value) < 10:
        return _middle_hidden(value, 0, 2)
    return _middle_hidden(value, 3, 4)


def town(value: str | None) -> str | None:
    """The township of an address, None when it names none."""
    return parse_address(value).town


def month(value: date | None) -> date | None:
    """The first day of the month."""
    return value and value.replace(day=1)


def day(value: datetime | None) -> date | None:
    """The local date of a moment."""
    return value and (value.astimezone(ZONE) if value.tzinfo else value).date()


MASKS: dict[str, Callable[[Any], Any]] = {
    "keep": keep,
    "drop": drop,
    "name": name,
    "id_number": id_number,
    "phone": phone,
    "town": town,
    "month": month,
    "day": day,
}


def mask(kind: str, column: Array) -> Array:
    """A typed column as a reader may see it, by the mask of its kind; nulls of the same type for `drop`."""
    typed = combined(column)
    chosen = KINDS[kind].mask
    if chosen == "keep":
        return typed
    target = pa.date32() if chosen in ("month", "day") else typed.type
    return pa.array([MASKS[chosen](v) for v in typed.to_pylist()], target)


def _middle_hidden(value: str | None, first: int, last: int) -> str | None:
    if not value:
        return value
    hidden = len(value) - first - last
    if hidden <= 0:
        return "*" * len(value)
    return f"{value[:first]}{'*' * hidden}{value[len(value) - last :]}"
