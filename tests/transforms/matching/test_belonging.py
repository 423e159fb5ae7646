"""Whose kept mentions are, against plain searches."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.belonging import belonging, living, untouched

ENTITY = st.lists(st.integers(-1, 6), max_size=30)


@given(entity=ENTITY, wanted=st.lists(st.integers(0, 6), max_size=9))
def test_the_rows_of_some_entities_stand_in_their_order(entity: list[int], wanted: list[int]) -> None:
    start, rows = found = belonging(np.array(entity, np.int32), 7).members(np.array(wanted, np.int64))
    each = [rows[start[i] : start[i + 1]].tolist() for i in range(len(wanted))]
    assert each == [[row for row, mine in enumerate(entity) if mine == one] for one in wanted]
    assert found.owner().tolist() == [i for i, mine in enumerate(each) for _ in mine]


@given(entity=ENTITY)
def test_who_has_a_mention(entity: list[int]) -> None:
    assert np.flatnonzero(living(np.array(entity, np.int32), 7)).tolist() == sorted(set(entity) - {-1})


@given(pairs=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6))), marked=st.sets(st.integers(0, 6)))
def test_which_pairs_are_not_touched(pairs: list[tuple[int, int]], marked: set[int]) -> None:
    one, other = np.array(pairs, np.int32).reshape(-1, 2).T
    found = untouched(one, other, np.isin(np.arange(7), list(marked)))
    assert found.tolist() == [not marked & {*pair} for pair in pairs]
