"""Airflow's scheduler with the libraries of the steps already in memory.

LocalExecutor's tasks are forks of the scheduler, so what it has imported they need not: `great_expectations` alone
costs each of them three seconds of a core. The price is that a change of our code needs a restart of the scheduler.
Started as ``python -m pipeline.airflow_scheduler <options of airflow scheduler>``; importing it does nothing.
"""

import runpy
import sys
from contextlib import suppress
from importlib import import_module

# What steps import late, ours as well. One that is missing is simply imported by the task that wants it.
WANTED = (
    "great_expectations",
    "pandas",
    "duckdb",
    "pyarrow.compute",
    "pyarrow.csv",
    "pyarrow.json",
    "pyarrow.parquet",
    "adbc_driver_postgresql.dbapi",
    "rapidfuzz",
    "openpyxl",
    "sqlalchemy",
    "pipeline.steps",
    "pipeline.intake",
    "pipeline.judging",
    "pipeline.receipts",
    "pipeline.people",
    "pipeline.comparing",
    "pipeline.waking",
)


def main() -> None:
    """Import, then become `airflow scheduler` with the options given."""
    for name in WANTED:
        with suppress(ImportError):
            import_module(name)
    sys.argv = ["airflow", "scheduler", *sys.argv[1:]]
    runpy.run_module("airflow", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
