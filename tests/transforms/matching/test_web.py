"""Pairs as entities merge, against a list of pairs that is relabelled from scratch."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.hashing import mix
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


def rows_of(web: Web, entity: int) -> list[int]:
    """The open pairs of an entity, as the loops over them find them."""
    lists = web.lists
    rows = lists.rows[lists.start[entity] : lists.start[entity] + lists.many[entity]]
    return rows[web.fate[rows] == OPEN].tolist()


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
        touched = np.flatnonzero((web.fate == OPEN) & (np.isin(web.a, (a, b)) | np.isin(web.b, (a, b))))
        fresh, around = web.relabel(parent, np.array([b]), np.array([a]))
        assert web.fate[row] == MERGED
        assert fresh.tolist() == touched[web.fate[touched] == OPEN].tolist()
        ends = {*parent[web.left[touched]].tolist(), *parent[web.right[touched]].tolist()}
        assert sorted(around.tolist()) == sorted(ends)
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
    for entity in range(SIZE):
        assert (
            rows_of(web, entity)
            == np.flatnonzero((web.fate == OPEN) & ((web.a == entity) | (web.b == entity))).tolist()
        )


def test_what_is_added_later_joins_what_is_there() -> None:
    web = web_of({(0, 1): (1, 0, 2.0)})
    scored = Scored(np.array([5], np.uint32), np.array([1.5]), np.array([0], np.uint8))
    web.add(Pairs(np.array([1]), np.array([2]), np.array([4])), np.array([3], np.uint8), scored)
    assert rows_of(web, 1) == [0, 1]
    assert (web.a[1], web.b[1], web.kin[1], web.patterns[1], web.odds[1]) == (1, 2, 3, 5, 1.5)


def chosen_plainly(web: Web, least: float) -> list[int]:
    """Pairs that are the best choice of both ends among those that may be chosen."""
    able = (web.fate == OPEN) & (web.odds >= least) & (web.veto == 0) & np.isnan(web.chance)
    order = np.lexsort((mix([web.a, web.b]), -np.round(web.odds, 6), ~able))[: able.sum()]
    best: dict[int, int] = {}
    for row in order[::-1].tolist():
        best[int(web.a[row])] = best[int(web.b[row])] = row
    return [row for row in range(len(web.a)) if best.get(int(web.a[row])) == row == best.get(int(web.b[row]))]


def rivals_plainly(web: Web, rows: list[int], bits: float) -> list[tuple[int, int, int]]:
    found = []
    for side in (web.a, web.b):
        for at, row in enumerate(rows):
            for other in rows_of(web, int(side[row])):
                near = web.odds[other] > max(-bits, web.odds[row] - bits)
                if near and other != row and not web.veto[other]:
                    found.append((at, other, int(side[row])))
    return found


ALIKE = st.dictionaries(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda p: p[0] < p[1]),
    st.tuples(st.just(1), st.integers(0, 4), st.integers(-2, 4).map(float)),
    min_size=1,
)


@given(ALIKE, st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=8), st.data())
def test_the_best_choice_of_both_is_known_round_by_round(
    rows: dict[tuple[int, int], tuple[int, int, float]], steps: list[tuple[int, bool]], data: st.DataObject
) -> None:
    """Only those whose pairs changed are looked at anew: as if everybody were."""
    web, parent = web_of(rows), np.arange(SIZE)
    web.veto[:] = data.draw(st.lists(st.sampled_from((0, 0, 0, 2)), min_size=len(web.a), max_size=len(web.a)))
    look = web.hopeful(0.0)
    for pick, merge in steps:
        chosen = web.choose(look, 0.0)
        assert chosen.tolist() == [r for r in chosen_plainly(web, 0.0) if {web.a[r], web.b[r]} & {*look.tolist()}]
        assert list(zip(*(c.tolist() for c in web.rivals(chosen, 2.0)), strict=True)) == rivals_plainly(
            web, chosen.tolist(), 2.0
        )
        if not len(chosen):
            break
        row = chosen[[pick % len(chosen)]]
        ends = np.concatenate([web.a[row], web.b[row]])
        if merge:
            parent[ends[1]] = ends[0]
            around = web.relabel(parent, ends[1:], ends[:1])[1]
            judged = np.flatnonzero((web.fate == OPEN) & ~np.isnan(web.chance))
            again = judged[np.isin(web.a[judged], around) | np.isin(web.b[judged], around)]
            look = np.concatenate([np.setdiff1d(chosen_ends(web, chosen), ends), web.wake(around)])
            assert {*web.a[again].tolist(), *web.b[again].tolist()} <= {*look.tolist()}
            assert np.isnan(web.chance[again]).all()
        else:
            web.chance[chosen] = 0.5
            look = chosen_ends(web, chosen)


def chosen_ends(web: Web, rows: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return np.concatenate([web.a[rows], web.b[rows]])
