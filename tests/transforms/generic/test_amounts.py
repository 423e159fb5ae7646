"""Prices and the like: read however they are written, and compared in proportion."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transforms.matching.generic.amounts import about, amount, places


@pytest.mark.parametrize(
    ("text", "value"),
    [("12.50", "12.5"), ("€ 1,299.00", "1299"), ("1.299,00 EUR", "1299"), ("1 299,5", "1299.5"), ("1'299", "1299"),
     ("1,299", "1299"), ("9,99", "9.99"), ("1.234", "1.234"), ("1.234.567", "1234567"), ("32 inch", "32"), ("-4", "-4"),
     ("0.0", "0"), ("18.5元", "18.5"), ("2 10 packs", "2"), ("on request", ""), ("1.2,3.4", ""), ("9" * 400, "")],
)  # fmt: skip
def test_an_amount_is_read_however_it_is_written(text: str, value: str) -> None:
    assert amount(text) == value


@given(text=st.text("0123456789.,' -€", max_size=40))
@example(text="0" * 30)
def test_whatever_is_written_has_a_place_or_says_nothing(text: str) -> None:
    """What was read reads as itself, and can be placed and keyed."""
    found = amount(text)
    if found:
        assert amount(found) == found or "e" in found
        assert (places([found])[0] > 0) == bool(about(found)) == (float(found) > 0)
    else:
        assert not found


def test_equal_proportions_are_equal_distances() -> None:
    """A tenth of ten is as much as a tenth of a thousand."""
    small, less, large, more = (int(p) for p in places(["10", "11", "1000", "1100"]))
    assert less - small == more - large
    assert about("1000") == about("1001")
