"""Every kernel against a plain version of itself, and what all of them promise."""

from math import log

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from transforms.matching.generic.compare import KERNELS, NAMES, compare
from transforms.matching.generic.values import Column, encode, half

WORDS = st.text("abcdeorst ", min_size=1, max_size=12).map(str.strip).filter(bool)
TITLE_WORDS = st.sampled_from(["owl", "mill", "lane", "on", "the", "old", "river", "quay"])
TITLE = st.lists(TITLE_WORDS, min_size=3, max_size=6).map(" ".join)
DIGITS = st.text("0123456789", min_size=1, max_size=9)
BIRTHS = st.builds(
    lambda y, m, d: f"{y}-{m:02d}-{d:02d}", st.integers(1890, 1999), st.integers(0, 12), st.integers(0, 28)
)
FEW = st.text("abcdeorst", min_size=1, max_size=6) | st.just("at sea")  # too few words for a title
VALUES = {
    "text": FEW,
    "birth_date": BIRTHS,
    "number": DIGITS,
    "phone": DIGITS,
    "postcode": DIGITS,
    "house_number": DIGITS,
    "amount": st.decimals(0, 99, places=1).map(str) | st.decimals("0.9", "1.5", places=3).map(str),
}


def _column(kind: str, values: list[str | None]) -> Column:
    table = pa.table({"source": ["s"] * len(values), "f": pa.array(values, pa.string())})
    return encode(table, {"f": kind}, []).columns["f"]


def _levels(column: Column) -> np.ndarray:
    codes = np.arange(len(column.text))
    a, b = np.repeat(codes, len(codes)), np.tile(codes, len(codes))
    return compare(column, a, b).reshape(len(codes), len(codes))


def _single(a: str, b: str) -> int:
    near = JaroWinkler.similarity(a, b)
    one = OSA.distance(a, b) <= 1 and min(len(a), len(b)) >= 3 and near >= 0.7
    if one or (np.float32(near) >= 0.94 and min(len(a), len(b)) >= 4):
        return 4
    if a.startswith(b) or b.startswith(a):
        return 2  # however short: an initial of a long name is far from it
    return 3 if np.float32(near) >= np.float32(0.85) else 1


def _number(a: str, b: str) -> int:
    slips, length = OSA.distance(a, b), min(len(a), len(b))
    return 3 if slips == 1 and length >= 4 else 2 if slips == 2 and length >= 6 else 1


def _house(a: str, b: str) -> int:
    if a.startswith(b) or b.startswith(a):
        return 3
    return 2 if OSA.distance(a, b) == 1 and max(len(a), len(b)) >= 2 else 1


def _postcode(a: str, b: str) -> int:
    return 3 if OSA.distance(a, b) == 1 else 2 if half(a) == half(b) else 1


def _text(a: str, b: str) -> int:
    in_order = fuzz.token_sort_ratio(a, b)
    like = max(fuzz.ratio(a, b), in_order if fuzz.ratio(a, b) < 88 else 0)
    if fuzz.ratio(a, b) < 88 and in_order > 99.9:
        return 5
    if like >= 78:
        return 4 if like >= 88 else 3
    words = [{w for w in (t.split()[0], t.split()[-1], max(t.split(), key=len)) if len(w) > 2} for t in (a, b)]
    longest = [max([w for w in t.split() if len(w) > 2], key=len, default="") for t in (a, b)]
    edges = [[w for w in t.split() if len(w) > 2] for t in (a, b)]
    named = [{e[0], e[-1], x} if e else set() for e, x in zip(edges, longest, strict=True)]
    return 2 if named[0] & named[1] or words[0] & words[1] & named[0] & named[1] else 1


def _birth(a: str, b: str) -> int:
    ya, ma, da, yb, mb, db = a[:4], a[4:6], a[6:], b[:4], b[4:6], b[6:]
    year, month, day = ya == yb, ma == mb, da == db
    known = "00" not in (da, db)
    if year and not known and (month or "00" in (ma, mb)):
        return 5
    gap = abs(int(ya) - int(yb))
    if not year and "00" in (da, db) and "00" in (ma, mb):
        return 2 if gap <= 2 or gap == 10 else 1  # years alone, which are near by chance
    wrong = [i for i in range(8) if a[i] != b[i]]
    beside = len(wrong) == 2 and wrong[1] == wrong[0] + 1 and a[wrong[0]] == b[wrong[1]] and a[wrong[1]] == b[wrong[0]]
    if len(wrong) == 1 or (year and (ma, da) == (db, mb)) or beside:
        return 4
    if (year and (month or day)) or (month and day and (gap <= 2 or gap == 10)):
        return 3
    return 2 if year or (month and day) else 1


def _amount(a: str, b: str) -> int:
    low, high = sorted((float(a), float(b)))
    return 1 if low <= 0 else 1 + sum(log(high / low) <= log(1 + part) + 2e-6 for part in (0.25, 0.1, 0.01))


