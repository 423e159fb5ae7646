"""Sets of values and their combinations, against dictionaries and itertools."""

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.held import Held, combine
from transforms.matching.kernels import DAY, YEAR
from transforms.matching.sets import best, facts, gather
from transforms.matching.values import Nodes, Values

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


DATED = 19800517 * 4 + DAY
NUMBERS = ((0, DATED, 1), (0, DATED + 4, 2), (1, -1, 0), (2, -1, 0), (0, -1, 0))  # status, birth, sex: by id
MENTION = st.tuples(
    st.integers(0, 3),  # entity
    st.integers(-1, 2),  # name
    st.sampled_from((-1, DATED, DATED + 4, 19800000 * 4 + YEAR)),
    st.integers(0, 2),  # sex
    st.integers(-1, 4),  # number
    st.booleans(),  # borrowed
)


def said_of(rows: list[tuple[int, ...]], entity: int) -> dict[str, list[int]]:
    """What the mentions of one entity say, told one by one."""
    found: dict[str, set[int]] = {f: set() for f in ("name", "born", "sex", "number", "trusted", "mask")}
    for _, name, born, sex, number, lent in (r for r in rows if r[0] == entity):
        status, derived, implied = NUMBERS[number] if number >= 0 else (9, -1, 0)
        lent = lent and status == 0
        found["name"].add(name)
        found["born"].add(-1 if lent and born == derived else born)
        found["sex"].add(0 if lent and sex == implied else sex)
        if status == 0 and not lent:
            found["born"].add(derived)
            found["sex"].add(implied)
            found["trusted"].add(number)
        if (status == 0 and not lent) or status == 1:
            found["number"].add(number)
        if status == 2:
            found["mask"].add(number)
    if any(b & 3 == DAY for b in found["born"] if b >= 0):
        found["born"] = {b for b in found["born"] if b & 3 == DAY}
    return {f: sorted(v for v in values if v >= (f == "sex")) for f, values in found.items()}


@given(st.lists(MENTION, max_size=25))
def test_facts_are_what_the_mentions_of_each_entity_say(rows: list[tuple[int, ...]]) -> None:
    table = np.array(rows, np.int64).reshape(-1, 6)
    entity, name, born, sex, number, lent = (table[:, i].copy() for i in range(6))
    status, derived, implied = (np.array(column) for column in zip(*NUMBERS, strict=True))
    nobody = dict.fromkeys(Nodes._fields)
    nodes = Nodes(**nobody | {"key": name, "name": name, "born": born, "sex": sex, "number": number, "phone": name,
                              "place": name, "source": sex})  # fmt: skip
    nothing = dict.fromkeys(Values._fields)
    values = Values(
        **nothing | {"number_status": status.astype(np.uint8), "number_born": derived, "number_sex": implied}
    )
    borrowed = (lent > 0) & (np.append(status, 9)[number] == 0)
    found = facts(nodes, values, entity, borrowed, 4)
    for one in range(4):
        plain = said_of(rows, one)
        for field, values_ in plain.items():
            sets = getattr(found, field)
            assert sets.values[sets.start[one] : sets.start[one + 1]].tolist() == values_, field
    assert found.phone.values.tolist() == found.place.values.tolist() == found.name.values.tolist()
    assert np.diff(found.source.start).tolist() == [len({r[3] for r in rows if r[0] == e}) for e in range(4)]
