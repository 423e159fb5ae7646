"""Which month a run is about, and when a feed is due."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from pipeline.airflow_dags import month_of, monthly, months_of

MORNING = datetime(2026, 11, 28, 6, tzinfo=UTC)


def events(*months: str | None) -> dict[str, list[SimpleNamespace]]:
    """Asset events as a task sees them, one asset each."""
    return {f"feed {n}": [SimpleNamespace(extra={"month": m} if m else {})] for n, m in enumerate(months)}


def test_a_run_takes_the_month_it_was_asked_for() -> None:
    assert month_of({"month": "2026-08"}, MORNING, events("2026-09")) == "2026-08"


def test_a_woken_run_takes_the_latest_month_announced() -> None:
    assert month_of({"month": None}, MORNING, events("2026-09", "2026-10", None, "2026-09")) == "2026-10"


def test_a_run_woken_by_several_corrections_takes_all_their_months() -> None:
    announced = events("2026-10", "2026-08", None, "2026-10")
    assert months_of(None, MORNING, announced) == ["2026-08", "2026-10"]
    assert months_of({"month": "2026-09"}, MORNING, announced) == ["2026-09"]
    assert months_of(None, MORNING, events()) == ["2026-10"]


@pytest.mark.parametrize("conf", [None, {}, {"month": None}])
def test_a_run_by_the_calendar_takes_the_month_before(conf: dict[str, str | None] | None) -> None:
    assert month_of(conf, MORNING) == "2026-10"
    assert month_of(conf, MORNING, events()) == "2026-10"


def test_the_month_before_january_is_december() -> None:
    assert month_of(None, datetime(2027, 1, 31, 12, tzinfo=UTC)) == "2026-12"


def test_the_calendar_is_the_chinese_one() -> None:
    evening = datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert month_of(None, evening) == "2026-10"
    assert month_of(None, evening - timedelta(seconds=1)) == "2026-09"


def test_a_day_that_not_every_month_has_means_its_last() -> None:
    assert [monthly(day) for day in (5, 28, 29, 31)] == ["0 6 5 * *", "0 6 28 * *", "0 6 L * *", "0 6 L * *"]
