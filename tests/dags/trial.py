"""Run DAGs in one process, without a scheduler, and print what came of each as one line of JSON, the last:

    python tests/dags/trial.py MONTH/DAG [MONTH/DAG ...]

Runs, tasks and XComs are read back from the metadata database, asset events and the DAGs they wake too.
"""

import json
import sys
from pathlib import Path
from typing import Any

from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
from airflow.models.asset import AssetDagRunQueue, AssetEvent
from airflow.models.dag import DagModel
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session

ROOT = Path(__file__).resolve().parents[2]


def run(dag: Any, month: str) -> dict[str, Any]:
    """One run of one DAG."""
    with create_session() as session:
        session.query(AssetDagRunQueue).delete()
    done = dag.test(run_conf={"month": month})
    with create_session() as session:
        xcoms = session.query(XComModel).filter_by(dag_id=dag.dag_id, run_id=done.run_id)
        events = session.query(AssetEvent).filter_by(source_dag_id=dag.dag_id, source_run_id=done.run_id)
        return {
            "state": str(done.state),
            "tasks": {t.task_id.rpartition(".")[2]: str(t.state) for t in done.get_task_instances(session=session)},
            "labels": [t.rendered_map_index for t in done.get_task_instances(session=session) if t.rendered_map_index],
            "xcoms": {f"{x.task_id} {x.key}": x.value for x in xcoms},
            "events": [event.extra for event in events],
            "wakes": [row.target_dag_id for row in session.query(AssetDagRunQueue)],
        }


def main() -> None:
    """Read the DAGs into the database, run those asked for."""
    DagBundlesManager().sync_bundles_to_db()
    bag = BundleDagBag(ROOT / "dags", bundle_path=ROOT / "dags", bundle_name="dags-folder")
    sync_bag_to_db(bag, "dags-folder", bundle_version=None)
    with create_session() as session:
        session.query(DagModel).update({DagModel.is_paused: False})
    asked = [word.split("/") for word in sys.argv[1:]]
    found = [run(bag.dags[dag], month) for month, dag in asked]
    sys.stdout.write("\n" + json.dumps(found, ensure_ascii=False, default=str))


main()
