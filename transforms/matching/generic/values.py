"""Records to integers: every distinct value is cleaned once, and a record is one code a field.

Cleaning depends on the kind alone. What is left empty is missing, and missing says nothing for or against.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from transforms.matching.generic import amounts
from transforms.matching.generic.letters import bitmaps
from transforms.matching.generic.level_loops import TITLES, WAYS, Values
from transforms.matching.generic.organisation_names import core_name
from transforms.matching.generic.titles import Tokens, are_models, nothing, tokens

Ints = NDArray[np.int64]
Levels = NDArray[np.uint8]
Bits = NDArray[np.float64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]

_NOTHING = {"nan", "none", "null", "unknown", "n/a", "not known", "未知", "不详", "无"}
_NOT_WORD = re.compile(r"[\W_]+")
_NOT_ALNUM = re.compile(r"[^0-9a-z\u4e00-\u9fff*]+")
_DIGIT_RUNS = re.compile(r"\d+")
_SEXES = {"m": "1", "male": "1", "man": "1", "1": "1", "男": "1", "男性": "1",
          "f": "2", "female": "2", "woman": "2", "2": "2", "女": "2", "女性": "2"}  # fmt: skip
_MONTHS = {
    m: i for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}


class Column(NamedTuple):
    """One field of all records.

    code: row to value, -1 for missing. text: the distinct values, cleaned, in order. held: records by value.
    packed: the first eight characters as one unsigned integer, of births, single names and house numbers; of amounts
    their places; else 0.
    words: three codes a value of several words (first, last, longest; -1 for none of three letters); of titles the
    rarest three; the first of a postcode is its beginning, of an address the numbers in it. letters: see letters.py.
    ordered: the words of each value in order of the alphabet, where words are compared. titles: all words of values
    that are of many (titles.py). years: births on the first of January are years alone.
    """

    name: str
    kind: str
    code: Ints
    text: Texts
    held: Ints
    packed: NDArray[np.uint64]
    words: Ints
    length: Ints  # of each value, in characters
    letters: NDArray[np.uint64]
    ordered: Texts
    titles: Tokens | None = None
    years: bool = False

    @property
    def values(self) -> Values:
        """What loops see of the values."""
        said = self.titles or nothing(len(self.text))
        return Values(self.letters, self.length, self.packed, self.words, said.span, said.word, said.weight)

    @property
    def way(self) -> int:
        """How loops compare them."""
        return WAYS[self.kind] if self.titles is None else TITLES


class Taken(NamedTuple):
    """How values were taken before: which texts are of many words, and for which births the first of January says the
    year alone; None where the values themselves are to tell."""

    titles: Collection[str] | None = None
    years: Collection[str] | None = None


LIKE_NOTHING = Taken()


class Records(NamedTuple):
    """All records of all tables: `source` a code a row, `unique` whether that table holds an entity only once."""

    columns: dict[str, Column]
    source: Ints
    unique: Flags
    size: int


def plain(text: str) -> str:
    """Letters and digits in lower case without accents, other signs as single spaces; Chinese stays as it is."""
    if text.isascii():  # nothing to fold, and mostly a single word
        return text.lower() if text.isalnum() else _NOT_WORD.sub(" ", text.lower()).strip()
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).lower()
    bare = "".join(c for c in folded if not unicodedata.combining(c)) if not folded.isascii() else folded
    return _NOT_WORD.sub(" ", bare).strip()


def number(text: str) -> str:
    """Letters and digits only."""
    if text.isascii() and text.isalnum():
        return text.lower()
    return _NOT_ALNUM.sub("", unicodedata.normalize("NFKC", text).lower())


def phone(text: str) -> str:
    """Digits only; the last eleven, so that a country's code does not matter."""
    return "".join(_DIGIT_RUNS.findall(unicodedata.normalize("NFKC", text)))[-11:]


def sex(text: str) -> str:
    """1 male, 2 female (GB/T 2261.1), anything else as it stands."""
    word = plain(text)
    return _SEXES.get(word, word)


