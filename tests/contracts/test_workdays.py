from datetime import date

import pytest

from contracts import workdays


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-09-30", 1, "2026-10-08"),  # the national holiday
        ("2026-10-09", 1, "2026-10-10"),  # a Saturday worked for it
        ("2026-10-10", 1, "2026-10-12"),
        ("2026-09-18", 10, "2026-10-09"),  # over a worked Sunday, mid-autumn and the national holiday
        ("2026-11-02", 0, "2026-11-02"),
        ("2026-12-31", 1, "2027-01-04"),  # a year without its notice: the fixed day and the weekend
        ("2027-09-30", 1, "2027-10-04"),
    ],
)
def test_working_days_know_holidays_and_the_weekends_worked_for_them(start: str, days: int, end: str) -> None:
    assert workdays.after(date.fromisoformat(start), days) == date.fromisoformat(end)


def test_2026_has_the_working_days_the_notice_leaves() -> None:
    days = (date.fromordinal(n) for n in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal()))
    assert sum(workdays.is_working(day) for day in days) == 248
