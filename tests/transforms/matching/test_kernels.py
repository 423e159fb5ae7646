"""The integer kernels say the same as plain loops over text."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transforms.matching.digits import number_table, phones
from transforms.matching.kernels import (
    BIRTH,
    DAY,
    MASK,
    MONTH,
    NUMBER,
    PHONE,
    PLACE,
    YEAR,
    YEARS,
    PlaceTable,
    birth_levels,
    mask_levels,
    number_levels,
    one_slip,
    phone_levels,
)
from transforms.matching.place_kernels import levels, lines

DIGITS = st.text("0129X", min_size=16, max_size=19)


def pair(n: int = 2) -> tuple[np.ndarray, np.ndarray]:
    return np.array([0]), np.array([n - 1])


def slipped(a: str, b: str) -> bool:
    """One digit wrong, two neighbours swapped, one left out or put in."""
    if len(a) == len(b):
        wrong = [i for i in range(len(a)) if a[i] != b[i]]
        swapped = (
            len(wrong) == 2 and wrong[1] == wrong[0] + 1 and a[wrong[0]] == b[wrong[1]] and a[wrong[1]] == b[wrong[0]]
        )
        return len(wrong) == 1 or swapped
    longer, shorter = sorted((a, b), key=len, reverse=True)
    return len(longer) == len(shorter) + 1 and any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


@st.composite
def near(draw: st.DrawFn) -> tuple[str, str]:
    """A number and another that a hand may have made of it."""
    number = draw(DIGITS)
    at = draw(st.integers(0, len(number) - 2))
    kind = draw(st.sampled_from(("same", "digit", "swap", "drop", "other")))
    made = {
        "same": number,
        "digit": number[:at] + draw(st.sampled_from("0129X")) + number[at + 1 :],
        "swap": number[:at] + number[at + 1] + number[at] + number[at + 2 :],
        "drop": number[:at] + number[at + 1 :],
        "other": draw(DIGITS),
    }
    return number, made[kind]


@given(near())
@example(("0" * 18, "0" * 17))
def test_a_slip_of_the_hand_is_found_as_by_trying_all(numbers: tuple[str, str]) -> None:
    a, b = numbers
    table = number_table([a, b], np.array([True, True]))
    assert one_slip(table, *pair())[0] == slipped(a, b)
    assert one_slip(table, *pair()[::-1])[0] == slipped(a, b)


def test_numbers_that_check_are_never_a_slip_of_one_another() -> None:
    numbers = ["990101198001010011", "990101198001010038", "990101198001010012"]
    table = number_table(numbers, np.ones(3, bool))
    valid = np.array([True, True, False])
    level = number_levels(table, np.array([0, 0, 1, 0]), np.array([0, 1, 2, 2]), valid)
    assert [NUMBER[x] for x in level] == ["equal", "differs", "far", "typo"]


@given(st.text("019*", min_size=18, max_size=18), st.text("019*", min_size=18, max_size=18))
def test_masks_agree_when_all_visible_digits_do(a: str, b: str) -> None:
    table = number_table([a, b], np.ones(2, bool))
    visible = all(x == y for x, y in zip(a, b, strict=True) if "*" not in (x, y))
    wanted = "missing" if "*" not in a + b else "compatible" if visible else "incompatible"
    assert MASK[mask_levels(table, *pair())[0]] == wanted


def test_a_short_mask_is_laid_out_by_its_two_ends() -> None:
    table = number_table(["990101****0011", "990101198001010011", "990102198001010011"], np.ones(3, bool))
    level = mask_levels(table, np.array([0, 0]), np.array([1, 2]))
    assert [MASK[x] for x in level] == ["compatible", "incompatible"]


def packed(text: str) -> int:
    """1980, 198005 or 19800517 as a packed birth."""
    precision = {4: YEAR, 6: MONTH, 8: DAY}[len(text)]
    return int((text + "0101")[:8] if len(text) == 4 else (text + "01")[:8]) * 4 + precision


@pytest.mark.parametrize(
    ("a", "b", "birth", "years"),
    [
        ("19800517", "19800517", "exact", "missing"),
        ("19800305", "19800503", "day_month_swapped", "missing"),
        ("19800517", "19800518", "near", "missing"),
        ("19800517", "19900517", "near", "missing"),
        ("19800517", "19810618", "conflict", "missing"),
        ("19800517", "19800101", "near", "missing"),
        ("19800517", "19810101", "conflict", "missing"),
        ("1980", "19801231", "missing", "same"),
        ("1981", "19801231", "missing", "next"),
        ("1978", "19801231", "missing", "conflict"),
        ("198012", "19801231", "missing", "month"),
        ("198011", "19801231", "missing", "same"),
    ],
)
def test_births_agree_as_far_as_both_are_known(a: str, b: str, birth: str, years: str) -> None:
    x, y = np.array([packed(a)]), np.array([packed(b)])
    for one, other in ((x, y), (y, x)):
        by_day, by_year = birth_levels(one, other)
        assert (BIRTH[by_day[0]], YEARS[by_year[0]]) == (birth, years)


@given(st.text("0123456789", min_size=7, max_size=11), st.text("0123456789", min_size=7, max_size=11))
@example("13900000012", "13900000021")
@example("13900000012", "13900000013")
@example("1112233", "1121233")
def test_phones_differ_by_a_typing_error_or_altogether(a: str, b: str) -> None:
    level = phone_levels(phones([a])[1], phones([b])[1])[0]
    x, y = a.zfill(16), b.zfill(16)
    wrong = [i for i in range(16) if x[i] != y[i]]
    swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1 and x[wrong[0]] == y[wrong[1]] and x[wrong[1]] == y[wrong[0]]
    wanted = "equal" if not wrong else "typo" if len(wrong) == 1 or swapped else "differs"
    assert PHONE[level] == wanted


def places(*rows: dict[str, int]) -> PlaceTable:
    return PlaceTable(*(np.array([row.get(part, -1) for row in rows]) for part in PlaceTable._fields))


DOOR = {"town": 1, "village": 2, "group": 3, "house": 4}
ROOM = {"town": 1, "compound": 5, "building": 6, "unit": 1, "room": 7}


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        (DOOR, DOOR, "door"),
        (DOOR, {"village": 2, "group": 3, "house": 4}, "door"),
        (DOOR, {"village": 2, "house": 4}, "door"),
        (DOOR, {**DOOR, "house": 5}, "near"),
        (DOOR, {**DOOR, "group": 9}, "area"),
        (DOOR, {**DOOR, "town": 8}, "differs"),
        (DOOR, {"town": 1}, "town"),
        (DOOR, {}, "missing"),
        (ROOM, {"compound": 5, "building": 6, "room": 7}, "door"),
        (ROOM, {**ROOM, "unit": 2}, "near"),
        (ROOM, {**ROOM, "town": 3}, "differs"),
        (ROOM, {**ROOM, "road": 3, "road_no": 8}, "door"),
        ({"road": 3, "road_no": 8}, {"road": 3, "road_no": 8}, "near"),
        ({"road": 3, "road_no": 8}, {"road": 3, "road_no": 9}, "town"),
        ({"door": 1}, {"door": 1}, "door"),
    ],
)
def test_a_part_that_is_not_given_never_speaks_against_a_place(
    a: dict[str, int], b: dict[str, int], level: str
) -> None:
    table = places(a, b)
    assert PLACE[levels(lines(table), *pair())[0]] == level
    assert PLACE[levels(lines(table), *pair()[::-1])[0]] == level
