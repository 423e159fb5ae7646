"""The county through the matcher's library, as a process of its own, until `huilian link` reads configs.

    python -m benchmarks.linkage.adapter DATA --out DIR [--kin]

Every column a config can name is given; with `--kin` also what the registers say of households and relatives, which no
peer here can use. Writes members.parquet (source, record_key, entity_id), pairs.parquet and model.json.
"""

import argparse
import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.mentions import MENTION
from transforms.matching.link import link

_PARTS = "address, town, village, village_group, road, road_no, compound, building, unit, room, house_no, address_key"
_PLAIN = "source as feed, record_id::varchar as record_key, 'person' as role"
_KIN = "feed, record_key, role, household, relation, kin"
_SQL = f"""
select {{who}}, 'person' as entity, name, name as name_raw, sex, id_number, id_status, phone, {_PARTS},
       case when born is not null then (rpad(born, 10, '-01-01'))::date end as born_on,
       case length(born) when 4 then 'year' when 10 then 'day' end as born_precision
from read_parquet('{{data}}/tables/*.parquet', union_by_name = true)
"""


def mentions(db: duckdb.DuckDBPyConnection, data: Path, kin: bool) -> pa.Table:
    """The tables under `data` as mentions; without `kin` every record stands alone."""
    table = db.sql(_SQL.format(who=_KIN if kin else _PLAIN, data=data)).to_arrow_table()
    fields = [("feed", pa.string())] + [(name, pa.type_for_alias(kind)) for name, kind in MENTION.items()]
    columns = {n: table[n].cast(t) if n in table.column_names else pa.nulls(table.num_rows, t) for n, t in fields}
    return pa.table(columns)


def main() -> None:
    """Link the county under DATA."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kin", action="store_true")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as db:
        linked = link(mentions(db, given.data, given.kin), None)
        db.register("linked", linked.members)
        tables = f"read_parquet('{given.data}/tables/*.parquet', union_by_name = true)"
        keyed = f"from linked join {tables} using (feed, record_key, role)"
        plain = "select feed as source, record_key, cluster as entity_id from linked"
        full = f"select source, record_id::varchar as record_key, cluster as entity_id {keyed}"
        members = full if given.kin else plain
        db.execute(f"copy ({members}) to '{given.out / 'members.parquet'}' (format parquet)")
    pq.write_table(linked.pairs, given.out / "pairs.parquet")
    (given.out / "model.json").write_text(linked.model.to_json(), encoding="utf-8")
    (given.out / "report.json").write_text(json.dumps(linked.report, ensure_ascii=False, default=str), encoding="utf-8")


if __name__ == "__main__":
    main()
