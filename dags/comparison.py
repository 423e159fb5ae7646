"""Ask the cross-checks their questions whenever persons were recognised, then write the report."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, ExceptionRetryPolicy, Param, RetryAction, RetryRule, task

from contracts.errors import Retry
from pipeline.airflow_dags import DEFAULTS, MONTH, month_of
from pipeline.settings import Settings

DOC = """\
**If this fails**, the leads of earlier months stand. The red task's log says what was wrong and, after `next:`, what to
do; a rule that can't be run names its file. Then clear the task, or trigger with `{"month": "2026-10"}`.

Woken by recognition, for the month it was about. `report` writes the page under `reports/`.
"""


@task(outlets=[Asset("leads")])
def compare(dag_run: Any = None, triggering_asset_events: Any = None) -> None:
    from pipeline import steps

    steps.compare(Settings.from_env(), month_of(dag_run.conf, dag_run.run_after, triggering_asset_events))


@task
def report() -> None:
    from pipeline import steps

    steps.report(Settings.from_env())


with DAG(
    "comparison",
    dag_display_name="比对与报告",
    description="Cross-department rules become leads, leads and counts become the report",
    doc_md=DOC,
    schedule=[Asset("persons")],
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    params={"month": Param(**MONTH)},
    tags=["all departments", "comparison"],
    default_args={**DEFAULTS, "retry_policy": ExceptionRetryPolicy([RetryRule(Retry)], default=RetryAction.FAIL)},
):
    compare() >> report()
