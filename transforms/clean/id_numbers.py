"""Citizen identity numbers (GB 11643-1999) and their relatives: cleaned, checked, taken apart.

18 characters: 6 of area, 8 of birth, 3 of order (odd: male), one check character (ISO 7064 MOD 11-2). Residence permits
of people from Hong Kong, Macau and Taiwan use the areas 81, 82, 83 with the same layout; the permanent residence card
of foreigners (2023) is 9, province, country, birth, order, check. A number is never corrected digit by digit: what does
not check stays as it is, with a status and a reason.
"""

import re
from datetime import date
from typing import NamedTuple

from transforms.clean.expressions import expression
from transforms.clean.text import is_placeholder, narrow

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
# the first two digits of every GB/T 2260 code ever issued, the residence permits' 81 to 83, and 9 for foreigners
AREAS = frozenset(
    [*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71]
    + [81, 82, 83, *range(90, 100)]
)
OLDEST = 130  # years

_MASKS = str.maketrans(dict.fromkeys("●○◆■□※•·_#?＊×〇", "*"))
_NUMERIC_CELL = expression(r"^#NUM:|^\d(?:\.\d+)?E\+?\d+$")
_SAME = expression(r"^(\d)\1*X?$")
_RISING = "01234567890123456789012345"
# papers whose number has no check character, so nothing can be said against it: the foreigners' card before 2023,
# passports, permits of Hong Kong and Macau residents, and the issuer with a serial that stands on a death certificate
# where no document was found (国卫规划发〔2026〕5号)
_REMARK = expression(r"[^\dA-Z*]*[\u4e00-\u9fff][^\dA-Z*]*")  # 身份证号: before a number, (待核) behind it
_OTHER_PAPER = expression(r"^(?:[A-Z]{3}\d{12}|[A-Z]{1,2}\d{7,9}|[HM]\d{8,10}|[0-9A-HJ-NPQRTUWXY]{18}\d{4})$")


class IdNumber(NamedTuple):
    """A cleaned number: `status` is valid, repaired, masked, invalid or missing; `reason` a code of contracts.reasons.

    `value` has 18 characters when valid or repaired, 18 with * where hidden when masked, what was written when invalid,
    None when missing. `born_on` and `sex` (GB/T 2261.1) are read from valid and repaired numbers only.
    """

    value: str | None
    status: str
    reason: str | None = None
    born_on: date | None = None
    sex: str | None = None


def check_character(first17: str) -> str:
    """The last character of a number, from its first 17 digits."""
    return CHECKS[sum(w * int(d) for w, d in zip(WEIGHTS, first17, strict=True)) % 11]


def is_valid(number: str, as_of: date | None = None) -> bool:
    """True when `number` is 18 characters with a known area, a real birth date and its check character."""
    return objection(number, as_of) is None


def objection(number: str, as_of: date | None = None) -> str | None:
    """Why `number` (cleaned, upper case) is no lawful 18-character number: a reason code, or None when it is one."""
    if not re.fullmatch(r"\d{17}[\dX]", number):
        return "id_length"
    if int(number[:2]) not in AREAS:
        return "id_area"
    born = born_on(number)
    if born is None or (as_of and not _plausible(born, as_of)):
        return "id_birth"
    return None if check_character(number[:17]) == number[17] else "id_check_digit"


