"""A batch against what is kept: what is compared, what stays, and how frequent new values are taken to be."""

import numpy as np
import pyarrow as pa
import pytest

from tests.latin import KINDS, people
from transforms.matching.generic.increments import Batch, Before, Grown, Scored, add, counted
from transforms.matching.generic.link import Linked, link
from transforms.matching.generic.prepared import Wanted

WANTED = Wanted(KINDS, [])


@pytest.fixture(scope="module")
def linked() -> Linked:
    """Three records each of a hundred people."""
    return link(people(100, 3, 7)[0], WANTED)


def added(linked: Linked, fresh: pa.Table) -> Grown:
    """The records of `fresh` added to those that are linked."""
    inside = linked.inside
    kept = inside.records.select(["source", "record_key", *KINDS])
    entity = np.append(linked.members["entity_id"].to_numpy(), np.full(fresh.num_rows, -1))
    scored = Scored(inside.found.pairs, inside.found.odds)
    before = Before(
        inside.clusters.mergers, scored, counted(inside), inside.lone, inside.further, np.zeros(0, np.int64)
    )
    batch = Batch(pa.concat_tables([kept, fresh.select(kept.column_names)]), entity, np.zeros(0, np.int64))
    return add(before, batch, linked.model, WANTED)


def named(table: pa.Table, source: str) -> pa.Table:
    """The same records as those of a new source."""
    return table.set_column(0, "source", pa.array([source] * table.num_rows))


def test_strangers_leave_everybody_as_they_were(linked: Linked) -> None:
    grown = added(linked, named(people(20, 1, 99)[0], "z"))
    size = linked.members.num_rows
    old = linked.members["entity_id"].to_numpy()
    assert len(np.unique(old)) == len(np.unique(np.stack([old, grown.clusters.entity[:size]]), axis=1).T)
    assert len(np.unique(grown.clusters.entity[size:])) == 20


def test_copies_join_whom_they_copy_and_kept_pairs_keep_their_odds(linked: Linked) -> None:
    inside, size = linked.inside, linked.members.num_rows
    grown = added(linked, named(inside.records.slice(40, 5), "z"))
    assert grown.clusters.entity[size:].tolist() == grown.clusters.entity[40:45].tolist()
    many = len(inside.found.odds)
    assert grown.scored.odds[:many].tolist() == inside.found.odds.tolist()
    fresh = grown.scored.take(slice(many, None)).pairs
    assert (fresh.b >= size).all()
    assert set(np.flatnonzero(~grown.touched)) & set(fresh.a.tolist()) == set()
    assert grown.compared < inside.found.compared / 10


def test_what_the_run_counted_is_what_a_batch_goes_by(linked: Linked) -> None:
    counts, at = counted(linked.inside), linked.inside.found.at
    for name, column in at.records.columns.items():
        words, held = counts[name]
        assert (words[1:] > words[:-1]).all()
        assert sorted(held) == sorted(at.counts[name])
        assert len(words) == len(column.text)


def test_a_value_that_half_of_a_batch_has_makes_nobody_one(linked: Linked) -> None:
    """The run never saw it: were it taken for rare, it would be a number like any other."""
    new = named(people(40, 1, 98)[0], "z")
    number = pa.array(["0000000"] * 20 + new["number"].to_pylist()[20:])
    grown = added(linked, new.set_column(new.schema.get_field_index("number"), "number", number))
    assert len(np.unique(grown.clusters.entity[-40:])) == 40
