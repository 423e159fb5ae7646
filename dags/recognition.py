"""Recognise people and organisations across all feeds, once every feed has announced its month."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Asset, AssetAll, ExceptionRetryPolicy, Param, RetryAction, RetryRule, task

from contracts.errors import Retry
from pipeline.airflow_dags import DEFAULTS, MONTH, month_of
from pipeline.settings import Settings

COMPILED = Path(__file__).parent.parent / "contracts" / "compiled.json"
PERSONS = Asset("persons")
DOC = """\
**If this fails**, nothing is lost: persons stay as they were, because a run is one transaction. The red task's log says
what was wrong and, after `next:`, what to do. Then clear the task, or trigger with `{"month": "2026-10"}`.

Woken when all feeds have announced a month, also those whose deliveries were refused; the latest month announced
counts. What comes for a month that was recognised before wakes `correction` instead. `sweep` answers the files no
feed has claimed.
"""


@task
def sweep(dag_run: Any = None, triggering_asset_events: Any = None) -> None:
    from pipeline import steps

    steps.sweep(Settings.from_env(), month_of(dag_run.conf, dag_run.run_after, triggering_asset_events))


@task(outlets=[PERSONS])
def link(dag_run: Any = None, triggering_asset_events: Any = None, outlet_events: Any = None) -> None:
    from pipeline import steps

    month = month_of(dag_run.conf, dag_run.run_after, triggering_asset_events)
    steps.link(Settings.from_env(), month)
    outlet_events[PERSONS].extra = {"month": month}


with DAG(
    "recognition",
    dag_display_name="人员识别",
    description="Mentions of all feeds become persons and organisations",
    doc_md=DOC,
    schedule=AssetAll(*(Asset(e["feed"]) for e in json.loads(COMPILED.read_text(encoding="utf-8"))["feeds"])),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    params={"month": Param(**MONTH)},
    tags=["all departments", "recognition"],
    default_args={**DEFAULTS, "retry_policy": ExceptionRetryPolicy([RetryRule(Retry)], default=RetryAction.FAIL)},
):
    sweep()
    link()
