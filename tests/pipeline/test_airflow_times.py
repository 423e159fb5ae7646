"""What Airflow cost, beside the work."""

from pipeline.airflow_times import Times, by_task, summary


def instance(task: str, seconds: float | None) -> dict[str, str | None]:
    """A task instance as the REST interface gives it; `seconds` None was skipped."""
    state = "skipped" if seconds is None else "success"
    ended = f"2026-10-01T00:00:{seconds or 0:09.6f}Z"
    return {"task_id": task, "state": state, "start_date": "2026-10-01T00:00:00Z", "end_date": ended}


def test_seconds_are_gathered_by_task_in_the_order_tasks_run() -> None:
    found = by_task(
        [
            instance("announce", 1),
            instance("delivery.check", 2.5),
            instance("receive", 3),
            instance("delivery.check", 2),
        ]
    )
    assert found == {"receive": [3.0], "check": [2.5, 2.0], "announce": [1.0]}
    assert list(found) == ["receive", "check", "announce"]


def test_a_task_that_never_ran_has_no_time_and_an_unknown_one_comes_last() -> None:
    assert by_task([instance("publish", None)]) == {}
    assert list(by_task([instance("new", 1), instance("report", 1)])) == ["report", "new"]


def test_the_summary_takes_airflows_share_from_the_task_that_does_nothing() -> None:
    lines = summary(Times(10, 50, 5, {"check": [3.0, 5.0], "announce": [1.0, 1.0]}))
    check = next(line for line in lines if line.startswith("check")).split()
    assert check == ["check", "2", "4.00", "8.0", "2.0"]
    everything = next(line for line in lines if line.startswith("all")).split()
    assert everything == ["all", "4", "10.0", "4.0"]
    assert "wall 65 s" in lines[-1]


def test_a_run_without_tasks_has_a_summary_too() -> None:
    assert "wall 3 s" in summary(Times(1, 1, 1, {}))[-1]
