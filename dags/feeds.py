"""One DAG a feed, built from contracts/compiled.json: take a month's deliveries in, judge each, publish what is fit."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    AssetAlias,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryRule,
    get_parsing_context,
    task,
    task_group,
)

from contracts.errors import Retry
from pipeline.airflow_dags import DEFAULTS, LATE, MONTH, POOL, ZONE, month_of, monthly
from pipeline.settings import Settings

COMPILED = Path(__file__).parent.parent / "contracts" / "compiled.json"
UNKNOWN = {"title": "", "department": "unknown", "mode": "unknown", "format": "broken contract", "due_day": 28}
DELIVERY = "{{ task.op_kwargs['delivery_id'] }}"
DOC = """\
**If this fails**, open the red task's log: its last lines say what was wrong and, after `next:`, what to do.

- `receive` red: the file could not be used, or the source not reached. The receipt is in `outbox/{department}`.
- `check` red: the batch was refused. Send the department its receipt; when the corrected file is there, run again.
- `publish` red: our side. Nothing was half loaded: a publish is one transaction.

Run again at any time with `{{"month": "2026-10"}}`: what was taken before is not taken twice. Without a month it is the
one before the run's date. `announce` speaks whatever happened here: of a month that was not recognised yet to
`recognition`, which waits for all feeds; of something new for a month that was, to `correction`; else to nobody.

{feed}: {title}, from {department}, {mode}, {format}. {error}
"""


@task(pool=POOL)
def receive(feed: str, dag_run: Any = None) -> list[str]:
    from pipeline import steps

    return steps.receive(Settings.from_env(), feed, month_of(dag_run.conf, dag_run.run_after))


@task(map_index_template=DELIVERY)
def check(delivery_id: str) -> str:
    from pipeline import steps

    (fit,) = steps.check(Settings.from_env(), [delivery_id])
    return fit


@task(map_index_template=DELIVERY)
def publish(delivery_id: str) -> None:
    from pipeline import steps

    steps.publish(Settings.from_env(), [delivery_id])


@task_group
def delivery(delivery_id: str) -> None:
    publish(delivery_id=check(delivery_id=delivery_id))


@task
def announce(feed: str, dag_run: Any = None, outlet_events: Any = None) -> None:
    from pipeline import steps

    month = month_of(dag_run.conf, dag_run.run_after)
    # An alias, so that a run may announce one thing, the other, or nothing. Announced to recognition all the same, a
    # correction would count for its feed in the next month, which would then be recognised without it.
    wakes = {"month": [Asset(feed)], "correction": [Asset("corrections")], "nothing": []}
    for asset in wakes[steps.news(Settings.from_env(), feed, month)]:
        outlet_events[AssetAlias(f"{feed}:news")].add(asset, extra={"month": month})


for entry in json.loads(COMPILED.read_text(encoding="utf-8"))["feeds"]:
    # A broken contract keeps its DAG, which then says at run time what is wrong with it.
    facts = {**UNKNOWN, "error": "", **entry}
    feed = facts["feed"]
    # A task's process reads this file too, for the one DAG it belongs to.
    if get_parsing_context().dag_id not in (None, feed):
        continue
    with DAG(
        feed,
        dag_display_name=f"{facts['department']} {facts['title'] or feed}",
        description=f"Deliveries of {feed}: received, checked, published",
        doc_md=DOC.format(**facts),
        schedule=CronTriggerTimetable(monthly(facts["due_day"]), timezone=ZONE, run_immediately=LATE),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=6),
        params={"month": Param(**MONTH)},
        tags=[facts["department"], facts["format"]],
        default_args={
            **DEFAULTS,
            "retry_policy": ExceptionRetryPolicy([RetryRule(Retry)], default=RetryAction.FAIL),
        },
    ):
        # A teardown, so that it runs whatever happened and the run is still red when a delivery was refused.
        woken = announce.override(outlets=[AssetAlias(f"{feed}:news")])(feed).as_teardown()
        delivery.expand(delivery_id=receive(feed)) >> woken
