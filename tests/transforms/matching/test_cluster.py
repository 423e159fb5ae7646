"""Scores in parts, and clusters that grow by what each round touches, against everything worked out anew."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.linkage.county import Dirt, county
from transforms.matching import kin, score
from transforms.matching.counts import scopes
from transforms.matching.evidence import STATES, edges
from transforms.matching.holdings import Attributes
from transforms.matching.keys import block
from transforms.matching.link import Linked, link
from transforms.matching.model import shipped
from transforms.matching.patterns import unpack
from transforms.matching.profiles import profiles
from transforms.matching.spine import spine
from transforms.matching.state import Pairs, State
from transforms.matching.values import encode
from transforms.matching.vetoes import FINAL, NUMBER, VETOES
from transforms.matching.web import OPEN
from transforms.matching.world import World, clusters, compact, state_of
from transforms.matching.worth import IMPOSSIBLE


@pytest.fixture(scope="module")
def begun(background: pa.Table) -> tuple[State, Pairs]:
    """The county as it is before anything is merged, and its candidate pairs."""
    nodes, values = encode(background)
    based = spine(nodes, values, np.zeros(nodes.size, bool))
    entity, places = compact(based.entity), scopes(values.places)
    world = World(shipped(), nodes, values, places, kin.ties(nodes), based.borrowed, np.empty((2, 0), np.int64))
    state = state_of(world, entity)
    loose = state.known.held.trusted.count == 0
    return state, block(profiles(nodes, values, places, entity, loose)).pairs


def test_a_score_is_the_same_in_parts_and_whichever_side_is_left(begun: tuple[State, Pairs]) -> None:
    state, pairs = begun
    level = (np.arange(len(pairs.a)) % 5).astype(np.uint8)
    whole = score.score(state, pairs, level)
    turned = score.score(state, Pairs(pairs.b, pairs.a, pairs.rules), level)
    cuts = np.array_split(np.arange(len(pairs.a)), 37)
    parts = score.joined([score.score(state, pairs.rows(rows), level[rows]) for rows in cuts])
    for one, other in ((whole, parts), (whole, turned)):
        assert np.array_equal(one.patterns, other.patterns)
        assert np.array_equal(one.veto, other.veto)
    assert np.array_equal(whole.odds, parts.odds)
    assert np.abs(whole.odds - turned.odds).max() < 3, "of several values that agree, either may be the commoner"
    assert np.array_equal(unpack(whole.patterns)["kin"], level)


def test_only_what_two_numbers_rule_out_is_not_looked_at(begun: tuple[State, Pairs]) -> None:
    state, pairs = begun
    every = np.arange(state.known.size)
    a, b = np.append(pairs.a, every[:-1]), np.append(pairs.b, every[1:])
    more = Pairs(a, b, np.zeros(len(a), np.int64))
    nothing = np.zeros(len(a), np.uint8)
    whole, quick = score.score(state, more, nothing), score.screened(state, more, nothing)
    seen = quick.odds > IMPOSSIBLE
    assert 0 < seen.sum() < len(a)
    assert np.array_equal(whole.odds[seen], quick.odds[seen])
    assert np.array_equal(whole.veto[seen], quick.veto[seen])
    assert (quick.veto[~seen] == NUMBER).all()
    assert np.isin(whole.veto[~seen], FINAL).all()


def test_what_nothing_can_lift_is_known_before_anything_is_compared(begun: tuple[State, Pairs]) -> None:
    state, pairs = begun
    once = np.full_like(state.once, 255)
    every = np.arange(state.known.size)
    more = Pairs(
        np.append(pairs.a, every[:-1]), np.append(pairs.b, every[1:]), np.zeros(len(pairs.a) + len(every) - 1, int)
    )
    nothing = np.zeros(len(more.a), np.uint8)
    for now in (state, state._replace(once=once)):
        quick, sieve = score.screened(now, more, nothing), score.sieved(now, more, nothing)
        seen = sieve.odds > IMPOSSIBLE
        assert 0 < seen.sum() < len(seen)
        assert np.array_equal(sieve.veto, quick.veto)
        assert np.array_equal(sieve.odds[seen], quick.odds[seen])
        assert np.array_equal(seen, ~np.isin(quick.veto, FINAL) | ((quick.veto == NUMBER) & (quick.odds > IMPOSSIBLE)))


def test_nobody_is_less_like_oneself_than_like_another(begun: tuple[State, Pairs]) -> None:
    state, pairs = begun

    def odds(a: Any, b: Any) -> Any:
        return score.score(state, Pairs(a, b, np.zeros(len(a), np.int64)), np.zeros(len(a), np.uint8)).odds

    own, other = odds(pairs.a, pairs.a), odds(pairs.a, pairs.b)
    single = np.ones(len(own), bool)  # of several values it is the commonest that may count
    for name in Attributes._fields:
        single &= getattr(state.known.held, name).count[pairs.a] <= 1
    listed = np.array([row.sum() for row in np.unpackbits(state.known.registers[pairs.a], axis=1)]) == 1
    assert (own >= other - 1e-9)[single & listed & (own == own)].mean() > 0.99


@pytest.fixture(scope="module")
def found() -> Linked:
    """A county with much that is wrong or missing, linked."""
    return link(county(400, 12, Dirt(3.0, 6.0))[0], None)


def test_at_the_end_every_score_is_what_it_would_be_anew(found: Linked) -> None:
    run, web = found.run, found.run.web
    rows = np.flatnonzero((web.fate == OPEN) & (web.odds > -8))
    fresh = state_of(run.world, compact_of(found.found.entity))
    place = compact_ids(found.found.entity)
    before = web.pairs(rows)
    pairs = Pairs(place[before.a], place[before.b], before.rules)
    fresh = fresh._replace(frequency=run.state.frequency)
    again = score.score(fresh, pairs, web.kin[rows])
    assert len(rows)
    assert np.array_equal(again.patterns, web.patterns[rows])
    assert np.array_equal(again.veto, web.veto[rows])
    assert np.allclose(again.odds, web.odds[rows], atol=0.8), "counts of before the last few mergers"


def compact_of(entity: Any) -> Any:
    return compact_ids(entity)[entity]


def compact_ids(entity: Any) -> Any:
    alive = np.unique(entity)
    place = np.full(int(entity.max()) + 1, -1)
    place[alive] = np.arange(len(alive))
    return place


def test_every_pair_that_was_kept_can_be_told_of_afterwards(found: Linked) -> None:
    table = edges(found.run, 0.1)
    entity = found.found.entity
    left, right, state, veto = (table[c].to_numpy() for c in ("left", "right", "state", "veto"))
    together = entity[left] == entity[right]
    assert (left != right).all()
    assert np.array_equal(together, state == STATES.index("merged"))
    assert not veto[state == STATES.index("grey")].any()
    assert (state == STATES.index("grey")).sum() == found.pairs.num_rows
    assert table["pattern"].type == pa.uint32()
    assert len(np.unique(np.stack([left, right]), axis=1)[0]) == table.num_rows


def test_pairs_that_stayed_two_are_listed_with_why(found: Linked) -> None:
    end = clusters(found.run)
    alive = np.zeros(found.run.state.known.size, bool)
    alive[end.entity] = True
    assert alive[end.bonds.a].all()
    assert alive[end.bonds.b].all()
    assert (end.bonds.a < end.bonds.b).all()
    assert np.isin(end.bonds.veto, range(len(VETOES))).all()
    assert np.isin(FINAL, end.bonds.veto).any()
