"""Births and sexes that registers have of their own, against numpy's way of saying it."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.matching.births import TOO_OFTEN, Said, recorded
from transforms.matching.hashing import Ints
from transforms.matching.kernels import DAY, YEAR

DAYS, HOW = np.array([19800101, 19800101, 19900101, 19700502, -1]), np.array([DAY, YEAR, DAY])
DERIVED = (np.array([19800101 * 4 + DAY, 19700502 * 4 + DAY, -1, -1]), np.array([1, 2, 0, 0]))
ROW = st.tuples(st.integers(0, 2), st.integers(-1, 2), st.integers(-1, 3), st.integers(-1, 1), st.integers(-1, 1))


def plain(source: Ints, number: Ints, born: Ints, sex: Ints, known: Ints) -> tuple[Ints, Ints]:
    """A column at a time."""
    kept: list[Ints] = []
    for values, derived, none in zip((born, sex), DERIVED, (-1, 0), strict=True):
        copied = derived[number]
        own = np.bincount(source[(values != none) & (values != copied)], minlength=3) > 0
        kept.append(np.where((values == copied) & ~own[source], none, values))
    days = np.flatnonzero((kept[0] >= 0) & (kept[0] & 3 == DAY))
    new_year = days[(kept[0][days] >> 2) % 10000 == 101]
    many, seen = (
        np.maximum(np.bincount(source[i], minlength=3), known[:, at]) for at, i in enumerate((days, new_year))
    )
    usual = many / 365.25
    kept[0][new_year[(seen > TOO_OFTEN * (usual + 1))[source[new_year]]]] += YEAR - DAY
    return kept[0], kept[1]


@settings(deadline=None)
@given(
    st.lists(ROW, max_size=30), st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 30)), min_size=3, max_size=3)
)
@example([(1, -1, 2, 0, 0)] * 5 + [(2, 0, 0, 0, 0), (0, 1, 3, 0, 1), (0, 0, 2, 0, 0)], [(0, 0)] * 3)
@example([(1, -1, 2, 0, 0)] * 5, [(0, 0), (900, 5), (0, 0)])
@example([(1, -1, 2, 0, 0)], [(0, 0), (900, 90), (0, 0)])
def test_what_was_filled_in_is_left_out(
    rows: list[tuple[int, int, int, int, int]], several: list[tuple[int, int]]
) -> None:
    source, number, day, how, sex = (np.array([r[i] for r in rows], np.int64) for i in range(5))
    marks = np.array([1, 2, 0])
    said = Said(source, number, *((i.astype(np.int32), of) for i, of in ((day, DAYS), (how, HOW), (sex, marks))))
    born = np.where(DAYS[day] >= 0, DAYS[day] * 4 + HOW[how], -1)
    known = np.array(several, np.int64)
    found, wanted = recorded(said, *DERIVED, known), plain(source, number, born, marks[sex], known)
    assert [c.tolist() for c in found] == [c.tolist() for c in wanted]
