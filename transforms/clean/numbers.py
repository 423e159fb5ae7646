"""Whole numbers, decimals and money: exact, or refused."""

import re
from decimal import Decimal, InvalidOperation

from transforms.clean.expressions import expression
from transforms.clean.text import is_placeholder, unmarked

_LARGEST = 2**63 - 1
_GROUPED = expression(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_PLAIN = expression(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_CURRENCY = expression(r"^(?:人民币|RMB|CNY|¥|￥)|(?:元整?|圆整?|块)$", re.IGNORECASE)
_UNIT = expression(r"(?:人|口|岁|周岁|个|户|件|次|套|间|分|天|月|年|平方米|平米|m2|㎡|亩|公里|km|%)$", re.IGNORECASE)

REFUSED = "number_invalid"


def parse_decimal(raw: str | None) -> tuple[float | None, str | None]:
    """The number in `raw` as a float, and number_invalid when there is none; (None, None) when nothing was said."""
    value, reason = _decimal(_UNIT.sub("", unmarked(raw)))
    return (None if value is None else float(value)), reason


def parse_integer(raw: str | None) -> tuple[int | None, str | None]:
    """The whole number in `raw` (3, 3.0, 1,200, ３, 3人); a fraction is refused, not rounded."""
    return _whole(*_decimal(_UNIT.sub("", unmarked(raw))))


def yuan_to_fen(raw: str | None) -> tuple[int | None, str | None]:
    """An amount in yuan (610, 1,234.50, ￥610元, 1.2万元) as whole fen; more than two decimals are refused."""
    text = _CURRENCY.sub("", _CURRENCY.sub("", unmarked(raw)).strip()).strip()
    scale = 1_000_000 if text.endswith("万") else 100
    value, reason = _decimal(text.removesuffix("万"))
    return _whole(None if value is None else value * scale, reason)


def _decimal(text: str) -> tuple[Decimal | None, str | None]:
    text = text.replace(" ", "")
    if is_placeholder(text):
        return None, None
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if not _PLAIN.fullmatch(text):
        return None, REFUSED
    try:
        return Decimal(text), None
    except InvalidOperation:
        return None, REFUSED


def _whole(value: Decimal | None, reason: str | None) -> tuple[int | None, str | None]:
    if value is None:
        return None, reason
    if value != value.to_integral_value() or abs(value) > _LARGEST:
        return None, REFUSED
    return int(value), None
