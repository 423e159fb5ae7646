from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.clean.numbers import parse_decimal, parse_integer, yuan_to_fen


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("3", 3),
        ("3.0", 3),
        ("３", 3),
        ("3人", 3),
        ("66岁", 66),
        ("1,200", 1200),
        ("1,234,567", 1234567),
        ("-5", -5),
        ("0", 0),
        ("007", 7),
        ("'600", 600),
    ],
)
def test_whole_numbers(raw: str, value: int) -> None:
    assert parse_integer(raw) == (value, None)


@pytest.mark.parametrize("raw", ["3.5", "12,34", "1e5", "约3", "三", "9" * 20])
def test_what_is_no_whole_number(raw: str) -> None:
    assert parse_integer(raw) == (None, "number_invalid")


@pytest.mark.parametrize("raw", [None, "", "无", "-", "nan", "null"])
def test_nothing_is_no_number_and_no_error(raw: str | None) -> None:
    assert parse_integer(raw) == parse_decimal(raw) == yuan_to_fen(raw) == (None, None)


def test_decimals() -> None:
    assert parse_decimal("88.50平方米") == (88.5, None)
    assert parse_decimal("1,088.5") == (1088.5, None)
    assert parse_decimal("88..5") == (None, "number_invalid")


@pytest.mark.parametrize(
    ("raw", "fen"),
    [
        ("610", 61000),
        ("610.5", 61050),
        ("0.29", 29),
        ("1,234.50", 123450),
        ("￥610元", 61000),
        ("610元整", 61000),
        ("６１０", 61000),
    ]
    + [("1.2万元", 1200000), ("610.00", 61000), ("-12.34", -1234), ("1.10", 110)],
)
def test_yuan_become_fen(raw: str, fen: int) -> None:
    assert yuan_to_fen(raw) == (fen, None)


@pytest.mark.parametrize("raw", ["610.505", "1.005", "约600", "六百", "9" * 18])
def test_amounts_are_exact_or_refused(raw: str) -> None:
    assert yuan_to_fen(raw) == (None, "number_invalid")


@settings(deadline=None)
@given(st.integers(-(10**15), 10**15))
def test_no_fen_is_lost(fen: int) -> None:
    assert yuan_to_fen(f"{Decimal(fen) / 100:.2f}") == (fen, None)
    assert yuan_to_fen(f"{Decimal(fen) / 100:,.2f}") == (fen, None)