PLAIN = {
    "amount": _amount,
    "surname": _single, "given_name": _single, "number": _number, "phone": _number, "house_number": _house,
    "postcode": _postcode, "text": _text, "name": _text, "street": _text, "place": _text, "birth_date": _birth,
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(PLAIN))
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_kernel_is_its_plain_version(kind: str, data: st.DataObject) -> None:
    """On every pair of values, both ways round."""
    column = _column(kind, data.draw(st.lists(VALUES.get(kind, WORDS), min_size=2, max_size=8)))
    found = _levels(column)
    for i, a in enumerate(column.text):
        for j, b in enumerate(column.text):
            wanted = len(NAMES[kind]) - 1 if i == j else PLAIN[kind](min(a, b), max(a, b))
            assert found[i, j] == wanted


@pytest.mark.parametrize("kind", sorted(NAMES))
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_levels_are_symmetric_and_missing_is_missing(kind: str, data: st.DataObject) -> None:
    """The order of the two does not matter, the same value has the highest level, and null says nothing."""
    column = _column(kind, [*data.draw(st.lists(VALUES.get(kind, WORDS), min_size=1, max_size=6)), None])
    found = _levels(column)
    assert (found == found.T).all()
    assert (np.diag(found) == len(NAMES[kind]) - 1).all()
    assert (found >= 1).all()
    assert compare(column, np.array([-1, 0, -1]), np.array([0, -1, -1])).tolist() == [0, 0, 0]


def test_a_slip_of_the_pen_is_nearer_than_another_value() -> None:
    """Chinese and Latin alike count characters, not bytes."""
    for kind, value, near, far in (
        ("surname", "montgomery", "montgomrey", "lindqvist"),
        ("number", "4711081", "4711018", "9032277"),
        ("birth_date", "1981-03-09", "1981-09-03", "1964-11-30"),
        ("text", "锦绣家园物业服务中心", "锦绣家园物业服务中新", "大田粮油批发部"),
        ("street", "station road west", "road station west", "mill lane"),
    ):
        column = _column(kind, [value, near, far])
        place = {t: i for i, t in enumerate(column.text)}
        order = [place[t] for t in _column(kind, [value]).text] + [
            place[_column(kind, [x]).text[0]] for x in (near, far)
        ]
        levels = compare(column, np.array([order[0]] * 2), np.array(order[1:]))
        assert levels[0] >= 3
        assert levels[1] == 1


def test_every_kind_has_a_kernel_or_is_equality() -> None:
    """A kind that the config allows can be compared."""
    assert set(NAMES) - set(KERNELS) == {"birth_date", "sex", "category", "door", "amount"}


def _title(a: str, b: str, bits: dict[str, float]) -> int:
    one, two = set(a.split()), set(b.split())
    weight = [sum(bits[w] ** 2 for w in words) ** 0.5 or 1e-9 for words in (one, two)]
    like = sum(bits[w] ** 2 for w in one & two) / weight[0] / weight[1]
    like += 1e-9  # shares that are just a half may come out a hair below it
    sure = 5 if like >= 0.9 else 4 if like >= 0.75 else 3 if like >= 0.5 else 2 if like >= 0.25 else 1
    letters = _text(a, b)
    return max(sure, letters) if letters > 2 else sure


@settings(max_examples=40, deadline=None)
@given(titles=st.lists(TITLE, min_size=2, max_size=8))
@example(titles=["owl owl mill", "owl owl lane", "owl mill lane", "mill mill lane"])  # cosines of just a half
def test_titles_are_alike_by_their_rare_words(titles: list[str]) -> None:
    """The cosine of their words, each worth as much as it is rare; or their letters, if those are more alike."""
    column = _column("text", titles)
    assert column.titles is not None
    said = [set(t.split()) for t in titles]
    bits = {w: float(np.log2(len(said) / sum(w in words for words in said))) for w in set().union(*said)}
    found = _levels(column)
    for i, a in enumerate(column.text):
        for j, b in enumerate(column.text):
            if i != j:
                assert found[i, j] == _title(min(a, b), max(a, b), bits)


def test_of_titles_whose_numbers_differ_only_the_words_count() -> None:
    """One letter apart, and two models; where one has no number, or the other's and more, it may be a slip."""
    models = ["tavola camera bk4114 silver", "tavola camera bk4115 silver", "tavola camera silvre", "mill on the floss"]
    column = _column("text", [*models, *(f"tavola camera silver {x}" for x in "abcdefgh")])
    place = {t: at for at, t in enumerate(column.text)}
    one, other, slip, _ = (place[m] for m in models)
    assert column.titles is not None
    assert _levels(column)[one, other] < 4 <= _levels(column)[place["tavola camera silver a"], slip]


def test_the_rarest_words_that_others_have_too_are_keys() -> None:
    """A word that one record alone has brings nobody together."""
    titles = ["the old mill owl", "the old mill quay", "the old lane", "the river lane xylophone", "旧河磨坊的历史"]
    column = _column("text", titles)
    assert column.titles is not None
    place = {t: i for i, t in enumerate(column.text)}
    rarest = column.words
    assert rarest[place["the old mill owl"]].tolist() == rarest[place["the old mill quay"]].tolist()
    assert rarest[place["the old lane"]][0] == rarest[place["the river lane xylophone"]][0]
    assert rarest[place["旧河磨坊的历史"]].tolist() == [-1, -1, -1]
