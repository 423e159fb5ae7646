"""A batch for the engine for any tables: what of it is new, what it came to, and when everything is learned anew."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.errors import Stop
from pipeline import lasting
from pipeline.adding import GROWN, Added, counts_of, equal_rows
from pipeline.kept import AGAIN, State, Store
from pipeline.kept_any import More, Stand, before, begin, commit, happened_to, slim
from pipeline.lasting import Named
from pipeline.linkage_decisions import Decisions
from transforms.matching.events import EVENTS
from transforms.matching.generic.increments import Batch, add
from transforms.matching.generic.link import link
from transforms.matching.generic.model import Model, from_json
from transforms.matching.generic.places import expand
from transforms.matching.generic.prepared import Wanted, bar
from transforms.matching.kernels import Ints
from transforms.matching.named import SIDES, joined, rows_of


class _News(NamedTuple):
    """The kept rows that stay, their records and entities; the records that say something new, what entity each of
    these had in another version (-1: none), and how many say nothing new."""

    stay: Ints
    records: pa.Table
    entity: Ints
    fresh: pa.Table
    was: Ints
    same: int


def added(store: Store, tables: pa.Table, decided: Decisions, dry: bool) -> Added:
    """Link the records of `tables` to those that are kept; `dry` only says what would happen."""
    state, model = store.state, _model(store)
    tables, _ = expand(tables, state.fields, state.entity, model.kinds)
    new = _news(store, slim(tables, model))
    counts = {"records": tables.num_rows, "unchanged": new.same, "replaced": int((new.was >= 0).sum())}
    if not (new.fresh.num_rows or decided.fresh):
        return Added(counts | dict.fromkeys(EVENTS, 0), {"nothing_new": True})
    if state.living + new.fresh.num_rows > GROWN * state.learned:
        return _anew(store, new, (model, decided), (counts, dry))
    rows = np.append(new.stay, state.rows + np.arange(new.fresh.num_rows))
    grown = add(before(store, rows), _batch(new, decided), model, _wanted(state, model), decided.table)
    ids = lasting.carried(np.append(new.entity, new.was), grown.clusters.entity, state.next_id)
    if not dry:
        if new.fresh.num_rows:  # not so when all there is are decisions
            store.grow(new.fresh, (), 0)
        stand = Stand(rows, ids, grown.clusters.mergers, grown.scored)
        commit(store, stand, model, More({"model.json": store.text("model.json")}, decided.results))
    figures = {"pairs_compared": grown.compared, "records_clustered": int(grown.touched.sum())}
    return Added(counts | _counts(ids), figures)


def _model(store: Store) -> Model:
    """What the run learned. Raises Stop for what another version of the program did."""
    try:
        return from_json(store.text("model.json"))
    except (ValueError, KeyError, TypeError) as error:
        raise Stop(str(store.folder), "the model kept there is not this program's", AGAIN) from error


def _counts(ids: Named) -> dict[str, int]:
    return counts_of(happened_to(ids), ids.now.astype(np.int32))


def _news(store: Store, given: pa.Table) -> _News:
    """What of `given` is not kept already, word for word, in order of the names."""
    given = given.sort_by([("source", "ascending"), ("record_key", "ascending")])
    entity = store.arrays("whose")["entity"].astype(np.int64)
    rows = np.flatnonzero(entity >= 0)
    kept = pa.concat_tables(store.segments())
    kept = kept if len(rows) == len(entity) else kept.take(pa.array(rows))
    names = joined(kept["source"], kept["record_key"]).combine_chunks()
    place = pc.fill_null(pc.index_in(joined(given["source"], given["record_key"]), names), -1).to_numpy().astype(int)
    met = np.flatnonzero(place >= 0)
    same = np.zeros(len(place), bool)
    same[met] = equal_rows(kept.take(pa.array(place[met])), given.take(pa.array(met)), given.column_names)
    stay, gone = np.ones(len(rows), bool), place[~same]
    stay[gone[gone >= 0]] = False
    was = np.append(entity[rows], -1)[gone]
    records = kept if stay.all() else kept.filter(pa.array(stay))
    return _News(rows[stay], records, entity[rows[stay]], given.filter(pa.array(~same)), was, int(same.sum()))


def _batch(new: _News, decided: Decisions) -> Batch:
    """The batch; clustered again are entities that lose a version, two of which are decided to be different now, or
    about which a decision was undone."""
    records = pa.concat_tables([new.records, new.fresh])
    entity = np.append(new.entity, np.full(new.fresh.num_rows, -1))
    asked = decided.asked
    rows = np.array([rows_of(asked[f"{side}_source"], asked[f"{side}_key"], records) for side in SIDES])
    ends = np.append(entity, -1)[rows]
    different, undone = (pc.equal(asked["verdict"], verdict).to_numpy() for verdict in ("different", "undone"))
    apart = ends[:, undone | (different & (ends[0] == ends[1]))]
    again = np.isin(entity, np.append(apart, new.was)) & (entity >= 0)
    return Batch(records, entity, np.flatnonzero(again))


def _wanted(state: State, model: Model) -> Wanted:
    return Wanted(model.kinds, list(state.unique), state.entity, state.blocking, *bar(state.threshold))


def _anew(store: Store, new: _News, known: tuple[Model, Decisions], how: tuple[dict[str, int], bool]) -> Added:
    """So much is new that the model should learn from it: everything kept and the batch, linked as a whole."""
    (model, decided), (counts, dry) = known, how
    records = pa.concat_tables([new.records, new.fresh])
    linked = link(records, _wanted(store.state, model), None, decided.table)
    order = pc.sort_indices(records, [("source", "ascending"), ("record_key", "ascending")]).to_numpy()
    was = np.append(new.entity, new.was)[order]  # as kept: members.parquet may have been moved away
    ids = lasting.carried(was, linked.members["entity_id"].to_numpy(), store.state.next_id)
    if not dry:
        begin(store, linked.inside, ids, More({"model.json": linked.model.to_json()}, decided.results))
    return Added(counts | _counts(ids), {"learned_anew": True, **linked.report})
