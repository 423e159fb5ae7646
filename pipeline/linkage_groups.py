"""By what the report of a linkage divides records: source, sex, decade of birth, name, area. Never by a person's value.

Worked out on distinct values, so that a million records cost as much as their different names.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from transforms.matching.subgroups import Groups

Ints = NDArray[np.int64]
SEXES = {"男": "male", "女": "female", "男性": "male", "女性": "female", "1": "male", "2": "female", "m": "male",
         "f": "female", "male": "male", "female": "female"}  # fmt: skip
HAN = r"^[\x{3400}-\x{9fff}\x{20000}-\x{3134f}·•．・‧]+$"
DOT = "[·•．・‧]"
YEAR = r"(?P<year>(?:18|19|20)\d\d)"
AREAS = 40  # towns told apart, the largest first


def groups(tables: pa.Table, kinds: dict[str, str], rows: Ints) -> dict[str, Groups]:
    """The ways to divide the records at `rows` of `tables` (source, a column a field of `kinds`), by name."""
    by_kind = {k: f for f, k in reversed(kinds.items())}
    found = {"source": _divided(tables["source"], rows, _itself)}
    if "sex" in by_kind:
        found["sex"] = _divided(tables[by_kind["sex"]], rows, _sexes)
    born = [tables[by_kind[k]] for k in ("birth_date", "number") if k in by_kind]
    if born:
        found["born"] = _decades(born, rows, "birth_date" in by_kind)
    if "name" in by_kind:
        found["name_length"] = _divided(tables[by_kind["name"]], rows, _lengths)
        found["name_style"] = _divided(tables[by_kind["name"]], rows, _styles)
    area = "town" if "town" in tables.column_names else by_kind.get("place")
    if area:
        found["area"] = _most(_divided(tables[area], rows, _itself))
    return {name: g for name, g in found.items() if len(g.names) and (g.of >= 0).any()}


def rows_of(tables: pa.Table, members: pa.Table) -> Ints:
    """The row of `tables` that each of `members` is (both: source, record_key)."""
    names = ("source", "record_key")
    keys = [pc.binary_join_element_wise(*(t[c].cast(pa.string()) for c in names), "\x1f") for t in (tables, members)]
    found = pc.index_in(keys[1], value_set=keys[0].combine_chunks())
    return np.asarray(found.to_numpy(), np.int64)


def codes(column: Any, rows: Ints) -> tuple[Any, Ints]:
    """The distinct texts of `column`, and by row the number of its own, -1 where it has none."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
        encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
    at = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return encoded.dictionary.cast(pa.string()), at.astype(np.int64)[rows]


def years(column: Any, rows: Ints, is_date: bool) -> Ints:
    """The year of birth by row, -1 unknown: the one with four digits in a date, or the one in an identity number."""
    texts, at = codes(column, rows)
    if is_date:
        year = pc.struct_field(pc.extract_regex(texts, YEAR), "year")
    else:
        whole = pc.match_substring_regex(texts, r"^\d{17}[\dXx]$")
        year = pc.if_else(whole, pc.utf8_slice_codeunits(texts, 6, 10), None)
    numbers = pc.fill_null(pc.cast(year, pa.int64()), -1).to_numpy(zero_copy_only=False)
    return np.append(numbers, -1)[at]


def _divided(column: Any, rows: Ints, how: Callable[[Any], list[str | None]]) -> Groups:
    """Rows by what `how` says of their texts; None for no group."""
    texts, at = codes(column, rows)
    names = how(texts)
    distinct = sorted({n for n in names if n})
    number = {n: i for i, n in enumerate(distinct)}
    return Groups(distinct, np.array([*(number[n] if n else -1 for n in names), -1], np.int64)[at])


def _decades(columns: list[Any], rows: Ints, date_first: bool) -> Groups:
    year = np.full(len(rows), -1)
    for i, column in enumerate(columns):
        other = years(column, rows, date_first and i == 0)
        year = np.where(year >= 0, year, other)
    decade = np.where((year >= 1850) & (year < 2100), year // 10 * 10, -1)
    distinct = np.unique(decade[decade >= 0])
    of = np.where(decade >= 0, np.searchsorted(distinct, decade), -1)
    return Groups([f"{d}-{d + 9}" for d in distinct.tolist()], of)


def _most(found: Groups) -> Groups:
    """The AREAS largest groups; all others are none."""
    many = np.bincount(found.of[found.of >= 0], minlength=len(found.names))
    kept = np.sort(np.argsort(-many, kind="stable")[:AREAS])
    number = np.full(len(found.names) + 1, -1)
    number[kept] = np.arange(len(kept))
    return Groups([found.names[i] for i in kept], number[found.of])


def _itself(texts: Any) -> list[str | None]:
    return list(texts.to_pylist())


def _sexes(texts: Any) -> list[str | None]:
    return [SEXES.get((t or "").strip().lower(), "other") for t in texts.to_pylist()]


def _lengths(texts: Any) -> list[str | None]:
    """Characters of a name in Han script, words of any other."""
    plain = pc.utf8_trim_whitespace(texts)
    han = pc.match_substring_regex(plain, HAN).to_numpy(zero_copy_only=False)
    long = pc.utf8_length(pc.replace_substring_regex(plain, DOT, "")).to_numpy()
    words = pc.list_value_length(pc.utf8_split_whitespace(plain)).to_numpy()
    said = np.where(han, np.minimum(long, 5), 10 + np.minimum(words, 3))
    names = {**{i: f"{i} characters" for i in (2, 3, 4)}, 1: "1 character", 5: "5 characters or more"}
    names |= {11: "1 word", 12: "2 words", 13: "3 words or more"}
    return [names.get(int(n)) for n in said]


def _styles(texts: Any) -> list[str | None]:
    """Names in Han script of over four characters or with a middle dot, as minorities have them, and all others."""
    plain = pc.utf8_trim_whitespace(texts)
    han = pc.match_substring_regex(plain, HAN).to_numpy(zero_copy_only=False)
    long = pc.utf8_length(pc.replace_substring_regex(plain, DOT, "")).to_numpy() > 4
    dot = pc.match_substring_regex(plain, DOT).to_numpy(zero_copy_only=False)
    names = np.where(~han, "other script", np.where(long | dot, "long or with a middle dot", "up to four characters"))
    return [str(n) for n in names]
