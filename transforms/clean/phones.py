"""Telephone numbers: 11 digits of a mobile, or the digits of a landline with its area code.

Prefixes after the number plan as of 2019-12 (192 is broadcasting's network, 194 was never given out); a mobile prefix
nobody has yet is kept with a reason, because new ones are opened without notice.
"""

import re

from transforms.clean.expressions import expression
from transforms.clean.text import is_placeholder, narrow

_MOBILE = expression(r"1[3-9]\d{9}")
_ISSUED = expression(r"1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])\d{8}")
_PREFIX = expression(r"^(?:\+|00)?86(?=1\d{10}$|0?\d{9,11}$)|^(?:17951|12593)(?=1\d{10}$)")
_LANDLINE = expression(r"0(?:10|2\d|[3-9]\d{2})\d{7,8}|[2-9]\d{6,7}|[48]00\d{7}")
_EXTENSION = expression(r"(?:转|分机|ext\.?|#)\d{1,5}$|(?<=\d{7})-\d{1,4}$", re.IGNORECASE)
_BETWEEN = expression(r"[/、,，;；|或]+|\s{2,}|(?<=\d{11})\s+(?=\d{7})|\s+(?=1\d{10})")
_SAME = expression(r"(\d)\1+")


def clean_phone(raw: str | None) -> tuple[str | None, str | None]:
    """The first usable number in `raw` and a reason or None: (None, None) when absent, (None, phone_invalid) when none.

    Masked numbers, one digit repeated, short codes (110, 12345) and numbers of machines (13 digits) are refused.
    """
    if raw and len(raw) == 11 and raw.isascii() and _ISSUED.fullmatch(raw) and not _SAME.fullmatch(raw[1:]):
        return raw, None
    text = narrow(raw)
    if is_placeholder(text) or re.fullmatch(r"[0-]+", text):
        return None, None
    found = phones(text)
    if not found:
        return None, "phone_invalid"
    first = found[0]
    odd = first.startswith("1") and not _ISSUED.fullmatch(first)
    return first, "phone_invalid" if odd else None


def phones(raw: str | None) -> list[str]:
    """Every number in `raw`, cleaned, mobiles first."""
    numbers = [n for part in _BETWEEN.split(narrow(raw)) if (n := _number(part))]
    return sorted(dict.fromkeys(numbers), key=lambda n: not n.startswith("1"))


def _number(part: str) -> str | None:
    text = re.sub(r"\.0$", "", part.strip())
    digits = re.sub(r"[\s()\-–—.·+]", "", _EXTENSION.sub("", text) if not _MOBILE.search(text) else text)
    digits = re.sub(r"^[^\d]{1,6}[::]?|[^\d]{1,6}$", "", digits)  # a label: 手机: before the number, (子) behind it
    digits = _PREFIX.sub("", digits)
    if _SAME.fullmatch(digits[1:]) or not (_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits)):
        return None
    return digits
