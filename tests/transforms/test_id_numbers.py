import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.clean import id_numbers
from transforms.clean.id_columns import clean_id_numbers
from transforms.clean.id_numbers import IdNumber, check_character, clean_id_number

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
MONTH_END = date(2026, 9, 30)
GOOD = "360299188503150011"  # a birth of 1885, so nobody's


def cases(*names: str) -> list[Any]:
    return [pytest.param(case, id=f"{name}{i}") for name in names for i, case in enumerate(VECTORS[name])]


def numbers() -> st.SearchStrategy[str]:
    """Lawful numbers of a region that was never assigned."""
    born = st.dates(date(1900, 1, 2), MONTH_END)
    heads = st.tuples(born, st.integers(0, 999)).map(lambda p: f"360299{p[0]:%Y%m%d}{p[1]:03d}")
    return heads.map(lambda head: head + check_character(head))


@pytest.mark.parametrize("case", cases("citizen_id", "hmt_residence", "foreign_pr"))
def test_published_vectors(case: dict[str, Any]) -> None:
    found = clean_id_number(case["in"])
    if case["ok"] == "legacy15":  # lawful, but without a check there is nothing to confirm
        assert (found.value, found.status, found.reason) == (case["in"], "invalid", None)
        return
    assert (found.status == "valid") is case["ok"]
    if case["ok"]:
        assert found.value == case.get("norm", found.value)
        assert found.sex == case.get("sex", found.sex)
        assert str(found.born_on) == case.get("birth", str(found.born_on))
    else:
        assert found.reason


@pytest.mark.parametrize("case", cases("id15"))
def test_15_digits_widen_to_18(case: dict[str, str]) -> None:
    if "out" in case:
        assert id_numbers.widened(case["in"]) == case["out"]
        assert clean_id_number(case["in"], MONTH_END)[:3] == (case["out"], "repaired", None)
    else:
        assert id_numbers.widened(case["in"], "18") == case["out18xx"]


@pytest.mark.parametrize("number", ["360299251231002", "360299701231996"])
def test_15_digits_of_somebody_who_may_be_over_a_hundred_are_left_alone(number: str) -> None:
    assert clean_id_number(number, MONTH_END)[:3] == (number, "invalid", "id_length")


def test_15_digits_of_a_birth_that_cannot_be_are_refused() -> None:
    assert clean_id_number("360299701301001").reason == "id_birth"


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        " ",
        "无",
        "不详",
        "证件遗失",
        "-",
        "0",
        "000000000000000000",
        "０００",
        "11111111111111111X",
        "123456789012345678",
        "*",
    ],
)
def test_placeholders_are_missing(raw: str | None) -> None:
    assert clean_id_number(raw) == IdNumber(None, "missing", "id_missing")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("360299********1234", "360299********1234"),
        ("360299XXXXXXXX1234", "360299********1234"),
        ("360299xxxxxxxx123X", "360299********123X"),
        ("3602●●●●●●●●●●1234", "3602**********1234"),
        ("3602991970010****", "3602991970010*****"),
        ("360299****1234", "360299********1234"),
        ("36029919700101XXXX", "36029919700101****"),
    ],
)
def test_hidden_digits_stand_where_they_stand_in_the_number(raw: str, value: str) -> None:
    assert clean_id_number(raw) == IdNumber(value, "masked", "id_masked")


@pytest.mark.parametrize("raw", ["身份证：360299188503150011", "360299188503150011（待核）", "360299188503150011 户主"])
def test_remarks_beside_a_number_are_dropped(raw: str) -> None:
    assert clean_id_number(raw)[:3] == (GOOD, "valid", None)
    assert clean_id_number(f"13号{raw}").status == "invalid"  # which of two numbers is meant can't be told
    assert clean_id_number("360299********0011(临)")[:2] == ("360299********0011", "masked")


