"""Runs in the peer's environment, a process of its own: tables to clusters with Splink on DuckDB, all of it measured.

    python -m benchmarks.linkage.splink_runner DATA --model county --blocking narrow --out DIR

Writes what Huilian writes: members.parquet (record_id, cluster) at the threshold Splink's documentation clusters at,
pairs.parquet (record_id_l, record_id_r, match_probability), model.json, and stages.json with the CPU of each stage.
"""

import argparse
import json
import resource
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from splink import DuckDBAPI, Linker, SettingsCreator

from benchmarks.linkage.splink_models import MODELS, Setup

THRESHOLD = 0.95
KEEP = 0.1  # pairs below are not written


def cpu() -> float:
    """CPU-seconds of this process so far."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


def linker(con: Any, data: Path, setup: Setup) -> Any:
    """A Linker over the tables under `data`, one table or, for links only, one a source."""
    con.execute(f"create view records as select * from read_parquet('{data}/tables/*.parquet', union_by_name = true)")
    con.execute(f"create table prepared as {setup.prepare}")
    api = DuckDBAPI(connection=con)
    settings = SettingsCreator(
        link_type=setup.link_type,
        unique_id_column_name=setup.unique_id,
        comparisons=setup.comparisons,
        blocking_rules_to_generate_predictions=setup.blocking,
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
    if setup.link_type == "dedupe_only":
        return Linker(api.register("prepared", dataset_display_name="records"), settings)
    for source in setup.duplicate_free:
        con.execute(f"create table t_{source} as select * exclude (source) from prepared where source = '{source}'")
    tables = [api.register(f"t_{s}", dataset_display_name=s) for s in setup.duplicate_free]
    return Linker(tables, settings)


def train(made: Any, setup: Setup) -> None:
    """As documented: the prior from certain rules, u from random pairs, m by EM on one block after another."""
    made.training.estimate_probability_two_random_records_match(setup.certain, recall=setup.recall)
    made.training.estimate_u_using_random_sampling(max_pairs=setup.max_pairs)
    for rule in setup.sessions:
        made.training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True)


def members(con: Any, clusters: Any, unique_id: str, path: Path) -> None:
    """Write a clustering as (record_id, cluster)."""
    query = f"select {unique_id} as record_id, cluster_id::varchar as cluster from {clusters.physical_name}"
    con.execute(f"copy ({query}) to '{path}' (format parquet)")


def main() -> None:
    """Link the data set that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", choices=list(MODELS), required=True)
    parser.add_argument("--blocking", choices=["narrow", "wide"], default="narrow")
    parser.add_argument("--max-pairs", type=float, help="random pairs for u; else the model's own choice")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    records = sum(pq.read_metadata(path).num_rows for path in (given.data / "tables").glob("*.parquet"))
    setup = MODELS[given.model](given.blocking, records)
    setup = replace(setup, max_pairs=given.max_pairs or setup.max_pairs)
    given.out.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    stages = {"import": cpu()}
    made = linker(con, given.data, setup)
    train(made, setup)
    stages["train"] = cpu()
    edges = made.inference.predict(threshold_match_probability=KEEP)
    stages["predict"] = cpu()
    clusters = made.clustering.cluster_pairwise_predictions_at_threshold(edges, THRESHOLD)
    stages["cluster"] = cpu()
    left, right = f"{setup.unique_id}_l", f"{setup.unique_id}_r"
    con.execute(
        f"copy (select {left} as record_id_l, {right} as record_id_r, match_probability from {edges.physical_name}) "
        f"to '{given.out / 'pairs.parquet'}' (format parquet)"
    )
    members(con, clusters, setup.unique_id, given.out / "members.parquet")
    made.misc.save_model_to_json(str(given.out / "model.json"), overwrite=True)
    (given.out / "stages.json").write_text(json.dumps(stages), encoding="utf-8")


if __name__ == "__main__":
    main()
