"""A batch against what exists: the same people as if all had come at once, and nobody touched without need."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.linkage.county import county
from benchmarks.linkage.measure import accuracy
from transforms.matching.fingerprints import table
from transforms.matching.hashing import text_hash
from transforms.matching.increments import Batch, Changed, Whole, add
from transforms.matching.link import Linked, link
from transforms.matching.meeting import Kept
from transforms.matching.persons import by_first
from transforms.matching.remains import birthdays, edges, inside
from transforms.matching.stable import short, spread
from transforms.matching.tallies import everybody, tally

NOBODY = np.zeros(0, np.int64)


def run(mentions: pa.Table) -> Linked:
    return link(mentions, None)


def whole(linked: Linked, mentions: pa.Table) -> Whole:
    """What is kept of a run whose ids are minted from 0 on."""
    found = inside(linked)
    entity, size = by_first(found.cluster).astype(np.int32), mentions.num_rows
    people = int(entity.max()) + 1
    seen = tally(found.seen, linked.found.entity, np.ones(size, bool))
    kept = Kept(table(found.words()), entity, found.trusted, people)
    bonds = edges(found.bonds, entity, found.cluster)
    return Whole(kept, bonds, seen, birthdays(mentions), people, lambda rows: mentions.take(pa.array(rows)))


def added(before: Whole, linked: Linked, mentions: pa.Table, replaces: Any = None) -> Changed:
    old = np.full(mentions.num_rows, -1) if replaces is None else np.array(replaces)
    return add(before, Batch(mentions, old, NOBODY), linked.model)


@pytest.fixture(scope="module")
def people() -> pa.Table:
    """A county of 1,000."""
    return county(1000, seed=5)[0]


@pytest.fixture(scope="module")
def split(people: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Most of the mentions, and every twentieth."""
    late = np.random.default_rng(3).permutation(people.num_rows) % 20 == 0
    return people.filter(pa.array(~late)), people.filter(pa.array(late))


@pytest.fixture(scope="module")
def first(split: tuple[pa.Table, pa.Table]) -> Linked:
    """The first ones, linked."""
    return run(split[0])


def test_a_batch_ends_where_a_whole_run_ends(split: tuple[pa.Table, pa.Table], first: Linked) -> None:
    """But for a few in ten thousand pairs, which depend on what the run's model was learned from."""
    old, new = split
    found = added(whole(first, old), first, new)
    everything = inside(run(pa.concat_tables([old, new]))).cluster
    assert accuracy(found.entity, everything).f1 > 0.998
    assert found.figures["looked_at"] < old.num_rows / 2


def test_only_what_the_batch_explains_changes_an_id(split: tuple[pa.Table, pa.Table], first: Linked) -> None:
    """Every entity that a record left or joined holds a mention of the batch, or one that was its rival."""
    old, new = split
    before = whole(first, old)
    found = added(before, first, new)
    size = old.num_rows
    changed = np.flatnonzero(found.entity[:size] != before.kept.entity)
    assert len(changed) < 10
    fresh = set(found.entity[size:].tolist())
    minted = set(found.entity[changed][found.entity[changed] >= before.next_id].tolist())
    joined = set(found.entity[changed].tolist()) - minted
    assert joined <= fresh
    assert set(changed) <= set(found.rows)
    told = dict(zip(found.rows.tolist(), found.was.tolist(), strict=True))
    assert all(told[row] == before.kept.entity[row] for row in changed)
    assert found.next_id == int(found.entity.max()) + 1


def test_the_same_mentions_again_join_themselves(split: tuple[pa.Table, pa.Table], first: Linked) -> None:
    """New versions that say what the old ones said: everybody stays who they are, and the old rows are out."""
    old = split[0]
    before = whole(first, old)
    rows = np.arange(0, old.num_rows, 40)
    found = added(before, first, old.take(pa.array(rows)), rows)
    assert (found.entity[rows] == -1).all()
    again = found.entity[old.num_rows :]
    assert np.mean(again == before.kept.entity[rows]) > 0.99
    rest = np.setdiff1d(np.arange(old.num_rows), rows)
    assert np.array_equal(found.entity[rest], before.kept.entity[rest])
    assert np.array_equal(found.was[found.rows >= old.num_rows], before.kept.entity[rows])


