"""Blocking by equi-joins, against every pair looked at; no block is dropped in silence."""

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.keys import BITS, Rule, block, merge
from warehouse.engines.duckdb import DuckDBEngine

SIZE = 12
COLUMNS = (
    "key",
    "number",
    "head14",
    "tail12",
    "last4",
    "shape",
    "sound",
    "surname",
    "given",
    "sex",
    "phone",
    "door",
    "near",
    "area",
    "town",
    "born",
    "year",
)
ROWS = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.booleans(), st.none() | st.integers(0, 3), st.none() | st.integers(0, 2)),
    max_size=30,
)  # fmt: skip
BY_PHONE = Rule("phone", ("phone",), ("sex",), cap=4)


def profiles(rows: list[tuple[int, bool, int | None, int | None]]) -> pa.Table:
    loose = {entity: value for entity, value, _, _ in rows}
    filled = {"phone": [r[2] for r in rows], "sex": [r[3] for r in rows]}
    columns = {name: pa.array(filled.get(name, [None] * len(rows)), pa.int64()) for name in COLUMNS}
    head = {"entity": [r[0] for r in rows], "loose": [int(loose[r[0]]) for r in rows]}
    return pa.table({**{k: pa.array(v, pa.int64()) for k, v in head.items()}, **columns})


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_a_rule_finds_the_pairs_of_its_small_blocks(rows: list[tuple[int, bool, int | None, int | None]]) -> None:
    with DuckDBEngine(threads=1) as engine:
        found = block(profiles(rows), engine, SIZE, (BY_PHONE,))
    loose = {entity: value for entity, value, _, _ in rows}
    held = {phone: {r[0] for r in rows if r[2] == phone} for phone in range(4)}
    both = {(p, s): {r[0] for r in rows if (r[2], r[3]) == (p, s)} for p in range(4) for s in range(3)}
    wanted = set()
    for phone, people in held.items():
        parts = [people] if len(people) <= 4 else [both[phone, s] for s in range(3) if len(both[phone, s]) <= 8]
        wanted |= {pair for part in parts for pair in combinations(sorted(part), 2)}
    wanted = {(a, b) for a, b in wanted if loose[a] or loose[b]}
    assert set(zip(found.pairs.a.tolist(), found.pairs.b.tolist(), strict=True)) == wanted


def test_a_block_that_stays_too_large_is_counted(engine: DuckDBEngine) -> None:
    rows = [(i, True, 1, None if i < 3 else 1) for i in range(SIZE)]
    found = block(profiles(rows), engine, SIZE, (BY_PHONE,))
    row = found.report[0]
    assert (row["blocks_split"], row["blocks_left"]) == (1, 1)
    assert row["pairs_left"] == 9 * 8 // 2


def test_reach_is_the_share_of_known_matches(engine: DuckDBEngine) -> None:
    table = profiles([(0, False, 1, None), (0, False, 1, None), (7, False, 1, None), (7, False, 2, None)])
    table = table.set_column(table.schema.get_field_index("key"), "key", pa.array([0, 1, 2, 3], pa.int64()))
    assert block(table, engine, SIZE, (BY_PHONE,)).report[0]["reach"] == 0.5


def test_pairs_found_by_several_rules_are_one_pair_that_remembers_both() -> None:
    found = merge(np.array([14, 3, 14]), np.array([1, 4, 2]), SIZE)
    assert (found.a.tolist(), found.b.tolist(), found.rules.tolist()) == ([0, 1], [3, 2], [4, 3])


def test_every_rule_has_a_bit_of_its_own() -> None:
    assert len(set(BITS.values())) == len(BITS)
    assert all(bin(bit).count("1") == 1 for bit in BITS.values())
