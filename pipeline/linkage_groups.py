"""By what the report of a linkage divides records: source, sex, decade of birth, name, area. Never by a person's value.

Worked out on distinct values, so that a million records cost as much as their different names.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from transforms.matching.hashing import mix, text_hash
from transforms.matching.subgroups import Groups

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
SEXES = {"男": "male", "女": "female", "男性": "male", "女性": "female", "1": "male", "2": "female", "m": "male",
         "f": "female", "male": "male", "female": "female"}  # fmt: skip
HAN = r"^[\x{3400}-\x{9fff}\x{20000}-\x{3134f}·•．・‧]+$"
DOT = "[·•．・‧]"
YEAR = r"(?P<year>(?:18|19|20)\d\d)"
LENGTHS = ["1 character", "2 characters", "3 characters", "4 characters", "5 characters or more", "1 word", "2 words",
           "3 words or more"]  # fmt: skip
STYLES = ["up to four characters", "long or with a middle dot", "other script"]
USED = frozenset({"sex", "birth_date", "number", "name", "place"})
FIRST, LAST = 1850, 2100  # years of birth that are believed
AREAS = 40  # towns told apart, the largest first


def used(tables: pa.Table, kinds: dict[str, str]) -> list[str]:
    """The columns of `tables` that records are divided by, and their names."""
    wanted = {"source", "record_key", "town", *(f for f, k in kinds.items() if k in USED)}
    return [c for c in tables.column_names if c in wanted]


def encoded(tables: pa.Table, kinds: dict[str, str]) -> pa.Table:
    """The columns that records are divided by (and record_key), as distinct texts and their numbers."""
    columns = {}
    for name in used(tables, kinds):
        column = tables[name]
        if name != "record_key" and not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        columns[name] = column if name == "record_key" else column.unify_dictionaries().combine_chunks()
    return pa.table(columns)


def groups(tables: pa.Table, kinds: dict[str, str]) -> dict[str, Groups]:
    """The ways to divide the records of `tables` (encoded: source, a column a field of `kinds`), by name."""
    by_kind = {k: f for f, k in reversed(kinds.items())}
    found = {"source": _divided(tables["source"], _itself)}
    if "sex" in by_kind:
        found["sex"] = _divided(tables[by_kind["sex"]], _sexes)
    if "birth_date" in by_kind or "number" in by_kind:
        found["born"] = _decades(_born(tables, by_kind.get("birth_date"), by_kind.get("number")))
    if "name" in by_kind:
        texts, at = codes(tables[by_kind["name"]])
        shape = _shapes(texts)
        found["name_length"] = _grouped(at, _lengths(shape))
        found["name_style"] = _grouped(at, _styles(shape))
    area = "town" if "town" in tables.column_names else by_kind.get("place")
    if area:
        found["area"] = _most(_divided(tables[area], _itself))
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


def codes(column: Any) -> tuple[Any, Ints]:
    """The distinct texts of an encoded column, and by row the number of its own, -1 where it has none."""
    whole = column.unify_dictionaries().combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    at = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return whole.dictionary.cast(pa.string()), at


def years(column: Any, is_date: bool, asked: Flags | None = None) -> Ints:
    """The year of birth by row, -1 unknown: the one with four digits in a date, or the one in an identity number.

    Only those rows are looked at that are `asked` for, which by default are all.
    """
    texts, at = codes(column)
    if asked is not None:
        wanted = np.zeros(len(texts) + 1, bool)
        wanted[at[asked]] = True
        some = np.flatnonzero(wanted[:-1])
        number = np.full(len(texts) + 1, -1)
        number[some] = np.arange(len(some))
        texts, at = texts.take(pa.array(some)), np.where(asked, number[at], -1)
    if is_date:
        year = pc.struct_field(pc.extract_regex(texts, YEAR), "year")
    else:
        whole = pc.match_substring_regex(texts, r"^\d{17}[\dXx]$")
        year = pc.if_else(whole, pc.utf8_slice_codeunits(texts, 6, 10), None)
    numbers = pc.fill_null(pc.cast(year, pa.int64()), -1).to_numpy(zero_copy_only=False)
    return np.append(numbers, -1)[at]


def _born(tables: pa.Table, date: str | None, number: str | None) -> Ints:
    """The year of birth by row: what the date does not say, the number may."""
    year = years(tables[date], True) if date else np.full(tables.num_rows, -1)
    return np.where(year >= 0, year, years(tables[number], False, year < 0)) if number else year


def _divided(column: Any, how: Callable[[Any], tuple[list[str], Ints]]) -> Groups:
    """Rows by what `how` says of their texts: names of groups, and by text the number of its own, -1 for none."""
    texts, at = codes(column)
    return _grouped(at, how(texts))


def _grouped(at: Ints, told: tuple[list[str], Ints]) -> Groups:
    names, group = told
    there = np.zeros(len(names), bool)
    there[group[group >= 0]] = True
    order = sorted(np.flatnonzero(there).tolist(), key=lambda g: names[g])
    number = np.full(len(names) + 1, -1)
    number[order] = np.arange(len(order))
    return Groups([names[g] for g in order], np.append(number[group], -1)[at])


def _decades(year: Ints) -> Groups:
    """By decade of birth."""
    decade = np.where((year >= FIRST) & (year < LAST), (year - FIRST) // 10, -1)
    distinct = np.flatnonzero(np.bincount(decade + 1, minlength=(LAST - FIRST) // 10 + 1)[1:])
    number = np.full((LAST - FIRST) // 10 + 1, -1)
    number[distinct] = np.arange(len(distinct))
    return Groups([f"{FIRST + 10 * d}-{FIRST + 10 * d + 9}" for d in distinct.tolist()], number[decade])


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


class _Shapes(NamedTuple):
    """By name: is it of Han characters alone, how many has it without a middle dot, has it that, how many words."""

    han: Flags
    long: Ints
    dot: Flags
    words: Ints


def _shapes(texts: Any) -> _Shapes:
    plain = pc.utf8_trim_whitespace(texts)
    han = pc.match_substring_regex(plain, HAN).to_numpy(zero_copy_only=False)
    dot = pc.match_substring_regex(plain, DOT).to_numpy(zero_copy_only=False)
    long = pc.utf8_length(plain).to_numpy().astype(np.int64)
    dotted, spaced = np.flatnonzero(dot), np.flatnonzero(~han)
    bare = pc.replace_substring_regex(plain.take(pa.array(dotted)), DOT, "")
    long[dotted] = pc.utf8_length(bare).to_numpy()
    words = np.ones(len(long), np.int64)
    words[spaced] = pc.list_value_length(pc.utf8_split_whitespace(plain.take(pa.array(spaced)))).to_numpy()
    return _Shapes(han, long, dot, words)


def _lengths(shape: _Shapes) -> tuple[list[str], Ints]:
    """Characters of a name in Han script, words of any other."""
    return LENGTHS, np.where(shape.han, np.clip(shape.long, 1, 5) - 1, np.clip(shape.words, 1, 3) + 4)


def _styles(shape: _Shapes) -> tuple[list[str], Ints]:
    """Names in Han script of over four characters or with a middle dot, as minorities have them, and all others."""
    return STYLES, np.where(~shape.han, 2, np.where((shape.long > 4) | shape.dot, 1, 0)).astype(np.int64)
