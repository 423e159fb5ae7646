import json
from dataclasses import FrozenInstanceError

import pytest

from quality.report import Finding, Report, Severity, State


def make(*outcomes: tuple[str, Severity, State], reason: str = "") -> Report:
    found = [Finding(rule, severity, state, 1, 9, 11.1, 5.0, "应如此", reason) for rule, severity, state in outcomes]
    return Report("ceshi_butie", "2026-10", "by hand", tuple(found))


VERDICTS: list[tuple[list[tuple[Severity, State]], str]] = [
    ([], "pass"),
    ([("stop", "passed"), ("warn", "passed"), ("info", "passed")], "pass"),
    ([("stop", "passed"), ("warn", "failed")], "warn"),
    ([("row", "failed")], "warn"),
    ([("warn", "failed"), ("stop", "failed")], "stop"),
    ([("warn", "errored")], "stop"),
    ([("info", "errored")], "stop"),
]


@pytest.mark.parametrize(("outcomes", "verdict"), VERDICTS)
def test_the_gravest_outcome_is_the_verdict(outcomes: list[tuple[Severity, State]], verdict: str) -> None:
    assert make(*((f"r{i}", *o) for i, o in enumerate(outcomes))).verdict == verdict


def test_failures_are_listed_gravest_first() -> None:
    report = make(("a", "row", "failed"), ("b", "stop", "passed"), ("c", "stop", "failed"), ("d", "warn", "errored"))

    assert [f.rule for f in report.failures] == ["d", "c", "a"]


def test_a_reason_is_given_only_when_the_delivery_is_stopped() -> None:
    assert make(("a", "stop", "failed"), reason="too_few_rows").reason == "too_few_rows"
    assert make(("a", "warn", "failed"), reason="too_few_rows").reason == ""
    assert make(("a", "stop", "errored"), reason="too_few_rows").reason == ""
    assert make(("a", "stop", "failed")).reason == ""


def test_our_own_failure_is_told_from_the_departments() -> None:
    assert make(("a", "warn", "failed"), ("b", "stop", "errored")).errored
    assert not make(("a", "stop", "failed"), ("b", "stop", "errored")).errored
    assert not make(("a", "warn", "failed")).errored


def test_a_report_survives_storage() -> None:
    report = make(("a", "row", "failed"), ("b", "stop", "errored"))
    stored = json.dumps(report.as_dict(), ensure_ascii=False)

    assert Report.from_dict(json.loads(stored)) == report
    assert json.loads(stored)["verdict"] == "stop"


def test_a_report_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        make().feed = "other"  # type: ignore[misc]