def test_frequencies_after_a_batch_are_those_of_a_whole_run(split: tuple[pa.Table, pa.Table], first: Linked) -> None:
    old, new = split
    found = added(whole(first, old), first, new)
    both = pa.concat_tables([old, new])
    seen = inside(run(both)).seen
    expected = tally(seen, by_first(found.entity[seen.nodes.row]), np.ones(both.num_rows, bool))
    assert found.tally.mentions == expected.mentions
    assert found.tally.people == expected.people
    assert found.tally.numbered == pytest.approx(expected.numbered, abs=0.002)
    for field, (hashes, count) in expected.base.items():
        total = dict(zip(*(column.tolist() for column in found.tally.base[field]), strict=True))
        for key, more in zip(*(column.tolist() for column in found.tally.later[field]), strict=True):
            total[key] = total.get(key, 0) + more
        wrong = sum(abs(total.get(h, 0) - n) for h, n in zip(hashes.tolist(), count.tolist(), strict=True))
        assert wrong <= 0.01 * count.sum() + 3, field


def test_frequencies_of_a_run_are_told_by_what_it_holds(first: Linked) -> None:
    seen = inside(first).seen
    plain = tally(seen, first.found.entity, np.ones(seen.nodes.size, bool))
    found = everybody(seen, first.run.entity(), first.run.state.known.held)
    assert found[2:] == plain[2:]
    for field, tables in plain.base.items():
        assert [t.tolist() for t in found.base[field]] == [t.tolist() for t in tables], field


def test_two_numbers_that_share_their_word_by_chance_are_two_people(write: Any, people: pa.Table) -> None:
    numbers = ["990101195712150108", "990101197703020036"]
    assert len(set(short(spread(text_hash(numbers), "number")).tolist())) == 1
    births = (date(1957, 12, 15), date(1977, 3, 2))
    one, other = (
        write.mention("police", number, "唐志远", **write.day(born), id_number=number, id_status="valid")
        for number, born in zip(numbers, births, strict=True)
    )
    old = pa.concat_tables([people, pa.Table.from_pylist([one], schema=write.SCHEMA)])
    linked = run(old)
    found = added(whole(linked, old), linked, pa.Table.from_pylist([other], schema=write.SCHEMA))
    assert found.entity[-1] == found.next_id - 1 != found.entity[-2]


def test_who_brings_a_number_pulls_apart_what_was_put_together_without_one(write: Any, people: pa.Table) -> None:
    """A visit by name and house alone was taken for the only one of that name; then the one who lives there comes."""
    born, elder = write.BORN, date(1950, 3, 4)
    person = write.mention("police", "1", "唐志远", **write.day(elder), **write.number(elder), **write.RURAL)
    visit = write.mention("grid", "2", "唐志远", **write.RURAL)
    other = write.mention("doctors", "3", "唐志远", **write.day(born), **write.number(born), **write.RURAL)
    tables = [pa.Table.from_pylist(rows, schema=write.SCHEMA) for rows in ([person, visit], [other])]
    old = pa.concat_tables([people, tables[0]])
    linked = run(old)
    before = whole(linked, old)
    size = people.num_rows
    assert before.kept.entity[size] == before.kept.entity[size + 1]
    found = added(before, linked, tables[1])
    assert found.entity[size] == before.kept.entity[size]
    assert found.entity[size + 1] not in (found.entity[size], found.entity[size + 2])
    asked = {(int(r["left"]), int(r["right"])) for r in found.pairs.to_pylist()}
    assert {(size, size + 1), (size + 1, size + 2)} <= {tuple(sorted(p)) for p in asked}
