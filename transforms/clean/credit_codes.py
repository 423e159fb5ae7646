"""Numbers of organisations: social credit code (GB 32100-2015), and the registration number of before 2015.

Credit code: department, category, 6 of area, 9 of organisation code, check; 18 characters of 0-9A-Z without I, O, S, V
and Z, weights 3^i mod 31, check 31 - sum mod 31. Pages that state MOD 11 with an X for it are wrong.
"""

import re

from transforms.clean.expressions import expression
from transforms.clean.text import is_placeholder, narrow

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {c: i for i, c in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_SHAPE = expression(rf"[1-9ANY][1-9A-HJ-NPQRTUWXY]\d{{6}}[{ALPHABET}]{{10}}")
_SAME = expression(r"(.)\1*")


def _checks(code: str) -> bool:
    """Whether the last character fits the seventeen before it, which a mistyped code's does not."""
    if not _SHAPE.fullmatch(code):
        return False
    total = sum(w * _VALUE[c] for w, c in zip(_WEIGHTS, code, strict=False))
    return ALPHABET[-total % 31] == code[17]


def is_registration_number(number: str) -> bool:
    """True for a 15-digit business registration number of before 2015 (GS 15-2006, ISO 7064 MOD 11,10)."""
    if not re.fullmatch(r"\d{15}", number):
        return False
    rest = 10
    for digit in number[:14]:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return (rest + int(number[14])) % 10 == 1


def clean_credit_code(raw: str | None) -> tuple[str | None, str | None]:
    """The code in upper case without spaces, and credit_code_invalid when it doesn't check; (None, None) when absent.

    A code that doesn't check is kept as written: it may still be the key under which a department knows the company.
    The outer check decides: it covers every character, and registers hold codes whose inner organisation code was made
    up, which no department can correct. Letters outside the alphabet become the digits they resemble (O 0, I 1) only
    when that makes the code check.
    """
    text = re.sub(r"[\s-]", "", narrow(raw)).lstrip("'").upper()
    if is_placeholder(text) or _SAME.fullmatch(text):
        return None, None
    if _checks(text) or is_registration_number(text):
        return text, None
    repaired = text.replace("O", "0").replace("I", "1")
    if repaired != text and _checks(repaired):
        return repaired, None
    return text, "credit_code_invalid"
