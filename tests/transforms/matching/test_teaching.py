"""What a decision teaches: open questions first, then what hangs on them, then how common they are."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.teaching import Question, entropy, gains, pattern

NAME, BIRTH = (("name", "exact"),), (("name", "exact"), ("born", "near"))
PLAIN = Question(0.5, NAME, (2, 2))


def gain(*questions: Question, decided: int = 0) -> list[float]:
    return [g.gain for g in gains(questions, Counter({NAME: decided}))]


def test_even_odds_teach_most_and_certainty_nothing() -> None:
    assert entropy(0.5) == 1
    assert entropy(0.0) == entropy(1.0) == 0
    assert entropy(0.9) == pytest.approx(0.4689956)
    assert gain(PLAIN._replace(score=0.5))[0] > gain(PLAIN._replace(score=0.9))[0]


def test_more_records_and_open_leads_weigh_more_and_benefits_twice() -> None:
    few, many = gain(PLAIN)[0], gain(PLAIN._replace(records=(2, 20)))[0]
    lead, benefit = gain(PLAIN._replace(leads=1))[0], gain(PLAIN._replace(leads=1, benefits=1))[0]
    assert few < many
    assert few < lead < benefit
    assert benefit - lead == pytest.approx(lead - few)


def test_of_a_common_pattern_the_first_teaches_more_than_a_rare_one_and_the_next_less() -> None:
    common = [PLAIN] * 6
    told = gains([*common, PLAIN._replace(pattern=BIRTH)], Counter())
    assert told[0].gain > told[6].gain > told[5].gain
    assert (told[0].alike, told[6].alike) == (6, 1)


def test_what_was_decided_often_teaches_less() -> None:
    assert gain(PLAIN, decided=0)[0] > gain(PLAIN, decided=1)[0] > gain(PLAIN, decided=9)[0]


def test_a_pattern_is_fields_and_levels_without_their_bits() -> None:
    one = {"fields": {"name": {"level": "exact", "strangers": 9.1}, "born": {"level": "near", "strangers": -1}}}
    other = {"fields": {"born": {"level": "near", "strangers": 2}, "name": {"level": "exact", "strangers": 1}}}
    assert pattern(one) == pattern(other) == (("born", "near"), ("name", "exact"))
    assert pattern({}) == ()


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from([NAME, BIRTH]), st.integers(1, 9)), max_size=12))
def test_gains_do_not_depend_on_the_order_of_equals_and_are_never_negative(
    rows: list[tuple[float, tuple[tuple[str, str], ...], int]],
) -> None:
    questions = [Question(score, agreed, (records, 1)) for score, agreed, records in rows]
    told = [g.gain for g in gains(questions, Counter())]
    assert sorted(told) == pytest.approx(sorted(g.gain for g in gains(questions[::-1], Counter())))
    assert all(g >= 0 for g in told)
