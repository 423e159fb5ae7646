"""Counties as tables with a config, for tests of `huilian link`."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.linkage.county import county
from transforms.clean.addresses import PARTS

FIELDS = {
    "name": "name",
    "sex": "sex",
    "born": "birth_date",
    "id_number": "number",
    "phone": "phone",
    "address": "address",
}


def records(people: int, seed: int) -> pa.Table:
    """A county's mentions as records: source, record_key, one text column a field, and the parts of the address."""
    mentions, truth = county(people, seed)
    born = pc.if_else(
        pc.equal(mentions["born_precision"], "year"),
        pc.strftime(mentions["born_on"], "%Y"),
        pc.strftime(mentions["born_on"], "%Y-%m-%d"),
    )
    source = pc.binary_join_element_wise(mentions["feed"], mentions["role"], "_")
    columns = {"source": source, "record_key": mentions["record_key"], "born": born, "person": truth}
    kept = ("name", "sex", "id_number", "id_status", "phone", "address", *PARTS, "address_key")
    return pa.table({**columns, **{c: mentions[c] for c in kept}})


def config(folder: Path, name: str, table: pa.Table, fields: dict[str, str] | None = None) -> Path:
    """A config over `table`, a file a source."""
    tables = []
    for source in sorted(set(table["source"].to_pylist())):
        part = table.filter(pc.equal(table["source"], source))
        pq.write_table(part.drop_columns(["source", "person"]), folder / f"{name}-{source}.parquet")
        tables.append({"source": source, "path": f"{name}-{source}.parquet", "key": "record_key"})
    kinds = {f: {"kind": k} for f, k in (fields or FIELDS).items()}
    path = folder / f"{name}.yml"
    path.write_text(json.dumps({"entity": "person", "tables": tables, "fields": kinds}), encoding="utf-8")
    return path


def members(out: Path) -> pa.Table:
    return pq.read_table(out / "members.parquet").sort_by([("source", "ascending"), ("record_key", "ascending")])


def ids(out: Path) -> dict[tuple[str, str], int]:
    table = members(out)
    names = zip(table["source"].to_pylist(), table["record_key"].to_pylist(), strict=True)
    return dict(zip(names, table["entity_id"].to_pylist(), strict=True))


def names(table: pa.Table) -> list[tuple[str, str]]:
    return list(zip(table["source"].to_pylist(), table["record_key"].to_pylist(), strict=True))
