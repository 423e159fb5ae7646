"""Mentions say the same where all their columns do, and all of their records."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.alike import alike, news

RECORDS = st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 1)), min_size=1, max_size=3), max_size=12)


@given(RECORDS)
def test_the_first_that_says_the_same_in_a_record_that_does(records: list[list[tuple[int, int]]]) -> None:
    rows = [(said, tuple(sorted(record))) for record in records for said in record]
    record = np.repeat(np.arange(len(records)), [len(record) for record in records]).astype(np.int64)
    said = np.array([said for said, _ in rows], np.int64).reshape(-1, 2)
    assert alike(record, [said[:, 0], said[:, 1]]).tolist() == [rows.index(row) for row in rows]


def test_news_of_an_entity_are_told_once() -> None:
    first, entity = np.array([0, 0, 0, 3, 3]), np.array([0, 0, 2, 3, 3])
    assert news(first, entity).tolist() == [True, False, True, True, False]
