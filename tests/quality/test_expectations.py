import json
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from contracts.model import Contract
from quality import expectations
from quality.checks import BatchFacts, Measured, empty, measure
from quality.expectations import column_suite, frame, judge, mention_suite, metric_suite, validate
from quality.report import Finding, Report
from quality.rules import rules

PERIOD = date(2026, 10, 1)
Build = Callable[..., pa.Table]
Facts = Callable[..., BatchFacts]


@pytest.fixture
def clean(contract: Contract, make_rows: Build, make_mentions: Build, facts_of: Facts) -> Measured:
    return measure(make_rows(100), make_mentions(100), contract, facts_of(100))


def finding(report: Report, rule: str) -> Finding:
    return next(f for f in report.findings if f.rule == rule)


def with_metric(measured: Measured, rule: str, **changes: Any) -> Measured:
    rows = [m | changes if m["rule"] == rule else m for m in measured.metrics.to_pylist()]
    return measured._replace(metrics=pa.Table.from_pylist(rows, schema=measured.metrics.schema))


def test_a_clean_batch_passes_with_a_finding_for_every_rule(contract: Contract, clean: Measured) -> None:
    report = judge(clean, contract)

    assert report.verdict == "pass"
    assert [f.rule for f in report.findings] == [r.name for r in rules(contract, PERIOD)]
    assert {f.state for f in report.findings} == {"passed"}
    assert report.judge.startswith("great_expectations 1.")


# What to change in a clean batch so that each rule must fail: a gate that can't fail is no gate.
MUTATIONS: dict[str, dict[str, Any]] = {
    "line_balance": {"facts": {"lines": 101}},
    "rows_floor": {"rows": 1},
    "rows_ceiling": {"rows": 401},
    "bad_rows": {"facts": {"lines": 106, "rejected": 6}},
    "rows_set_aside": {"facts": {"lines": 101, "rejected": 1}},
    "key_unique": {"cells": {"record_key": {0: "T0001"}}},
    "required_most:name": {"cells": {"name": dict.fromkeys(range(7))}},
    "key_unique_most": {"cells": {"record_key": dict.fromkeys(range(7), "T0001")}},
    "deleted": {"facts": {"previous": 100, "deleted": 31}},
    "same_bytes": {"facts": {"same_bytes_as": "2026-09"}},
    "columns_unknown": {"facts": {"unknown": 1}},
    "required:name": {"cells": {"name": {0: None}}},
    "date_range:started_on": {"cells": {"started_on": dict.fromkeys((0, 1), date(2206, 1, 1))}},
    "date_range:ended_at": {"cells": {"ended_at": dict.fromkeys((0, 1), datetime(2206, 1, 1, tzinfo=UTC))}},
    "date_range:paid_month": {"cells": {"paid_month": dict.fromkeys((0, 1), date(1826, 10, 1))}},
    "month:paid_month": {"cells": {"paid_month": dict.fromkeys(range(6), date(2026, 9, 1))}},
    "category:state": {"cells": {"state": dict.fromkeys((0, 1), "其他")}},
    "check:enough": {"cells": {"amount_fen": {0: 49}}},
    "check:positive": {"cells": {"amount_fen": {0: -1}}},
    "check:stopped_has_end": {"cells": {"state": dict.fromkeys(range(11), "stopped")}},
    "id_missing:person": {"mentions": {"id_status": dict.fromkeys(range(51), "missing")}},
    "id_invalid:person": {"mentions": {"id_status": dict.fromkeys(range(6), "invalid")}},
    "id_missing:权利人": {"role": "权利人2", "mentions": {"id_status": dict.fromkeys(range(51), "missing")}},
    "id_invalid:权利人": {"role": "权利人2", "mentions": {"id_status": dict.fromkeys(range(6), "invalid")}},
    "id_truncated": {"mentions": {"id_number": dict.fromkeys(range(11), "990101199001011000")}},
}


def test_every_rule_with_a_limit_has_a_mutation(contract: Contract) -> None:
    assert set(MUTATIONS) == {r.name for r in rules(contract, PERIOD) if r.limit is not None}


