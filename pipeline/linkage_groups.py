"""By what the report of a linkage divides records: source, sex, decade of birth, name, area. Never by a person's value.

Worked out on distinct values, so that a million records cost as much as their different names.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from transforms.matching.hashing import mix, text_hash
from transforms.matching.subgroups import Groups

Ints = NDArray[np.int64]
SEXES = {"男": "male", "女": "female", "男性": "male", "女性": "female", "1": "male", "2": "female", "m": "male",
         "f": "female", "male": "male", "female": "female"}  # fmt: skip
HAN = r"^[\x{3400}-\x{9fff}\x{20000}-\x{3134f}·•．・‧]+$"
DOT = "[·•．・‧]"
YEAR = r"(?P<year>(?:18|19|20)\d\d)"
LENGTHS = ["1 character", "2 characters", "3 characters", "4 characters", "5 characters or more", "1 word", "2 words",
           "3 words or more"]  # fmt: skip
STYLES = ["up to four characters", "long or with a middle dot", "other script"]
USED = frozenset({"sex", "birth_date", "number", "name", "place"})
AREAS = 40  # towns told apart, the largest first


def encoded(tables: pa.Table, kinds: dict[str, str]) -> pa.Table:
    """The columns that records are divided by (and record_key), as distinct texts and their numbers."""
    columns = {}
    used = {"source", "record_key", "town", *(f for f, k in kinds.items() if k in USED)}
    for name in tables.select([c for c in tables.column_names if c in used]).column_names:
        column = tables[name]
        if name != "record_key" and not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        columns[name] = column if name == "record_key" else column.unify_dictionaries().combine_chunks()
    return pa.table(columns)


def groups(tables: pa.Table, kinds: dict[str, str], rows: Ints) -> dict[str, Groups]:
    """The ways to divide the records at `rows` of `tables` (encoded: source, a column a field of `kinds`), by name."""
    by_kind = {k: f for f, k in reversed(kinds.items())}
    found = {"source": _divided(tables["source"], rows, _itself)}
    if "sex" in by_kind:
        found["sex"] = _divided(tables[by_kind["sex"]], rows, _sexes)
    born = [years(tables[by_kind[k]], rows, k == "birth_date") for k in ("birth_date", "number") if k in by_kind]
    if born:
        found["born"] = _decades(born)
    if "name" in by_kind:
        found["name_length"] = _divided(tables[by_kind["name"]], rows, _lengths)
        found["name_style"] = _divided(tables[by_kind["name"]], rows, _styles)
    area = "town" if "town" in tables.column_names else by_kind.get("place")
    if area:
        found["area"] = _most(_divided(tables[area], rows, _itself))
    return {name: g for name, g in found.items() if len(g.names) and (g.of >= 0).any()}


def rows_of(tables: pa.Table, members: pa.Table) -> Ints:
    """The row of `tables` that each of `members` is (both: source, record_key): the same records."""
    found = np.empty(members.num_rows, np.int64)
    found[np.argsort(_named(members))] = np.argsort(_named(tables))
    return found


def _named(table: pa.Table) -> NDArray[np.uint64]:
    texts, at = codes(table["source"].dictionary_encode() if not _coded(table["source"]) else table["source"])
    return mix([text_hash(texts)[at], text_hash(table["record_key"].cast(pa.string()))])


def _coded(column: Any) -> bool:
    return bool(pa.types.is_dictionary(column.type))


def codes(column: Any, rows: Ints | None = None) -> tuple[Any, Ints]:
    """The distinct texts of an encoded column, and by row the number of its own, -1 where it has none."""
    whole = column.unify_dictionaries().combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    at = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return whole.dictionary.cast(pa.string()), at if rows is None else at[rows]


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


def _divided(column: Any, rows: Ints, how: Callable[[Any], tuple[list[str], Ints]]) -> Groups:
    """Rows by what `how` says of their texts: names of groups, and by text the number of its own, -1 for none."""
    texts, at = codes(column, rows)
    names, group = how(texts)
    order = sorted(set(np.unique(group[group >= 0]).tolist()), key=lambda g: names[g])
    number = np.full(len(names) + 1, -1)
    number[order] = np.arange(len(order))
    return Groups([names[g] for g in order], np.append(number[group], -1)[at])


def _decades(born: list[Ints]) -> Groups:
    """By decade of birth; what the first does not know, the next may."""
    year = born[0]
    for other in born[1:]:
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


def _itself(texts: Any) -> tuple[list[str], Ints]:
    names = [t or "" for t in texts.to_pylist()]
    return names, np.where([bool(n) for n in names], np.arange(len(names)), -1)


def _sexes(texts: Any) -> tuple[list[str], Ints]:
    names = ["male", "female", "other"]
    said = [SEXES.get((t or "").strip().lower(), "other") for t in texts.to_pylist()]
    return names, np.array([names.index(s) for s in said], np.int64)


def _lengths(texts: Any) -> tuple[list[str], Ints]:
    """Characters of a name in Han script, words of any other."""
    plain = pc.utf8_trim_whitespace(texts)
    han = pc.match_substring_regex(plain, HAN).to_numpy(zero_copy_only=False)
    long = pc.utf8_length(pc.replace_substring_regex(plain, DOT, "")).to_numpy()
    words = pc.list_value_length(pc.utf8_split_whitespace(plain)).to_numpy()
    return LENGTHS, np.where(han, np.clip(long, 1, 5) - 1, np.clip(words, 1, 3) + 4)


def _styles(texts: Any) -> tuple[list[str], Ints]:
    """Names in Han script of over four characters or with a middle dot, as minorities have them, and all others."""
    plain = pc.utf8_trim_whitespace(texts)
    han = pc.match_substring_regex(plain, HAN).to_numpy(zero_copy_only=False)
    long = pc.utf8_length(pc.replace_substring_regex(plain, DOT, "")).to_numpy() > 4
    dot = pc.match_substring_regex(plain, DOT).to_numpy(zero_copy_only=False)
    return STYLES, np.where(~han, 2, np.where(long | dot, 1, 0)).astype(np.int64)
