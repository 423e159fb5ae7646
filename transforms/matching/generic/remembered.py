"""Values as they are kept for later batches: encoded once, and met again by the hashes of their texts.

A field's values are a table: those of the whole run in order of their hashes, and behind them what each batch brought.
The number of a value is its row there, and never changes.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from transforms.matching.generic import titles
from transforms.matching.generic.keys import PARTS, RARE, Key, lasting
from transforms.matching.generic.titles import Tokens
from transforms.matching.generic.values import PACKED, Column, Ints, Records, as_objects, word_texts
from transforms.matching.hashing import text_hash

Words = NDArray[np.uint64]
Numbers = NDArray[np.int32]
UNSEEN = -1  # in place of how many entities hold a value: the run did not see it
KEY = "key "  # begins the names of columns of keys
YEARS = b"huilian.years"  # of a table: births on the first of January are years alone


def remembered(column: Column, held: Ints, keys: Iterable[str]) -> tuple[pa.Table, Ints]:
    """The values of `column`, each `held` by so many entities, with their parts of the `keys` of all fields; and by
    code the row of each.

    hash, held, text, letters, length; where the kind has them ordered, packed, the hashes of words (0 for none) and of
    all words of titles; and a column for each key.
    """
    texts = pa.array(column.text, pa.string())
    hashes = text_hash(texts)
    order = np.argsort(hashes)
    found: dict[str, Any] = {"hash": hashes, "held": held, "text": texts, "letters": column.letters}
    found["length"] = column.length
    if len(column.ordered):
        found["ordered"] = pa.array(column.ordered, pa.string())
    if column.kind in PACKED:
        found["packed"] = column.packed
    if column.titles is not None:
        split = titles.words(texts.to_pylist())
        found["tokens"] = pa.ListArray.from_arrays(split.offsets, pa.array(text_hash(split.flatten())))
    else:
        for at, part in enumerate(word_texts(column.kind, texts.to_pylist())):
            found[f"word{at}"] = np.where(pc.equal(part, "").to_numpy(zero_copy_only=False), 0, text_hash(part))
    for part in PARTS[column.kind]:
        name = Key(column.name, part).name
        if name in keys:
            found[KEY + name] = lasting(column.kind, part, texts)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    table = pa.table(found).take(pa.array(order)).combine_chunks()
    return table.replace_schema_metadata({YEARS: b"1"} if column.years else None), place


class Field(NamedTuple):
    """All kept values of a field: `column` without codes, `keys` by value (and -1 behind them) by name, hashes, and how
    many entities of the run held each (UNSEEN for those that came later)."""

    column: Column
    keys: dict[str, Ints]
    hash: Words
    held: Ints


def field(name: str, kind: str, table: pa.Table, value: Numbers) -> Field:
    """A field from its kept values, of which records have these."""
    size = table.num_rows
    read = {n: _numbers(table[n]) for n in table.column_names if n not in ("text", "ordered", "tokens")}
    said, words = None, np.zeros((size, 3), np.uint64)
    if "tokens" in table.column_names:
        said = _tokens(table["tokens"].combine_chunks(), np.bincount(value[value >= 0], minlength=size))
    for at in range(3):
        if f"word{at}" in read:
            words[:, at] = read[f"word{at}"]
    number = said.rarest if said else _ranked(words)
    ordered = table["ordered"].to_pylist() if "ordered" in table.column_names else []
    nothing = np.zeros(0, np.int64)
    packed = read.get("packed", np.zeros(size, np.uint64))
    years = YEARS in (table.schema.metadata or {})
    column = Column(name, kind, nothing, as_objects(table["text"].to_pylist()), nothing, packed, number, read["length"],
                    read["letters"], as_objects(ordered), said, years)  # fmt: skip
    keys = {n.removeprefix(KEY): np.append(read[n], -1) for n in read if n.startswith(KEY)}
    if said:
        keys |= {Key(name, part).name: np.append(number[:, at], -1) for at, part in enumerate(RARE)}
    return Field(column, keys, read["hash"], read["held"])


def numbered(records: Records, held: Mapping[str, Ints], keys: Iterable[str]) -> tuple[Numbers, dict[str, pa.Table]]:
    """By field and row the number of the record's value, -1 for none; and the values by field, `held` by so many."""
    number, values = np.empty((len(records.columns), records.size), np.int32), dict[str, pa.Table]()
    for at, (name, column) in enumerate(records.columns.items()):
        values[name], place = remembered(column, held[name], keys)
        number[at] = np.append(place, -1)[column.code]
    return number, values


def numbered_among(
    kept: Mapping[str, pa.Table], records: Records, keys: Iterable[str]
) -> tuple[Numbers, dict[str, pa.Table]]:
    """The same of new records among values that are `kept`: those that are not yet there come behind."""
    unseen = {name: np.full(len(column.text), UNSEEN) for name, column in records.columns.items()}
    number, values = numbered(records, unseen, keys)
    for at, name in enumerate(values):
        place, values[name] = met(kept[name], values[name])
        number[at] = np.append(place, -1)[number[at]]
    return number, values


def together(parts: list[pa.Table]) -> pa.Table:
    """The values of one field, batch after batch. One that is empty does not know what it would look like."""
    some = [part for part in parts if part.num_rows] or parts[:1]
    return pa.concat_tables(some).replace_schema_metadata(parts[0].schema.metadata)


def met(kept: pa.Table, table: pa.Table) -> tuple[Ints, pa.Table]:
    """The number among the `kept` values of each of the values of `table`; those of these that are not there yet and
    come behind."""
    have, hashes = _numbers(kept["hash"]), _numbers(table["hash"])
    order = np.argsort(have, kind="stable")  # fast for what is in order in long runs
    place = np.append(order, -1)[np.searchsorted(have, hashes, sorter=order)]
    known = (np.append(have, np.uint64(0))[place] == hashes) & (place >= 0)
    return np.where(known, place, len(have) - 1 + np.cumsum(~known)), table.filter(pa.array(~known))


def _numbers(column: pa.ChunkedArray) -> Any:
    return column.combine_chunks().to_numpy(zero_copy_only=False)


def _ranked(words: Words) -> Ints:
    """Numbers from 0 on in place of hashes (0: none), -1 for none."""
    distinct, number = np.unique(words, return_inverse=True)
    none = int(len(distinct) > 0 and distinct[0] == 0)
    found: Ints = number.reshape(words.shape) - none
    return np.ascontiguousarray(found)


def _tokens(words: pa.ListArray, records: Ints) -> Tokens:
    _, word = np.unique(words.flatten().to_numpy(), return_inverse=True)
    row = pc.list_parent_indices(words).to_numpy().astype(np.int64)
    return titles.weighed(row, word, records)