@pytest.mark.parametrize("rule", MUTATIONS)
def test_great_expectations_fails_a_batch_broken_for(
    rule: str, contract: Contract, make_rows: Build, make_mentions: Build, facts_of: Facts
) -> None:
    change = MUTATIONS[rule]
    rows = make_rows(change.get("rows", 100), **change.get("cells", {}))
    mentions = make_mentions(100, role=change.get("role", "person"), **change.get("mentions", {}))
    facts = facts_of(rows.num_rows, **change.get("facts", {}))
    report = judge(measure(rows, mentions, contract, facts), contract)

    found = finding(report, rule)
    assert found.state == "failed"
    assert report.verdict == ("stop" if found.severity == "stop" else "warn")


def test_exactly_the_limit_still_passes(contract: Contract, clean: Measured) -> None:
    rows = [m | {"percent": m["limit"] or 0.0} for m in clean.metrics.to_pylist()]
    report = judge(clean._replace(metrics=pa.Table.from_pylist(rows, schema=clean.metrics.schema)), contract)

    assert report.verdict == "pass"
    assert finding(report, "check:stopped_has_end").percent == 10


def test_a_rule_nobody_measured_is_errored_and_stops(contract: Contract, clean: Measured) -> None:
    keep = [m["rule"] not in ("check:positive", "present:order") for m in clean.metrics.to_pylist()]
    report = judge(clean._replace(metrics=clean.metrics.filter(pa.array(keep))), contract)

    assert [f.rule for f in report.failures] == ["check:positive", "present:order"]
    assert {f.state for f in report.failures} == {"errored"}
    assert report.verdict == "stop"


@pytest.mark.parametrize("percent", [None, float("nan"), float("inf")])
def test_a_percentage_that_is_no_number_never_passes(contract: Contract, clean: Measured, percent: Any) -> None:
    report = judge(with_metric(clean, "line_balance", percent=percent), contract)

    assert report.verdict == "stop"


def test_no_metrics_at_all_stop(contract: Contract, clean: Measured) -> None:
    report = judge(clean._replace(metrics=clean.metrics.slice(0, 0)), contract)

    assert {f.state for f in report.findings} == {"errored"}
    assert report.verdict == "stop"


def test_the_stored_report_carries_counts_and_no_values(
    contract: Contract, make_rows: Build, make_mentions: Build, facts_of: Facts
) -> None:
    rows = make_rows(30, name={0: "查无此人"}, state={0: "异常状态"}, amount_fen={0: 7})
    measured = measure(rows, make_mentions(30, id_status={0: "invalid"}), contract, facts_of(30))
    text = json.dumps(judge(measured, contract).as_dict(), ensure_ascii=False)

    assert not any(secret in text for secret in ("查无此人", "异常状态", "990101199001011232", "T0000"))


def dirty(make_rows: Build, seed: int, count: int = 500) -> pa.Table:
    """A seeded frame in which every row rule is broken here and there, nulls among it."""
    draw = random.Random(seed)
    days = [
        None,
        PERIOD,
        date(1900, 1, 1),
        date(1899, 12, 31),
        date(2027, 11, 2),
        date(2027, 11, 3),
        date(9999, 12, 31),
    ]
    moments = [None, datetime(2027, 11, 2, 15, 59, 59, tzinfo=UTC), datetime(2027, 11, 2, 16, 0, tzinfo=UTC)]
    choices: dict[str, list[Any]] = {
        "record_key": [None, *(f"K{i}" for i in range(300))],
        "name": ["测试人", None],
        "id_number": [None, "990101199001011232"],
        "started_on": days,
        "ended_at": moments,
        "paid_month": [None, PERIOD, date(2026, 9, 1), date(1826, 10, 1)],
        "amount_fen": [None, -1, 0, 1, 50, 51],
        "least_fen": [None, 0, 50],
        "state": [None, "paid", "stopped", "其他"],
        "order": [None, 1],
    }
    cells = {field: {i: draw.choice(values) for i in range(count)} for field, values in choices.items()}
    return make_rows(count, **cells)


@pytest.mark.parametrize("seed", range(3))
def test_the_native_suite_counts_what_our_pass_counts(
    contract: Contract, make_rows: Build, facts_of: Facts, seed: int
) -> None:
    rows = dirty(make_rows, seed)
    ours = {m["rule"]: m for m in measure(rows, empty(contract)[1], contract, facts_of(500)).metrics.to_pylist()}
    suite = column_suite(contract, PERIOD)
    theirs = validate(frame(rows), suite)

    assert suite.meta["left_out"] == ["check:stopped_has_end"]
    assert set(theirs) == {r.name for r in rules(contract, PERIOD) if r.over == "rows"} - {"check:stopped_has_end"} | {
        "key_unique"
    }
    assert theirs == {rule: (ours[rule]["failed"], ours[rule]["total"]) for rule in theirs}
    assert all(0 < failed < 500 for failed, _ in theirs.values())


