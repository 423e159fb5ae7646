"""The compiled loop against numpy, pass by pass: the same patterns, odds and vetoes whatever entities are made of."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.matching.conftest import FLAT, RURAL, SCHEMA, kin, mention, number
from tests.transforms.matching.plain_scores import plain_score, plain_screened
from transforms.matching import score
from transforms.matching.counts import scopes
from transforms.matching.holdings import bounds, imagined
from transforms.matching.kin import families, ties
from transforms.matching.lot import LOT
from transforms.matching.model import shipped
from transforms.matching.score_loops import weigh
from transforms.matching.state import Pairs, State
from transforms.matching.values import encode
from transforms.matching.world import World, state_of
from transforms.matching.worth import SAME_KEY, SAME_NUMBER

CHINESE = ("唐伟", "唐玮", "唐志远", "唐远志", "唐志", "苗伟", "欧阳娜", "欧阳丽", None)
NAMES = (*CHINESE, "古丽·买买提", "古丽买买提", "古丽·买买题")
DAYS = ((1980, 5, 17), (1980, 5, 18), (1980, 1, 1), (1981, 2, 3), (1992, 3, 5), (1992, 5, 3), (2010, 4, 2))
BORN = (*(date(*day) for day in DAYS), None, None, None)
NEXT_DOOR = {**RURAL, "house_no": "13", "address_key": "云溪镇|石坑|3|13"}
FURTHER = {**RURAL, "village_group": "5", "address_key": "云溪镇|石坑|5|12"}
PLACES = (RURAL, NEXT_DOOR, FURTHER, FLAT, {"town": "云溪镇"}, {})
WHOLE = [number(born, order)["id_number"] for born in BORN[:3] for order in (601, 602, 611)]
TYPED = [WHOLE[0][:9] + WHOLE[0][10] + WHOLE[0][9] + WHOLE[0][11:], WHOLE[0][:7] + WHOLE[0][8:], WHOLE[1][:-1] + "0"]
MASKED = [n[:6] + "*" * 8 + n[14:] for n in WHOLE[:2]]
NUMBERS = (
    *({"id_number": n, "id_status": "valid"} for n in WHOLE),
    *({"id_number": n, "id_status": "invalid"} for n in TYPED),
    *({"id_number": n, "id_status": "masked"} for n in MASKED),
    *[{}] * 8,
)
PHONES = ("13900000001", "13900000010", "13900000002", "13700000009", None)
MENTION = st.fixed_dictionaries(
    {
        "feed": st.sampled_from(("hukou", "births", "visits")),
        "name": st.sampled_from(NAMES),
        "sex": st.sampled_from(("1", "2", None)),
        "born_on": st.sampled_from(BORN),
        "born_precision": st.sampled_from(("day", "day", "month", "year")),
        "phone": st.sampled_from(PHONES),
        "place": st.sampled_from(PLACES),
        "number": st.sampled_from(NUMBERS),
        "role": st.sampled_from(("person", "mother", "mother")),
        "entity": st.integers(0, 9),
        "with_child": st.booleans(),
    }
)


def begun(drawn: list[dict[str, Any]], apart: bool) -> State:
    """The state of a run in which the mentions are grouped by their `entity`."""
    rows, wanted = [], {}
    for at, given_ in enumerate(drawn):
        said = {k: given_[k] for k in ("sex", "born_on", "born_precision", "phone", "role")}
        if said["born_on"] is None:
            said["born_precision"] = None
        child = given_["with_child"] and given_["role"] == "mother"
        related = {"kin": kin(("child", "parent"))} if child else {}
        said |= {**given_["place"], **given_["number"], **related}
        rows.append(mention(given_["feed"], f"{at}", given_["name"], **said))
        wanted[f"{at}", given_["role"]] = given_["entity"]
        if child:
            rows.append(mention(given_["feed"], f"{at}", None, "child", born_on=BORN[6], born_precision="day"))
            wanted[f"{at}", "child"] = 10 + at
    nodes, values = encode(pa.Table.from_pylist(rows, schema=SCHEMA))
    keys = zip(nodes.index["record_key"].to_pylist(), nodes.index["role"].to_pylist(), strict=True)
    _, entity = np.unique([wanted[k] for k in keys], return_inverse=True)
    kept = np.array([[0], [nodes.size - 1]]) if apart else np.empty((2, 0), np.int64)
    borrowed = np.zeros(nodes.size, bool)
    links = ties(nodes)
    unique = frozenset({"hukou"})
    world = World(shipped(), nodes, values, scopes(values.places), links, borrowed, kept, None, unique)
    state = state_of(world, entity)
    bounds(state.known, *families(links, entity))
    return state


def alike(found: score.Scored, wanted: score.Scored) -> bool:
    """The same to the bit, but for odds, which numpy adds up in another order."""
    known = np.isfinite(wanted.odds)
    return (
        np.array_equal(found.patterns, wanted.patterns)
        and np.array_equal(found.veto, wanted.veto)
        and np.array_equal(np.isfinite(found.odds), known)
        and np.allclose(found.odds[known], wanted.odds[known], rtol=0, atol=1e-9)
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(MENTION, min_size=2, max_size=16), st.booleans(), st.integers(0, 1 << 20))
def test_patterns_odds_and_vetoes_are_those_of_numpy(drawn: list[dict[str, Any]], apart: bool, seed: int) -> None:
    state = begun(drawn, apart)
    many = state.known.size
    draw = np.random.default_rng(seed)
    a, b = (np.ascontiguousarray(side) for side in np.divmod(np.arange(many * many), many))
    rules = draw.choice(np.array([0, 0, SAME_KEY, SAME_NUMBER]), many * many)
    pairs, level = Pairs(a, b, rules), draw.integers(0, 5, many * many).astype(np.uint8)
    assert alike(score.score(state, pairs, level), plain_score(state, pairs, level, state.known))
    screened = plain_screened(state, pairs, level)
    assert alike(score.screened(state, pairs, level), screened)
    none = np.zeros(many * many, np.uint8)
    assert np.array_equal(score.ruled_out(state, pairs), plain_screened(state, pairs, none).veto > 0)


@settings(max_examples=50, deadline=None)
@given(st.lists(MENTION, min_size=6, max_size=12))
def test_what_two_would_be_together_is_compared_alike(drawn: list[dict[str, Any]]) -> None:
    state = begun(drawn, False)
    many = state.known.size
    one, other = np.arange(many // 2), np.arange(many // 2) + many // 2
    both = imagined(state.known, one, other)
    a, b = (np.ascontiguousarray(side) for side in np.divmod(np.arange(many * len(one)), max(len(one), 1)))
    pairs, level = Pairs(a, b, np.zeros(len(a), np.int64)), (a % 5).astype(np.uint8)
    assert alike(score.score(state, pairs, level, both), plain_score(state, pairs, level, both))


@pytest.fixture
def county(background: pa.Table) -> State:
    """The county before anything is merged."""
    nodes, values = encode(background)
    nobody = np.empty((2, 0), np.int64)
    alone = np.zeros(nodes.size, bool)
    world = World(shipped(), nodes, values, scopes(values.places), ties(nodes), alone, nobody)
    return state_of(world, np.arange(nodes.size))


def test_more_pairs_than_a_lot_and_the_machine_code_of_one_set_of_types(county: State) -> None:
    every = np.arange(county.known.size)
    a, b = np.tile(every[:-1], 3), np.tile(every[1:], 3)
    pairs, level = Pairs(a, b, np.zeros(len(a), np.int64)), (np.arange(len(a)) % 5).astype(np.uint8)
    assert len(a) > 2 * LOT
    assert alike(score.screened(county, pairs, level), plain_screened(county, pairs, level))
    assert not len(score.screened(county, pairs.rows(every[:0]), level[:0]).odds)
    assert len(weigh.signatures) == 1  # type: ignore[attr-defined]
