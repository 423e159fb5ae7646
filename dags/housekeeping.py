"""Every night: apply retention, look for what lies in landing too long, say which feeds are late."""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, ExceptionRetryPolicy, RetryAction, RetryRule, task

from contracts.errors import Retry
from pipeline.airflow_dags import DEFAULTS, LATE, ZONE
from pipeline.settings import Settings

DOC = """\
**If this fails**, nothing is urgent: what should have been removed is removed the next night. The log says what was
wrong and, after `next:`, what to do. Two nights in a row: act, or data is kept longer than the contracts allow.
"""


@task
def housekeeping() -> None:
    from pipeline import steps

    steps.housekeeping(Settings.from_env())


with DAG(
    "housekeeping",
    dag_display_name="日常清理",
    description="Retention, landing, late feeds",
    doc_md=DOC,
    schedule=CronTriggerTimetable("30 2 * * *", timezone=ZONE, run_immediately=LATE),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    tags=["all departments", "housekeeping"],
    default_args={**DEFAULTS, "retry_policy": ExceptionRetryPolicy([RetryRule(Retry)], default=RetryAction.FAIL)},
):
    housekeeping()
