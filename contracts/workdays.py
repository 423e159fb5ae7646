"""Working days in China: weekends, public holidays and the weekends worked for them, from holidays.yml."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

import yaml

DAY = timedelta(days=1)
FIXED = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))  # month, day: off by law in any year


def is_working(day: date) -> bool:
    """Whether offices work on `day`. A year that is not in holidays.yml has its weekends and the fixed days off."""
    off, working, years = _calendar()
    if day.year not in years:
        return day.weekday() < 5 and (day.month, day.day) not in FIXED
    return day in working or (day.weekday() < 5 and day not in off)


def after(start: date, days: int) -> date:
    """The last of `days` (0 or more) working days that follow `start`; the day itself does not count."""
    day = start
    while days > 0:
        day += DAY
        days -= is_working(day)
    return day


@cache
def _calendar() -> tuple[frozenset[date], frozenset[date], frozenset[int]]:
    """Days off, working weekends, years covered."""
    text = (resources.files(__package__) / "holidays.yml").read_text(encoding="utf-8")
    years: Mapping[int, Mapping[str, list[Any]]] = yaml.safe_load(text)
    off = frozenset(day for year in years.values() for span in year["holidays"] for day in _days(str(span)))
    working = frozenset(day for year in years.values() for span in year["working"] for day in _days(str(span)))
    return off, working, frozenset(years)


def _days(span: str) -> list[date]:
    """The days of ``2026-10-01/2026-10-07``, or of the single date that `span` is."""
    first, _, last = span.partition("/")
    start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    return [start + DAY * n for n in range((end - start).days + 1)]
