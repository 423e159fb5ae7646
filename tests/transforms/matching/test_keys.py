"""Blocking by sorting, against every pair looked at; no block is dropped in silence."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.blocks import NONE, Column
from transforms.matching.keys import BITS, FEW, RULES, Rule, block, merge
from transforms.matching.profiles import Profiles, birth_words
from transforms.matching.stable import seed, short, spread

SIZE = 12
Row = tuple[int, bool, int, int]
ROWS = st.lists(st.tuples(st.integers(0, SIZE - 1), st.booleans(), st.integers(-1, 3), st.integers(-1, 2)), max_size=40)
BY_PHONE = Rule("phone", ("phone",), ("sex",), cap=4)


def profiles(
    rows: list[Row], key: list[int] | None = None, birth: list[int] | None = None, of_number: list[int] | None = None
) -> Profiles:
    """Mentions given as entity, whether it is loose (the last row of an entity says), phone and sex; -1 unknown.

    Births are written, and `of_number`, day by day.
    """
    entity, free, phone, sex = np.array(rows, np.int64).reshape(-1, 4).T.copy()
    loose = np.zeros(max(SIZE, entity.max(initial=0) + 1), bool)
    loose[entity] = free
    columns = {
        name: Column(np.append(short(spread(np.arange(1, 7), name)), np.uint32(0)), row)
        for name, row in (("phone", phone), ("sex", sex))
    }
    births = [np.full(len(rows), -1) if given is None else np.array(given) for given in (birth, of_number)]
    born, year, again = birth_words(births[0], np.arange(len(rows)), births[1], np.array([seed("born"), seed("year")]))
    columns |= {"born": Column(born, NONE.row), "year": Column(year, NONE.row)}
    return Profiles(entity, np.arange(len(rows)) if key is None else np.array(key), loose, columns, again)


def plain(rows: list[Row], rule: Rule) -> tuple[set[tuple[int, int]], tuple[int, int, int]]:
    """What a rule like BY_PHONE finds; blocks that were split, those that stayed too large, and the pairs in them."""
    loose = {entity: free for entity, free, _, _ in rows}
    at = {"phone": 2, "sex": 3}
    found: set[tuple[int, int]] = set()
    told = [0, 0, 0]

    def look(members: list[Row], columns: tuple[str, ...], depth: int) -> None:
        last = depth == len(rule.split)
        for key in {tuple(row[at[c]] for c in columns) for row in members}:
            part = [row for row in members if tuple(row[at[c]] for c in columns) == key and -1 not in key]
            people = combinations(sorted({row[0] for row in part}), 2)
            pairs = {(a, b) for a, b in people if rule.both or loose[a] or loose[b]}
            if len({row[0] for row in part}) <= rule.cap * (2 if last and depth else 1):
                found.update(pairs)
                continue
            told[0] += bool(pairs) and not depth
            if not last:
                look(part, (*columns, rule.split[depth]), depth + 1)
            elif pairs:
                told[1:] = [told[1] + 1, told[2] + len(pairs)]

    look(rows, rule.on, 0)
    return found, (told[0], told[1], told[2])


@settings(max_examples=250, deadline=None)
@given(ROWS, st.booleans(), st.integers(2, 5), st.sampled_from([("phone",), ("sex",), ("phone", "sex")]))
def test_a_rule_finds_the_pairs_of_its_blocks(rows: list[Row], both: bool, cap: int, on: tuple[str, ...]) -> None:
    rule = Rule("phone", on, tuple({"phone", "sex"} - set(on)), cap, both)
    found = block(profiles(rows), (rule,))
    pairs, left = plain(rows, rule)
    assert list(zip(found.pairs.a.tolist(), found.pairs.b.tolist(), strict=True)) == sorted(pairs)
    report = found.report[0]
    assert report["pairs"] == report["new"] == len(pairs)
    assert (report["blocks_split"], report["blocks_left"], report["pairs_left"]) == left


@given(ROWS, st.sampled_from([("phone",), ("sex",), ("phone", "sex")]))
def test_words_that_collide_only_add_pairs(rows: list[Row], on: tuple[str, ...]) -> None:
    rule, exact = Rule("phone", on, cap=SIZE), profiles(rows)
    columns = {n: Column((c.words & 1) + (c.words > 0).astype(np.uint32), c.row) for n, c in exact.columns.items()}
    pairs, more = (block(p, (rule,)).pairs for p in (exact, replace(exact, columns=columns)))
    assert set(zip(pairs.a, pairs.b, strict=True)) <= set(zip(more.a, more.b, strict=True))


def test_one_block_may_have_more_pairs_than_there_are_rows_to_make_room_by() -> None:
    """All entities of a small table in one block that is just not too large."""
    many = SIZE + 18
    found = block(profiles([(entity, True, 1, -1) for entity in range(many)]), (Rule("phone", ("phone",), cap=many),))
    assert len(found.pairs.a) == many * (many - 1) // 2


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_a_pair_remembers_all_its_rules_and_is_new_to_the_first(rows: list[Row]) -> None:
    rules = (BY_PHONE, Rule("sound_area", ("sex",), cap=9), Rule("name", ("phone", "sex"), cap=9))
    found = block(profiles(rows), rules)
    by_rule = {r.name: block(profiles(rows), (r,)).pairs for r in rules}
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
    row = block(profiles(rows), (BY_PHONE,)).report[0]
    assert (row["blocks_split"], row["blocks_left"], row["pairs"]) == (1, 1, 0)
    assert row["pairs_left"] == 9 * 8 // 2 - 1  # two of the nine have numbers of their own


def test_a_birth_in_the_number_and_a_written_one_both_bring_people_together() -> None:
    people = [(0, False, 1, 1), (1, True, 1, 1), (2, True, 1, 1), (3, True, 1, 1)]
    first, second = 19800517 * 4 + 3, 19791231 * 4 + 3
    table = profiles(people, birth=[first, -1, second, first], of_number=[second, second, -1, -1])
    found = block(table, (Rule("birth_surname", ("born",)),))
    assert list(zip(found.pairs.a, found.pairs.b, strict=True)) == [(0, 1), (0, 2), (0, 3), (1, 2)]


def test_births_are_words_of_the_day_and_of_the_year() -> None:
    written = np.array([19800517 * 4 + 3, 19800000 * 4 + 1, -1])
    born, year, again = birth_words(written, np.array([-1, -1, 0]), written[:1], np.array([seed("born"), seed("year")]))
    assert born.tolist() == short(spread(np.array([19800517, 0, 19800517]), "born")).tolist()
    assert year.tolist() == short(spread(np.full(3, 1980), "year")).tolist()
    assert len(again) == 0


def test_reach_is_the_share_of_known_matches() -> None:
    table = profiles([(0, False, 1, -1), (0, False, 1, -1), (7, False, 1, -1), (7, False, 2, -1)])
    assert block(table, (BY_PHONE,)).report[0]["reach"] == 0.5


def test_versions_of_one_mention_are_one_witness() -> None:
    table = profiles([(0, False, 1, -1), (0, False, 2, -1), (0, False, 2, -1)], key=[4, 4, 5])
    assert block(table, (BY_PHONE,)).report[0]["reach"] == 1.0


def test_pairs_found_by_several_rules_are_one_pair_that_remembers_both() -> None:
    found = merge(np.array([14, 3, 14]), np.array([1, 4, 2]), SIZE)
    assert (found.a.tolist(), found.b.tolist(), found.rules.tolist()) == ([0, 1], [3, 2], [4, 3])


def test_every_rule_has_a_bit_of_its_own() -> None:
    assert len(set(BITS.values())) == len(BITS) == len(RULES) <= 32
    assert all(bin(bit).count("1") == 1 for bit in BITS.values())


@pytest.mark.parametrize("rows", [[], [(0, True, -1, -1)]])
def test_without_keys_there_are_no_pairs(rows: list[Row]) -> None:
    assert len(block(profiles(rows), (BY_PHONE,)).pairs.a) == 0


@settings(max_examples=50, deadline=None)
@given(ROWS, st.integers(0, SIZE - 1))
def test_where_few_are_loose_the_same_pairs_are_found_another_way(rows: list[Row], one: int) -> None:
    rows = [(entity, entity == one, phone, sex) for entity, _, phone, sex in rows]
    crowd = [(entity, False, -1, -1) for entity in range(SIZE) if entity != one] * 100
    assert len(rows) * FEW < len(crowd)
    rules = (BY_PHONE, Rule("name", ("phone", "sex"), cap=9), Rule("birth_surname", ("sex",), cap=9))
    found, known = block(profiles(rows + crowd), rules).pairs, [plain(rows, rule)[0] for rule in rules]
    assert set(zip(found.a.tolist(), found.b.tolist(), strict=True)) == set.union(*known)
