"""What records are grouped by: the value itself, its sound, its beginning, parts of dates and of numbers.

A key is an integer a row, -1 where there is none. Keys are named like `surname`, `surname.sound`, `birth.year`.
"""

import re
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from transforms.matching.generic import amounts
from transforms.matching.generic.values import Column, Ints, Records, numbered
from transforms.matching.hashing import text_hash

Make = Callable[[pa.Array], pa.Array]  # of texts, keys, of which an empty one is none
_SAME: Make = lambda texts: texts  # noqa: E731
_CODES = str.maketrans("bfpvcgjkqsxzdtlmnr", "111122222222334556")
_VOWELS = re.compile("[aeiouyhw ]+")
_TWICE = re.compile(r"(.)\1+")
_DIGITS = re.compile(r"\d+")


class Key(NamedTuple):
    """`field` it is made of, and how (empty: the value itself)."""

    field: str
    part: str

    @property
    def name(self) -> str:
        """field.part, or the field alone."""
        return f"{self.field}.{self.part}" if self.part else self.field


@lru_cache(1 << 16)  # a word is in many names
def sound(text: str) -> str:
    """The first letter and what Soundex makes of the rest, to six signs; None-like empty for what is no Latin word.

    After Russell's Soundex (1918), but longer: four signs make blocks too large.
    """
    word = text.replace(" ", "")
    if not word.isascii() or not word or not word[0].isalpha():
        return word[:2]
    codes = word.translate(_CODES)
    rest = _TWICE.sub(r"\1", _VOWELS.sub("", codes[1:]))
    return (word[0] + rest)[:6]


def _digits(text: str) -> str:
    return " ".join(_DIGITS.findall(text))


def _each(make: Callable[[str], str]) -> Make:
    """`make` of every distinct text."""

    def made(texts: pa.Array) -> pa.Array:
        encoded = texts.dictionary_encode()
        return pa.array([make(t) for t in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)

    return made


def _begin(many: int) -> Make:
    return lambda texts: pc.utf8_slice_codeunits(texts, 0, many)


def _first_word(texts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(texts, " .*", "")


def _last_word(texts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(texts, "^.* ", "")


_sound = _each(sound)
_NAME: dict[str, Make] = {
    "": _SAME, "sound": _sound, "begin": _begin(3), "end": lambda t: pc.utf8_slice_codeunits(t, -3),
}  # fmt: skip
_WORDS: dict[str, Make] = {
    "": _SAME, "first": _first_word, "last": _last_word, "first_sound": lambda t: _sound(_first_word(t)),
    "last_sound": lambda t: _sound(_last_word(t)),
}  # fmt: skip
_NUMBER: dict[str, Make] = {
    "": _SAME, "head": _each(lambda t: t[: (len(t) + 1) // 2]), "tail": _each(lambda t: t[-((len(t) + 1) // 2) :]),
}  # fmt: skip
_BIRTH: dict[str, Make] = {
    "": _each(lambda t: t if t[4:] != "0000" else ""), "year": _begin(4), "month_day": _each(lambda t: _known(t[4:])),
    "year_month": _each(lambda t: t[:6] if t[4:6] != "00" else ""),
    "year_day": _each(lambda t: t[:4] + t[6:] if t[6:] != "00" else ""),
}  # fmt: skip
_ADDRESS: dict[str, Make] = {"": _SAME, "numbers": _each(_digits), "begin": _begin(6)}

PARTS: dict[str, dict[str, Make]] = {
    "name": _WORDS, "given_name": _NAME, "surname": _NAME, "birth_date": _BIRTH, "number": _NUMBER, "phone": _NUMBER,
    "address": _ADDRESS, "street": {"": _SAME, "begin": _begin(5)}, "place": {"": _SAME, "begin": _begin(4)},
    "postcode": {"": _SAME, "begin": _each(lambda t: t[: max(len(t) - 2, 2)])}, "text": {"": _SAME},
    "house_number": {"": _SAME}, "category": {"": _SAME}, "sex": {"": _SAME}, "door": {"": _SAME},
    "amount": {"": _SAME, "about": _each(amounts.about)},
}  # fmt: skip


RARE = ("rarest", "rarer", "rare")  # of the words of titles: see titles.Tokens


def _known(month_day: str) -> str:
    return "" if month_day in ("0000", "0101") or month_day.endswith("00") else month_day


def keys(records: Records, named: Collection[str] = ()) -> dict[str, Ints]:
    """Every key of every field, by name; keys that repeat another of the same field are left out unless they are
    `named` by a rule: in few records days may be told apart by their months alone."""
    found: dict[str, Ints] = {}
    for column in records.columns.values():
        seen: list[NDArray[np.int64]] = []
        texts = pa.array(column.text, pa.string())
        for part, make in PARTS[column.kind].items():
            derived = np.append(numbered(make(texts)), -1)
            name = Key(column.name, part).name
            if name not in named and any(np.array_equal(derived, other) for other in seen):
                continue
            seen.append(derived)
            found[name] = derived[column.code]
        for at, part in enumerate(RARE if column.titles else ()):
            found[Key(column.name, part).name] = np.append(column.words[:, at], -1)[column.code]
    return found


def lasting(kind: str, part: str, texts: pa.Array) -> Ints:
    """The key of each of the `texts` of a field of this `kind`, the same in every run: 40 bits of a hash, -1 for none.

    Two keys that share them by chance cost a few pairs. More would not leave room for an entity's number beside them.
    """
    derived = PARTS[kind][part](texts)
    found = (text_hash(derived) >> np.uint64(24)).astype(np.int64)
    return np.where(pc.equal(derived, "").to_numpy(zero_copy_only=False), -1, found)


def swapped(records: Records) -> dict[str, Ints]:
    """Given names in surnames' codes and the reverse, -2 for a value the other field never has: for exchanged names."""
    both = exchangeable({c.name: c.kind for c in records.columns.values()})
    if not both:
        return {}
    given, family = (records.columns[name] for name in both)
    return {given.name: _translate(given, family), family.name: _translate(family, given)}


def exchangeable(kinds: dict[str, str]) -> tuple[str, ...]:
    """The fields of given name and surname, or none."""
    by_kind = {kind: name for name, kind in kinds.items()}
    both = ("given_name", "surname")
    return tuple(by_kind[kind] for kind in both) if set(both) <= set(by_kind) else ()


def _translate(column: Column, other: Column) -> Ints:
    place = {t: i for i, t in enumerate(other.text)}
    return np.array([*(place.get(t, -2) for t in column.text), -2], np.int64)
