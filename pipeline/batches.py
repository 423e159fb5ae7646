"""A batch for the engine for Chinese people: what of it is new, what it came to, when everything is learned anew."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import lasting
from pipeline.adding import GROWN, Added, counts_of, equal_rows
from pipeline.kept import Store
from pipeline.kept_pairs import begun, renewed
from pipeline.kept_people import (
    SCHEMA,
    People,
    as_pairs,
    commit,
    filled,
    grow,
    options,
    put_index,
    record_words,
    taken,
    whole,
)
from pipeline.kept_results import Happened, names, picked
from pipeline.lasting import Named
from pipeline.linkage_decisions import Decisions
from transforms.matching.belonging import Ids
from transforms.matching.events import EVENTS, happened
from transforms.matching.fingerprints import RECORD
from transforms.matching.increments import Batch, Changed, add
from transforms.matching.kernels import Ints
from transforms.matching.link import Linked, link
from transforms.matching.meeting import Kept, meet
from transforms.matching.model import Model
from transforms.matching.named import SIDES, rows_of
from transforms.matching.remains import birthdays, edges, inside, together
from transforms.matching.tallies import everybody

NOBODY = np.zeros(0, np.int64)


class Results(NamedTuple):
    """What a whole run came to: the `mentions`, what linking them found, its pairs (linkage_pairs.told), more."""

    mentions: pa.Table
    linked: Linked
    pairs: pa.Table
    more: dict[str, pa.Table]


def begin(store: Store, run: Results, named: Named, texts: dict[str, str]) -> None:
    """Write what a whole run came to into `store`, and what later batches need of it.

    `named` has the ids of its members, row by row; `texts` are further results by file name, model.json among them.
    """
    found, size = inside(run.linked), run.mentions.num_rows
    entity, was = np.full((2, size), -1, np.int32)
    entity[run.linked.rows], was[run.linked.rows] = named.now, named.was
    fresh = replace(store.state, run=store.state.run + 1, rows=0, segments=(), birthdays=birthdays(run.mentions))
    store = Store(store.out, replace(fresh, learned=int((entity >= 0).sum())))
    words = {**found.words(), RECORD: record_words(run.mentions)}
    grow(store, run.mentions, words)
    put_index(store, words)
    del words
    seen = everybody(found.seen, run.linked.run.entity(), run.linked.run.state.known.held)
    store.put_base(seen.base)
    bonds = edges(found.bonds, entity, found.cluster)
    node = run.linked.setting.nodes.row
    people = People(entity, found.trusted, bonds, seen, begun(store, _by_row(run.pairs, node)), named.next_id)
    rows, what = happened(was, entity, named.minted) if named.minted > 1 else (NOBODY, NOBODY)
    commit(store, people, Happened(rows, what, was[rows]), texts, run.more)


def _by_row(pairs: pa.Table, row: Ints) -> pa.Table:
    """Pairs of nodes by the rows that these come from."""
    for at, side in enumerate(SIDES):
        pairs = pairs.set_column(at, side, pa.array(row[pairs[side].to_numpy()], pa.int32()))
    return pairs


class _New(NamedTuple):
    """Records of a batch that say something new, the kept rows that they replace (-1: none), and how many do not."""

    mentions: pa.Table
    replaces: Ints
    same: int


def added(store: Store, tables: pa.Table, decided: Decisions, dry: bool) -> Added:
    """Link the records of `tables` to those that are kept; `dry` only says what would happen."""
    from transforms.matching.generic import chinese

    state, segments = store.state, store.segments()
    # of chunks, every column would be looked at as often as there are tables
    mentions = filled(chinese.mentions(tables, state.fields)).combine_chunks()
    before = whole(store, segments)
    new = _news(segments, before.kept, mentions)
    counts = {"records": mentions.num_rows, "unchanged": new.same, "replaced": int((new.replaces >= 0).sum())}
    if not (new.mentions.num_rows or decided.fresh):
        return Added(counts | dict.fromkeys(EVENTS, 0), {"nothing_new": True})
    if state.living + new.mentions.num_rows > GROWN * state.learned:
        return _anew(store, (new, decided), (before.kept.entity, counts, dry))
    model = Model.from_json(store.text("model.json"))
    changed = add(before, _batch(store, new, before.kept.entity, decided), model, decided.of_people())
    some, what = happened(changed.was, changed.entity[changed.rows], state.next_id)
    told = Happened(changed.rows[some], what, changed.was[some])
    if not dry:
        _write(store, new, changed, (told, decided.results))
    return Added(counts | counts_of(told, changed.entity), changed.figures)


def _batch(store: Store, new: _New, entity: Ids, decided: Decisions) -> Batch:
    """The batch, with what was decided about its records, and about kept ones otherwise than things stand.

    Where two of one entity should be so no longer, that is about all of it: others came in through either of them.
    """
    asked = decided.asked
    if not asked.num_rows:
        return Batch(new.mentions, new.replaces, NOBODY)
    stay = _staying(entity, new)
    kept = picked(names(store), stay)
    fresh = new.mentions.rename_columns({"feed": "source"})
    ends = [(asked[f"{side}_source"], asked[f"{side}_key"]) for side in SIDES]
    rows = np.array([np.append(stay, -1)[rows_of(*end, kept)] for end in ends])
    named = np.array([rows_of(*end, fresh) for end in ends])
    one = np.append(entity, -1)[rows]
    undone, same = (pc.equal(asked["verdict"], verdict).to_numpy() for verdict in ("undone", "same"))
    otherwise = undone | ((one[0] == one[1]) != same) | (named >= 0).any(axis=0)
    otherwise &= ((rows >= 0) | (named >= 0)).all(axis=0)
    rows, named, one = rows[:, otherwise], named[:, otherwise], one[:, otherwise]
    parting = stay[np.isin(entity[stay], one[0][(one[0] == one[1]) & (one[0] >= 0)])]
    return Batch(new.mentions, new.replaces, np.union1d(rows[rows >= 0], parting), np.unique(named[named >= 0]))


def _staying(entity: Ids, new: _New) -> Ints:
    """The kept rows that are not replaced."""
    stay = entity >= 0
    stay[new.replaces[new.replaces >= 0]] = False
    return np.flatnonzero(stay)


def _news(segments: list[pa.Table], kept: Kept, mentions: pa.Table) -> _New:
    """What of `mentions` is not kept already, word for word."""
    size = mentions.num_rows
    row, at = meet(kept, {RECORD: record_words(mentions)}, (RECORD,), np.ones(size, bool))
    if not len(row):
        return _New(mentions, np.full(size, -1), 0)
    old, new = taken(segments, row), mentions.take(pa.array(at))
    hit = equal_rows(old, new, ("feed", "record_key"))
    place, same = np.full(size, -1), np.zeros(size, bool)
    place[at[hit]] = row[hit]
    # an address is read only where its parts are not given (linkage_tables.read)
    unread = "address" if len(at) in (old["address"].null_count, new["address"].null_count) else None
    same[at[hit & equal_rows(old, new, (c for c in SCHEMA.names if c != unread))]] = True
    fresh = mentions.filter(pa.array(~same)) if same.any() else mentions
    return _New(fresh, place[~same], int(same.sum()))


def _write(store: Store, new: _New, changed: Changed, more: tuple[Happened, dict[str, pa.Table]]) -> None:
    told, tables = more
    if new.mentions.num_rows:  # not so when all there is are decisions
        grow(store, new.mentions, {**changed.words, RECORD: record_words(new.mentions)})
    days = together(store.state.birthdays, birthdays(new.mentions))
    store.state = replace(store.state, birthdays=days)
    pairs = renewed(store, changed.again, as_pairs(changed.pairs))
    people = People(changed.entity, changed.trusted, changed.edges, changed.tally, pairs, changed.next_id)
    commit(store, people, told, {"model.json": store.text("model.json")}, tables)


def _anew(store: Store, given: tuple[_New, Decisions], how: tuple[Ids, dict[str, int], bool]) -> Added:
    """So much is new that the model should learn from it: everything kept and the batch, linked as a whole."""
    (new, decided), (entity, counts, dry) = given, how
    stay = _staying(entity, new)
    old = taken(store.segments(), stay)
    mentions = pa.concat_tables([old, new.mentions])
    linked = link(mentions, None, decided.of_people(), options(store.state.threshold, store.state.unique))
    # as kept: members.parquet may have been moved away
    before = np.append(entity[stay], np.append(entity, -1)[new.replaces]).astype(np.int64)[linked.rows]
    named = lasting.carried(before, linked.entity, store.state.next_id)
    was, now = (ids.astype(np.int32) for ids in (named.was, named.now))
    rows, what = happened(was, now, named.minted)
    if not dry:
        done = Results(mentions, linked, as_pairs(linked.edges()), decided.results)
        begin(store, done, named, {"model.json": linked.model.to_json()})
    told = Happened(rows, what, was[rows])
    return Added(counts | counts_of(told, now), {"learned_anew": True, **linked.report})
