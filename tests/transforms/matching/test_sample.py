"""Draws that only what is drawn decides."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.hashing import mix
from transforms.matching.sample import drawn, shuffled, some


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 99)), max_size=30))
def test_groups_stand_together_and_rows_in_them_by_their_hashes(pairs: list[tuple[int, int]]) -> None:
    group, rows = np.array(pairs, np.int64).reshape(-1, 2).T
    words = group.astype(np.uint64) << np.uint64(62)
    order, same = shuffled(words, rows)
    wanted = np.lexsort((mix([rows]), words))
    assert (group[order].tolist(), rows[order].tolist()) == (group[wanted].tolist(), rows[wanted].tolist())
    assert same.tolist() == (np.diff(group[wanted]) == 0).tolist()


def test_about_as_many_are_drawn_as_were_asked_for() -> None:
    words = mix([np.arange(10_000)])
    assert 900 < drawn(words, 1000).sum() < 1100
    assert drawn(words, 20_000).all()


def test_the_mentions_of_some_entities_are_numbered_anew() -> None:
    found = some(np.array([0, 1, 0, 3, 1]), np.array([3, 0]))
    assert (found.rows.tolist(), found.entity.tolist(), found.size) == ([0, 2, 3], [1, 1, 0], 2)
