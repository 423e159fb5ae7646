"""A batch for the engine for any tables: what of it is new, what it came to, and when everything is learned anew."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.errors import Stop
from pipeline import kept_any, lasting
from pipeline.adding import GROWN, Added, counts_of, equal_rows
from pipeline.kept import AGAIN, State, Store
from pipeline.kept_any import Kept, More, Rows, Stand, Words, as_numbers, begin, commit, happened_to, named, slim
from pipeline.kept_pairs import renewed
from pipeline.kept_results import NAMES, picked
from pipeline.lasting import Named
from pipeline.linkage_decisions import Decisions
from transforms.matching.belonging import Ids
from transforms.matching.events import EVENTS
from transforms.matching.generic import evidence
from transforms.matching.generic.ground import Codes, Everybody, Ground, ground, having
from transforms.matching.generic.increments import Asked, Before, Grown, add
from transforms.matching.generic.link import link
from transforms.matching.generic.model import Model, from_json
from transforms.matching.generic.patterns import BY_NO_RULE
from transforms.matching.generic.places import expand
from transforms.matching.generic.prepared import Wanted, bar, once_each
from transforms.matching.generic.remembered import YEARS, field, numbered_among, together
from transforms.matching.generic.stage import Scored
from transforms.matching.generic.values import Taken, encode
from transforms.matching.kernels import Flags, Ints
from transforms.matching.named import SIDES, Verdicts


class _News(NamedTuple):
    """Records that say something new, with hashes of their names; the kept row of which each is another version (-1:
    none); how many say nothing new."""

    fresh: pa.Table
    names: Words
    replaces: Ints
    same: int

    @property
    def gone(self) -> Ints:
        """The kept rows that are replaced."""
        return self.replaces[self.replaces >= 0]


class _Encoded(NamedTuple):
    """New records as numbers, the names of sources, the values that are new by field, and all values."""

    value: Codes
    source: Codes
    sources: list[str]
    fresh: dict[str, pa.Table]
    values: dict[str, pa.Table]


class _Done(NamedTuple):
    """What a batch came to: ids of the rows that were looked at, by row whose everybody is, all pairs."""

    grown: Grown
    ids: Named
    entity: Ids
    scored: Scored
    since: Scored


def added(store: Store, tables: pa.Table, decided: Decisions, dry: bool) -> Added:
    """Link the records of `tables` to those that are kept; `dry` only says what would happen."""
    state, model = store.state, _model(store)
    tables, _ = expand(tables, state.fields, state.entity, model.kinds)
    kept = kept_any.kept(store, len(model.kinds))
    new = _news(store, kept, slim(tables, model))
    counts = {"records": tables.num_rows, "unchanged": new.same, "replaced": len(new.gone)}
    if not (new.fresh.num_rows or decided.fresh):
        return Added(counts | dict.fromkeys(EVENTS, 0), {"nothing_new": True})
    once_each(new.fresh)
    if state.living + new.fresh.num_rows > GROWN * state.learned:
        return _anew(store, (kept, new), (model, decided), (counts, dry))
    encoded = _encoded(store, kept, new, model)
    done = _done(store, (kept, new), _ground(state, model.kinds, (kept, new, encoded)), (model, decided))
    if not dry:
        _write(store, (kept, new, encoded), done, (model, decided))
    told = happened_to(done.ids)
    told = told._replace(rows=done.grown.rows[told.rows])
    figures = {"pairs_compared": done.grown.compared, "records_clustered": done.grown.touched}
    return Added(counts | counts_of(told, done.entity), figures)


def _model(store: Store) -> Model:
    """What the run learned. Raises Stop for what another version of the program did."""
    try:
        return from_json(store.text("model.json"))
    except (ValueError, KeyError, TypeError) as error:
        raise Stop(str(store.folder), "the model kept there is not this program's", AGAIN) from error


def _news(store: Store, kept: Kept, given: pa.Table) -> _News:
    """What of `given` is not kept already, word for word, in order of the names."""
    given = given.sort_by([("source", "ascending"), ("record_key", "ascending")])
    names = named(given["source"], given["record_key"])
    place = _rows(kept.names, kept.entity >= 0, names)
    known = np.flatnonzero(place >= 0)
    old, now = picked(store.segments(), place[known]), given.take(pa.array(known))
    place[known[~equal_rows(old, now, NAMES)]] = -1  # another name has its hash
    same = np.zeros(len(place), bool)
    same[known] = equal_rows(old, now, given.column_names)
    return _News(given.filter(pa.array(~same)), names[~same], place[~same], int(same.sum()))


def _rows(names: Words, there: Flags, wanted: Words) -> Ints:
    """The row that is `there` of each `wanted` name, by their hashes; -1 for none."""
    numbers, asked = ((hashes >> np.uint64(1)).astype(np.int64) for hashes in (names, wanted))
    rows = having(numbers, there, asked)
    number = numbers[rows]
    order = np.argsort(number)
    at = np.searchsorted(number, asked, sorter=order)
    rows, number = np.append(rows[order], -1)[at], np.append(number[order], -1)[at]
    return np.where(number == asked, rows, -1)


def _encoded(store: Store, kept: Kept, new: _News, model: Model) -> _Encoded:
    """The new records, their values looked up among those that are kept."""
    state, values = store.state, kept_any.values(store, list(model.kinds))
    taken = Taken(model.titles, {n for n, table in values.items() if YEARS in (table.schema.metadata or {})})
    records = encode(new.fresh, model.kinds, list(state.unique), state.entity, taken)
    value, fresh = numbered_among(values, records, state.finer)
    values = {name: together([values[name], fresh[name]]) for name in values}
    named = new.fresh["source"].to_pylist()
    number = {source: at for at, source in enumerate(dict.fromkeys([*kept.sources, *named]))}
    source = np.array([number[source] for source in named], np.int32)
    return _Encoded(value, source, list(number), fresh, values)


def _ground(state: State, kinds: dict[str, str], rows: tuple[Kept, _News, _Encoded]) -> Ground:
    """Everybody, kept and new."""
    kept, new, encoded = rows
    numbers, many = kept.numbers.view(np.int32), len(encoded.values)
    value = np.hstack([numbers[:, :many].T, encoded.value])
    there = np.append(kept.entity >= 0, np.ones(len(encoded.source), bool))
    there[new.gone] = False
    entity = np.append(kept.entity, np.full(len(encoded.source), -1, np.int32))
    unique = np.array([source in state.unique for source in encoded.sources], bool)
    every = Everybody(np.ascontiguousarray(value), np.append(numbers[:, many], encoded.source), entity, there, unique)
    fields = {}
    for at, (name, kind) in enumerate(kinds.items()):
        fields[name] = field(name, kind, encoded.values[name], value[at, there])
    return ground(every, fields)


def _done(store: Store, rows: tuple[Kept, _News], ground: Ground, said: tuple[Model, Decisions]) -> _Done:
    """The new records clustered with what they touch, and the ids that everybody has then."""
    state, (kept, new), (model, decided), every = store.state, rows, said, ground.every
    run, later = kept_any.scored(store)
    both = run.and_(later)
    a, b = both.pairs[:2]
    gone = np.zeros(ground.size, bool)
    gone[new.gone] = True
    bereft = b[gone[a] & every.there[b] & (both.pairs.rules == BY_NO_RULE)]
    both = both.take(every.there[a] & every.there[b])
    before = Before(kept_any.mergers(store, every.there), both, state.lone, list(state.further), state.finer)
    asked = _asked(np.append(kept.names, new.names), every, decided)
    asked = asked._replace(again=np.append(asked.again, new.gone), bereft=bereft)
    grown = add(ground, before, model, bar(state.threshold), asked)
    was = np.append(kept.entity, np.append(kept.entity, -1)[new.replaces])
    ids = lasting.carried(was[grown.rows].astype(np.int64), grown.entity, state.next_id)
    entity = np.where(every.there, every.entity, np.int32(-1))
    entity[grown.rows] = ids.now
    later = later.take(every.there[later.pairs.a] & every.there[later.pairs.b])
    return _Done(grown, ids, entity, both.and_(grown.scored), later.and_(grown.scored))


def _asked(names: Words, every: Everybody, decided: Decisions) -> Asked:
    """What was decided; clustered again are entities two of which are decided to be different now, or about which a
    decision was undone."""
    asked = decided.asked
    rows = np.array([_rows(names, every.there, named(asked[f"{s}_source"], asked[f"{s}_key"])) for s in SIDES])
    here = (rows >= 0).all(axis=0)
    same, different, undone = (pc.equal(asked["verdict"], v).to_numpy() for v in ("same", "different", "undone"))
    one, other = np.append(every.entity, -1)[rows]
    again = rows[:, undone | (different & (one == other))]
    return Asked(Verdicts(rows[:, here & same], rows[:, here & different]), again[again >= 0], rows[0, :0])


def _write(store: Store, rows: tuple[Kept, _News, _Encoded], done: _Done, said: tuple[Model, Decisions]) -> None:
    (kept, new, encoded), (model, decided) = rows, said
    if new.fresh.num_rows:  # not so when all there is are decisions
        numbers = as_numbers(encoded.value, encoded.source, new.names)
        kept_any.grow(store, Rows(new.fresh, numbers, encoded.fresh))
    marks = np.zeros(len(done.entity), bool)
    again = kept_any.otherwise(kept.entity, done.entity)
    marks[again] = True
    some = done.scored.take(marks[done.scored.pairs.a] | marks[done.scored.pairs.b])
    pairs = renewed(store, again, evidence.told(done.entity, some.pairs, some.odds, model))
    told = happened_to(done.ids)
    told = told._replace(rows=done.grown.rows[told.rows])
    stand = Stand(done.entity, done.grown.mergers, done.since, pairs, told, done.ids.next_id, encoded.sources)
    commit(store, stand, More({"model.json": store.text("model.json")}, decided.results))


def _anew(
    store: Store, rows: tuple[Kept, _News], said: tuple[Model, Decisions], how: tuple[dict[str, int], bool]
) -> Added:
    """So much is new that the model should learn from it: everything kept and the batch, linked as a whole."""
    (kept, new), (model, decided), (counts, dry) = rows, said, how
    stays = kept.entity >= 0
    stays[new.gone] = False
    stay = np.flatnonzero(stays)
    records = pa.concat_tables([picked(store.segments(), stay), new.fresh])
    state = store.state
    wanted = Wanted(model.kinds, list(state.unique), state.entity, state.blocking, *bar(state.threshold))
    linked = link(records, wanted, None, decided.table)
    order = pc.sort_indices(records, [("source", "ascending"), ("record_key", "ascending")]).to_numpy()
    # as kept: members.parquet may have been moved away
    was = np.append(kept.entity[stay], np.append(kept.entity, -1)[new.replaces])[order].astype(np.int64)
    ids = lasting.carried(was, linked.members["entity_id"].to_numpy(), state.next_id)
    if not dry:
        begin(store, linked.inside, ids, More({"model.json": linked.model.to_json()}, decided.results))
    return Added(
        counts | counts_of(happened_to(ids), ids.now.astype(np.int32)), {"learned_anew": True, **linked.report}
    )
