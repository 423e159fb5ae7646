"""A batch against what is kept: what is compared, what stays, and how frequent new values are taken to be."""

import numpy as np
import pyarrow as pa
import pytest

from tests.latin import KINDS, people
from transforms.matching.generic.blocking import most_values
from transforms.matching.generic.ground import Everybody, Ground, ground
from transforms.matching.generic.increments import Asked, Before, Grown, add
from transforms.matching.generic.link import Linked, link
from transforms.matching.generic.prepared import Wanted, bar
from transforms.matching.generic.remembered import field, numbered, numbered_among, together
from transforms.matching.generic.stage import Scored
from transforms.matching.generic.values import encode
from transforms.matching.named import Verdicts

WANTED = Wanted(KINDS, [])
NOTHING = np.zeros(0, np.int64)


@pytest.fixture(scope="module")
def linked() -> Linked:
    """Three records each of a hundred people."""
    return link(people(100, 3, 7)[0], WANTED)


def everybody(linked: Linked, fresh: pa.Table) -> Ground:
    """The records that are linked, and behind them those of `fresh`."""
    at, size = linked.inside.found.at, linked.members.num_rows
    kept, values = numbered(at.records, at.counts, at.keys)
    new, more = numbered_among(values, encode(fresh, KINDS, []), at.keys)
    value = np.hstack([kept, new])
    entity = np.append(linked.members["entity_id"].to_numpy(), np.full(fresh.num_rows, -1)).astype(np.int32)
    source = np.append(at.records.source, np.full(fresh.num_rows, 3)).astype(np.int32)
    every = Everybody(value, source, entity, np.ones(size + fresh.num_rows, bool), np.zeros(4, bool))
    together_ = {name: together([values[name], more[name]]) for name in KINDS}
    return ground(every, {name: field(name, KINDS[name], together_[name], value[i]) for i, name in enumerate(KINDS)})


def added(linked: Linked, fresh: pa.Table) -> Grown:
    """The records of `fresh` added to those that are linked."""
    inside = linked.inside
    scored = Scored(inside.found.pairs, inside.found.odds)
    finer = tuple(most_values(inside.found.at.keys))
    before = Before(inside.clusters.mergers, scored, inside.lone, inside.further, finer)
    asked = Asked(Verdicts(*np.zeros((2, 2, 0), np.int64)), NOTHING, NOTHING)
    return add(everybody(linked, fresh), before, linked.model, bar(None), asked)


def whose(linked: Linked, grown: Grown) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """By row the first row of its entity."""
    rows = np.arange(max(linked.members.num_rows, int(grown.rows.max()) + 1))
    _, first = np.unique(linked.members["entity_id"].to_numpy(), return_index=True)
    rows[: linked.members.num_rows] = first[linked.members["entity_id"].to_numpy() - 1]
    rows[grown.rows] = grown.entity
    return rows


def named(table: pa.Table, source: str) -> pa.Table:
    """The same records as those of a new source."""
    return table.set_column(0, "source", pa.array([source] * table.num_rows))


def test_strangers_leave_everybody_as_they_were(linked: Linked) -> None:
    entity = whose(linked, added(linked, named(people(20, 1, 99)[0], "z")))
    size = linked.members.num_rows
    old = linked.members["entity_id"].to_numpy()
    assert len(np.unique(old)) == len(np.unique(np.stack([old, entity[:size]]), axis=1).T)
    assert len(np.unique(entity[size:])) == 20


def test_copies_join_whom_they_copy_and_only_new_pairs_are_scored(linked: Linked) -> None:
    inside, size = linked.inside, linked.members.num_rows
    grown = added(linked, named(inside.records.slice(40, 5), "z"))
    entity = whose(linked, grown)
    assert entity[size:].tolist() == entity[40:45].tolist()
    assert (grown.scored.pairs.b >= size).all()
    assert grown.compared < inside.found.compared / 10
    assert grown.touched <= len(grown.rows) < size


def test_what_the_run_counted_is_what_a_batch_goes_by(linked: Linked) -> None:
    known, at = everybody(linked, named(people(3, 1, 98)[0], "z")), linked.inside.found.at
    for name, column in at.records.columns.items():
        counts = dict(zip(known.fields[name].column.text, known.counts[name].tolist(), strict=True))
        assert {text: counts[text] for text in column.text} == dict(zip(column.text, at.counts[name], strict=True))


def test_a_value_that_half_of_a_batch_has_makes_nobody_one(linked: Linked) -> None:
    """The run never saw it: were it taken for rare, it would be a number like any other."""
    new = named(people(40, 1, 98)[0], "z")
    number = pa.array(["0000000"] * 20 + new["number"].to_pylist()[20:])
    grown = added(linked, new.set_column(new.schema.get_field_index("number"), "number", number))
    assert len(np.unique(whose(linked, grown)[-40:])) == 40
