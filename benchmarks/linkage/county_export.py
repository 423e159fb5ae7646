"""The invented county as Parquet tables, one a source, in the layout of every other data set here.

    python -m benchmarks.linkage.county_export FOLDER --people 3000 [--seed 1 --noise 1 --missing 1]

Record ids and the order of rows are shuffled: in the generator neighbours in a table are neighbours in life.
"""

import argparse
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.linkage.county import Dirt, county

# The address as this record has it, put together from its own parts: the generator's `address` is the register's.
_ADDRESS = """
nullif(concat(town, road, road_no || '号', compound, building || '栋', unit || '单元', room || '室',
       village || '村', village_group || '组', house_no || '号'), '')
"""
_BORN = "case born_precision when 'year' then strftime(born_on, '%Y') else strftime(born_on, '%Y-%m-%d') end"
_PARTS = "town, village, village_group, road, road_no, compound, building, unit, room, house_no, address_key"
_SQL = f"""
select record_id, feed || '_' || role as source, name, sex, {_BORN} as born, id_number, phone, {_ADDRESS} as address,
       {_PARTS}, feed, lpad(record::varchar, 9, '0') as record_key, role, id_status, household, relation, kin
from mentions where feed || '_' || role = ? order by record_id
"""


def export(folder: Path, people: int, seed: int, dirt: Dirt) -> None:
    """Write the tables and the truth of a county of `people` into `folder`."""
    mentions, truth = county(people, seed, dirt)
    random = np.random.default_rng(seed)
    record_id = pa.array(random.permutation(mentions.num_rows), pa.int64())
    # several people of one record keep one key between them
    record = pc.dictionary_encode(mentions["record_key"].combine_chunks()).indices.to_numpy()
    shuffled = random.permutation(int(record.max(initial=-1)) + 1)[record]
    mentions = mentions.append_column("record_id", record_id).append_column("record", pa.array(shuffled))
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as db:
        db.register("mentions", mentions)
        sources = db.sql("select distinct feed || '_' || role from mentions order by 1").fetchall()
        for (source,) in sources:
            pq.write_table(db.sql(_SQL, params=[source]).to_arrow_table(), folder / "tables" / f"{source}.parquet")
    pq.write_table(pa.table({"record_id": record_id, "person": truth}), folder / "truth.parquet")


def main() -> None:
    """Export the county that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--missing", type=float, default=1.0)
    given = parser.parse_args()
    export(given.folder, given.people, given.seed, Dirt(given.noise, given.missing))


if __name__ == "__main__":
    main()