def born_on(number: str) -> date | None:
    """The birth date inside an 18-character number; None when there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex_of(number: str) -> str:
    """GB/T 2261.1 from the order code of an 18-character number: 1 male, 2 female."""
    return "1" if int(number[16]) % 2 else "2"


def widened(number: str, century: str = "19") -> str:
    """The 18 characters of a 15-digit number, given the century of birth."""
    first17 = f"{number[:6]}{century}{number[6:]}"
    return first17 + check_character(first17)


def clean_id_number(raw: str | None, as_of: date | None = None) -> IdNumber:
    """Clean and judge one number. `as_of` refuses births after it and more than 130 years before it.

    A 15-digit number becomes 18 characters (repaired: it carried no check) unless the century can't be told, which is
    so for births a hundred years before `as_of` and for the order codes 996 to 999 once kept for people over a hundred.
    """
    text = re.sub(r"\s", "", narrow(raw)).lstrip("'`’‘").upper()
    if _NUMERIC_CELL.match(text):
        return IdNumber(text.removeprefix("#NUM:"), "invalid", "id_numeric_cell")
    text = _normal(text)
    if _nothing(text):
        return IdNumber(None, "missing", "id_missing")
    if "*" in text:
        return _masked(text)
    if re.fullmatch(r"\d{15}", text):
        return _from_15(text, as_of)
    if _OTHER_PAPER.match(text):
        return IdNumber(text, "invalid")
    reason = objection(text, as_of)
    if reason is None:
        return _good(text, "valid")
    repaired = text.translate(_LETTERS)
    if repaired != text and is_valid(repaired, as_of):
        return _good(repaired, "repaired")
    return IdNumber(text, "invalid", reason)


_LETTERS = str.maketrans("OIL", "011")


def _plausible(born: date, as_of: date) -> bool:
    return born <= as_of and as_of.year - born.year <= OLDEST


def _good(number: str, status: str) -> IdNumber:
    return IdNumber(number, status, None, born_on(number), sex_of(number))


def _normal(text: str) -> str:
    """Remarks and hyphens dropped, and the many ways to write the last X and a hidden digit made one."""
    if text.isalnum() and text.isascii():
        return _hidden_x(text)
    alone = re.search(r"(?<![\dA-Z*])[\dX*]{15,18}(?![\dA-Z*])", text)
    if alone and all(not rest or _REMARK.fullmatch(rest) for rest in text.split(alone[0])):
        text = alone[0]
    if len(text) > 1:
        text = text.replace("-", "")
    if re.fullmatch(r"\d{17}[\u00d7\u0425]", text):  # a multiplication sign and the Cyrillic letter
        return text[:17] + "X"
    if re.fullmatch(r"\d{17}\*", text) and check_character(text[:17]) == "X":
        return text[:17] + "X"
    return _hidden_x(text.translate(_MASKS))


def _hidden_x(text: str) -> str:
    """X for a hidden digit becomes *: anywhere but in the last place, and there too when it ends a run.

    One X before a last digit is no mask: the two were typed in the wrong order.
    """
    if "X" not in text[:-1] or not re.fullmatch(r"[\dX*]+", text) or re.fullmatch(r"\d{16}X\d", text):
        return text
    text = text[:-1].replace("X", "*") + text[-1]
    return text[:-1] + "*" if text.endswith("*X") else text


def _nothing(text: str) -> bool:
    bare = text.replace("*", "")
    if is_placeholder(text) or not bare or _SAME.match(text) or (len(text) > 5 and text.rstrip("X") in _RISING):
        return True
    return not re.search(r"\d", text) and any(c > "\u2e7f" for c in text)  # words such as 证件遗失


def _masked(text: str) -> IdNumber:
    """One run of * is stretched or shrunk so that the known digits stand where they stand in the number."""
    known = re.fullmatch(r"(\d*)\*+(\d*X?)", text)
    if known and len(text) != 18 and 4 <= len(known[1] + known[2]) < 18:
        text = known[1] + "*" * (18 - len(known[1] + known[2])) + known[2]
    if sum(c.isdigit() for c in text) < 4:
        return IdNumber(None, "missing", "id_missing")
    return IdNumber(text, "masked", "id_masked")


def _from_15(text: str, as_of: date | None) -> IdNumber:
    number = widened(text)
    born = born_on(number)
    if born is None:
        return IdNumber(text, "invalid", "id_birth")
    if text[12:15] in ("996", "997", "998", "999") or (as_of and _over_100(born, as_of)):
        return IdNumber(text, "invalid", "id_length")
    reason = objection(number, as_of)
    return IdNumber(text, "invalid", reason) if reason else _good(number, "repaired")


def _over_100(born: date, as_of: date) -> bool:
    return (born.year + 100, born.month, born.day) <= (as_of.year, as_of.month, as_of.day)
