"""What the DAG files share, in plain Python: which month a run is about, when a feed is due, the defaults of tasks."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

ZONE = "Asia/Shanghai"
# How long after its date a run is still made when its DAG is switched on. Without a number Airflow 3.3 takes a tenth of
# the interval, whatever else it is told, and switching on a monthly DAG by the 30th would start a run at once.
LATE = timedelta(seconds=1)
POOL = "sources"
MONTH: Mapping[str, Any] = {
    "default": None,
    "type": ["null", "string"],
    "pattern": r"^20\d\d-(0[1-9]|1[0-2])$",
    "description": "The month to take, like 2026-10. Empty: the month before the run's date.",
}
# Only errors that say so are tried again; the policy in the DAG file decides, this is how often and how soon.
DEFAULTS: Mapping[str, Any] = {
    "owner": "data-office",
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "execution_timeout": timedelta(hours=2),
    "weight_rule": "upstream",  # what was begun is finished first: feeds end one after the other, not all at the end
}


class Event(Protocol):
    """An asset event: what its sender put beside it."""

    @property
    def extra(self) -> Mapping[str, Any]: ...


def month_of(
    conf: Mapping[str, Any] | None, run_after: datetime, events: Mapping[Any, Iterable[Event]] | None = None
) -> str:
    """The month a DAG run is about, like ``2026-10``.

    First what the run was asked for (`conf`), then the latest month among the asset events that woke it, else the month
    before `run_after` (an aware time) on the Chinese calendar.
    """
    return months_of(conf, run_after, events)[-1]


def months_of(
    conf: Mapping[str, Any] | None, run_after: datetime, events: Mapping[Any, Iterable[Event]] | None = None
) -> list[str]:
    """All months a DAG run is about, as for `month_of`: several, in order, where several were announced."""
    if asked := (conf or {}).get("month"):
        return [str(asked)]
    announced = {
        str(event.extra["month"]) for one in (events or {}).values() for event in one if "month" in event.extra
    }
    if announced:
        return sorted(announced)
    first = run_after.astimezone(ZoneInfo(ZONE)).replace(day=1)
    return [f"{first - timedelta(days=1):%Y-%m}"]


def monthly(due_day: int) -> str:
    """The cron line for six in the morning of `due_day`; a day that not every month has means its last one."""
    return f"0 6 {due_day if due_day <= 28 else 'L'} * *"
