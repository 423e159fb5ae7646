"""`huilian link NEW.yml --out DIR --add`: new records against what DIR keeps, without linking all of it again."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contracts.errors import Stop
from contracts.linkage import Linkage, load
from contracts.mentions import MENTION
from pipeline import lasting, linkage_pairs
from pipeline.kept import AGAIN, State, Store, forgotten, locked, opened
from pipeline.lasting import Named
from pipeline.linkage_progress import Progress
from pipeline.linkage_tables import read
from transforms.matching.events import EVENTS, as_table, happened
from transforms.matching.fingerprints import COLUMNS
from transforms.matching.increments import Batch, Changed, Whole, add
from transforms.matching.kernels import Ints
from transforms.matching.keys import BITS, KIN_BIT
from transforms.matching.link import Linked, link
from transforms.matching.model import Model
from transforms.matching.remains import Edges, edges, inside
from transforms.matching.tallies import Tally, tally
from transforms.matching.touching import Kept
from transforms.matching.vetoes import VETOES
from warehouse.engines.duckdb import DuckDBEngine

GROWN = 1.5  # times as many records as the model was learned from: then everything is linked anew
SCHEMA = pa.schema([("feed", pa.string()), *((name, pa.type_for_alias(kind)) for name, kind in MENTION.items())])


class Added(NamedTuple):
    """What a batch came to, for the terminal: counts of records and entities by what happened to them."""

    counts: dict[str, int]
    report: dict[str, Any]


# --- the whole run ---------------------------------------------------------------------------------------------------


class Results(NamedTuple):
    """What a whole run came to: ids of its members, row by row; its pairs; texts that lie beside them, by file name."""

    named: Named
    pairs: pa.Table
    texts: dict[str, str]


def begin(out: Path, wanted: Linkage, inside_of: tuple[pa.Table, Linked], results: Results) -> None:
    """Write the results of a whole run into `out`, and what later batches need of it.

    `inside_of` are the mentions and what linking them came to.
    """
    with locked(out):
        _begin(out, wanted, inside_of, results)


def _begin(out: Path, wanted: Linkage, inside_of: tuple[pa.Table, Linked], results: Results) -> None:
    mentions, linked = inside_of
    named = results.named
    state = _before(out)
    found = inside(linked)
    name = np.full(mentions.num_rows + 1, -1)
    name[linked.members["cluster"].to_numpy()] = named.now
    entity = name[found.cluster]
    fields = {field: str(f.kind) for field, f in wanted.fields.items()}
    seen = tally(found.seen, linked.found.entity, np.ones(mentions.num_rows, bool))
    fresh = State(wanted.entity, fields, state.run + 1 if state else 1, state.generation if state else 0)
    store = Store(out, replace(fresh, learned=int((entity >= 0).sum()), vague=tuple(sorted(found.vague))))
    store.grow(_slim(mentions), found.words())
    store.put_base(seen.base)
    bonds = edges(found.bonds, entity, found.cluster)
    rows, what = happened(named.was, named.now, named.minted)
    rows, what = (rows, what) if named.minted > 1 else (rows[:0], what[:0])
    members = linked.members.rename_columns({"feed": "source"})
    events = as_table(what, members.take(pa.array(rows)), named.was[rows], named.now[rows])
    whole = _State(entity, found.trusted, bonds, seen, named.next_id)
    _commit(store, whole, results.texts, (results.pairs, events))


def _before(out: Path) -> State | None:
    """What was kept before a whole run; what can't be used any more does not matter to it."""
    try:
        return opened(out)
    except Stop:
        forgotten(out)
        return None


class _State(NamedTuple):
    """What is written anew by every command."""

    entity: Ints
    trusted: Any
    edges: Edges
    tally: Tally
    next_id: int


def _commit(store: Store, now: _State, texts: dict[str, str], tables: tuple[pa.Table, pa.Table]) -> None:
    living = int((now.entity >= 0).sum())
    store.state = replace(
        store.state, next_id=now.next_id, people=now.tally.people, numbered=now.tally.numbered, living=living
    )
    whose = {"entity": now.entity.astype(np.int32), "trusted": now.trusted}
    later = {f"{field}-{i}": c for field, table in now.tally.later.items() for i, c in enumerate(table)}
    pairs, events = tables
    members = lasting.with_next(_members(store, now.entity), now.next_id)
    store.commit(
        {"whose": whose, "edges": now.edges._asdict(), "later": later},
        texts,
        {"members": members, "pairs": pairs, "events": events},
    )


def taken_names(store: Store) -> pa.Table:
    """source and record_key of every kept row."""
    wanted = pa.schema([("feed", pa.string()), ("record_key", pa.string())])
    parts = [t.select(["feed", "record_key"]).cast(wanted) for t in store.segments()]
    return pa.concat_tables(parts).rename_columns(["source", "record_key"])


def _members(store: Store, entity: Ints) -> pa.Table:
    """members.parquet: every living record and its id."""
    table = taken_names(store).append_column("entity_id", pa.array(entity, pa.int64()))
    return table if (entity >= 0).all() else table.filter(pa.array(entity >= 0))