def birth(text: str) -> str:
    """A date as eight characters YYYYMMDD, 0 where a part is unknown; digits that are misread letters stay letters.

    Read are year first (any separator or none), day or month last year (the first number is the day where it can't be
    a month; otherwise the month only if it is written with slashes), month names, and a year alone.
    """
    if len(text) == 8 and text.isascii() and text.isdigit():
        return text
    word = unicodedata.normalize("NFKC", text).strip().lower().split("t")[0].split(" 00:")[0]
    if len(word) == 10 and word[4] in "-./" and word[7] in "-./":
        return word[:4] + word[5:7] + word[8:]
    parts = re.findall(r"[0-9a-z]+", word)
    named = [_MONTHS.get(p[:3], 0) if p.isalpha() else 0 for p in parts]
    if len(parts) == 3 and any(named):
        at = next(i for i, n in enumerate(named) if n)
        rest = [p for i, p in enumerate(parts) if i != at]
        year, day = (rest[0], rest[1]) if len(rest[0]) == 4 else (rest[1], rest[0])
        return f"{year:0>4}{named[at]:02d}{day:0>2}"[:8]
    if len(parts) == 3 and len(parts[2]) == 4:
        first, second, year = parts
        swap = "/" in word and first.isdigit() and int(first) <= 12
        month, day = (first, second) if swap else (second, first)
        return f"{year}{month:0>2}{day:0>2}"[:8]
    if len(parts) == 3 and len(parts[0]) == 4:
        return f"{parts[0]}{parts[1]:0>2}{parts[2]:0>2}"[:8]
    joined = "".join(parts)
    return joined.ljust(8, "0")[:8] if joined else ""


def _plain_quickly(texts: pa.Array) -> pa.Array:
    return pc.ascii_trim(pc.replace_substring_regex(pc.ascii_lower(texts), "[^0-9a-z]+", " "), " ")


