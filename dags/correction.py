"""Recognise and compare again when a department corrected, or brought late, a month that was recognised before."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, ExceptionRetryPolicy, Param, RetryAction, RetryRule, task

from contracts.errors import Retry
from pipeline.airflow_dags import DEFAULTS, MONTH, months_of
from pipeline.settings import Settings

DOC = """\
**If this fails**, persons and leads are as they were before the correction, or persons follow it already and leads
follow with the next run. The red task's log says what was wrong and, after `next:`, what to do. Then clear the task, or
trigger with `{"month": "2026-10"}`.

Woken by a feed that published something for a month recognised before, alone or with others. Leads of that month and of
every later one are asked for again; the month's other feeds need not come again.
"""


@task
def link(dag_run: Any = None, triggering_asset_events: Any = None) -> None:
    from pipeline import steps

    steps.link(Settings.from_env(), months_of(dag_run.conf, dag_run.run_after, triggering_asset_events)[-1])


@task(outlets=[Asset("leads")])
def compare(dag_run: Any = None, triggering_asset_events: Any = None) -> None:
    from pipeline import steps

    steps.compare_since(Settings.from_env(), months_of(dag_run.conf, dag_run.run_after, triggering_asset_events)[0])


@task
def report() -> None:
    from pipeline import steps

    steps.report(Settings.from_env())


with DAG(
    "correction",
    dag_display_name="更正后重新识别与比对",
    description="A corrected or late delivery: persons, leads and report of its month and those after it",
    doc_md=DOC,
    schedule=[Asset("corrections")],
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    params={"month": Param(**MONTH)},
    tags=["all departments", "correction"],
    default_args={**DEFAULTS, "retry_policy": ExceptionRetryPolicy([RetryRule(Retry)], default=RetryAction.FAIL)},
):
    link() >> compare() >> report()