def test_the_native_mention_suite_counts_what_our_pass_counts(
    contract: Contract, make_rows: Build, make_mentions: Build, facts_of: Facts
) -> None:
    draw = random.Random(7)
    status = {i: draw.choice(["valid", "missing", "invalid", "masked", "repaired"]) for i in range(300)}
    roles = {i: draw.choice(["person", "权利人1", "权利人12", "监护人"]) for i in range(300)}
    numbers = {i: draw.choice([None, "990101199001011000", "990101199001011232", "9901011000"]) for i in range(300)}
    mentions = make_mentions(300).drop(["id_status", "role", "id_number"])
    drawn: dict[str, dict[int, Any]] = {"id_status": status, "role": roles, "id_number": numbers}
    for name, values in drawn.items():
        mentions = mentions.append_column(name, pa.array(list(values.values()), pa.string()))
    measured = measure(make_rows(30), mentions, contract, facts_of(30))
    ours = {m["rule"]: m["failed"] for m in measured.metrics.to_pylist()}
    theirs = validate(frame(mentions), mention_suite(contract, PERIOD))

    assert set(theirs) == {r.name for r in rules(contract, PERIOD) if r.over == "mentions"}
    assert {rule: failed for rule, (failed, _) in theirs.items()} == {rule: ours[rule] for rule in theirs}
    assert all(theirs[rule][0] > 0 for rule in theirs)


def test_in_a_database_no_check_is_left_out(contract: Contract, make_rows: Build, tmp_path: Path) -> None:
    import great_expectations as gx

    rows = make_rows(20, state={0: "stopped", 1: "stopped"}).drop(["ended_at", "_line"])
    file = f"sqlite:///{tmp_path}/rows.db"
    text = rows.append_column("ended_at", pa.nulls(20, pa.string())).to_pandas()
    text.to_sql("rows", file, index=False)
    suite = column_suite(contract, PERIOD, sql=True)
    suite.expectations = [e for e in suite.expectations if (e.meta or {})["rule"].startswith("check:")]
    asset = gx.get_context(mode="ephemeral").data_sources.add_sqlite("lite", connection_string=file)
    batch = asset.add_table_asset("rows", table_name="rows").add_batch_definition_whole_table("all").get_batch()
    result = batch.validate(suite, result_format=expectations.COUNTS_ONLY)

    observed = {r.expectation_config.meta["rule"]: r.result["observed_value"] for r in result.results}
    assert observed == {"check:enough": 0, "check:positive": 0, "check:stopped_has_end": 2}


COMPARISONS = [
    ("amount_fen >= least_fen", "expect_column_pair_values_a_to_be_greater_than_b"),
    ("least_fen < amount_fen", "expect_column_pair_values_a_to_be_greater_than_b"),
    ("amount_fen <= 10", "expect_column_values_to_be_between"),
    ("amount_fen > 0 or state is null", None),
    ("amount_fen > nobody", None),
    ("nobody > 0", None),
]


@pytest.mark.parametrize(("good", "kind"), COMPARISONS)
def test_only_a_plain_comparison_becomes_a_native_expectation(contract: Contract, good: str, kind: str | None) -> None:
    check = contract.checks[0].model_copy(update={"good": good})
    suite = column_suite(contract.model_copy(update={"checks": (check,)}), PERIOD)

    made = [e.expectation_type for e in suite.expectations if (e.meta or {})["rule"] == "check:enough"]
    assert made == ([kind] if kind else [])


def test_severities_reach_great_expectations(contract: Contract) -> None:
    judged = [r for r in rules(contract, PERIOD) if r.limit is not None]
    severities = {e.meta["rule"]: e.severity.value for e in metric_suite(judged).expectations}

    assert severities["bad_rows"] == "critical"
    assert severities["key_unique"] == severities["check:enough"] == "warning"


def test_importing_the_package_does_not_import_great_expectations() -> None:
    code = "import sys, quality.expectations; sys.exit('great_expectations' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
