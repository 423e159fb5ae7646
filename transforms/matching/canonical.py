"""The order of mentions that depends on what they say alone, and who is who in it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.matching.coded import codes
from transforms.matching.hashing import Ints, Words, beginnings, mix, text_hash

FIRST = ("valid_from", "id_number", "name", "born_on", "phone", "address", "household", "name_raw")


class Identity(NamedTuple):
    """Rows of the mentions in canonical `order`; the rest is in that order. See values.Nodes for the ids."""

    order: Ints
    feed: Ints
    source: Ints
    sources: list[tuple[str, str]]
    record: Ints
    key: Ints
    index: pa.Table


def identified(mentions: pa.Table) -> Identity:
    """Order `mentions` by feed, record_key and role, and versions of one mention by valid_from, then by the rest.

    Beyond their first 24 bytes keys are ordered by their hashes: comparing a million texts takes four times as long.
    """
    feed, feeds = _ranked(mentions["feed"])
    role, roles = _ranked(mentions["role"])
    span = len(roles)
    pairs, source = np.unique(feed * span + role, return_inverse=True)
    sources = [(feeds[p // span], roles[p % span]) for p in pairs.tolist()]
    hashed = text_hash(mentions["record_key"])
    record = mix([text_hash(feeds)[feed], hashed])
    key = mix([record, text_hash(roles)[role]])
    words, whole = beginnings(mentions["record_key"])
    columns: list[Ints | Words] = [role, *([] if whole else [hashed]), *words[::-1], feed]
    order = _order(columns)
    order = _versions(mentions, order, key[order])
    index = pa.table({c: _whole(mentions[c]).take(pa.array(order)) for c in ("feed", "record_key", "role")})
    return Identity(order, feed[order], source[order], sources, _runs(record[order]), _runs(key[order]), index)


def _order(columns: Sequence[Ints | Words]) -> Ints:
    """Rows by the last of `columns`, equal ones by the one before, and so on.

    Where the bits in which rows differ fit into one word, one sort does, of a third of the time; it leaves equal rows
    in any order.
    """
    wide = [c.astype(np.uint64) for c in columns]
    wide = [c for c in wide if len(c) and (c != c[0]).any()] or wide[:1]
    differ = [int(np.bitwise_or.reduce(c ^ c[0])) if len(c) else 0 for c in wide]
    low = [(d & -d).bit_length() - 1 if d else 0 for d in differ]
    width = [d.bit_length() - shift for d, shift in zip(differ, low, strict=True)]
    if sum(width) > 64:
        return np.lexsort(wide)
    word, at = np.zeros(len(wide[0]), np.uint64), 0
    for column, shift, bits in zip(wide, low, width, strict=True):
        if bits:
            word |= (column >> np.uint64(shift) & np.uint64((1 << bits) - 1)) << np.uint64(at)
            at += bits
    return np.argsort(word)


def _runs(words: Words) -> Ints:
    """Ids of words of which equal ones stand together."""
    return np.cumsum(np.append(False, words[1:] != words[:-1])[: len(words)])


def _ranked(column: Any) -> tuple[Ints, list[str]]:
    """Each row's rank among the distinct texts, and these in order. Few are distinct."""
    ids, values = codes(column)
    texts = values.to_pylist()
    known = sorted(set(texts))
    rank = {text: i for i, text in enumerate(known)}
    return np.array([rank[t] for t in texts], np.int64)[ids], known


def _whole(column: Any) -> Any:
    """One array; dictionaries are made one first."""
    return (column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column).combine_chunks()


def _versions(mentions: pa.Table, order: Ints, key: Words) -> Ints:
    """`order` with rows of one key sorted by their content. Rows that agree in every column may stand in any order:
    they are interchangeable in all that is derived from them."""
    again = np.append(False, key[1:] == key[:-1])[: len(key)]
    several = np.flatnonzero(again | np.append(again[1:], False)[: len(key)])
    if not len(several):
        return order
    names = [c for c in FIRST if c in mentions.column_names]
    names += [c for c in mentions.column_names if c not in names and not pa.types.is_nested(mentions[c].type)]
    few = {c: _texts(mentions[c].take(pa.array(order[several]))) for c in names}
    table = pa.table({"": np.cumsum(~again)[several], **few})
    at = pc.sort_indices(table, [(c, "ascending") for c in table.column_names])
    result = order.copy()
    result[several] = order[several][at.to_numpy()]
    return result


def _texts(column: Any) -> Any:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
