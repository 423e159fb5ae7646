"""A pattern says all levels, and is worth what the model says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.model import FIELDS, LEVELS, shipped
from transforms.matching.patterns import bits, level, pack, unpack

ROW = st.tuples(*(st.integers(0, len(LEVELS[f]) - 1) for f in FIELDS))


@given(st.lists(ROW, min_size=1, max_size=20))
def test_levels_come_back_from_their_pattern(rows: list[tuple[int, ...]]) -> None:
    levels = {f: np.array([r[i] for r in rows], np.uint8) for i, f in enumerate(FIELDS)}
    packed = pack(levels)
    assert packed.dtype == np.uint32
    back = unpack(packed)
    assert all(np.array_equal(back[f], levels[f]) and np.array_equal(level(packed, f), levels[f]) for f in FIELDS)
    assert len(set(packed.tolist())) == len(set(rows))


def test_a_missing_field_is_worth_nothing_and_others_the_ratio_of_the_model() -> None:
    model = shipped()
    top = {f: np.array([0, len(LEVELS[f]) - 1], np.uint8) for f in FIELDS}
    worth = bits(pack(top), model)
    for field in FIELDS:
        assert worth[field][0] == 0.0
        assert worth[field][1] == pytest.approx(np.log2(model.m[field][-1] / model.u[field][-1]))
