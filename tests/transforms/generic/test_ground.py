"""Who is in which block, found in one pass: against blocks that are made plainly."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.generic.blocking import joined
from transforms.matching.generic.ground import Everybody, Ground, ground, having
from transforms.matching.generic.keys import swapped
from transforms.matching.generic.prepared import firsts
from transforms.matching.generic.remembered import field, numbered
from transforms.matching.generic.values import Ints, encode

KINDS = {"given": "given_name", "family": "surname", "born": "birth_date"}
NAMES = ["given", "given.begin", "family", "family.sound", "born.year"]
NAME = st.sampled_from(["ann", "anna", "lee", "leigh", None])
ROW = st.tuples(NAME, NAME, st.sampled_from(["1961-03-09", "1961", None]), st.sampled_from("ab"), st.booleans())
ROWS = st.lists(ROW, min_size=1, max_size=30)
RULE = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(tuple)


def grounds(rows: list[tuple[str | None, str | None, str | None, str, bool]]) -> Ground:
    """Everybody, some of them no longer there."""
    columns = [*map(list, zip(*rows, strict=True))]
    texts = dict(zip(KINDS, (pa.array(column, pa.string()) for column in columns[:3]), strict=True))
    records = encode(pa.table({"source": columns[3], **texts}), KINDS, ["b"])
    value, values = numbered(records, {n: np.ones(len(c.text), np.int64) for n, c in records.columns.items()}, NAMES)
    entity = np.arange(len(rows), dtype=np.int32)
    every = Everybody(value, records.source.astype(np.int32), entity, np.array(columns[4]), records.unique)
    return ground(every, {n: field(n, k, values[n], value[at]) for at, (n, k) in enumerate(KINDS.items())})


@given(ROWS, RULE, st.lists(st.integers(0, 29), max_size=4))
def test_rows_are_found_by_their_blocks(
    rows: list[tuple[str, str, str, str, bool]], rule: tuple[str, ...], some: list[int]
) -> None:
    known = grounds(rows)
    block = joined(known.keys(np.arange(known.size), rule), rule)
    mine = block[[at for at in some if at < known.size]]
    wanted = np.unique(mine[mine >= 0])
    found = known.meeting(rule, wanted)
    assert found.rows.tolist() == np.flatnonzero(np.isin(block, wanted)).tolist()
    assert found.block.tolist() == block[found.rows].tolist()


@given(ROWS)
def test_copies_are_those_of_records_that_are_there_and_have_no_keys(
    rows: list[tuple[str, str, str, str, bool]],
) -> None:
    known = grounds(rows)
    there = np.flatnonzero(known.every.there)
    assert known.first[there].tolist() == there[firsts(known.records(there))].tolist()
    keys = known.keys(np.arange(known.size), NAMES)
    silent = ~known.every.there | (known.first != np.arange(known.size))
    assert all((key[silent] == -1).all() for key in keys.values())


@given(ROWS)
def test_exchanged_names_are_those_of_the_texts(rows: list[tuple[str, str, str, str, bool]]) -> None:
    known = grounds(rows)
    plain = swapped(known.records(np.arange(known.size)))
    assert {n: e.tolist() for n, e in known.exchanged().items()} == {n: e.tolist() for n, e in plain.items()}


@given(st.lists(st.integers(0, 2**62), max_size=20), st.lists(st.integers(0, 3), max_size=20), st.data())
def test_numbers_are_found_among_others(wanted: list[int], more: list[int], data: st.DataObject) -> None:
    numbers: Ints = np.array([*wanted[::2], *more], np.int64)
    able = np.array(data.draw(st.lists(st.booleans(), min_size=len(numbers), max_size=len(numbers))), bool)
    expected = np.flatnonzero(np.isin(numbers, np.array(wanted, np.int64)) & able)
    assert having(numbers, able, np.array(wanted, np.int64)).tolist() == expected.tolist()
