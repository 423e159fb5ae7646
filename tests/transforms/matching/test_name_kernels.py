"""Names compared by words of integers, against names compared character by character."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.clean.names import match_key, pinyin_key, split_name
from transforms.matching.compare_loops import names_of
from transforms.matching.kernels import NAME
from transforms.matching.level_loops import Names
from transforms.matching.packed import packed_names
from transforms.matching.shapes import LOOK_ALIKE
from transforms.matching.spellings import spell

NAMES = st.text("王汪李里张伟玮明名小晓红华國国欧阳", min_size=2, max_size=4)


def table(*names: str) -> Names:
    spelt = spell(list(names))
    return packed_names(spelt.table, spelt.shape)


def level(a: str, b: str) -> str:
    found = np.empty(1, np.uint8)
    names_of(table(a, b), np.array([0]), np.array([1 if a != b else 0]), found)
    return NAME[found[0]]


def plain(a: str, b: str) -> str:
    """The levels as one would explain them to a clerk, the highest that holds."""
    if a == b:
        return "exact"
    x, y = (match_key(n).translate(LOOK_ALIKE) for n in (a, b))
    p, q = (pinyin_key(n).split() for n in (a, b))
    fx, fy = (len(split_name(n).surname) for n in (a, b))
    same = len(x) == len(y)
    wrong = [i for i in range(min(len(x), len(y), 4)) if x[i] != y[i] and p[i] != q[i]]
    if len(x) != len(y):
        wrong += list(range(min(len(x), len(y)), max(len(x), len(y))))
    surname = fx == fy and not any(i < fx for i in wrong)
    if same and x == y:
        return "shape"
    if same and p == q:
        return "sound"
    spots = [i for i in range(len(x)) if x[i] != y[i]] if same else []
    if (
        same
        and surname
        and len(spots) == 2
        and spots[1] == spots[0] + 1
        and x[spots[0]] == y[spots[1]]
        and x[spots[1]] == y[spots[0]]
    ):
        return "swapped"
    longer, shorter = sorted((x, y), key=len, reverse=True)
    if len(longer) == len(shorter) + 1 and any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer))):
        return "one_missing"
    if same and surname and len(wrong) == 1 and len(x) - fx >= 2:
        return "one_differs"
    if same and fx == fy and len(x) > fx and all(i < fx for i in wrong):
        return "given"
    return "surname" if surname else "else"


@settings(max_examples=400)
@given(NAMES, NAMES)
def test_levels_are_those_of_a_plain_comparison(a: str, b: str) -> None:
    assert level(a, b) == plain(a, b)


@settings(max_examples=200)
@given(NAMES, NAMES)
def test_nobody_is_nearer_to_another_than_to_themselves_and_order_does_not_matter(a: str, b: str) -> None:
    assert level(a, b) == level(b, a)
    assert NAME.index(level(a, b)) <= NAME.index(level(a, a))


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        ("张伟", "张玮", "sound"),
        ("张伟", "李伟", "given"),
        ("张伟", "张强", "surname"),
        ("王小明", "王晓明", "sound"),
        ("王小明", "王小红", "one_differs"),
        ("王小明", "王明小", "swapped"),
        ("王小明", "王明", "one_missing"),
        ("胡全保", "胡金保", "shape"),
        ("陳國華", "陈国华", "shape"),
        ("闫芳", "阎芳", "sound"),
        ("曾小红", "增小红", "sound"),
        ("欧阳娜", "欧阳丽", "surname"),
        ("张伟", "刘芳", "else"),
    ],
)
def test_what_clerks_do_to_names(a: str, b: str, wanted: str) -> None:
    assert level(a, b) == wanted
