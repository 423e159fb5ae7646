from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.workdays import Listed, after

FRIDAY = date(2026, 10, 30)
SPRING = Listed(frozenset({date(2026, 2, 16), date(2026, 2, 17)}), frozenset({date(2026, 2, 14)}))


def test_weekends_do_not_count() -> None:
    assert after(FRIDAY, 1) == date(2026, 11, 2)
    assert after(FRIDAY, 10) == date(2026, 11, 13)


def test_holidays_are_skipped_and_make_up_saturdays_counted() -> None:
    assert after(date(2026, 2, 13), 1, SPRING) == date(2026, 2, 14)
    assert after(date(2026, 2, 13), 2, SPRING) == date(2026, 2, 18)


def test_no_days_after_is_the_day_itself() -> None:
    assert after(FRIDAY, 0) == FRIDAY


def test_days_are_not_counted_backward() -> None:
    with pytest.raises(ValueError, match="forward"):
        after(FRIDAY, -1)


@given(
    start=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    days=st.integers(1, 30),
    offsets=st.sets(st.integers(1, 20)),
)
def test_exactly_so_many_working_days_lie_between(start: date, days: int, offsets: set[int]) -> None:
    calendar = Listed(frozenset(start + timedelta(days=n) for n in offsets))
    end = after(start, days, calendar)
    between = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]

    assert sum(d.weekday() < 5 and d not in calendar.holidays for d in between) == days
    assert calendar.is_working(end)
