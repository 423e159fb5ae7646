"""Relations from records and households, and what two relations to one person say of two mentions."""

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching import kin
from transforms.matching.kernels import KIN
from transforms.matching.kin_kernels import BESIDE, CHILD, SPOUSE, WARD, Beside
from transforms.matching.values import Nodes, encode


def built(write: Any, rows: list[dict[str, Any]]) -> tuple[Nodes, dict[str, int]]:
    nodes, _ = encode(pa.Table.from_pylist(rows, schema=write.SCHEMA))
    names = zip(nodes.index["record_key"].to_pylist(), nodes.index["role"].to_pylist(), strict=True)
    return nodes, {f"{key} {role}": i for i, (key, role) in enumerate(names)}


def family(write: Any) -> list[dict[str, Any]]:
    codes = {"head": "02", "wife": "10", "son": "20", "daughter_in_law": "38", "mother": "52"}
    return [write.mention("register", key, None, household="H1", relation=code) for key, code in codes.items()]


def told(found: kin.Ties, at: dict[str, int]) -> set[tuple[str, int, str]]:
    name = {i: key.removesuffix(" person") for key, i in at.items()}
    return {
        (name[w], k, name[o])
        for w, k, o in zip(found.who.tolist(), found.kind.tolist(), found.whom.tolist(), strict=True)
    }


def test_a_household_tells_who_is_whose(write: Any) -> None:
    nodes, at = built(write, family(write))
    found = told(kin.ties(nodes), at)
    for wanted in (
        ("wife", kin.SPOUSE, "head"),
        ("head", kin.SPOUSE, "wife"),
        ("son", kin.CHILD, "head"),
        ("son", kin.CHILD, "wife"),
        ("head", kin.PARENT, "son"),
        ("mother", kin.PARENT, "head"),
        ("head", kin.CHILD, "mother"),
        ("daughter_in_law", kin.HOME, "son"),
    ):
        assert wanted in found, wanted
    assert ("daughter_in_law", kin.CHILD, "head") not in found
    assert ("mother", kin.PARENT, "wife") not in found


def test_records_tell_relations_between_their_roles_only(write: Any) -> None:
    rows = [
        write.mention("births", key, None, role, kin=write.kin(*of))
        for key in ("c1", "c2")
        for role, of in (("newborn", [("mother", "child"), ("father", "child")]), ("mother", [("newborn", "parent")]))
    ]
    nodes, at = built(write, rows)
    found = told(kin.ties(nodes), at)
    assert ("c1 newborn", kin.CHILD, "c1 mother") in found
    assert ("c2 mother", kin.PARENT, "c2 newborn") in found
    assert ("c1 newborn", kin.BESIDE, "c1 mother") in found
    assert not [t for t in found if t[0][:2] != t[2][:2]]


def test_two_children_of_one_mother_may_be_one_and_husbands_of_one_wife_are(write: Any) -> None:
    links = kin.Ties(
        np.array([0, 1, 3, 4, 6, 7]),
        np.array([kin.CHILD, kin.CHILD, kin.SPOUSE, kin.SPOUSE, kin.GUARDIAN, kin.HOME]),
        np.array([2, 2, 5, 5, 8, 8]),
    )
    related = kin.relate(links, np.arange(9), np.zeros(9, bool))
    a, b, level = kin.pairs(related, np.ones(9, bool))
    found = {(x, y): KIN[z] for x, y, z in zip(a.tolist(), b.tolist(), level.tolist(), strict=True)}
    assert found == {(0, 1): "blood", (3, 4): "spouse", (6, 7): "home"}


RELATIONS = st.lists(st.tuples(st.integers(0, 6), st.integers(1, 7), st.integers(0, 6)), max_size=40)