def test_an_x_exchanged_with_its_neighbour_hides_nothing() -> None:
    assert clean_id_number("3602991876060700X1") == IdNumber("3602991876060700X1", "invalid", "id_length")


@pytest.mark.parametrize("raw", ["36O299l88503150011", "360299I88503150011", "36029918850315O011"])
def test_letters_for_digits_are_mended_only_when_the_number_then_checks(raw: str) -> None:
    assert clean_id_number(raw)[:3] == (GOOD, "repaired", None)
    assert clean_id_number(raw[:-1] + "9").status == "invalid"


@pytest.mark.parametrize("last", ["x", "X", "Ｘ", "Ⅹ", "×", "\u0445", "\u0425", "*"])
def test_the_last_x_in_any_form(last: str) -> None:
    assert clean_id_number("36029918760607001" + last)[:2] == ("36029918760607001X", "valid")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("360299188503150019", "id_check_digit"),
        ("360299188513150018", "id_birth"),
        ("36029918850315001", "id_length"),
        ("170281188503150018", "id_area"),
        ("#NUM:3.60299188503150E+17", "id_numeric_cell"),
        ("#NUM:360299850315001", "id_numeric_cell"),
        ("3.60299E+17", "id_numeric_cell"),
    ],
)
def test_what_does_not_check_is_kept_with_a_reason(raw: str, reason: str) -> None:
    found = clean_id_number(raw)
    assert (found.value, found.status, found.reason) == (raw.removeprefix("#NUM:"), "invalid", reason)
    assert found.born_on is None
    assert found.sex is None


@pytest.mark.parametrize("raw", ["E12345678", "H12345678", "91360299MA35ABCD4M2026"])
def test_papers_without_a_check_are_kept_without_objection(raw: str) -> None:
    assert clean_id_number(raw) == IdNumber(raw, "invalid")


def test_births_after_the_delivery_or_beyond_130_years_are_refused() -> None:
    assert clean_id_number(GOOD, MONTH_END).reason == "id_birth"
    assert clean_id_number("11010519491231002X", date(1949, 12, 30)).reason == "id_birth"
    assert clean_id_number("11010519491231002X", date(1949, 12, 31)).status == "valid"


def test_birth_and_sex_are_read_from_a_number() -> None:
    assert id_numbers.born_on(GOOD) == date(1885, 3, 15)
    assert [id_numbers.sex_of("360299189912318887"), id_numbers.sex_of(GOOD)] == ["2", "1"]


@settings(deadline=None)
@given(numbers(), st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_found(number: str, at: int, digit: str) -> None:
    assert id_numbers.is_valid(number)
    wrong = number[:at] + digit + number[at + 1 :]
    assert id_numbers.is_valid(wrong) is (wrong == number)


@settings(deadline=None)
@given(numbers(), st.integers(0, 16))
def test_two_swapped_neighbours_are_always_found(number: str, at: int) -> None:
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert id_numbers.is_valid(swapped) is (swapped == number)


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.none(),
            numbers(),
            numbers().map(str.lower),
            numbers().map(lambda n: n[:6] + n[8:17]),
            st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True),
            st.text("0123456789Xx*无 O", max_size=19),
        ),
        max_size=30,
    )
)
def test_a_column_is_cleaned_like_its_values(values: list[str | None]) -> None:
    column = clean_id_numbers(pa.array(values, pa.string()), MONTH_END)
    plain = [clean_id_number(v, MONTH_END) for v in values]
    assert [a.to_pylist() for a in column] == [list(c) for c in zip(*plain, strict=True)] or not values


def test_a_column_may_come_in_chunks_and_slices() -> None:
    whole = pa.array(["x", GOOD, None, "11010519491231002X"])
    chunks = pa.chunked_array([whole.slice(1, 2), whole.slice(3)])
    assert clean_id_numbers(chunks).status.to_pylist() == ["valid", "missing", "valid"]
    assert clean_id_numbers(pa.chunked_array([], pa.string())).values.to_pylist() == []
