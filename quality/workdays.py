"""Working days. The year's public holidays and make-up weekends are given as data: they are announced each autumn."""

from datetime import date, timedelta
from typing import NamedTuple


class Calendar(NamedTuple):
    """`holidays` fall on what would be working days; `working` are weekend days people work to make up for them."""

    holidays: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        """Whether offices are open on `day`."""
        return day in self.working or (day.weekday() < 5 and day not in self.holidays)


WEEKDAYS = Calendar()


def after(start: date, days: int, calendar: Calendar = WEEKDAYS) -> date:
    """The `days`-th working day after `start`, which itself does not count. Raises ValueError for a negative number."""
    if days < 0:
        raise ValueError("working days are counted forward")
    day = start
    while days:
        day += timedelta(days=1)
        days -= calendar.is_working(day)
    return day