def _slim(mentions: pa.Table) -> pa.Table:
    """Without the columns that say nothing."""
    return mentions.select([c for c in mentions.column_names if mentions[c].null_count < mentions.num_rows])


def _filled(part: pa.Table) -> pa.Table:
    """With all columns of a mention, as plain text."""
    columns = {
        f.name: part[f.name].cast(f.type) if f.name in part.column_names else pa.nulls(part.num_rows, f.type)
        for f in SCHEMA
    }
    return pa.table(columns, schema=SCHEMA)


# --- a batch ---------------------------------------------------------------------------------------------------------


def run(config: Path, out: Path, dry: bool, say: Progress) -> Added:
    """Add the records of the tables of `config` to what `out` keeps; `dry` only says what would happen.

    Raises Stop for a config or table that can't be used and for an `out` that keeps nothing fitting, Retry when another
    command is at work there.
    """
    from transforms.matching.generic import chinese

    wanted = load(config)
    if not out.is_dir():
        raise Stop(f"--out {out}", "there is no such directory", "link everything first, without --add")
    with locked(out):
        kept_state(out, wanted)
        with say.stage("reading") as told:
            tables = read(wanted, config.parent, say, coded=True)
            told.append(f"{tables.num_rows:,} records of {len(wanted.tables)} tables")
        with say.stage("adding") as told:
            kinds = {name: str(field.kind) for name, field in wanted.fields.items()}
            done = batch(out, wanted, _filled(chinese.mentions(tables, kinds)), dry)
            told.append("nothing new" if "nothing_new" in done.report else f"{done.counts['entities']:,} entities")
    return done


def kept_state(out: Path, wanted: Linkage) -> State:
    """What `out` keeps. Raises Stop when it keeps nothing, or something of another config."""
    state = opened(out)
    if state is None:
        raise Stop(
            f"--out {out}", "nothing is kept there to add to", "link everything first, without --add (and --no-keep)"
        )
    fields = {field: str(f.kind) for field, f in wanted.fields.items()}
    if (state.entity, state.fields) != (wanted.entity, fields):
        odd = sorted(set(state.fields.items()) ^ set(fields.items()))
        what = ", ".join(sorted({f for f, _ in odd})) or "entity"
        raise Stop(f"--out {out}", f"what is kept there comes from a config that differs in {what}",
                   "compare by the same fields as before, or link everything into another directory")  # fmt: skip
    return state


class _New(NamedTuple):
    """Records of a batch that say something new, and the kept rows that they replace (-1: none)."""

    mentions: pa.Table
    replaces: Ints
    same: int


def batch(out: Path, wanted: Linkage, mentions: pa.Table, dry: bool) -> Added:
    """Add `mentions` to what `out` keeps; `dry`: only say what would happen."""
    state = kept_state(out, wanted)
    store = Store(out, state)
    segments = store.segments()
    entity = store.arrays("whose")["entity"].astype(np.int64)
    new = _news(segments, entity, mentions)
    counts = {"records": mentions.num_rows, "unchanged": new.same, "replaced": int((new.replaces >= 0).sum())}
    if not new.mentions.num_rows:
        return Added(counts | dict.fromkeys(EVENTS, 0), {"nothing_new": True})
    if state.living + new.mentions.num_rows > GROWN * state.learned:
        return _anew(store, wanted, new, (counts, dry))
    model = Model.from_json(store.text("model.json"))
    with DuckDBEngine() as engine:
        changed = add(
            _whole(store, segments, entity), Batch(new.mentions, new.replaces, new.replaces[:0]), model, engine
        )
    rows, what = happened(changed.was, changed.entity, state.next_id)
    counts |= _counted(what, rows, changed.was, changed.entity)
    if not dry:
        _write(store, new, changed, (rows, what))
    return Added(counts, changed.figures)


def _news(segments: list[pa.Table], entity: Ints, mentions: pa.Table) -> _New:
    """What of `mentions` is not kept already, word for word."""
    place = np.full(mentions.num_rows, -1)
    first = 0
    for segment in segments:
        for source in pc.unique(mentions["feed"]).to_pylist():
            rows = np.flatnonzero(pc.equal(mentions["feed"], source).to_numpy())
            have = np.flatnonzero(pc.equal(segment["feed"].cast(pa.string()), source).to_numpy())
            have = have[entity[first + have] >= 0]
            if not len(have):
                continue
            keys = mentions["record_key"].take(pa.array(rows)).combine_chunks().cast(pa.string())
            at = pc.index_in(segment["record_key"].take(pa.array(have)).cast(pa.string()), keys)
            hit = np.flatnonzero(at.is_valid().to_numpy())
            place[rows[at.take(pa.array(hit)).to_numpy()]] = first + have[hit]
        first += segment.num_rows
    known = np.flatnonzero(place >= 0)
    same = np.zeros(mentions.num_rows, bool)
    if len(known):
        same[known] = _equal(taken(segments, place[known]), _filled(mentions.take(pa.array(known))))
    fresh = np.flatnonzero(~same)
    return _New(mentions.take(pa.array(fresh)), place[fresh], int(same.sum()))


