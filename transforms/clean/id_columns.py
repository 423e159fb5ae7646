"""Whole columns of identity numbers: the lawful ones by arithmetic on a byte matrix, only the others one by one."""

from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from transforms.clean.columns import Array, combined, matching, merged, per_distinct
from transforms.clean.id_numbers import AREAS, CHECKS, OLDEST, WEIGHTS, clean_id_number

_WEIGHTS = np.array(WEIGHTS, np.int32)
_CHECKS = np.frombuffer(CHECKS.encode(), np.uint8)
_KNOWN = np.zeros(100, bool)
_KNOWN[sorted(AREAS)] = True
_TYPES = (pa.string(), pa.string(), pa.string(), pa.date32(), pa.string())


class IdColumn(NamedTuple):
    """Arrays as long as the input, with the meaning of IdNumber's fields."""

    values: Array
    status: Array
    reasons: Array
    born_on: Array
    sex: Array


def clean_id_numbers(column: Array, as_of: date | None = None) -> IdColumn:
    """`clean_id_number` of every value of a string column: the same answers, by arithmetic where it is lawful."""
    numbers = combined(column)
    fast = matching(numbers, r"^[1-9][0-9]{16}[0-9X]$")
    born, sex, good = _judge(_matrix(numbers.filter(pa.array(fast))), as_of)
    fast[np.flatnonzero(fast)[~good]] = False
    slow = per_distinct(numbers.filter(pa.array(~fast)), lambda raw: clean_id_number(raw, as_of), _TYPES)
    quick = (
        numbers.filter(pa.array(fast)),
        pa.repeat(pa.scalar("valid", pa.string()), int(good.sum())),
        pa.nulls(int(good.sum()), pa.string()),
        pa.array(born[good]),
        pa.array(["2", "1"], pa.string()).take(pa.array(sex[good], pa.int64())),
    )
    return IdColumn(*merged(fast, quick, slow))


def _matrix(numbers: Array) -> Any:
    """The bytes of 18-character ASCII strings, one row each."""
    if not len(numbers):
        return np.zeros((0, 18), np.uint8)
    fixed: Array = numbers.cast(pa.binary()).cast(pa.binary(18))
    data = np.frombuffer(fixed.buffers()[1], np.uint8, 18 * len(numbers), 18 * fixed.offset)
    return data.reshape(-1, 18)


def _judge(matrix: Any, as_of: date | None) -> tuple[Any, Any, Any]:
    """Birth dates (datetime64[D]), order parity and lawfulness of a byte matrix, as `objection` decides them."""
    digits = matrix[:, :17].astype(np.int32) - ord("0")
    year = digits[:, 6:10] @ np.array([1000, 100, 10, 1], np.int32)
    month, day = digits[:, 10] * 10 + digits[:, 11], digits[:, 12] * 10 + digits[:, 13]
    real = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    first = ((np.where(real, year, 1970) - 1970) * 12 + np.where(real, month, 1) - 1).astype("datetime64[M]")
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    born = first.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    good = real & (day <= length) & _KNOWN[digits[:, 0] * 10 + digits[:, 1]]
    good &= _CHECKS[(digits @ _WEIGHTS) % 11] == matrix[:, 17]
    if as_of is not None:
        good &= (born <= np.datetime64(as_of)) & (as_of.year - year <= OLDEST)
    return born, digits[:, 16] % 2, good
