"""Sets of values and their combinations, against dictionaries and itertools."""

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.held import Held, combine
from transforms.matching.sets import best, gather

HELD = st.lists(st.tuples(st.integers(0, 6), st.integers(-1, 5)), max_size=40)


def plain(rows: list[tuple[int, int]]) -> dict[int, list[int]]:
    return {e: sorted({v for owner, v in rows if owner == e and v >= 0}) for e in range(7)}


def sets_of(rows: list[tuple[int, int]]):  # type: ignore[no-untyped-def]
    table = np.array(rows, np.int64).reshape(-1, 2)
    return gather(table[:, 0], table[:, 1], 7)


@given(HELD)
def test_each_entity_holds_its_distinct_values(rows: list[tuple[int, int]]) -> None:
    found = sets_of(rows)
    for entity, values in plain(rows).items():
        assert found.values[found.start[entity] : found.start[entity + 1]].tolist() == values
        assert found.many(np.array([entity]))[0] == len(values)


@given(HELD, HELD, st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12))
def test_every_value_meets_every_value(
    left: list[tuple[int, int]], right: list[tuple[int, int]], pairs: list[tuple[int, int]]
) -> None:
    a, b = np.array(pairs, np.int64).reshape(-1, 2).T
    found = combine(Held.of(sets_of(left)), a, Held.of(sets_of(right)), b)
    one, other = plain(left), plain(right)
    wanted = [(row, x, y) for row, (i, j) in enumerate(pairs) for x, y in product(one[i], other[j])]
    assert list(zip(found.pair.tolist(), found.left.tolist(), found.right.tolist(), strict=True)) == wanted


@given(HELD, st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12), st.randoms())
def test_the_best_combination_is_the_first_of_the_highest(
    rows: list[tuple[int, int]], pairs: list[tuple[int, int]], random: object
) -> None:
    a, b = np.array(pairs, np.int64).reshape(-1, 2).T
    held = Held.of(sets_of(rows))
    combos = combine(held, a, held, b)
    level = np.array([random.randrange(9) for _ in combos.pair], np.uint8)  # type: ignore[attr-defined]
    row, has = best(combos, level, len(pairs))
    for pair in range(len(pairs)):
        own = [i for i, p in enumerate(combos.pair.tolist()) if p == pair]
        assert has[pair] == bool(own)
        if own:
            assert row[pair] == max(own, key=lambda i: (level[i], -i))
