"""What a run through Airflow cost: the work's share, and Airflow's own beside it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from pipeline.airflow_client import DONE

NOTHING = "announce"  # the task that does no work: its time is Airflow's own
ORDER = ("receive", "check", "publish", NOTHING, "sweep", "link", "compare", "report")


@dataclass(frozen=True)
class Times:
    """Wall seconds of one drive: until Airflow was ready, the months, until all was stopped; and of each task."""

    ready: float
    months: float
    stopped: float
    tasks: Mapping[str, list[float]]

    @property
    def own(self) -> float:
        """Airflow's own seconds a task: the median of the task that does nothing. 0 when none ran."""
        return median(self.tasks[NOTHING]) if self.tasks.get(NOTHING) else 0.0


def by_task(instances: Iterable[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Seconds from start to end of the REST interface's task instances that ran, by task, in the order they run."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for instance in instances:
        if instance["state"] in DONE and instance["start_date"] and instance["end_date"]:
            took = _when(instance["end_date"]) - _when(instance["start_date"])
            seconds[instance["task_id"].rpartition(".")[2]].append(took.total_seconds())
    return {task: seconds[task] for task in sorted(seconds, key=lambda task: (*ORDER, task).index(task))}


def summary(times: Times) -> list[str]:
    """Lines to say at the end: a table by task, then where the wall time went."""
    lines = [f"{'task':14}{'runs':>5}{'median s':>10}{'sum s':>9}{'of it Airflow':>15}"]
    for task, seconds in times.tasks.items():
        own = sum(min(times.own, s) for s in seconds)
        lines.append(f"{task:14}{len(seconds):>5}{median(seconds):>10.2f}{sum(seconds):>9.1f}{own:>15.1f}")
    total = sum(sum(s) for s in times.tasks.values())
    count = sum(len(s) for s in times.tasks.values())
    own = sum(min(times.own, s) for seconds in times.tasks.values() for s in seconds)
    lines.append(f"{'all':14}{count:>5}{'':10}{total:>9.1f}{own:>15.1f}")
    wall = times.ready + times.months + times.stopped
    lines.append(
        f"wall {wall:.0f} s: Airflow ready after {times.ready:.0f}, the months {times.months:.0f}, "
        f"stopping {times.stopped:.0f}. A task that does nothing takes Airflow {times.own:.2f} s."
    )
    return lines


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
