"""Runs in the peer's environment: what a data engineer does by hand. Number, or name and birth, or name and telephone.

    python -m benchmarks.linkage.rules_runner DATA --out DIR

Three equi-joins and union-find; the honest floor that a probabilistic linker has to clear.
"""

import argparse
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.linkage.sweep import components

KEYS = ("id_number", "name || '|' || born", "name || '|' || phone")


def main() -> None:
    """Link a county by three rules."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as db:
        db.execute(
            "create table records as select row_number() over () - 1 as n, record_id, id_number, name, born, phone "
            f"from read_parquet('{given.data}/tables/*.parquet', union_by_name = true)"
        )
        # a chain through the first record of each group has the same components as all its pairs
        chains = " union all ".join(
            f"select n, min(n) over (partition by {key}) as head from records where {key} is not null" for key in KEYS
        )
        edges = db.sql(f"select * from ({chains}) where n > head").to_arrow_table()
        ids = db.sql("select record_id from records order by n").to_arrow_table()["record_id"].combine_chunks()
    label = components(edges["n"].to_numpy(), edges["head"].to_numpy(), len(ids)).astype(np.int64)
    pq.write_table(pa.table({"record_id": ids, "cluster": pa.array(label)}), given.out / "members.parquet")


if __name__ == "__main__":
    main()
