from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.clean.dates import ZONE, PartialDate, parse_date, parse_month, parse_timestamp

FIRST = date(2019, 9, 1)


@pytest.mark.parametrize(
    "raw",
    [
        "20190901",
        "2019-9-1",
        "2019-09-01",
        "2019/9/1",
        "2019/09/01",
        "2019.9.1",
        "2019年9月1日",
        "2019年09月01日",
        "2019年9月1号",
    ]
    + [
        "二〇一九年九月一日",
        "二○一九年九月一日",
        "２０１９－０９－０１",
        " 2019-09-01 ",
        "'2019-09-01",
        "公元2019年9月1日",
        "民国108年9月1日",
    ]
    + ["2019-09-01 00:00:00", "2019/9/1 8:30", "20190901083000", "201909010830", "2019-09-01T08:00:00+08:00"]
    + ["2019-08-31T20:00:00Z", "1567296000000"],
)
def test_every_way_to_write_a_day(raw: str) -> None:
    assert parse_date(raw) == PartialDate(FIRST, "day", None)


@pytest.mark.parametrize(
    ("raw", "value", "precision"),
    [
        ("1982", date(1982, 1, 1), "year"),
        ("1982年", date(1982, 1, 1), "year"),
        ("一九八二年", date(1982, 1, 1), "year"),
        ("1982-00-00", date(1982, 1, 1), "year"),
        ("19820000", date(1982, 1, 1), "year"),
        ("1982-05", date(1982, 5, 1), "month"),
        ("1982.5", date(1982, 5, 1), "month"),
        ("198205", date(1982, 5, 1), "month"),
        ("1982年5月", date(1982, 5, 1), "month"),
        ("1982-05-00", date(1982, 5, 1), "month"),
    ],
)
def test_what_is_known_less_exactly_says_so(raw: str, value: date, precision: str) -> None:
    assert parse_date(raw) == PartialDate(value, precision, None)


@pytest.mark.parametrize("raw", [None, "", "无", "不详", "-", "长期", "至今", "9999-12-31", "99991231", "9999"])
def test_nothing_and_open_ends_are_no_error(raw: str | None) -> None:
    assert parse_date(raw) == PartialDate(None, None, None)
    assert parse_timestamp(raw) == (None, None)


@pytest.mark.parametrize(
    "raw",
    [
        "2025-02-30",
        "20190230",
        "2019-13-01",
        "1900-02-29",
        "1900-01-01",
        "19000101",
        "0000-00-00",
        "1899-12-30",
        "190901",
    ]
    + ["19-9-1", "43709", "1799-12-31", "农历八月十五", "2019-00-05", "01/09/2019", "today"],
)
def test_a_day_that_does_not_exist_or_could_be_two_is_refused(raw: str) -> None:
    assert parse_date(raw) == PartialDate(None, None, "date_invalid")


def test_serial_days_are_read_only_when_asked() -> None:
    assert parse_date("43709", excel=True).value == FIRST
    assert parse_date("43709.0", excel=True).value == FIRST
    assert parse_date("2019-09-01", excel=True).value == FIRST


@settings(deadline=None)
@given(st.dates(date(1901, 1, 1), date(2199, 12, 31)))
def test_a_written_day_is_read_back(day: date) -> None:
    written = [
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
    ]
    assert {parse_date(w) for w in written} == {PartialDate(day, "day", None)}


@pytest.mark.parametrize("raw", ["2026-09", "202609", "2026年9月", "2026/9", "2026-09-17", "20260917", "'202609"])
def test_months(raw: str) -> None:
    assert parse_month(raw) == (date(2026, 9, 1), None)


@pytest.mark.parametrize(
    ("raw", "reason"), [("2026", "date_invalid"), ("202613", "date_invalid"), ("", None), ("无", None)]
)
def test_what_is_no_month(raw: str, reason: str | None) -> None:
    assert parse_month(raw) == (None, reason)


@pytest.mark.parametrize(
    "raw",
    ["2026-09-01T08:30:00+08:00", "2026-09-01T00:30:00Z", "2026-09-01 08:30:00", "2026-09-01 08:30", "2026/9/1 8:30:00"]
    + [
        "'2026-09-01 08:30:00",
        "2026年9月1日 8时30分",
        "20260901083000",
        "20260901 083000",
        "1788222600000",
        "2026-09-01 00:30:00 +0000",
    ],
)
def test_moments_are_local(raw: str) -> None:
    moment, reason = parse_timestamp(raw)
    assert (moment, reason) == (datetime(2026, 9, 1, 8, 30, tzinfo=ZONE), None)
    assert moment is not None
    assert moment.utcoffset() == timedelta(hours=8)


def test_a_day_without_time_begins_at_midnight() -> None:
    assert parse_timestamp("2026.9.1") == (datetime(2026, 9, 1, tzinfo=ZONE), None)


@pytest.mark.parametrize(
    "raw", ["2026-09-01 25:00:00", "2026-02-30 08:00:00", "2026-09", "2026", "0001-01-01 00:00:00", "8:30"]
)
def test_what_is_no_moment(raw: str) -> None:
    assert parse_timestamp(raw) == (None, "date_invalid")


@settings(deadline=None)
@given(st.integers(694_224_000, 4_000_000_000), st.integers(-12, 14))
def test_a_moment_is_the_same_in_every_zone(seconds: int, hours: int) -> None:
    there = datetime.fromtimestamp(seconds, timezone(timedelta(hours=hours)))
    assert parse_timestamp(there.isoformat()) == (there, None)
