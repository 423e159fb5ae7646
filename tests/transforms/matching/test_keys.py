"""Blocking by sorting, against every pair looked at; no block is dropped in silence."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.keys import BITS, RULES, Rule, block, block_keys, merge
from transforms.matching.profiles import Column, Profiles
from transforms.matching.stable import spread

SIZE = 12
Row = tuple[int, bool, int, int]
ROWS = st.lists(st.tuples(st.integers(0, SIZE - 1), st.booleans(), st.integers(-1, 3), st.integers(-1, 2)), max_size=40)
BY_PHONE = Rule("phone", ("phone",), ("sex",), cap=4)


def profiles(rows: list[Row], key: list[int] | None = None, birth: list[int] | None = None) -> Profiles:
    """Mentions given as entity, whether it is loose (the last row of an entity says), phone and sex; -1 unknown."""
    entity, free, phone, sex = np.array(rows, np.int64).reshape(-1, 4).T
    loose = np.zeros(SIZE, bool)
    loose[entity] = free
    columns = {
        name: Column(np.append(spread(np.arange(1, 7), name), np.uint64(0)), row)
        for name, row in (("phone", phone), ("sex", sex))
    }
    births = np.full(len(rows), -1) if birth is None else np.array(birth)
    return Profiles(
        entity, np.arange(len(rows)) if key is None else np.array(key), loose, columns, births, np.zeros(0, np.int64)
    )


def plain(rows: list[Row], rule: Rule) -> tuple[set[tuple[int, int]], int, int]:
    """The pairs of BY_PHONE's kind of rule, how many blocks were split, and how many were too large in the end."""
    loose = {entity: free for entity, free, _, _ in rows}
    pairs: set[tuple[int, int]] = set()

    def add(people: set[int]) -> None:
        pairs.update((a, b) for a, b in combinations(sorted(people), 2) if rule.both or loose[a] or loose[b])

    def matters(people: set[int]) -> bool:
        return rule.both or any(loose[p] for p in people)

    split = left = 0
    for phone in {r[2] for r in rows} - {-1}:
        held = {r[0] for r in rows if r[2] == phone}
        if len(held) <= rule.cap:
            add(held)
            continue
        split += matters(held)
        for sex in {r[3] for r in rows} - {-1}:
            part = {r[0] for r in rows if r[2:] == (phone, sex)}
            if len(part) <= 2 * rule.cap:
                add(part)
            else:
                left += matters(part)
    return pairs, split, left


@settings(max_examples=150, deadline=None)
@given(ROWS, st.booleans(), st.integers(2, 5))
def test_a_rule_finds_the_pairs_of_its_blocks(rows: list[Row], both: bool, cap: int) -> None:
    rule = BY_PHONE._replace(both=both, cap=cap)
    found = block(profiles(rows), SIZE, (rule,))
    pairs, split, left = plain(rows, rule)
    assert set(zip(found.pairs.a.tolist(), found.pairs.b.tolist(), strict=True)) == pairs
    assert len(found.pairs.a) == len(pairs)
    report = found.report[0]
    assert (report["pairs"], report["blocks_split"], report["blocks_left"]) == (len(pairs), split, left)


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_a_pair_remembers_all_its_rules_and_is_new_to_the_first(rows: list[Row]) -> None:
    rules = (BY_PHONE, Rule("sound_area", ("sex",), cap=9), Rule("name", ("phone", "sex"), cap=9))
    found = block(profiles(rows), SIZE, rules)
    by_rule = {r.name: block(profiles(rows), SIZE, (r,)).pairs for r in rules}
    wanted: dict[tuple[int, int], list[str]] = {}
    for name, pairs in by_rule.items():
        for pair in zip(pairs.a.tolist(), pairs.b.tolist(), strict=True):
            wanted.setdefault(pair, []).append(name)
    got = zip(found.pairs.a.tolist(), found.pairs.b.tolist(), found.pairs.rules.tolist(), strict=True)
    assert {(a, b): bits for a, b, bits in got} == {p: sum(BITS[n] for n in names) for p, names in wanted.items()}
    for row in found.report:
        assert row["new"] == sum(names[0] == row["rule"] for names in wanted.values())


def test_a_block_that_stays_too_large_is_counted() -> None:
    rows = [(i, i > 4, 1, -1 if i < 3 else 1) for i in range(SIZE)]
    row = block(profiles(rows), SIZE, (BY_PHONE,)).report[0]
    assert (row["blocks_split"], row["blocks_left"], row["pairs"]) == (1, 1, 0)
    assert row["pairs_left"] == 9 * 8 // 2 - 1  # two of the nine have numbers of their own


def test_a_birth_in_the_number_and_a_written_one_both_bring_people_together() -> None:
    two = profiles([(0, False, 1, 1), (1, True, 1, 1), (2, True, 1, 1)], birth=[19800517 * 4 + 3, 7, 19791231 * 4 + 3])
    two = replace(two, birth=np.append(two.birth, 19791231 * 4 + 3), again=np.array([0]))
    found = block(two, SIZE, (Rule("birth_surname", ("born",)),))
    assert list(zip(found.pairs.a, found.pairs.b, strict=True)) == [(0, 2)]


def test_keys_are_listed_once_an_entity_and_look_up_by_their_hash() -> None:
    rows = [(3, True, 1, 1), (3, True, 1, 1), (1, True, 1, 2), (2, False, 0, 1), (5, True, -1, 1)]
    found = block_keys(profiles(rows), BY_PHONE)
    assert sorted(found.entity.tolist()) == [1, 2, 3]
    wanted = spread(np.array([2]), "phone")[0]
    first, stop = np.searchsorted(found.hash, [wanted, wanted + np.uint64(1)])
    assert found.entity[first:stop].tolist() == [1, 3]
    assert len(block_keys(profiles(rows), BY_PHONE, 1).hash) == 3


def test_reach_is_the_share_of_known_matches() -> None:
    table = profiles([(0, False, 1, -1), (0, False, 1, -1), (7, False, 1, -1), (7, False, 2, -1)])
    assert block(table, SIZE, (BY_PHONE,)).report[0]["reach"] == 0.5


def test_versions_of_one_mention_are_one_witness() -> None:
    table = profiles([(0, False, 1, -1), (0, False, 2, -1), (0, False, 2, -1)], key=[4, 4, 5])
    assert block(table, SIZE, (BY_PHONE,)).report[0]["reach"] == 1.0


def test_pairs_found_by_several_rules_are_one_pair_that_remembers_both() -> None:
    found = merge(np.array([14, 3, 14]), np.array([1, 4, 2]), SIZE)
    assert (found.a.tolist(), found.b.tolist(), found.rules.tolist()) == ([0, 1], [3, 2], [4, 3])


def test_every_rule_has_a_bit_of_its_own() -> None:
    assert len(set(BITS.values())) == len(BITS) == len(RULES) <= 32
    assert all(bin(bit).count("1") == 1 for bit in BITS.values())


@pytest.mark.parametrize("rows", [[], [(0, True, -1, -1)]])
def test_without_keys_there_are_no_pairs(rows: list[Row]) -> None:
    assert len(block(profiles(rows), SIZE, (BY_PHONE,)).pairs.a) == 0
