"""Blocks: every pair of a block and no other, large ones split, nothing left out unsaid."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import Stop
from transforms.matching.generic.blocking import Limit, block, grouped, hashed, joined, split
from transforms.matching.generic.places import expand
from transforms.matching.generic.rules import cost

COLUMN = st.lists(st.integers(-1, 4), min_size=2, max_size=30)


@settings(max_examples=30, deadline=None)
@given(one=COLUMN, seed=st.integers(0, 99))
def test_pairs_are_those_of_a_plain_double_loop(one: list[int], seed: int) -> None:
    """For a rule of one key and one of two; records of a unique source do not meet."""
    rng = np.random.default_rng(seed)
    keys = {"a": np.array(one), "b": rng.integers(-1, 3, len(one)), "c": rng.integers(-1, 3, len(one))}
    source = rng.integers(0, 2, len(one))
    found, report = block(keys, [("a",), ("b", "c")], (source, np.array([True, False])), Limit(1e6))
    plain = {}
    for i in range(len(one)):
        for j in range(i + 1, len(one)):
            agree = [all(keys[k][i] == keys[k][j] >= 0 for k in rule) for rule in (("a",), ("b", "c"))]
            if any(agree) and not (source[i] == source[j] == 0):
                plain[i, j] = agree[0] + 2 * agree[1]
    got = {(a, b): bits for a, b, bits in zip(*(x.tolist() for x in found[:3]), strict=True)}
    assert got == plain
    assert report[0]["pairs"] == sum(bits & 1 for bits in plain.values())


@settings(max_examples=40, deadline=None)
@given(one=COLUMN, cap=st.integers(2, 9), seed=st.integers(0, 99))
def test_of_new_records_are_the_pairs_of_all_that_have_one(one: list[int], cap: int, seed: int) -> None:
    """However large blocks are split, the same pairs by the same rules."""
    rng = np.random.default_rng(seed)
    keys = {"a": np.array(one), "b": rng.integers(-1, 3, len(one)), "c": rng.integers(-1, 3, len(one))}
    fresh, sources = rng.random(len(one)) < 0.3, (rng.integers(0, 2, len(one)), np.array([True, False]))
    every, new = (block(keys, [("a",), ("b", "c")], sources, Limit(1e6, cap, fresh=some))[0] for some in (None, fresh))
    wanted = every.take(fresh[every.a] | fresh[every.b])
    assert sorted(zip(*wanted[:3], strict=True)) == sorted(zip(*new[:3], strict=True))


def test_a_large_block_is_split_and_what_is_left_out_is_counted() -> None:
    """By other keys as long as they help; a block nothing splits is reported with its pairs."""
    rng = np.random.default_rng(1)
    keys = {"a": np.zeros(1000, np.int64), "b": rng.integers(0, 100, 1000)}
    found = split(keys, ("a",), Limit(1e9, 50))
    assert found.counts["blocks_split"] == 1
    assert found.counts["pairs_left"] == 0
    assert found.many.max() <= 50
    assert found.number[found.rows].tolist() == np.repeat(np.arange(len(found.many)), found.many).tolist()
    found = split({"a": keys["a"], "b": keys["a"]}, ("a",), Limit(1e9, 50))
    assert (found.number == -1).all()
    assert found.counts["pairs_left"] == 1000 * 999 // 2


def test_the_estimate_of_pairs_is_near() -> None:
    """Within a tenth of what a count gives."""
    key = np.random.default_rng(2).integers(0, 300, 10_000)
    many = np.bincount(key)
    exact = (many * (many - 1) / 2).sum()
    assert abs(cost(hashed(key), key >= 0, 16) / exact - 1) < 0.1


def test_a_missing_key_joins_nothing() -> None:
    """Whatever the others are."""
    keys = {"a": np.array([1, 1, -1, -1]), "b": np.array([2, 2, 2, 2])}
    found = joined(keys, ("a", "b"))
    assert found[0] == found[1] >= 0
    assert found[2] == found[3] == -1


def test_chinese_addresses_are_taken_apart() -> None:
    """Town, place and door; addresses in other scripts stay whole."""
    table = pa.table({"x": ["大田镇石桥村3组12号", "涌泉镇锦绣家园5栋2单元301室"], "y": ["1 Mill Lane", "2 Mill Lane"]})
    taken, kinds = expand(table, {"x": "address", "y": "address"}, "person")
    assert kinds == {"y": "address", "x_town": "category", "x_place": "place", "x_door": "house_number"}
    assert taken["x_place"].to_pylist() == ["石桥", "锦绣家园"]
    assert taken["x_door"].to_pylist() == ["3-12", "5-2-301"]


def test_a_field_is_not_called_like_a_part_of_an_address() -> None:
    table = pa.table({"x": ["大田镇石桥村3组12号"], "x_town": ["大田镇"]})
    with pytest.raises(Stop, match="field x_town"):
        expand(table, {"x": "address", "x_town": "category"}, "person")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([-1, 0, 1, 7, 1 << 41, 1 << 62]), max_size=30))
def test_blocks_are_in_order_and_their_rows_too(number: list[int]) -> None:
    """However large the numbers of blocks are."""
    order, start, many = grouped(np.array(number, np.int64))
    wanted = [row for row in sorted(range(len(number)), key=lambda row: number[row]) if number[row] >= 0]
    assert order.tolist() == wanted
    runs = zip(start.tolist(), many.tolist(), strict=True)
    groups = [[number[row] for row in wanted[at : at + size]] for at, size in runs]
    assert [set(group) for group in groups] == [{each} for each in sorted(set(number) - {-1})]