def _equal(one: pa.Table, other: pa.Table) -> Any:
    same = np.ones(one.num_rows, bool)
    for name in one.column_names:
        a, b = one[name], other[name]
        alike = pc.or_(pc.fill_null(pc.equal(a, b), False), pc.and_(pc.is_null(a), pc.is_null(b)))
        same &= alike.to_numpy()
    return same


def taken(segments: list[pa.Table], rows: Ints) -> pa.Table:
    """Kept mentions by row, in the order of `rows`, every column as plain text."""
    starts = np.cumsum([0, *(s.num_rows for s in segments)])
    where = np.searchsorted(starts, rows, "right") - 1
    order = np.argsort(where, kind="stable")
    parts = [SCHEMA.empty_table()]
    for i, segment in enumerate(segments):
        part = rows[order][where[order] == i]
        if len(part):
            parts.append(_filled(segment.take(pa.array(part - starts[i]))))
    table = pa.concat_tables(parts)
    if (order == np.arange(len(order))).all():
        return table
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return table.take(pa.array(back))


def _whole(store: Store, segments: list[pa.Table], entity: Ints) -> Whole:
    state = store.state
    kept = Kept(store.words(COLUMNS), entity, store.arrays("whose")["trusted"], state.next_id)
    found, later = store.arrays("edges"), store.arrays("later")
    base = store.base()
    after = {field: (later[f"{field}-0"], later[f"{field}-1"]) for field in base if f"{field}-0" in later}
    known = Tally(base, after, state.people, state.numbered, state.living)
    return Whole(kept, Edges(**found), known, frozenset(state.vague), state.next_id, lambda rows: taken(segments, rows))


def _counted(what: Ints, rows: Ints, was: Ints, now: Ints) -> dict[str, int]:
    """Records of new people, records that joined or moved; entities that merged into others or split off."""
    ends = {"new": None, "joined": None, "merged": was, "split": now, "moved": None}
    counts: dict[str, int] = {}
    for i, event in enumerate(EVENTS):
        some = rows[what == i]
        by = ends[event]
        counts[event] = len(some) if by is None else len(np.unique(by[some]))
    return counts | {"entities": len(np.unique(now[now >= 0]))}


def _write(store: Store, new: _New, changed: Changed, events: tuple[Ints, Ints]) -> None:
    older = _others(store, changed.again)
    store.grow(_slim(new.mentions), changed.words)
    rows, what = events
    table = as_table(what, taken_names(store).take(pa.array(rows)), changed.was[rows], changed.entity[rows])
    fresh = linkage_pairs.named(changed.pairs, taken_names(store), {**BITS, "kin": KIN_BIT}, VETOES)
    pairs = pa.concat_tables([older, fresh.cast(older.schema)])
    now = _State(changed.entity, changed.trusted, changed.edges, changed.tally, changed.next_id)
    _commit(store, now, {"model.json": store.text("model.json")}, (pairs, table))


def _others(store: Store, again: Ints) -> pa.Table:
    """The pairs that are not about any of the kept rows that were recognised `again`."""
    try:
        pairs = pq.read_table(store.out / "pairs.parquet")
    except (OSError, pa.ArrowException) as error:
        raise Stop(f"{store.out.name}/pairs.parquet", "can't be read", AGAIN) from error
    named = taken_names(store).take(pa.array(again))
    names = pc.binary_join_element_wise(named["source"], named["record_key"], "\t").combine_chunks()
    drop = np.zeros(pairs.num_rows, bool)
    for side in ("left", "right"):
        name = pc.binary_join_element_wise(pairs[f"{side}_source"].cast(pa.string()), pairs[f"{side}_key"], "\t")
        drop |= pc.is_in(name, names).to_numpy()
    return pairs.filter(pa.array(~drop))


def _anew(store: Store, wanted: Linkage, new: _New, how: tuple[dict[str, int], bool]) -> Added:
    """So much is new that the model should learn from it: everything kept and the batch, linked as a whole."""
    counts, dry = how
    entity = store.arrays("whose")["entity"].astype(np.int64)
    entity[new.replaces[new.replaces >= 0]] = -1
    old = taken(store.segments(), np.flatnonzero(entity >= 0))
    mentions = pa.concat_tables([old, _filled(new.mentions)])
    with DuckDBEngine() as engine:
        linked = link(mentions, None, engine)
    members = linked.members.rename_columns({"feed": "source", "cluster": "entity_id"})
    named = lasting.named(store.out, members)
    pairs = linkage_pairs.named(linked.edges(), members, {**BITS, "kin": KIN_BIT}, VETOES)
    rows, what = happened(named.was, named.now, named.minted)
    if not dry:
        _begin(store.out, wanted, (mentions, linked), Results(named, pairs, {"model.json": linked.model.to_json()}))
    return Added(counts | _counted(what, rows, named.was, named.now), {"learned_anew": True, **linked.report})
