"""Whole columns of dates: those written 2019-09-01, and nearly all are, by arithmetic; only the others one by one."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.clean.columns import Array, combined, matching
from transforms.clean.dates import parse_date

_USUAL = r"^(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"


def clean_dates(column: Array) -> tuple[Array, Array]:
    """`parse_date` of every text, without its reasons: the days (date32) and how exactly each is known (string)."""
    texts = combined(column)
    days, exact = _days(texts)
    rest = texts.filter(pa.array(~exact)).to_pylist()
    precision = pa.repeat("day", len(texts))
    if not rest:
        return days, precision
    found = [parse_date(t) for t in rest]
    others = pa.array([f.value for f in found], pa.date32())
    how = pa.array([f.precision if f.value else None for f in found], pa.string())
    mask = pa.array(~exact)
    return pc.replace_with_mask(days, mask, others), pc.replace_with_mask(precision, mask, how)


def _days(texts: Array) -> tuple[Array, Array]:
    """The day of each text in its usual shape, and where (numpy bool) that is one that exists, from 1901 on."""
    usual = matching(texts, _USUAL)
    octets = np.frombuffer("".join(texts.filter(pa.array(usual)).to_pylist()).encode(), np.uint8).reshape(-1, 10)
    digits = octets.astype(np.int64) - ord("0")
    year = digits[:, :4] @ [1000, 100, 10, 1]
    month, day = digits[:, 5:7] @ [10, 1], digits[:, 8:] @ [10, 1]
    months = (year - 1970) * 12 + month - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    real = (year > 1900) & (month > 0) & (month <= 12) & (day > 0) & (day <= following - first)
    days, exact = np.zeros(len(texts), np.int32), np.zeros(len(texts), bool)
    days[usual] = np.where(real, first + day - 1, 0)
    exact[usual] = real
    return pa.array(days).cast(pa.date32()), exact