def _number_quickly(texts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(pc.ascii_lower(texts), "[^0-9a-z*]+", "")


def _phone_quickly(texts: pa.Array) -> pa.Array:
    return pc.utf8_slice_codeunits(pc.replace_substring_regex(texts, "[^0-9]+", ""), -11)


class Cleaner(NamedTuple):
    """How a value is cleaned, and how all that are `able` are at once, in a tenth of the time."""

    one: Callable[[str], str]
    able: Callable[[pa.Array], pa.Array]
    quickly: Callable[[pa.Array], pa.Array]

    def all(self, texts: pa.Array) -> list[str]:
        """All of `texts`."""
        found: list[str] = self.quickly(texts).to_pylist()
        left = pc.indices_nonzero(pc.invert(self.able(texts)))
        for at, text in zip(left.to_pylist(), texts.take(left).to_pylist(), strict=True):
            found[at] = self.one(text)
        return found


_DATE = "^[0-9]{4}[-./]?[0-9]{2}[-./]?[0-9]{2}$"
PLAIN = Cleaner(plain, pc.string_is_ascii, _plain_quickly)
NUMBER = Cleaner(number, pc.string_is_ascii, _number_quickly)
CLEANERS: dict[str, Cleaner] = {
    "number": NUMBER,
    "phone": Cleaner(phone, pc.string_is_ascii, _phone_quickly),
    "postcode": NUMBER,
    "house_number": NUMBER,
    "amount": Cleaner(amounts.amount, lambda texts: pc.equal(pc.utf8_length(texts), 0), lambda texts: texts),
    "sex": Cleaner(sex, lambda texts: pc.match_substring_regex(texts, "^[12]$"), lambda texts: texts),
    "birth_date": Cleaner(birth, lambda texts: pc.match_substring_regex(texts, _DATE),
                          lambda texts: pc.replace_substring_regex(texts, "[-./]", "")),
}  # fmt: skip


def encode(
    tables: pa.Table,
    kinds: dict[str, str],
    unique: list[str],
    entity: str = "person",
    taken: Taken = LIKE_NOTHING,
) -> Records:
    """Encode `tables`: `source` and one text column a field of `kinds`; `unique` names sources that repeat nobody."""
    columns = {}
    for name, kind in kinds.items():
        clean = CLEANERS.get(kind, PLAIN)
        if kind == "name" and entity == "organisation":
            clean = Cleaner(_organisation, lambda texts: pc.equal(pc.utf8_length(texts), 0), lambda texts: texts)
        columns[name] = _column(name, kind, tables[name], clean, taken)
    sources = pc.dictionary_encode(tables["source"]).combine_chunks()
    once = np.array([s in unique for s in sources.dictionary.to_pylist()], bool)
    code = sources.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return Records(columns, code, once, tables.num_rows)


def _organisation(text: str) -> str:
    return core_name(plain(text))


def _column(name: str, kind: str, values: pa.ChunkedArray, clean: Cleaner, taken: Taken) -> Column:
    encoded = pc.dictionary_encode(values.cast(pa.string())).combine_chunks()
    cleaned = ["" if t in _NOTHING else t for t in clean.all(encoded.dictionary)]
    texts = sorted(set(cleaned) - {""})
    place = {t: i for i, t in enumerate(texts)} | {"": -1}
    into = np.array([place[t] for t in cleaned] + [-1], np.int64)
    rows = encoded.indices.fill_null(len(cleaned)).to_numpy(zero_copy_only=False)
    code = into[rows]
    count = np.bincount(code[code >= 0], minlength=len(texts)).astype(np.int64)
    years = kind == "birth_date" and (_often(texts, count) if taken.years is None else name in taken.years)
    if years:
        texts, code, count = _years_alone(texts, code)
    wordy = kind == "text" or (kind == "name" and (taken.titles is not None or are_models(texts)))
    title = wordy and (taken.titles is None or name in taken.titles)
    said = tokens(texts, count, taken.titles is not None) if title else None
    packed = PACKED[kind](texts) if kind in PACKED else np.zeros(len(texts), np.uint64)
    length = np.fromiter(map(len, texts), np.int64, len(texts))
    ordered = _ordered(texts) if kind in SEVERAL_WORDS or kind == "address" else []
    words = _words(kind, texts) if said is None else said.rarest
    return Column(
        name,
        kind,
        code,
        as_objects(texts),
        count,
        packed,
        words,
        length,
        bitmaps(texts),
        as_objects(ordered),
        said,
        years,
    )


def _often(texts: list[str], count: Ints) -> bool:
    """Whether the first of January is written too often to be meant."""
    first = np.fromiter((t.endswith("0101") for t in texts), bool, len(texts))
    return bool(count[first].sum() > TOO_OFTEN * max(count.sum(), 1))


def _years_alone(texts: list[str], code: Ints) -> tuple[list[str], Ints, Ints]:
    """Births on the first of January as years alone."""
    meant = [t[:4] + "0000" if t.endswith("0101") else t for t in texts]
    place = {t: i for i, t in enumerate(sorted(set(meant)))}
    into = np.array([*(place[t] for t in meant), -1], np.int64)
    code = into[code]
    return list(place), code, np.bincount(code[code >= 0], minlength=len(place)).astype(np.int64)


def as_objects(texts: list[str]) -> Texts:
    """An array of them."""
    return np.array([*texts, None], object)[:-1]


def _ordered(texts: list[str]) -> list[str]:
    return [" ".join(sorted(t.split())) if " " in t else t for t in texts]


def pack(texts: list[str]) -> NDArray[np.uint64]:
    """Eight Latin-1 characters as one integer, the first in the highest byte."""
    raw = b"".join(t.encode("latin-1", "replace")[:8].ljust(8, b"0") for t in texts)
    return np.frombuffer(raw, ">u8").astype(np.uint64)


def _words(kind: str, texts: list[str]) -> Ints:
    """See Column.words."""
    found = np.full((len(texts), 3), -1)
    parts = word_texts(kind, texts)
    if parts:
        found[:, : len(parts)] = numbered(pa.concat_arrays(parts)).reshape(len(parts), len(texts)).T
    return found


def word_texts(kind: str, texts: list[str]) -> list[pa.Array]:
    """What Column.words has numbers for, an array of as many texts each; an empty one is none."""
    if kind in SEVERAL_WORDS:
        return _three(texts)
    return [pa.array(map(SINGLE[kind], texts), pa.string())] if kind in SINGLE else []


def numbered(texts: pa.Array) -> Ints:
    """A number for each different text, -1 for an empty one."""
    encoded = texts.dictionary_encode()
    code = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    empty = pc.index(encoded.dictionary, "").as_py()
    return np.where(code == empty, -1, code) if empty >= 0 else code


TOO_OFTEN = 0.02  # of births on one day of the year, seven times what chance gives it
PACKED = {"birth_date": pack, "given_name": pack, "surname": pack, "house_number": pack, "amount": amounts.places}
SEVERAL_WORDS = frozenset({"name", "street", "place", "text"})


def half(postcode: str) -> str:
    """The beginning of a postcode: all but three characters, two at least."""
    return postcode[: max(len(postcode) - 3, 2)]


def _numbers(address: str) -> str:
    return " ".join("".join(c if c.isdigit() else " " for c in address).split())


SINGLE: dict[str, Callable[[str], str]] = {"postcode": half, "address": _numbers}


def _three(texts: list[str]) -> list[pa.Array]:
    """The first, the last and the longest word of each; of Chinese text its two first and two last characters."""
    split = pc.split_pattern(pa.array(texts, pa.string()), " ")
    word, row = split.flatten(), pc.list_parent_indices(split).to_numpy()
    length = pc.utf8_length(word).to_numpy()
    some = np.flatnonzero(length > 2)
    row = row[some]
    by_length = np.lexsort((some, -length[some], row))  # the longest of each text first
    places = np.full((3, len(texts)), len(word))
    places[0, row[::-1]], places[1, row] = some[::-1], some
    places[2, row[by_length][::-1]] = some[by_length][::-1]
    found = [pa.concat_arrays([word, pa.array([""])]).take(pa.array(each)) for each in places]
    chinese = [at for at, t in enumerate(texts) if len(t) > 3 and not t.isascii() and " " not in t]
    if not chinese:
        return found
    lists = [each.to_pylist() for each in found]
    for at in chinese:
        lists[0][at], lists[1][at], lists[2][at] = texts[at][:2], texts[at][-2:], ""
    return [pa.array(each, pa.string()) for each in lists]
