"""What the data teach: how often fields agree for one person, which registers repeat, who is usually in them."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.linkage.county import Dirt, county
from transforms.matching import kin
from transforms.matching.compare import Tables, compare, tables
from transforms.matching.model import LEVELS, Model, shipped
from transforms.matching.sets import Facts, facts
from transforms.matching.spine import spine
from transforms.matching.train import LEARNED, levels_of, train
from transforms.matching.values import encode


def trained(mentions: pa.Table) -> Model:
    nodes, values = encode(mentions)
    return train(shipped(), nodes, values, spine(nodes, values, np.zeros(nodes.size, bool)), kin.ties(nodes))


@pytest.fixture(scope="module")
def clean() -> Model:
    return trained(county(1200, 8)[0])


@pytest.fixture(scope="module")
def crowd() -> tuple[Facts, Tables]:
    """Some mentions in sixty heaps of several people each, long names among them."""
    mentions = county(150, 8, Dirt(noise=6.0))[0]
    name = [f"Patime Gyl {i}" if i % 5 == 0 else n for i, n in enumerate(mentions["name"].to_pylist())]
    mentions = mentions.set_column(mentions.column_names.index("name"), "name", pa.array(name, mentions["name"].type))
    nodes, values = encode(mentions)
    heap = np.random.default_rng(1).integers(0, 60, nodes.size)
    return facts(nodes, values, heap, np.zeros(nodes.size, bool), 60), tables(values)


def p(model: Model, field: str, level: str) -> float:
    return model.m[field][LEVELS[field].index(level)]


def test_dirt_shows_in_what_is_learned(clean: Model) -> None:
    dirty = trained(county(1200, 8, Dirt(noise=6.0))[0])
    for field in ("name", "born", "place"):
        assert p(dirty, field, LEVELS[field][-1]) < p(clean, field, LEVELS[field][-1])
    assert p(dirty, "phone", "differs") > p(clean, "phone", "differs")


def test_a_register_of_single_entries_speaks_against_two_and_one_of_events_does_not(clean: Model) -> None:
    assert clean.repeat["police_register person"] < -5
    assert clean.repeat["births newborn"] < -5
    assert clean.repeat["property owner"] > -3


def test_pensioners_are_old_and_wives_are_women(clean: Model) -> None:
    pension = clean.ages["pensions person"]
    assert pension["195"] > 0 > pension["200"]
    assert clean.sexes["marriages wife"]["2"] > 0 > clean.sexes["marriages wife"]["1"]


def test_relatives_share_the_home_and_the_surname(clean: Model) -> None:
    assert clean.f["place"][-1] > 0.5
    assert clean.f["name"][LEVELS["name"].index("surname")] > 5 * clean.u["name"][LEVELS["name"].index("surname")]


def test_last_months_copy_of_a_record_is_no_witness(write: Any) -> None:
    mentions, _ = county(600, 8)
    once, twice = trained(mentions), trained(pa.concat_tables([mentions, mentions]))
    assert p(twice, "phone", "differs") == pytest.approx(p(once, "phone", "differs"), rel=0.35)


def test_almost_no_data_leaves_the_shipped_model_nearly_as_it_is(write: Any) -> None:
    few = trained(
        pa.Table.from_pylist(
            [write.mention("a", str(i), "唐志远", **write.number()) for i in range(3)], schema=write.SCHEMA
        )
    )
    start = shipped()
    for field in ("name", "born", "phone"):
        assert few.m[field][1:] == pytest.approx(start.m[field][1:], abs=0.05)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 400), st.integers(0, 2**32 - 1))
def test_levels_are_those_of_the_plain_comparison(crowd: tuple[Facts, Tables], pairs: int, seed: int) -> None:
    drawn = np.random.default_rng(seed)
    a, b = drawn.integers(0, 60, (2, pairs))
    levels, plain = levels_of(*crowd, a, b), compare(*crowd, a, b).levels
    assert {f: levels[f].tolist() for f in LEARNED} == {f: plain[f].tolist() for f in LEARNED}
