"""Load a folder of DAG files as Airflow does and print, as JSON, what the tests ask about. Run in a process of its own:

python tests/dags/describe.py [dags folder]    prints one line of JSON, the last
python tests/dags/describe.py --keep           writes graph.txt, what the graph is compared with
"""

import json
import sys
from pathlib import Path
from time import process_time
from typing import Any

from airflow.dag_processing.dagbag import DagBag

ROOT = Path(__file__).resolve().parents[2]


def task(operator: Any) -> dict[str, Any]:
    """One task's facts."""
    policy = operator.retry_policy
    return {
        "after": sorted(operator.upstream_task_ids),
        "mapped": operator.is_mapped or operator.get_closest_mapped_task_group() is not None,
        "teardown": operator.is_teardown,
        "pool": operator.pool,
        "retries": operator.retries,
        "retry_policy": policy.serialize() if policy else None,
        "timeout": operator.execution_timeout.total_seconds() if operator.execution_timeout else None,
        "outlets": [asset.name for asset in operator.outlets],
    }


def dag(found: Any) -> dict[str, Any]:
    """One DAG's facts."""
    schedule = found.timetable
    condition = getattr(schedule, "asset_condition", None)
    return {
        "owner": found.owner,
        "tags": sorted(found.tags),
        "doc": found.doc_md or "",
        "catchup": found.catchup,
        "max_active_runs": found.max_active_runs,
        "run_timeout": found.dagrun_timeout.total_seconds() if found.dagrun_timeout else None,
        "start_date": str(found.start_date) if found.start_date else None,
        "late": str(getattr(schedule, "run_immediately", None)),
        "cron": getattr(schedule, "expression", None),
        "woken_by": sorted(asset.name for asset in condition.objects) if condition else [],
        "tasks": {operator.task_id: task(operator) for operator in found.tasks},
    }


def graph(dags: dict[str, dict[str, Any]]) -> str:
    """One line a task: what it waits for, and what it wakes."""
    lines = []
    for name, facts in sorted(dags.items()):
        lines.append(f"{name}  [{facts['cron'] or 'when announced: ' + ' '.join(facts['woken_by'])}]")
        for task_id, one in sorted(facts["tasks"].items()):
            marks = [word for word in ("mapped", "teardown") if one[word]]
            after = f" after {' '.join(one['after'])}" if one["after"] else ""
            wakes = f" -> {' '.join(one['outlets'])}" if one["outlets"] else ""
            lines.append(f"    {task_id}{after}{wakes}{' (' + ', '.join(marks) + ')' if marks else ''}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Load and print."""
    keep = "--keep" in sys.argv
    folder = sys.argv[1] if len(sys.argv) > 1 and not keep else str(ROOT / "dags")
    before, start = set(sys.modules), process_time()
    bag = DagBag(folder, load_op_links=False)
    seconds, modules = process_time() - start, sorted(set(sys.modules) - before)
    dags = {name: dag(found) for name, found in bag.dags.items()}
    if keep:
        Path(__file__).with_name("graph.txt").write_text(graph(dags), encoding="utf-8")
        return
    errors = {str(path): str(error) for path, error in bag.import_errors.items()}
    facts = {"dags": dags, "errors": errors, "modules": modules, "seconds": seconds, "graph": graph(dags)}
    sys.stdout.write("\n" + json.dumps(facts, ensure_ascii=False))


main()
