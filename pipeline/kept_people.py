"""The state of the engine for Chinese people in the files of a Store: what a run leaves, what a batch finds there.

Rows are those of the kept mentions, in the order in which they came.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from contracts.mentions import MENTION
from pipeline import linkage_pairs
from pipeline.kept import Store
from pipeline.kept_pairs import Renewed
from pipeline.kept_results import Happened, Whose, coded, picked, results
from transforms.matching.belonging import Ids
from transforms.matching.fingerprints import KEPT, RECORD, Fingerprints, Short, table
from transforms.matching.hashing import mix, text_hash
from transforms.matching.increments import Whole
from transforms.matching.kernels import Flags, Ints
from transforms.matching.keys import BITS, KIN_BIT
from transforms.matching.meeting import Buckets, Index, Kept, indexed
from transforms.matching.remains import Edges
from transforms.matching.stable import short
from transforms.matching.tallies import Tally
from transforms.matching.touching import INDEXED
from transforms.matching.vetoes import VETOES
from transforms.matching.world import Options

SCHEMA = pa.schema([("feed", pa.string()), *((name, pa.type_for_alias(kind)) for name, kind in MENTION.items())])
BY = (*INDEXED, ((RECORD,), False))
PART = 1 << 16  # rows of which a table of words is made at once


class People(NamedTuple):
    """What every command writes anew: by row the entity (-1: replaced) and whether it has a number of its own; what is
    in doubt; frequencies; the pairs; and the id that comes next."""

    entity: Ids
    trusted: Flags
    edges: Edges
    tally: Tally
    pairs: Renewed
    next_id: int


def commit(
    store: Store, people: People, happened: Happened, texts: dict[str, str], more: Mapping[str, pa.Table]
) -> None:
    """Make `people` the next generation of `store`, with its results: members, pairs, events, `texts` and tables."""
    living, tally = int((people.entity >= 0).sum()), people.tally
    store.state = replace(
        store.state, next_id=people.next_id, people=tally.people, numbered=tally.numbered, living=living
    )
    kept = {
        "whose": pa.table({"entity": people.entity, "trusted": people.trusted}),
        "edges": pa.table(people.edges._asdict()),
        "later": _later(tally),
        **people.pairs.kept,
    }
    tables = results(store, Whose(people.entity, people.next_id), people.pairs.now, happened)
    store.commit(kept, texts, {**tables, **more})


def _later(tally: Tally) -> pa.Table:
    """The differences to the frequencies of the run, field after field."""
    tables = [tally.later.get(field, (np.zeros(0, np.uint64), np.zeros(0, np.int64))) for field in tally.base]
    return pa.table(
        {
            "field": np.repeat(np.arange(len(tables), dtype=np.uint8), [len(hashes) for hashes, _ in tables]),
            "hash": np.concatenate([hashes for hashes, _ in tables]),
            "count": np.concatenate([count for _, count in tables]),
        }
    )


def record_words(mentions: pa.Table) -> Short:
    """A word for each record by its name, feed and key, by which a batch finds those that are there already."""
    feeds, values = coded(mentions["feed"])
    return short(mix([text_hash(values)[feeds], text_hash(mentions["record_key"])]))


def grow(store: Store, mentions: pa.Table, words: Fingerprints) -> None:
    """Put mentions and their words (of KEPT) behind those that are kept."""
    parts = range(0, mentions.num_rows, PART)
    # of chunks, all would be put together whenever a row of them is taken
    slender = slim(mentions).combine_chunks()
    store.grow(slender, (table({c: w[at : at + PART] for c, w in words.items()}) for at in parts), len(KEPT))


def put_index(store: Store, words: Fingerprints) -> None:
    """By what batches will find the mentions of a whole run."""
    found = {how: indexed(words, *how) for how in BY}
    named = {f"{_name(*how)} {part}": numbers for how, one in found.items() for part, numbers in one._asdict().items()}
    store.put_index(named, len(words[RECORD]))


def _index(store: Store) -> Index:
    found, numbers = dict[bool, dict[tuple[str, ...], Buckets]]({False: {}, True: {}}), store.index()
    for columns, again in BY:
        found[again][columns] = Buckets(*(numbers[f"{_name(columns, again)} {part}"] for part in Buckets._fields))
    return Index(store.state.indexed, found[False], found[True])


def _name(columns: tuple[str, ...], again: bool) -> str:
    return "+".join(columns) + ("-again" if again else "")


def whole(store: Store, segments: list[pa.Table]) -> Whole:
    """All that `store` keeps, as a batch needs it."""
    state, whose, later, base = store.state, store.arrays("whose"), store.arrays("later"), store.base()
    ends = np.searchsorted(later["field"], np.arange(len(base) + 1)).tolist()
    kept = Kept(store.words(len(KEPT)), whose["entity"], whose["trusted"], state.next_id, _index(store))
    hashes, counts = (np.split(later[name], ends[1:-1]) for name in ("hash", "count"))
    after = dict(zip(base, zip(hashes, counts, strict=True), strict=True))
    known = Tally(base, after, state.people, state.numbered, state.living)
    found, how = Edges(**store.arrays("edges")), options(state.threshold, state.unique)
    return Whole(kept, found, known, state.birthdays, state.next_id, lambda rows: taken(segments, rows), how)


def options(threshold: float | None, unique: Iterable[str]) -> Options:
    """How a config is linked: its least probability of a merger, if it sets one, and sources naming everybody once."""
    chosen = Options(unique=frozenset(unique))
    if threshold is None:
        return chosen
    return replace(chosen, accept=threshold, precision=0.0, grey=min(chosen.grey, threshold))


def as_pairs(edges: pa.Table) -> pa.Table:
    """The edges of a run (evidence.edges) as pairs.parquet has them, but for the names of records."""
    return linkage_pairs.told(edges, {**BITS, "kin": KIN_BIT}, VETOES)


def slim(mentions: pa.Table) -> pa.Table:
    """Without the columns that say nothing."""
    return mentions.select([c for c in mentions.column_names if mentions[c].null_count < mentions.num_rows])


def filled(part: pa.Table) -> pa.Table:
    """With all columns of a mention, as plain text."""
    have, size = set(part.column_names), part.num_rows

    def column(name: str, kind: pa.DataType) -> pa.ChunkedArray | pa.Array:
        if name not in have:
            return pa.nulls(size, kind)
        return part[name] if part[name].type == kind else part[name].cast(kind)

    return pa.table([column(f.name, f.type) for f in SCHEMA], SCHEMA)


def taken(segments: list[pa.Table], rows: Ints) -> pa.Table:
    """Kept mentions by row, in the order of `rows`, every column as plain text."""
    return picked(segments, rows, filled)
