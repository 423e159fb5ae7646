"""Dates by columns: the same as one by one, whatever the text."""

from datetime import date, timedelta

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from transforms.clean.date_columns import clean_dates
from transforms.clean.dates import parse_date

NUMBERS = st.tuples(st.integers(1795, 2205), st.integers(0, 13), st.integers(0, 32))
TEXTS = (
    NUMBERS.map(lambda d: f"{d[0]:04}-{d[1]:02}-{d[2]:02}")
    | st.dates(date(1896, 1, 1), date(2104, 12, 31)).map(str)
    | st.sampled_from(["19900101", "1990-1-1", "2019年9月", "1990", "9999-12-31", "2025-02-30\n", "１９９０-01-01", ""])
    | st.text(max_size=12)
)


@given(st.lists(st.none() | TEXTS))
def test_dates_by_columns_are_those_one_by_one(texts: list[str | None]) -> None:
    days, precision = clean_dates(pa.array(texts, pa.string()))
    found = [parse_date(text) for text in texts]
    assert days.to_pylist() == [f.value for f in found]
    assert precision.to_pylist() == [f.precision if f.value else None for f in found]
    assert (days.type, precision.type) == (pa.date32(), pa.string())


def test_every_day_of_three_centuries_is_itself_and_none_is_rolled_over() -> None:
    some = [date(1901, 1, 1) + timedelta(days=i) for i in range(0, 299 * 365, 1)]
    assert clean_dates(pa.chunked_array([[str(day) for day in some]]))[0].to_pylist() == some
    never = ["2025-02-29", "2025-02-30", "2100-02-29", "2024-04-31", "2024-13-01", "2024-00-10", "2024-01-32"]
    assert clean_dates(pa.array(never))[0].null_count == len(never)
