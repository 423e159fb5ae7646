"""Great Expectations, the judge. The only module that imports it, and only when a function runs.

Its import costs 1.5 CPU-seconds a process and its pandas engine 30 CPU-seconds for a million rows; judging the one row
of metrics that checks.measure leaves costs a tenth of a second, whatever the batch's size. So the counting is ours and
the rules, severities and verdicts are an ordinary suite of theirs. `column_suite` and `mention_suite` are the same
rules for running Great Expectations directly on the data; a test holds both ways to the same counts.
"""

import logging
import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from contracts.errors import Stop
from contracts.model import Contract
from quality.checks import Measured
from quality.report import Finding, Report, State
from quality.rules import Rule, bounds, rules
from quality.tables import ZONE

# Counts only: the default format would put failing ID numbers into results and logs.
COUNTS_ONLY = {"result_format": "SUMMARY", "partial_unexpected_count": 0}
GROUP_MOST = 99  # items of a group whose roles the native suite names one by one; it has no pattern condition

_SEVERITY = {"stop": "critical", "warn": "warning", "row": "warning", "info": "info"}
_COMPARISON = re.compile(r"^\s*([a-z][a-z0-9_]*)\s*(>=|>|<=|<)\s*([a-z][a-z0-9_]*|-?[0-9]+(?:\.[0-9]+)?)\s*$")


def judge(measured: Measured, contract: Contract) -> Report:
    """Have Great Expectations judge `measured` by the rules of `contract`; never raises on bad data.

    A critical failure stops, a warning warns. An expectation that could not be evaluated, or a rule of the contract
    that nobody measured, is `errored` and stops: a check that did not run has not passed. Raises Stop only when the
    library itself can't be imported.
    """
    plan = rules(contract, measured.period)
    judged = [r for r in plan if r.limit is not None]
    metrics = {m["rule"]: m for m in measured.metrics.to_pylist()}
    states = _states(judged, {k: m["percent"] for k, m in metrics.items() if m["percent"] is not None})
    findings = tuple(_finding(rule, metrics.get(rule.name), states) for rule in plan)
    return Report(contract.feed, f"{measured.period:%Y-%m}", f"great_expectations {_gx().__version__}", findings)


def metric_suite(judged: list[Rule]) -> Any:
    """The suite over the one-row frame of percentages (a column a rule): each at most its rule's limit."""
    gxe = _gx().expectations
    expectations = [
        gxe.ExpectColumnMaxToBeBetween(
            column=r.name, max_value=r.limit, severity=_SEVERITY[r.severity], meta={"rule": r.name}, description=r.text
        )
        for r in judged
    ]
    return _gx().ExpectationSuite(name="metrics", expectations=expectations)


def column_suite(contract: Contract, period: date, sql: bool = False) -> Any:
    """The contract's row rules as an ordinary suite for `frame(rows)`, or with `sql` for a table of a database.

    A check that is more than one comparison can only be said in SQL; without `sql` its name is in
    ``suite.meta["left_out"]``. Use COUNTS_ONLY as the result format.
    """
    left_out: list[str] = []
    suite = _gx().ExpectationSuite(name=f"{contract.feed}_rows", meta={"left_out": left_out})
    for rule in rules(contract, period):
        made = _native(rule, contract, period, sql) if rule.over == "rows" or rule.name == "key_unique" else None
        if made is not None:
            suite.add_expectation(made)
        elif rule.over == "rows":
            left_out.append(rule.name)
    return suite


def mention_suite(contract: Contract, period: date) -> Any:
    """The contract's ID number rules as an ordinary suite for `frame(mentions)`."""
    gxe = _gx().expectations
    suite = _gx().ExpectationSuite(name=f"{contract.feed}_mentions")
    for rule in rules(contract, period):
        if rule.over != "mentions":
            continue
        kind, _, role = rule.name.partition(":")
        if kind == "id_truncated":
            made = gxe.ExpectColumnValuesToNotMatchRegex(column="id_number", regex=r"^.{15}000\Z", **_common(rule))
        else:
            status = kind.removeprefix("id_")
            made = gxe.ExpectColumnValuesToNotBeInSet(
                column="id_status", value_set=[status], row_condition=_of_role(contract, role), **_common(rule)
            )
        suite.add_expectation(made)
    return suite


def frame(table: pa.Table) -> Any:
    """`table` as the pandas frame the native suites expect: dates and times as local datetime64, integers nullable."""
    import pandas as pd

    columns: dict[str, Any] = {}
    for field in table.schema:
        values: Any = table.column(field.name)
        if pa.types.is_timestamp(field.type):
            values = pc.local_timestamp(values.cast(pa.timestamp("us", tz=ZONE)))
        elif pa.types.is_date(field.type):
            values = values.cast(pa.timestamp("us"))
        columns[field.name] = values.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return pd.DataFrame(columns)


def validate(data: Any, suite: Any) -> dict[str, tuple[int, int]]:
    """Run a native suite on the pandas frame `data`: rule name to (failed, total) as Great Expectations counts them."""
    result = _batches().get_batch({"dataframe": data}).validate(suite, result_format=COUNTS_ONLY)
    return {
        r.expectation_config.meta["rule"]: (r.result["unexpected_count"], r.result["element_count"])
        for r in result.results
    }


