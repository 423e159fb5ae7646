"""Rows that a rule needs besides those of loose entities, against going through them one by one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.block_rows import distinct
from transforms.matching.blocks import NONE, Column
from transforms.matching.profiles import Profiles
from transforms.matching.stable import short, spread

SIZE, LOOSE = 5, 3
MENTIONS = st.lists(
    st.tuples(st.integers(0, SIZE - 1), *[st.integers(-1, 2)] * 3, *[st.integers(0, 2)] * 2), max_size=30
)
RULES = [("phone",), ("name", "phone"), ("born", "name"), ("year",), ("phone", "sex"), ("sound", "phone")]


def made(mentions: list[tuple[int, ...]], again: list[int]) -> tuple[Profiles, dict[str, list[int]]]:
    """Mentions as entity, name, phone, sex, and day and month of birth; those of `again` have another birth as well."""
    entity, name, phone, sex, day, month = np.array(mentions, np.int64).reshape(-1, 6).T.copy()
    words = np.append(short(spread(np.array([1, 2, 3]), "any")), np.uint32(0))
    columns = {c: Column(words, row) for c, row in (("name", name), ("sound", name), ("phone", phone), ("sex", sex))}
    rows = np.append(np.arange(len(entity)), again).astype(np.int64)
    later = np.arange(len(rows)) >= len(entity)
    born, year = ((day[rows] + later) * 7).astype(np.uint32), (month[rows] + later + 1).astype(np.uint32)
    columns |= {"born": Column(born, NONE.row), "year": Column(year, NONE.row)}
    told = {c: row[rows].tolist() for c, row in (("name", name), ("sound", name), ("phone", phone), ("sex", sex))}
    births = [b or y for b, y in zip(born.tolist(), (year + np.uint32(100)).tolist(), strict=True)]
    loose = np.arange(SIZE) == LOOSE
    profiles = Profiles(entity, np.arange(len(entity)), loose, columns, rows[len(entity) :])
    return profiles, told | {"born": births, "year": births, "entity": entity[rows].tolist()}


@settings(max_examples=200, deadline=None)
@given(MENTIONS, st.data())
def test_a_row_counts_unless_the_one_before_of_its_entity_says_the_same(
    mentions: list[tuple[int, ...]], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(range(len(mentions))), max_size=4, unique=True)) if mentions else []
    profiles, told = made(mentions, again)
    for columns, rows in zip(RULES, distinct(profiles, RULES), strict=True):
        wanted, before = list[int](), dict[int, tuple[int, ...]]()
        size = profiles.size if {"born", "year"} & set(columns) else len(mentions)
        for row in range(size):
            said = tuple(told[c][row] for c in columns)
            who = told["entity"][row]
            if min(said) >= 0 and before.get(who) != said and who != LOOSE:
                wanted.append(row)
            before[who] = said
        assert rows.tolist() == wanted
