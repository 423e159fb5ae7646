"""Steps of an explanation add up to the odds, rounded or not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.telling import Step, Told, complete, rounded

BITS = st.floats(-50, 50)


@given(BITS, st.lists(BITS, max_size=9), BITS)
def test_steps_add_up_to_the_odds(prior: float, bits: list[float], odds: float) -> None:
    """What is missing becomes a step of its own; rounded steps sum to the rounded odds exactly."""
    steps = complete(prior, [Step("field", str(i), "same", b) for i, b in enumerate(bits)], odds, "relatives")
    assert sum(s.bits for s in steps) == pytest.approx(odds, abs=0.005)
    told, total = rounded(steps)
    assert round(sum(s.bits for s in told), 2) == total
    assert total == pytest.approx(odds, abs=0.011)
    assert all(abs(one.bits - other.bits) <= 0.011 for one, other in zip(told, steps, strict=True))


def test_what_is_ruled_out_has_no_probability_and_all_of_it_is_json() -> None:
    """A veto leaves the odds as they are and the probability at 0."""
    steps = complete(-10.0, [Step("field", "name", "exact", 20.0)], 9.0, "relatives")
    told = Told("a:1", "b:2", "records", "m", steps, 9.0, "number", rules=("name",), bonds=(("a:1", "c:3", 4.444),))
    found = told.as_json()
    assert (found["probability"], found["odds"]) == (0.0, 9.0)
    assert [s["name"] for s in found["steps"]] == ["prior", "name", "relatives"]
    assert found["bonds"] == [{"left": "a:1", "right": "c:3", "odds": 4.44}]
    assert Told("a:1", "b:2", "records", "m", steps, 0.0).probability == 0.5
