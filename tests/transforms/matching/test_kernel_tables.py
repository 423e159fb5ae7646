"""The tables of cases behind the name kernel, against the rules written out one character at a time."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.compare_loops import names_of
from transforms.matching.level_loops import lanes_differ
from transforms.matching.name_kernels import NameTable
from transforms.matching.packed import packed_names

SYMBOLS = "甲乙丙丁"


@settings(max_examples=300)
@given(st.text(SYMBOLS, min_size=4, max_size=4), st.text(SYMBOLS, min_size=4, max_size=4))
def test_a_bit_for_every_character_that_differs(a: str, b: str) -> None:
    words = [np.uint64(sum(ord(c) << 16 * at for at, c in enumerate(text))) for text in (a, b)]
    assert lanes_differ.py_func(*words) == sum(1 << 16 * at + 15 for at in range(4) if a[at] != b[at])


def plain(a: str, b: str, family: tuple[int, int]) -> int:
    """Level of kernels.NAME of two names that sound as they look (no homophones), given the lengths of the surnames."""
    if a == b:
        return 9
    level = 2 if (same_family := family[0] == family[1] and a[: family[0]] == b[: family[1]]) else 1
    longer, shorter = sorted((a, b), key=len, reverse=True)
    spots = [i for i in range(len(a)) if len(a) == len(b) and a[i] != b[i]]
    if spots and family[0] == family[1] and len(a) > family[0] and a[family[0] :] == b[family[1] :]:
        level = 3
    if same_family and len(spots) == 1 and len(a) - family[0] >= 2:
        level = 4
    if len(longer) - len(shorter) == 1 and len(shorter) >= 2:
        level = 5 if any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer))) else level
    if same_family and len(spots) == 2 and spots[1] == spots[0] + 1:
        level = 6 if (a[spots[0]], a[spots[1]]) == (b[spots[1]], b[spots[0]]) else level
    return level


@settings(max_examples=1000)
@given(
    st.text(SYMBOLS, min_size=1, max_size=4),
    st.text(SYMBOLS, min_size=1, max_size=4),
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
)
def test_every_case_has_the_level_that_the_rules_give_it(a: str, b: str, family: tuple[int, int]) -> None:
    family = (min(family[0], len(a)), min(family[1], len(b)))
    if a == b:
        family = (family[0], family[0])
    words = np.array([sum(ord(c) << 16 * at for at, c in enumerate(text)) for text in (a, b)], np.uint64)
    length, surname = np.array([len(a), len(b)], np.uint8), np.array(family, np.uint8)
    names = NameTable(words, words, length, surname, np.ones(2, bool))
    level = np.empty(1, np.uint8)
    names_of(packed_names(names, words), np.array([0]), np.array([1 if a != b else 0]), level)
    assert level[0] == plain(a, b, family)
