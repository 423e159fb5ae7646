"""Whole columns of names and telephones: those in the usual shape, and nearly all are, are what they should be already;
only the others are cleaned one by one. The same answers either way.
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from transforms.clean.columns import Array, combined, matching
from transforms.clean.names import SUSPECT, clean_name
from transforms.clean.phones import clean_phone

FIRST, LAST = 0x4E00, 0x9FA5


def _usual_characters() -> str:
    """The Chinese characters that no placeholder and no remark has, as ranges of an RE2 class."""
    edges = [FIRST - 1, *sorted(ord(c) for c in SUSPECT), LAST + 1]
    ranges = [(a + 1, b - 1) for a, b in zip(edges[:-1], edges[1:], strict=True) if b - a > 1]
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in ranges)


_NAME = f"^[{_usual_characters()}]{{2,4}}$"
_PHONE = r"^1[3-9][0-9]{9}$"
_ONE_DIGIT = "^1(?:" + "|".join(f"{d}{{10}}" for d in range(10)) + ")$"


def clean_names(column: Array) -> Array:
    """`clean_name` of every text, without its reasons."""
    texts = combined(column)
    return _others(texts, matching(texts, _NAME), lambda text: clean_name(text)[0])


def clean_phones(column: Array) -> Array:
    """`clean_phone` of every text, without its reasons."""
    texts = combined(column)
    return _others(texts, matching(texts, _PHONE) & ~matching(texts, _ONE_DIGIT), lambda text: clean_phone(text)[0])


def _others(texts: Array, usual: Array, clean: Callable[[str | None], str | None]) -> Array:
    """`texts` with those that are not `usual` cleaned, each distinct one once."""
    rest = texts.filter(pa.array(~usual))
    if not len(rest):
        return texts
    encoded = rest.dictionary_encode(null_encoding="encode")
    answers: Array = pa.array([clean(t) for t in encoded.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(texts, pa.array(~usual), answers.take(encoded.indices))
