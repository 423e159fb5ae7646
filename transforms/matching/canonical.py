"""The order of mentions that depends on what they say alone, and who is who in it."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from transforms.matching.coded import codes
from transforms.matching.compiled import borrowing, compiled
from transforms.matching.hashing import Codes, Ints, Words, beginnings, mix
from transforms.matching.octets import Layout, Octets, Place, chunks, few_bytes, layout, text_hash

BYTES = 24  # of a key, by which it is ordered

FIRST = ("valid_from", "id_number", "name", "born_on", "phone", "address", "household", "name_raw")


class Identity(NamedTuple):
    """Rows of the mentions in canonical `order`; the rest is in that order. See values.Nodes for the ids."""

    order: Ints
    feed: Codes
    source: Ints
    sources: list[tuple[str, str]]
    record: Ints
    key: Ints
    index: pa.Table


def identified(mentions: pa.Table) -> Identity:
    """Order `mentions` by feed, record_key and role, and versions of one mention by valid_from, then by the rest.

    Beyond their first BYTES bytes keys are ordered by their hashes: comparing a million texts takes four times as long.
    """
    feed, feeds = _ranked(mentions["feed"])
    role, roles = _ranked(mentions["role"])
    pairs, source = _present(feed, role, len(roles))
    sources = [(feeds[p // len(roles)], roles[p % len(roles)]) for p in pairs]
    laid = [layout(c) for c in chunks(mentions["record_key"])]
    packed = _packed(laid, (feed, len(feeds)), (role, len(roles)))
    if packed is None:
        order, record, key = _by_hash(mentions, (feed, feeds), (role, roles))
    else:
        order = np.argsort(packed)
        key = packed[order]
        record = key >> np.uint64(_bits(len(roles)))
    order = _versions(mentions, order, key)
    index = pa.table({c: _whole(mentions[c]).take(pa.array(order)) for c in ("feed", "record_key", "role")})
    return Identity(order, feed[order], source[order].astype(np.int64), sources, _runs(record), _runs(key), index)


def _present(feed: Codes, role: Codes, roles: int) -> tuple[list[int], Codes]:
    """The pairs of feed and role that there are, in order, and which of them each row has."""
    pair = feed * np.int32(roles) + role
    there = np.bincount(pair) > 0
    return np.flatnonzero(there).tolist(), (np.cumsum(there, dtype=np.int32) - np.int32(1))[pair]


def _by_hash(
    mentions: pa.Table, feed: tuple[Codes, list[str]], role: tuple[Codes, list[str]]
) -> tuple[Ints, Words, Words]:
    """The order, and in it words of each row's record and key, where keys are long."""
    hashed = text_hash(mentions["record_key"])
    record = mix([text_hash(feed[1])[feed[0]], hashed])
    key = mix([record, text_hash(role[1])[role[0]]])
    words, whole = beginnings(mentions["record_key"])
    columns: list[Codes | Words] = [role[0], *([] if whole else [hashed]), *words[::-1], feed[0]]
    order = np.lexsort(columns)
    return order, record[order], key[order]


def _bits(many: int) -> int:
    """How many tell `many` apart."""
    return max(0, many - 1).bit_length()


def _packed(laid: list[Layout], feed: tuple[Codes, int], role: tuple[Codes, int]) -> Words | None:
    """Words that sort by feed, key and role, and are equal where all of them are; None where keys are too long.

    Of the bytes of keys, and of their length, only the bits are taken in which they differ: four of each digit.
    """
    some, every = np.zeros(BYTES // 8 + 1, np.uint64), np.full(BYTES // 8 + 1, ~np.uint64(0))
    for part in laid:
        _seen(part, some, every)
    pieces = _pieces((some & ~every).tolist())
    bits = _bits(feed[1]) + sum(width for _, _, width in pieces) + _bits(role[1])
    if bits > 64 or any(np.diff(part.offsets).max(initial=0) > BYTES for part in laid):
        return None
    words, at = feed[0].astype(np.uint64), 0
    for part in laid:
        size = len(part.offsets) - 1
        _pack(part, np.array(pieces, np.int64).reshape(-1, 3), words[at : at + size])
        at += size
    return words << np.uint64(_bits(role[1])) | role[0].astype(np.uint64)


def _pieces(differ: list[int]) -> list[tuple[int, int, int]]:
    """Of each byte that differs, the most significant first, its word, the lowest bit that does and how many there are
    from there to the highest. The last word is the length, and all of it one piece."""
    octets = [(word, 8 * i, differ[word] >> 8 * i & 255) for word in range(len(differ) - 1) for i in range(8)]
    low = [(bits & -bits).bit_length() - 1 for _, _, bits in octets]
    found = [(w, at + n, bits.bit_length() - n) for (w, at, bits), n in zip(octets, low, strict=True) if bits]
    return found + [(len(differ) - 1, 0, differ[-1].bit_length())] * (differ[-1] > 0)


@borrowing
def _word(data: Octets, at: Place, end: Place, number: int) -> np.uint64:
    """Eight bytes of a text; after all of them its length."""
    if number == BYTES // 8:
        return np.uint64(end - at)
    return few_bytes(data, at + 8 * number, min(8, end - at - 8 * number))


@compiled
def _seen(laid: Layout, some: Words, every: Words) -> None:
    """Which bits any text has, and which all have."""
    for row in range(len(laid.offsets) - 1):
        at, end = np.int64(laid.offsets[row]), np.int64(laid.offsets[row + 1])
        for number in range(len(some)):
            word = _word(laid.data, at, end, number)
            some[number] |= word
            every[number] &= word


@compiled
def _pack(laid: Layout, pieces: NDArray[np.int64], words: Words) -> None:
    """Add the pieces of each text to its word, at the end."""
    for row in range(len(words)):
        at, end = np.int64(laid.offsets[row]), np.int64(laid.offsets[row + 1])
        packed, number, word = words[row], -1, np.uint64(0)
        for each in range(len(pieces)):
            if number != pieces[each, 0]:
                number = pieces[each, 0]
                word = _word(laid.data, at, end, number)
            width = np.uint64(pieces[each, 2])
            part = word >> np.uint64(pieces[each, 1]) & ((np.uint64(1) << width) - np.uint64(1))
            packed = packed << width | part
        words[row] = packed


def _runs(words: Words) -> Ints:
    """Ids of words of which equal ones stand together."""
    return np.cumsum(np.append(False, words[1:] != words[:-1])[: len(words)])


def _ranked(column: Any) -> tuple[Codes, list[str]]:
    """Each row's rank among the distinct texts, and these in order. Few are distinct."""
    ids, values = codes(column)
    texts = values.to_pylist()
    known = sorted(set(texts))
    rank = {text: i for i, text in enumerate(known)}
    return np.array([rank[t] for t in texts], np.int32)[ids], known


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
