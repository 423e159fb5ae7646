"""Weights and scores against Splink 5, given the same m and u: how they combine is nobody's to vary."""

import logging
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from transforms.matching.compare import Compared
from transforms.matching.counts import Counts
from transforms.matching.frequency import frequencies
from transforms.matching.generic.compare import NAMES
from transforms.matching.generic.model import START_M, Model, weights
from transforms.matching.generic.values import Column
from transforms.matching.generic.weigh import bits, odds, weigher
from transforms.matching.model import FIELDS, LEVELS, shipped
from transforms.matching.score import contributions, probability

splink = pytest.importorskip("splink")
SIZE, TOLERANCE = 400, 1e-6
Levels = dict[str, NDArray[np.uint8]]
Tables = dict[str, tuple[float, ...]]


class Theirs(NamedTuple):
    """What Splink says of each pair."""

    weight: NDArray[np.float64]
    probability: NDArray[np.float64]


def theirs(levels: Levels, m: Tables, u: Tables, prior: float, common: dict[str, NDArray[np.float64]]) -> Theirs:
    """Splink on pairs at `levels`; `common` by field is the frequency, pair by pair, of the value that both have."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    rows = np.arange(SIZE)
    columns = {"pair": rows, **{f"value_{f}": rows for f in common}}
    left = pa.table({"unique_id": rows, **columns, **levels})
    right = pa.table({"unique_id": rows + SIZE, **columns, **{f: rows * 0 for f in levels}})
    with duckdb.connect() as con:
        api = splink.DuckDBAPI(connection=con)
        tables = [api.register(t, dataset_display_name=n) for n, t in (("a", left), ("b", right))]
        settings = splink.SettingsCreator(
            link_type="link_only",
            comparisons=[_comparison(field, m[field], u[field], field in common) for field in levels],
            blocking_rules_to_generate_predictions=["l.pair = r.pair"],
            probability_two_random_records_match=prior,
        )
        linker = splink.Linker(tables, settings)
        for field, frequency in common.items():
            name = f"value_{field}"
            spread = api.register(pa.table({name: rows, f"tf_{name}": frequency}))
            linker.table_management.register_term_frequency_lookup(spread, name)
        made = linker.inference.predict(threshold_match_weight=-1e6).physical_name
        found = con.sql(f"select match_weight, match_probability from {made} order by unique_id_l").to_arrow_table()
    assert len(found) == SIZE
    return Theirs(*(found[name].to_numpy() for name in ("match_weight", "match_probability")))


def _comparison(field: str, m: tuple[float, ...], u: tuple[float, ...], frequent: bool) -> dict[str, Any]:
    told: list[dict[str, Any]] = [
        {"sql_condition": f"{field}_l = 0", "label_for_charts": "missing", "is_null_level": True}
    ]
    top = len(m) - 1
    for level in range(top, 0, -1):
        worth = {"m_probability": m[level], "u_probability": u[level]}
        spread = {"tf_adjustment_column": f"value_{field}", "disable_tf_exact_match_detection": True}
        told.append(
            {"sql_condition": f"{field}_l = {level}", "label_for_charts": str(level)}
            | worth
            | (spread if frequent and level == top else {})
        )
    return {"output_column_name": field, "comparison_levels": told}


def shares(random: np.random.Generator, size: int) -> tuple[float, ...]:
    """Made-up probabilities of `size` levels, before them the 1 of what is missing."""
    return (1.0, *(float(p) for p in random.dirichlet(np.full(size, 0.5)) * 0.999 + 0.001 / size))


@pytest.mark.parametrize("seed", [1, 2])
def test_weights_of_every_kind_of_field_are_those_of_splink(seed: int) -> None:
    random = np.random.default_rng(seed)
    m, u = ({kind: shares(random, len(NAMES[kind]) - 1) for kind in NAMES} for _ in range(2))
    levels: Levels = {kind: random.integers(0, len(NAMES[kind]), SIZE).astype(np.uint8) for kind in NAMES}
    ours = np.log2(1e-4 / (1 - 1e-4)) + np.sum([weights(m[f], u[f])[level] for f, level in levels.items()], axis=0)
    peer = theirs(levels, m, u, 1e-4, {})
    assert np.abs(ours - peer.weight).max() < TOLERANCE
    assert np.abs(probability(ours) - peer.probability).max() < TOLERANCE


def test_scores_of_the_linker_of_tables_are_those_of_splink_for_values_of_any_frequency() -> None:
    random = np.random.default_rng(3)
    kinds = {"surname": "surname", "birth_date": "birth_date", "number": "number", "sex": "sex"}
    m = {f: START_M[k] for f, k in kinds.items()}
    u = {f: (1.0, *(0.9 if n == 0 else 0.1 / (len(m[f]) - 2) for n in range(len(m[f]) - 1))) for f in kinds}
    model = Model(kinds, m, u, u, prior=1e-4, near=1e-300, rules=(), report={})
    levels: Levels = {f: random.integers(0, len(NAMES[k]), SIZE).astype(np.uint8) for f, k in kinds.items()}
    common, said = {}, []
    value = np.arange(SIZE)
    nothing: dict[str, Any] = dict.fromkeys(Column._fields)
    for field, kind in kinds.items():
        # the last half of the values is rare: only agreement on the rest is of every frequency
        top = levels[field] == len(NAMES[kind]) - 1
        count = np.where(top, random.integers(2, 900, SIZE), 2)
        by_value = weigher(model, Column(**nothing | {"name": field, "kind": kind}), count)
        common[field] = m[field][-1] / np.exp2(by_value.same)
        said.append(bits(by_value, kind, value, value, levels[field]))
    strangers, neighbours = (np.sum([s[i] for s in said], axis=0) for i in range(2))
    ours = odds(model, strangers, neighbours)
    peer = theirs(levels, m, u, 1e-4, common)
    assert np.abs(ours - peer.weight).max() < TOLERANCE
    assert np.abs(probability(ours) - peer.probability).max() < TOLERANCE


# Levels whose weight is the model's alone: elsewhere the frequency of the value, or the number, has a say.
ALIKE = len(LEVELS["name"]) - 1
FIXED = {"name": (0, 1, 4, 5, 6, ALIKE), "born": (0, 1, 2, 3), "phone": (0, 1, 2), "place": (0, 1), "number": (0, 1, 2)}
PEOPLE, COVER = 50_000, 0.9


def test_scores_of_the_linker_of_registers_are_those_of_splink_against_strangers() -> None:
    random, rows = np.random.default_rng(11), np.arange(SIZE)
    levels: Levels = {f: random.choice(FIXED.get(f, range(len(LEVELS[f]))), SIZE).astype(np.uint8) for f in FIELDS}
    named = {f: random.integers(2, 900, SIZE) for f in ("exact", "known_exact", "family", "given")}
    held: dict[str, Any] = {f: named.get(f, np.zeros(SIZE, np.int64)) for f in Counts._fields}
    counts = Counts(**held | {"people": PEOPLE, "numbered": 0.8, "born": np.empty(0, np.int64)})
    best: dict[str, Any] = dict.fromkeys(Compared._fields, rows)
    compared = Compared(**best | {"levels": levels, "loose": rows % 2 == 0})
    model = shipped()
    parts = contributions(model, frequencies(counts), np.full(SIZE, COVER), compared)
    ours = np.log2(COVER / PEOPLE) + np.sum([part.one - part.stranger for part in parts.values()], axis=0)
    frequency = np.where(levels["name"] == ALIKE, np.exp2(parts["name"].stranger), 0.5)
    peer = theirs(levels, model.m, model.u, 1 / (1 + PEOPLE / COVER), {"name": frequency})
    assert np.abs(ours - peer.weight).max() < TOLERANCE
    assert np.abs(probability(ours) - peer.probability).max() < TOLERANCE
