"""Whose kept mentions are, against plain searches."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.belonging import certain, living, members

ENTITY = st.lists(st.integers(-1, 6), max_size=30)


@given(entity=ENTITY, wanted=st.lists(st.integers(0, 6), unique=True, max_size=7))
def test_the_rows_of_some_entities_stand_in_their_order(entity: list[int], wanted: list[int]) -> None:
    start, rows = found = members(np.array(entity, np.int64), np.array(wanted, np.int64), 7)
    each = [rows[start[i] : start[i + 1]].tolist() for i in range(len(wanted))]
    assert each == [[row for row, mine in enumerate(entity) if mine == one] for one in wanted]
    assert found.owner().tolist() == [i for i, mine in enumerate(each) for _ in mine]


@given(entity=ENTITY)
def test_who_has_a_mention_and_who_one_with_a_number(entity: list[int]) -> None:
    trusted = np.arange(len(entity)) % 3 == 0
    assert np.flatnonzero(living(np.array(entity, np.int64), 7)).tolist() == sorted(set(entity) - {-1})
    sure = {mine for mine, one in zip(entity, trusted, strict=True) if one} - {-1}
    assert np.flatnonzero(certain(np.array(entity, np.int64), trusted, 7)).tolist() == sorted(sure)
