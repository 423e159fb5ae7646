"""Weights and scores against Splink 5, given the same m and u: how they combine is nobody's to vary."""

import logging
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from transforms.matching.compare import Compared
from transforms.matching.counts import Counts
from transforms.matching.model import FIELDS, LEVELS, Model, shipped
from transforms.matching.score import contributions, probability
from transforms.matching.state import State

splink = pytest.importorskip("splink")
SIZE, PEOPLE, ALIKE = 400, 50_000, 9  # ALIKE: the level of equal names, whose weight depends on the name
# Levels whose weight is the model's alone: elsewhere the frequency of the value, or the number, has a say.
FIXED = {"name": (0, 1, 4, 5, 6, ALIKE), "born": (0, 1, 2, 3), "phone": (0, 1, 2), "place": (0, 1), "number": (0, 1, 2)}
TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def levels() -> dict[str, NDArray[np.uint8]]:
    random = np.random.default_rng(11)
    return {f: random.choice(FIXED.get(f, range(len(LEVELS[f]))), SIZE).astype(np.uint8) for f in FIELDS}


@pytest.fixture(scope="module")
def parts(levels: dict[str, NDArray[np.uint8]]) -> dict[str, Any]:
    """What our model says of pairs with these levels, the names being of every frequency."""
    random, rows = np.random.default_rng(12), np.arange(SIZE)
    common = {f: random.integers(2, 900, SIZE) for f in ("exact", "known_exact", "family", "given")}
    held: dict[str, Any] = {f: common.get(f, np.zeros(SIZE, np.int64)) for f in Counts._fields}
    counts = Counts(**held | {"people": PEOPLE, "numbered": 0.8, "born": np.empty(0, np.int64)})
    best: dict[str, Any] = dict.fromkeys(Compared._fields, rows)
    compared = Compared(**best | {"levels": levels, "loose": rows % 2 == 0})
    nothing: dict[str, Any] = dict.fromkeys(State._fields)
    state = State(**nothing | {"counts": counts})
    return contributions(shipped(), state, compared)


@pytest.fixture(scope="module")
def theirs(levels: dict[str, NDArray[np.uint8]], parts: dict[str, Any]) -> pa.Table:
    """Splink's weight and probability of the same pairs, from the same m and u and the same frequency of each name."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    rows = np.arange(SIZE)
    frequency = np.where(levels["name"] == ALIKE, np.exp2(parts["name"].stranger), 0.5)
    left = pa.table({"unique_id": rows, "pair": rows, "value": rows, **levels})
    right = pa.table({"unique_id": rows + SIZE, "pair": rows, "value": rows, **{f: rows * 0 for f in FIELDS}})
    with duckdb.connect() as con:
        api = splink.DuckDBAPI(connection=con)
        tables = [api.register(t, dataset_display_name=n) for n, t in (("a", left), ("b", right))]
        settings = splink.SettingsCreator(
            link_type="link_only",
            comparisons=[_comparison(shipped(), field) for field in FIELDS],
            blocking_rules_to_generate_predictions=["l.pair = r.pair"],
            probability_two_random_records_match=1 / (1 + PEOPLE / 0.9),
        )
        linker = splink.Linker(tables, settings)
        spread = pa.table({"value": rows, "tf_value": frequency})
        linker.table_management.register_term_frequency_lookup(api.register(spread), "value")
        made = linker.inference.predict(threshold_match_weight=-1e6)
        sql = f"select match_weight, match_probability from {made.physical_name} order by unique_id_l"
        return con.sql(sql).to_arrow_table()


def _comparison(model: Model, field: str) -> dict[str, Any]:
    told = [{"sql_condition": f"{field}_l = 0", "label_for_charts": "missing", "is_null_level": True}]
    for level in range(len(LEVELS[field]) - 1, 0, -1):
        m, u = model.m[field][level], model.u[field][level]
        condition = {"sql_condition": f"{field}_l = {level}", "label_for_charts": LEVELS[field][level]}
        frequent = (
            {"tf_adjustment_column": "value", "disable_tf_exact_match_detection": True}
            if (field, level) == ("name", ALIKE)
            else {}
        )
        told.append(condition | {"m_probability": m, "u_probability": u} | frequent)
    return {"output_column_name": field, "comparison_levels": told}


def test_weights_are_those_of_splink(parts: dict[str, Any], theirs: pa.Table) -> None:
    ours = np.log2(0.9) - np.log2(PEOPLE) + sum(part.one - part.stranger for part in parts.values())
    assert len(theirs) == SIZE
    assert np.abs(ours - theirs["match_weight"].to_numpy()).max() < TOLERANCE


def test_probabilities_are_those_of_splink(parts: dict[str, Any], theirs: pa.Table) -> None:
    odds = np.log2(0.9) - np.log2(PEOPLE) + sum(part.one - part.stranger for part in parts.values())
    assert np.abs(probability(odds) - theirs["match_probability"].to_numpy()).max() < TOLERANCE
