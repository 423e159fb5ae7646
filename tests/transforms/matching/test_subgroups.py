"""Shares and estimated false matches by group, against counts by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.subgroups import Groups, Mergers, State, linked, passes, table


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(-1, 3), st.booleans()), min_size=2, max_size=40), st.data())
def test_rows_are_what_counting_by_hand_gives(rows: list[tuple[int, int, bool]], data: st.DataObject) -> None:
    """Every shown group has its own records; the false matches of all groups sum to those of all mergers."""
    entity, group, grey = (np.array(c) for c in zip(*rows, strict=True))
    place = st.integers(0, len(rows) - 1)
    made = data.draw(st.lists(st.tuples(place, place, st.floats(0, 1)), max_size=10))
    ends = np.array([m[:2] for m in made], np.int64).reshape(-1, 2)
    chance = np.array([m[2] for m in made], float)
    mergers = Mergers(ends[:, 0], ends[:, 1], chance, np.zeros(len(made), bool))
    state = State(entity, grey)
    found = table(Groups(list("abcd"), group), state, mergers, least=1)
    assert sum(r["records"] for r in found) == sum(g >= 0 for _, g, _ in rows)
    for row in found:
        mine = [i for i, r in enumerate(rows) if r[1] == "abcd".index(row["group"])]
        others = [sum(e == rows[i][0] for e, _, _ in rows) > 1 for i in mine]
        assert row["linked"] == pytest.approx(sum(others) / len(mine), abs=1e-4)
        assert row["grey"] == pytest.approx(sum(rows[i][2] for i in mine) / len(mine), abs=1e-4)
        false = sum((1 - p) / 2 for a, b, p in made for side in (a, b) if side in mine)
        assert row["estimated_false"] == pytest.approx(false, abs=0.006)


def test_small_groups_are_counted_and_not_shown() -> None:
    """Nineteen records are not told of, twenty are."""
    of = np.array([0] * 20 + [1] * 19 + [-1])
    state = State(np.arange(40), np.zeros(40, bool))
    nobody = Mergers(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, bool))
    found = table(Groups(["large", "small"], of), state, nobody)
    assert [r["group"] for r in found] == ["large", None]
    assert found[0]["false_rate"] is None
    assert found[1] == {"group": None, "groups": 1}


def test_mergers_are_told_by_pass() -> None:
    """Three records of one number are two certain mergers; the rest by probability, kin apart."""
    entity = np.array([0, 0, 0, 0, 4, 4, 6])
    state = State(entity, np.zeros(7, bool))
    mergers = Mergers(np.array([0, 4]), np.array([3, 5]), np.array([0.96, 0.8]), np.array([False, True]))
    assert linked(entity).tolist() == [True] * 6 + [False]
    assert passes(state, mergers, (0.95, 0.85)) == [
        {"pass": "certain", "mergers": 2, "estimated_false": None},
        {"pass": "pair from 0.95", "mergers": 1, "estimated_false": 0.04},
        {"pass": "kin", "mergers": 1, "estimated_false": 0.2},
    ]
