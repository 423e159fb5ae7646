"""How common a birth is, by tables over days, against looking it up among all births."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.counts import Counts
from transforms.matching.frequency import day, frequencies
from transforms.matching.kernels import DAY, MONTH, YEAR

DAYS = st.dates().map(lambda d: (d.year * 10000 + d.month * 100 + d.day) * 4 + DAY)
WHOLE = st.integers(1, 9999).flatmap(lambda y: st.sampled_from((y * 40000 + YEAR, (y * 10000 + 500) * 4 + MONTH)))
NOTHING = np.empty(0, np.int64)


@given(st.dictionaries(DAYS | WHOLE, st.integers(2, 9), max_size=8), st.lists(DAYS, max_size=8))
def test_a_birth_is_as_common_as_that_birth_or_the_next_that_is_known(count: dict[int, int], asked: list[int]) -> None:
    born = np.array(sorted(count), np.int64)
    births = np.array([count[b] for b in sorted(count)], np.int64)
    counts = Counts(
        **dict.fromkeys(Counts._fields, NOTHING) | {"people": 100, "numbered": 0.5, "born": born, "births": births}
    )
    known = frequencies(counts)
    shares = np.log2(births - 2 + 1e-9) - np.log2(100.0)
    for one in [*(b for b in asked if count and b >= born[0]), *(b for b in count if b & 3 == DAY)]:
        wanted = shares[min(np.searchsorted(born, one), len(born) - 1)]
        assert known.births[np.clip(day(one) - known.since, 0, len(known.births) - 1)] == wanted
    assert count or not len(known.births)


@given(st.lists(DAYS, min_size=2, max_size=9))
def test_days_are_in_order(births: list[int]) -> None:
    assert sorted(births, key=day) == sorted(births)
