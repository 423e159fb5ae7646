"""Prices, quantities and measures: read out of however they are written, and as near as they differ in proportion."""

import re
import unicodedata
from math import log

import numpy as np
from numpy.typing import NDArray

_AMOUNT = re.compile(r"-?(?:\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?|\d[\d.,]*)(?!\d)", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+", re.ASCII)
LONGEST = 30  # signs of what is an amount and no number
PARTS = 1e6  # of a logarithm's unit that are told apart
MIDDLE = 1 << 40  # what stands for 1


def amount(text: str) -> str:
    """The first number in `text`, written plainly; empty where there is none.

    Of two kinds of separators the last is the decimal one. One kind alone is, unless three digits follow each; a single
    point always is, for that is how programs write.
    """
    found = _AMOUNT.search(unicodedata.normalize("NFKC", text).replace("\u2019", "'"))
    if not found:
        return ""
    digits = re.sub("[ ']", "", found[0]).rstrip(".,")
    if "," in digits and "." in digits:
        point = max(digits, key=lambda c: (c in ",.", digits.rfind(c)))
        digits = digits.replace("," if point == "." else ".", "").replace(point, ".")
    elif digits.count(".") != 1:
        whole = _THOUSANDS.fullmatch(digits.lstrip("-")) or digits.count(",") + digits.count(".") > 1
        digits = re.sub("[,.]", "" if whole else ".", digits)
    return f"{float(digits):.12g}" if digits.count(".") < 2 and len(digits) <= LONGEST else ""


def places(texts: list[str]) -> NDArray[np.uint64]:
    """Amounts by their logarithms, so that equal proportions are equal distances; 0 for those not above 0."""
    values = [float(t) for t in texts]
    return np.array([round(log(v) * PARTS) + MIDDLE if v > 0 else 0 for v in values], np.uint64)


def about(text: str) -> str:
    """Amounts within a tenth are called alike, or their neighbours are."""
    value = float(text)
    return str(round(log(value) / log(1.1))) if value > 0 else ""
