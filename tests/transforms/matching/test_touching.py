"""Whom a batch may concern: blocks that are too large are told by people, however many mentions these have."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.fingerprints import KEPT
from transforms.matching.meeting import Kept
from transforms.matching.touching import crowded

ROWS, PEOPLE = 12, 4
MEETINGS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, ROWS - 1)), unique=True, max_size=40)


@given(MEETINGS, st.lists(st.integers(0, PEOPLE - 1), min_size=ROWS, max_size=ROWS), st.integers(0, PEOPLE))
def test_whoever_meets_many_mentions_of_few_people_is_not_in_a_crowd(
    meetings: list[tuple[int, int]], whose: list[int], most: int
) -> None:
    kept = Kept(np.zeros((ROWS, len(KEPT)), np.uint32), np.array(whose, np.int32), np.zeros(ROWS, bool), PEOPLE)
    at, row = np.array(meetings, np.int64).reshape(-1, 2).T
    people = {a: {whose[r] for b, r in meetings if b == a} for a, _ in meetings}
    assert crowded(kept, row, at, most).tolist() == [len(people[a]) > most for a, _ in meetings]
