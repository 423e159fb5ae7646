"""Dates, months and times as registers write them: the day or period meant, how exactly it is known, never a guess.

A date must exist (30 February is refused, not rolled into March). Two-digit years, lunar dates and day-month orders are
refused, because two readings are possible. Years run from 1800 to 2199.
"""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from transforms.clean.expressions import expression
from transforms.clean.text import is_placeholder, unmarked

ZONE = ZoneInfo("Asia/Shanghai")


class PartialDate(NamedTuple):
    """`value` is the first day of the known period; `precision` is day, month or year.

    No value and no reason: nothing was said, or an open end (长期, 9999-12-31). No value and a reason: date_invalid.
    """

    value: date | None
    precision: str | None
    reason: str | None


_ABSENT = PartialDate(None, None, None)
_INVALID = PartialDate(None, None, "date_invalid")

_OPEN = frozenset(["长期", "长期有效", "永久", "永久有效", "至今", "现在", "目前", "无固定期限", "无期限"])
_ZERO = expression(r"[0\-/.]+|(?:0000|0001|1899|1900)\D?0?[01]\D?0?[01]|1899\D?12\D?3[01]")
_CLOCK = r"(?:[T ]*\d{1,2}[:时点].*)?"
_DAY = expression(r"(\d{4})([-/.年])(\d{1,2})[-/.月](\d{1,2})[日号]?" + _CLOCK)
_COMPACT = expression(r"(\d{4})(\d{2})(\d{2})(?:\d{4}(?:\d{2})?|[T ].*)?")
_MONTH = expression(r"(\d{4})(?:[-/.年](\d{1,2})月?(?:份)?|(\d{2}))")
_YEAR = expression(r"(\d{4})年?")
_SHORT = expression(r"(\d{2})(\d{2})(\d{2})")
_REPUBLIC = expression(r"(?:中华)?民国(\d{1,3}|元)年")
_SERIAL = expression(r"(\d{1,5})(?:\.\d+)?")
_ZONED = expression(r":\d{2}(?:\.\d+)?\s*(?:Z|[+-]\d{2}:?\d{2})$")
_MILLISECONDS = expression(r"\d{13}")

_DIGIT = {c: str(i) for i, c in enumerate("〇一二三四五六七八九")} | {
    "○": "0",
    "零": "0",
    "O": "0",
    "元": "1",
    "两": "2",
}
_HAN_YEAR = expression(r"([〇○零O一二三四五六七八九]{4})年")
_HAN_NUMBER = expression(r"([一二三四五六七八九]?)十([一二三四五六七八九]?)")


def parse_date(raw: str | None, excel: bool = False) -> PartialDate:
    """The date in `raw`. `excel` reads a bare number as a spreadsheet's serial day (43709 is 2019-09-01, 1900 base)."""
    text = unmarked(raw)
    iso = _iso(text)
    if iso:
        return PartialDate(iso, "day", None)
    if is_placeholder(text) or text in _OPEN or text.startswith("9999"):
        return _ABSENT
    text = _arabic(text)
    if _ZERO.fullmatch(text.partition(" ")[0]):
        return _INVALID
    if excel and (serial := _SERIAL.fullmatch(text)) and int(serial[1]) > 60:
        return PartialDate(date(1899, 12, 30) + timedelta(days=int(serial[1])), "day", None)
    if _ZONED.search(text):
        moment, reason = parse_timestamp(text)
        return PartialDate(moment.date(), "day", None) if moment else PartialDate(None, None, reason)
    if (found := _DAY.fullmatch(text)) or (found := _COMPACT.fullmatch(text)):
        year, month, day = found[1], found[len(found.groups()) - 1], found[len(found.groups())]
        return _partial(int(year), int(month), int(day))
    return _coarse(text)


def parse_month(raw: str | None) -> tuple[date | None, str | None]:
    """The first day of the month in `raw` (2026-09, 202609, 2026年9月, or a whole date), and a reason or None."""
    found = parse_date(raw)
    if found.value is None or found.precision == "year":
        return None, found.reason or ("date_invalid" if found.precision else None)
    return found.value.replace(day=1), None


