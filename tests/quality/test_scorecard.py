from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.model import Contract
from quality.rules import PROPERTIES
from quality.scorecard import OVERALL, STANDARD, Scale, scorecard

PERIOD = date(2026, 10, 1)


def delivery(**changes: Any) -> dict[str, Any]:
    base = {"delivery_id": "d1", "feed": "ceshi_butie", "period": PERIOD, "state": "published"}
    return base | {"received_at": datetime(2026, 10, 28, 3, tzinfo=UTC)} | changes


def metric(rule: str, failed: int, total: int, delivery_id: str = "d1") -> dict[str, Any]:
    return {"delivery_id": delivery_id, "rule": rule, "failed": failed, "total": total}


def scores(contract: Contract, deliveries: Any, metrics: Any = (), scale: Scale = STANDARD) -> dict[str, Any]:
    return {s.property: s.score for s in scorecard(deliveries, metrics, [contract], scale)}


def test_a_property_is_the_mean_share_of_what_passed(contract: Contract) -> None:
    metrics = [
        metric("category:state", 10, 100),
        metric("rows_set_aside", 0, 100),
        metric("id_invalid:person", 20, 80),
        metric("deleted", 9, 10),  # says nothing about quality
        metric("date_range:born_on", 0, 0),  # never had a case
    ]
    got = scores(contract, [delivery()], metrics)

    assert got == {
        "规范性": 95.0,
        "完整性": None,
        "准确性": 75.0,
        "一致性": None,
        "时效性": 100.0,
        "可访问性": 100.0,
        OVERALL: 92.5,
    }


@pytest.mark.parametrize(
    ("received", "score"),
    [
        (datetime(2026, 10, 28, 15, 59, tzinfo=UTC), 100.0),
        (datetime(2026, 10, 28, 16, 0, tzinfo=UTC), 98.0),  # past midnight in Beijing
        (datetime(2026, 11, 7, 3, tzinfo=UTC), 80.0),
        (datetime(2027, 11, 7, 3, tzinfo=UTC), 0.0),
    ],
)
def test_every_day_late_costs_points(contract: Contract, received: datetime, score: float) -> None:
    assert scores(contract, [delivery(received_at=received)])["时效性"] == score


def test_last_months_file_again_is_worth_nothing_however_punctual(contract: Contract) -> None:
    assert scores(contract, [delivery()], [metric("same_bytes", 1, 1)])["时效性"] == 0.0


def test_a_feed_that_did_not_come_counts_against_its_department(contract: Contract) -> None:
    other = contract.model_copy(update={"feed": "ceshi_lingwai"})
    got = {s.property: s.score for s in scorecard([delivery()], [metric("check:a", 0, 9)], [contract, other])}

    assert (got["时效性"], got["可访问性"], got["一致性"]) == (50.0, 50.0, 100.0)


def test_the_delivery_that_was_published_is_the_one_judged(contract: Contract) -> None:
    late = datetime(2026, 10, 30, 3, tzinfo=UTC)
    deliveries = [delivery(), delivery(delivery_id="d2", state="stopped", received_at=late)]
    metrics = [metric("check:a", 0, 9), metric("check:a", 9, 9, "d2")]
    got = scores(contract, deliveries, metrics)

    assert (got["一致性"], got["可访问性"]) == (100.0, 50.0)


def test_one_line_for_each_department_month_and_property(contract: Contract) -> None:
    elsewhere = contract.model_copy(update={"feed": "x", "department": "别的局"})
    found = scorecard([delivery(), delivery(period=date(2026, 9, 1))], [], [contract, elsewhere])

    assert len(found) == 2 * 2 * (len(PROPERTIES) + 1)
    assert {(s.department, s.period) for s in found} == {
        (d, p) for d in ("测试局", "别的局") for p in ("2026-09", "2026-10")
    }


def test_cut_offs_names_and_weights_are_settings(contract: Contract) -> None:
    scale = Scale(("优", "良", "差"), (95.0, 50.0), {"时效性": 3.0, "可访问性": 1.0}, per_late_day=10.0)
    late = delivery(received_at=datetime(2026, 10, 30, 3, tzinfo=UTC))
    found = {s.property: (s.score, s.grade) for s in scorecard([late], [], [contract], scale)}

    assert found["时效性"] == (80.0, "良")
    assert found[OVERALL] == (85.0, "良")
    assert found["准确性"] == (None, "")


@pytest.mark.parametrize(("score", "grade"), [(100.0, "A"), (90.0, "A"), (89.9, "B"), (60.0, "D"), (0.0, "E")])
def test_five_grades(score: float, grade: str) -> None:
    assert STANDARD.grade(score) == grade
