"""Pairs as entities merge, against a list of pairs that is relabelled from scratch."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.score import Scored
from transforms.matching.state import Pairs
from transforms.matching.web import MERGED, OPEN, Web

SIZE = 9
PAIRS = st.dictionaries(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda p: p[0] < p[1]),
    st.tuples(st.integers(1, 7), st.integers(0, 4), st.floats(-9, 9)),
    min_size=1,
)


def web_of(rows: dict[tuple[int, int], tuple[int, int, float]]) -> Web:
    pairs = sorted(rows)
    a, b = np.array(pairs).T
    rules, level, odds = (np.array([rows[p][i] for p in pairs]) for i in range(3))
    web = Web(SIZE)
    many = len(pairs)
    scored = Scored(np.zeros(many, np.uint32), odds.astype(np.float64), np.zeros(many, np.uint8))
    web.add(Pairs(a, b, rules), level.astype(np.uint8), scored)
    return web


@given(PAIRS, st.lists(st.integers(0, 30), max_size=6))
def test_pairs_follow_their_ends(rows: dict[tuple[int, int], tuple[int, int, float]], choices: list[int]) -> None:
    web, parent = web_of(rows), np.arange(SIZE)
    for choice in choices:
        open_ = np.flatnonzero(web.fate == OPEN)
        if not len(open_):
            break
        row = open_[choice % len(open_)]
        a, b = int(web.a[row]), int(web.b[row])
        parent[parent == b] = a
        web.relabel(parent, np.array([b]), np.array([a]))
        assert web.fate[row] == MERGED
    plain: dict[tuple[int, int], list[tuple[int, int, float]]] = {}
    for (a, b), said in rows.items():
        ends = tuple(sorted((int(parent[a]), int(parent[b]))))
        if ends[0] != ends[1]:
            plain.setdefault(ends, []).append(said)  # type: ignore[arg-type]
    found = np.flatnonzero(web.fate == OPEN)
    got = {(int(web.a[r]), int(web.b[r])): r for r in found}
    assert len(got) == len(found)
    assert set(got) == set(plain)
    for ends, each in plain.items():
        row = got[ends]
        assert web.rules[row] == np.bitwise_or.reduce([s[0] for s in each])
        assert web.kin[row] == max(s[1] for s in each)
        assert web.support[row] == sum(s[2] > 0 for s in each)


@given(PAIRS, st.lists(st.integers(0, 30), max_size=6))
def test_every_entity_knows_its_open_pairs(
    rows: dict[tuple[int, int], tuple[int, int, float]], choices: list[int]
) -> None:
    web, parent = web_of(rows), np.arange(SIZE)
    for choice in choices:
        open_ = np.flatnonzero(web.fate == OPEN)
        if len(open_):
            row = open_[choice % len(open_)]
            a, b = int(web.a[row]), int(web.b[row])
            parent[parent == b] = a
            web.relabel(parent, np.array([b]), np.array([a]))
    at, found = web.of(np.arange(SIZE))
    for entity in range(SIZE):
        mine = np.flatnonzero((web.fate == OPEN) & ((web.a == entity) | (web.b == entity)))
        assert sorted(found[at == entity].tolist()) == mine.tolist()
        assert (web.other(mine, np.full(len(mine), entity)) != entity).all()


def test_what_is_added_later_joins_what_is_there() -> None:
    web = web_of({(0, 1): (1, 0, 2.0)})
    scored = Scored(np.array([5], np.uint32), np.array([1.5]), np.array([0], np.uint8))
    web.add(Pairs(np.array([1]), np.array([2]), np.array([4])), np.array([3], np.uint8), scored)
    assert web.of(np.array([1]))[1].tolist() == [0, 1]
    assert (web.a[1], web.b[1], web.kin[1], web.patterns[1], web.odds[1]) == (1, 2, 3, 5, 1.5)