@cache
def _gx() -> Any:
    try:
        import great_expectations
        import great_expectations.expectations  # noqa: F401
    except SystemExit as error:
        # With pyspark installed and grpcio-status absent, importing it ends a `python -c` process with status 0.
        advice = "install grpcio-status or remove pyspark, then run the step again"
        raise Stop("quality.expectations", "importing great_expectations tried to end the process", advice) from error
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it reports every step of its own
    return great_expectations


@cache
def _batches() -> Any:
    """The one ephemeral context and data source of this process: no files, no network, no progress bars."""
    context = _gx().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    context.enable_analytics(False)
    asset = context.data_sources.add_pandas("memory").add_dataframe_asset("batch")
    return asset.add_batch_definition_whole_dataframe("whole")


def _states(judged: list[Rule], percents: dict[str, float]) -> dict[str, State]:
    import pandas as pd

    data = pd.DataFrame({name: [percent] for name, percent in percents.items()}, index=[0])
    batch = _batches().get_batch({"dataframe": data})
    result = batch.validate(metric_suite(judged), result_format={"result_format": "BOOLEAN_ONLY"})
    return {r.expectation_config.meta["rule"]: _state(r) for r in result.results}


def _state(result: Any) -> State:
    # A crash comes back as success=False with an empty result; only exception_info tells it from a failure. Its shape
    # is either the flags themselves or one dict of flags for each metric.
    info = result.exception_info or {}
    flags = [info] if "raised_exception" in info else list(info.values())
    if any(f.get("raised_exception") for f in flags):
        return "errored"
    return "passed" if result.success else "failed"


def _finding(rule: Rule, metric: dict[str, Any] | None, states: dict[str, State]) -> Finding:
    measured_only: State = "passed" if metric is not None else "errored"
    state = states.get(rule.name, measured_only if rule.limit is None else "errored")
    failed, total, percent = (metric["failed"], metric["total"], metric["percent"] or 0.0) if metric else (0, 0, 0.0)
    return Finding(
        rule.name, rule.severity, state, failed, total, percent, rule.limit, rule.text, rule.reason, rule.field
    )


def _common(rule: Rule) -> dict[str, Any]:
    mostly = 0.0 if rule.limit is None else 1 - rule.limit / 100
    return {"severity": _SEVERITY[rule.severity], "mostly": mostly, "meta": {"rule": rule.name}}


def _native(rule: Rule, contract: Contract, period: date, sql: bool) -> Any:
    gxe, common = _gx().expectations, _common(rule)
    kind, _, name = rule.name.partition(":")
    if kind in ("required", "required_most", "present"):
        return gxe.ExpectColumnValuesToNotBeNull(column=name, **common)
    if kind == "key_unique":
        return gxe.ExpectColumnValuesToBeUnique(column="record_key", **common)
    if kind == "date_range":
        first, last = (datetime(d.year, d.month, d.day) for d in bounds(period))  # noqa: DTZ001 (frame() is local time)
        last = last.replace(hour=23, minute=59, second=59, microsecond=999999)
        return gxe.ExpectColumnValuesToBeBetween(column=name, min_value=first, max_value=last, **common)
    if kind == "month":
        value = datetime(period.year, period.month, 1)  # noqa: DTZ001 (frame() is local time)
        return gxe.ExpectColumnValuesToBeBetween(column=name, min_value=value, max_value=value, **common)
    if kind == "category":
        known = sorted(set(contract.field(name).values.values()))
        return gxe.ExpectColumnValuesToBeInSet(column=name, value_set=known, **common)
    good = next(c.good for c in contract.checks if c.name == name)
    if sql:
        return _unexpected_rows(rule)
    return _comparison(good, {f.name for f in contract.fields}, common)


def _unexpected_rows(rule: Rule) -> Any:
    predicate = rule.bad.replace("{", "{{").replace("}", "}}")
    common = {k: v for k, v in _common(rule).items() if k != "mostly"}
    query = f"select * from {{batch}} where {predicate}"
    return _gx().expectations.UnexpectedRowsExpectation(unexpected_rows_query=query, **common)


def _comparison(good: str, fields: set[str], common: dict[str, Any]) -> Any:
    """`a >= b` or `a >= 3` as an expectation; None for anything more."""
    gxe, found = _gx().expectations, _COMPARISON.match(good)
    if found is None or found[1] not in fields:
        return None
    left, sign, right = found.groups()
    if right in fields:
        a, b = (left, right) if sign[0] == ">" else (right, left)
        return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=a, column_B=b, or_equal="=" in sign, ignore_row_if="either_value_is_missing", **common
        )
    if right[0].isalpha():
        return None
    side, strict = ("min", "strict_min") if sign[0] == ">" else ("max", "strict_max")
    limit = {f"{side}_value": float(right), strict: "=" not in sign}
    return gxe.ExpectColumnValuesToBeBetween(column=left, **limit, **common)


def _of_role(contract: Contract, role: str) -> Any:
    from great_expectations.expectations.row_conditions import Column

    def roles() -> Iterator[str]:
        for group in contract.groups:
            if group.role.replace("{n}", "") == role:
                yield from (group.role.replace("{n}", str(n)) for n in range(1, GROUP_MOST + 1))

    return Column("role").is_in([role, *roles()])
