"""What every DAG must be like, whoever adds the next one."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import contracts
from pipeline.settings import ROOT

Facts = dict[str, Any]
# Each costs a tenth of a second to three seconds, for every task and every parse.
HEAVY = {
    "adbc_driver_postgresql", "connectors", "duckdb", "great_expectations", "lxml", "numba", "openpyxl", "pandas",
    "psycopg", "pyarrow", "python_calamine", "quality", "rapidfuzz", "sqlalchemy", "transforms", "warehouse",
}  # fmt: skip
OTHERS = {"recognition", "comparison", "correction", "housekeeping"}


def tasks(facts: Facts) -> list[tuple[str, Facts]]:
    """Every task of every DAG, with a name that says where it is."""
    return [(f"{dag}.{name}", task) for dag, one in facts["dags"].items() for name, task in one["tasks"].items()]


def test_every_feed_has_a_dag_and_nothing_fails_to_import(facts: Facts) -> None:
    assert facts["errors"] == {}
    assert set(facts["dags"]) == {c.feed for c in contracts.load_all()} | OTHERS
    assert len(facts["dags"]) == 24


def test_compiled_contracts_are_fresh() -> None:
    stale = "run `huilian feed compile` and commit contracts/compiled.json"
    assert contracts.COMPILED.read_text(encoding="utf-8") == contracts.compile_all(), stale


def test_parsing_imports_nothing_heavy(facts: Facts) -> None:
    assert {module.partition(".")[0] for module in facts["modules"]} & HEAVY == set()
    assert "pipeline.steps" not in facts["modules"]


def test_a_tasks_process_builds_only_the_dag_it_is_for(describe: Callable[..., Facts]) -> None:
    alone = describe(_AIRFLOW_PARSING_CONTEXT_DAG_ID="gongan_hukou", _AIRFLOW_PARSING_CONTEXT_TASK_ID="receive")
    assert set(alone["dags"]) == {"gongan_hukou"} | OTHERS


def test_a_broken_contract_leaves_the_other_dags_alone(tmp_path: Path, describe: Callable[..., Facts]) -> None:
    shutil.copytree(ROOT / "dags", tmp_path / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    compiled = json.loads(contracts.COMPILED.read_text(encoding="utf-8"))
    compiled["feeds"].append(
        {"feed": "xinfang_shixiang", "error": "contracts/feeds/xinfang_shixiang.yml:3: unknown key"}
    )
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "compiled.json").write_text(json.dumps(compiled), encoding="utf-8")
    facts = describe(tmp_path / "dags")
    assert facts["errors"] == {}
    assert len(facts["dags"]) == 25
    broken = facts["dags"]["xinfang_shixiang"]
    assert "xinfang_shixiang.yml:3: unknown key" in broken["doc"]
    assert "broken contract" in broken["tags"]


def test_every_dag_says_whose_it_is_and_what_to_do_when_it_fails(facts: Facts) -> None:
    for name, dag in facts["dags"].items():
        assert dag["owner"] == "data-office", name
        assert len(dag["tags"]) == 2, name
        assert dag["doc"].startswith("**If this fails**"), name
        assert "next:" in dag["doc"], name


def test_a_feeds_tags_are_its_department_and_format(facts: Facts) -> None:
    for contract in contracts.load_all():
        assert set(facts["dags"][contract.feed]["tags"]) == {contract.department, contract.source.format}


def test_nothing_is_caught_up_and_no_feed_runs_twice_at_once(facts: Facts) -> None:
    for name, dag in facts["dags"].items():
        assert (dag["catchup"], dag["max_active_runs"]) == (False, 1), name
        assert dag["run_timeout"] is not None, name


def test_switching_a_dag_on_waits_for_its_next_date(facts: Facts) -> None:
    for name, dag in facts["dags"].items():
        if dag["cron"]:
            # Either a start date or a longer patience would start a run at once.
            assert (dag["start_date"], dag["late"]) == (None, "0:00:01"), name


def test_only_what_may_succeed_again_is_tried_again(facts: Facts) -> None:
    for name, task in tasks(facts):
        (rule,) = task["retry_policy"]["rules"]
        assert (rule["exception"], rule["action"]) == ("contracts.errors.Retry", "retry"), name
        assert task["retry_policy"]["default"] == "fail", name
        assert task["retries"] == 3, name
        assert task["timeout"] is not None, name


def test_only_what_reads_departments_systems_takes_from_their_pool(facts: Facts) -> None:
    assert {name.rpartition(".")[2] for name, task in tasks(facts) if task["pool"] == "sources"} == {"receive"}


def test_recognition_waits_for_every_feed_and_comparison_for_recognition(facts: Facts) -> None:
    dags = facts["dags"]
    assert dags["recognition"]["woken_by"] == sorted(c.feed for c in contracts.load_all())
    assert dags["recognition"]["tasks"]["link"]["outlets"] == dags["comparison"]["woken_by"] == ["persons"]
    announced = {asset for name, task in tasks(facts) if name.endswith(".announce") for asset in task["outlets"]}
    # Which asset a feed's news is, the month or a correction, shows when there is some: it goes by an alias.
    assert announced == {f"{feed}:news" for feed in dags["recognition"]["woken_by"]}
    assert dags["correction"]["woken_by"] == ["corrections"]


def test_graph_is_the_one_reviewed(facts: Facts) -> None:
    kept = (Path(__file__).parent / "graph.txt").read_text(encoding="utf-8")
    assert facts["graph"] == kept, "if intended: `python tests/dags/describe.py --keep`, and review the difference"


def test_the_repository_itself_can_be_the_bundle(describe: Callable[..., Facts], facts: Facts) -> None:
    assert describe(ROOT)["dags"].keys() == facts["dags"].keys()


def test_the_folder_holds_dag_files_and_no_package() -> None:
    folder = ROOT / "dags"
    assert {path.name for path in folder.iterdir() if path.name != "__pycache__"} == {
        "feeds.py", "recognition.py", "comparison.py", "correction.py", "housekeeping.py",
    }  # fmt: skip