@given(RELATIONS, st.lists(st.booleans(), min_size=7, max_size=7))
def test_pairs_are_those_of_every_two_relations_to_one_person(
    relations: list[tuple[int, int, int]], free: list[bool]
) -> None:
    links = kin.Ties(*np.array(relations, np.int64).reshape(-1, 3).T)
    found = kin.pairs(kin.relate(links, np.arange(7), ~np.array(free)), np.array(free))
    plain: dict[tuple[int, int], int] = {}
    for a, one, whom in relations:
        for b, other, same in relations:
            level = int(kin.AGREE[one, other])
            counts = whom == same and a < b and a != whom != b and level and kin.BESIDE not in (one, other)
            if counts and (free[a] or free[b]):
                plain[a, b] = max(plain.get((a, b), 0), level)
    assert dict(zip(zip(found[0].tolist(), found[1].tolist(), strict=True), found[2].tolist(), strict=True)) == plain
    assert list(plain and zip(*(f.tolist() for f in found[:2]), strict=True)) == sorted(plain)


def test_another_known_spouse_speaks_against_and_an_unknown_one_says_nothing() -> None:
    links = kin.Ties(np.array([0, 1]), np.array([kin.SPOUSE, kin.SPOUSE]), np.array([2, 3]))
    a, b = np.array([0]), np.array([1])
    for numbered, wanted in ((np.ones(4, bool), "differs"), (np.array([0, 0, 1, 0], bool), "missing")):
        related = kin.relate(links, np.arange(4), numbered)
        level = kin.levels(related, kin.pairs(related, np.ones(4, bool)), a, b, 4)
        assert KIN[level[0]] == wanted


def test_a_dormitory_is_no_family(write: Any) -> None:
    rows = [write.mention("register", f"{i:02d}", None, household="H", relation="02") for i in range(kin.CROWD + 1)]
    nodes, _ = built(write, rows)
    assert len(kin.ties(nodes).who) == 0


def test_roles_of_one_record_are_different_people_and_members_of_a_household_need_not_be() -> None:
    links = kin.Ties(np.array([0, 1, 2]), np.array([kin.BESIDE, kin.HOME, kin.SPOUSE]), np.array([3, 4, 5]))
    assert kin.apart(links, np.arange(6), 6).tolist() == [0 * 6 + 3, 2 * 6 + 5]


TWO = st.tuples(st.integers(0, 5), st.integers(0, 5))
COUPLES = st.dictionaries(TWO, st.integers(1, 4), max_size=8).map(lambda d: [(*ends, n) for ends, n in d.items()])
ENDS = st.lists(TWO, max_size=12)


@given(COUPLES, st.lists(st.integers(0, 3), min_size=6, max_size=6), ENDS)
def test_the_level_of_a_pair_is_that_found_or_that_both_are_spoken_for(
    found: list[tuple[int, int, int]], marks: list[int], ends: list[tuple[int, int]]
) -> None:
    first, second, level = np.array(sorted(found), np.int64).reshape(-1, 3).T.copy()
    a, b = np.array(ends, np.int64).reshape(-1, 2).T.copy()
    known = {f[:2]: f[2] for f in found}
    plain = [known.get(e, int(marks[e[0]] & marks[e[1]] > 0)) for e in ends]
    assert kin.leveled((first, second, level.astype(np.uint8)), np.array(marks, np.uint8), a, b).tolist() == plain


@given(st.lists(st.tuples(*(st.integers(0, 3) for _ in range(3))), min_size=1, max_size=12), st.booleans())
def test_of_larger_records_only_what_is_said_counts(rows: list[tuple[int, int, int]], small: bool) -> None:
    """Record, register, and which list of kin: against every mention with every other of its record."""
    rows.sort(key=lambda r: r[:2])
    record, source, lists = np.array(rows, np.int64).T.copy()
    key = record * 4 + source
    said = np.array([[0, 1 << CHILD, 0, 0], [1 << SPOUSE, 0, 1 << WARD | 1 << CHILD, 0], [0] * 4])
    alone = np.full(len(rows), -1)
    beside = Beside(record, source, key, lists - 1, alone, alone, said)
    crowd = 40 if small else 1
    plain = []
    for i, (of, one, row) in enumerate(rows):
        for j, (other_of, other, _) in enumerate(rows):
            if i != j and of == other_of:
                first = j == 0 or key[j - 1] != key[j]
                bits = int(said[row - 1, other]) if row > 0 and first else 0
                bits |= 1 << BESIDE if small and one != other else 0
                plain += [(i, kind, j) for kind in range(1, 8) if bits >> kind & 1]
    assert sorted(zip(*(c.tolist() for c in kin.tied(beside, crowd)), strict=True)) == sorted(plain)
