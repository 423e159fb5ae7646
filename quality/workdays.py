"""Working days. Which days offices are open is given, since holidays and make-up weekends are decreed each autumn."""

from datetime import date, timedelta
from typing import NamedTuple, Protocol


class Calendar(Protocol):
    """Anything that knows the working days: a Listed, or a module with such a function."""

    def is_working(self, day: date, /) -> bool:
        """Whether offices are open on `day`."""


class Listed(NamedTuple):
    """A calendar of weekdays. `holidays` fall on them; `working` are weekend days people work to make up for those."""

    holidays: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()

    def is_working(self, day: date, /) -> bool:
        """Whether offices are open on `day`."""
        return day in self.working or (day.weekday() < 5 and day not in self.holidays)


WEEKDAYS = Listed()


def after(start: date, days: int, calendar: Calendar = WEEKDAYS) -> date:
    """The `days`-th working day after `start`, which itself does not count. Raises ValueError for a negative number."""
    if days < 0:
        raise ValueError("working days are counted forward")
    day = start
    while days:
        day += timedelta(days=1)
        days -= calendar.is_working(day)
    return day