def parse_timestamp(raw: str | None) -> tuple[datetime | None, str | None]:
    """The moment in `raw` in Asia/Shanghai, and a reason or None.

    Without a zone it is local time; a bare date is midnight.
    """
    text = unmarked(raw)
    try:
        found = datetime.fromisoformat(text) if _ISO_CLOCK.fullmatch(text) else _clock(text)
    except (ValueError, OverflowError):
        return None, "date_invalid"
    if found is None:
        day = parse_date(text)
        if day.precision not in (None, "day"):
            return None, "date_invalid"
        return (datetime.combine(day.value, time(), ZONE) if day.value else None), day.reason
    if found.year == 9999:
        return None, None
    if not 1800 <= found.year <= 2199 or _ZERO.fullmatch(found.date().isoformat()):
        return None, "date_invalid"
    return (found.replace(tzinfo=ZONE) if found.tzinfo is None else found.astimezone(ZONE)), None


_ISO_CLOCK = expression(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?")
_LOOSE_CLOCK = expression(
    r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?[T ]*(\d{1,2})[:时点](?:(\d{1,2})[:分]?)?"
    r"(?:(\d{1,2})(?:\.\d+)?秒?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)
_COMPACT_CLOCK = expression(r"(\d{4})(\d{2})(\d{2})[T ]?(\d{2})(\d{2})(\d{2})?")


def _clock(text: str) -> datetime | None:
    """A moment written otherwise than in ISO; None when `text` has no time of day. Raises ValueError for 25:00."""
    if _MILLISECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text) / 1000, ZONE)
    found = _COMPACT_CLOCK.fullmatch(text) or _LOOSE_CLOCK.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, zone = (*found.groups(), None)[:7]
    iso = f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute or 0:0>2}:{second or 0:0>2}{zone or ''}"
    return datetime.fromisoformat(iso)


def _iso(text: str) -> date | None:
    """The commonest forms, 2019-09-01 and 20190901, without further ado; None for anything else."""
    if len(text) == 8 and text.isdigit():
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    elif len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1901 <= found.year <= 2199 else None


def _arabic(text: str) -> str:
    """Chinese numerals of a date as digits (二〇一九年九月一日), years of the Republic as common era."""
    text = text.removeprefix("公元")
    if republic := _REPUBLIC.match(text):
        return f"{1911 + (1 if republic[1] == '元' else int(republic[1]))}年{text[republic.end() :]}"
    if not _HAN_YEAR.match(text):
        return text
    text = _HAN_NUMBER.sub(lambda m: f"{_DIGIT.get(m[1], '1')}{_DIGIT.get(m[2], '0')}", text)
    return "".join(_DIGIT.get(c, c) for c in text)


def _coarse(text: str) -> PartialDate:
    """A month or a year; six digits that could be a month or a short date (190901) are refused."""
    if found := _MONTH.fullmatch(text):
        month = int(found[2] or found[3])
        if found[3] and int(found[1]) < 1920 and (short := _SHORT.fullmatch(text)) and 1 <= int(short[2]) <= 12:
            return _INVALID
        return _partial(int(found[1]), month, 0)
    if found := _YEAR.fullmatch(text):
        return _partial(int(found[1]), 0, 0)
    if _MILLISECONDS.fullmatch(text):
        moment = parse_timestamp(text)[0]
        return PartialDate(moment.date(), "day", None) if moment else _INVALID
    return _INVALID


def _partial(year: int, month: int, day: int) -> PartialDate:
    """Zero for an unknown month or day, as old registers write it."""
    if not 1800 <= year <= 2199 or (month == 0 and day != 0):
        return _INVALID
    precision = "day" if day else "month" if month else "year"
    try:
        return PartialDate(date(year, month or 1, day or 1), precision, None)
    except ValueError:
        return _INVALID
