"""Bridges and spanning trees against plain searches."""

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.bonds import components, conflicting, spanning, weakest

NODES = 9
PAIRS = st.lists(
    st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1), st.integers(0, 5)).filter(lambda t: t[0] < t[1]),
    max_size=25,
    unique_by=lambda t: t[:2],
)


def _columns(rows: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = np.array(rows, np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2].astype(float)


def _reach(start: int, pairs: list[tuple[int, int]]) -> set[int]:
    near = defaultdict(list)
    for a, b in pairs:
        near[a].append(b)
        near[b].append(a)
    seen, stack = {start}, [start]
    while stack:
        for other in near[stack.pop()]:
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return seen


@given(PAIRS)
def test_components_are_what_a_walk_finds(rows: list[tuple[int, int, int]]) -> None:
    """The least node that can be walked to."""
    a, b, _ = _columns(rows)
    plain = [min(_reach(n, [r[:2] for r in rows])) for n in range(NODES)]
    assert components(NODES, a, b).tolist() == plain


@given(PAIRS)
def test_the_forest_is_kruskals(rows: list[tuple[int, int, int]]) -> None:
    """The same rows as taking pairs from the strongest down, unless they close a circle."""
    order = sorted(range(len(rows)), key=lambda i: (-rows[i][2], i))
    kept: list[int] = []
    for i in order:
        if rows[i][1] not in _reach(rows[i][0], [rows[j][:2] for j in kept]):
            kept.append(i)
    assert spanning(NODES, *_columns(rows)).tolist() == sorted(kept)


@given(PAIRS)
def test_a_bridge_is_a_pair_without_which_the_entity_falls_apart(rows: list[tuple[int, int, int]]) -> None:
    """Taking the weakest necessary pair away divides the entity exactly when it is called a bridge."""
    found = weakest(np.arange(NODES), *_columns(rows))
    assert len(found.entity) == len({min(_reach(r[0], [q[:2] for q in rows])) for r in rows})
    for row, bridge in zip(found.row, found.bridge, strict=True):
        rest = [r[:2] for i, r in enumerate(rows) if i != row]
        assert (rows[row][1] not in _reach(rows[row][0], rest)) == bridge


def test_records_of_one_number_are_one_node() -> None:
    """0 and 1 share a number: two pairs from them to 2 are two ties, one pair is a bridge."""
    group = np.array([0, 0, 2, 3])
    both = weakest(group, np.array([0, 1]), np.array([2, 2]), np.array([3.0, 5.0]))
    assert (both.entity.tolist(), both.row.tolist(), both.bridge.tolist()) == ([0], [1], [False])
    one = weakest(group, np.array([1, 2]), np.array([2, 3]), np.array([5.0, 2.0]))
    assert (one.row.tolist(), one.bridge.tolist()) == ([1], [True])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 3)), max_size=30))
def test_entities_that_contradict_themselves_are_counted(rows: list[tuple[int, int]]) -> None:
    """Two different known values of one entity; what is missing contradicts nothing."""
    table = np.array(rows, np.int64).reshape(-1, 2)
    plain = sum(len({v for e, v in rows if e == entity and v >= 0}) > 1 for entity in range(6))
    assert conflicting(table[:, 0], table[:, 1]) == plain
