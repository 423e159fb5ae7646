"""Counties as tables with a config, for tests of `huilian link`."""

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from benchmarks.linkage.county import county
from pipeline import adding, linkage
from pipeline.linkage_progress import Progress
from tests.factory import id_number
from tests.pipeline.commands import said
from transforms.clean.addresses import PARTS

FIELDS = {
    "name": "name",
    "sex": "sex",
    "born": "birth_date",
    "id_number": "number",
    "phone": "phone",
    "address": "address",
}
ANY = FIELDS | {"id_number": "text"}  # without a number: these go through the engine for any tables


def heading(second: str) -> str:
    """A config up to its fields: table a is a.csv, table b the file `second` and what else is to be said of it."""
    tables = ("{source: a, path: a.csv, key: id}", f"{{source: b, path: {second}, key: id}}")
    return "\n  - ".join(("entity: person\ntables:", *tables)) + "\nfields:\n"


CONFIG = (
    heading("b.csv")
    + """\
  name: {kind: name, column: xm}
  id_number: {kind: number, column: sfz}
  born: {kind: birth_date}
"""
)
SURNAMES = "王李张陈赵刘杨黄周吴"
GIVEN = ("建国", "秀英", "春梅", "志强", "玉兰", "海燕", "文斌", "小红", "永康", "丽华")
Row = dict[str, str]


def someone(i: int, born: date) -> Row:
    """The i-th of some people: name, number and birth under the names that CONFIG has for them."""
    name = SURNAMES[i % 10] + GIVEN[(i * 7 + i // 10) % 10]
    return {"xm": name, "sfz": id_number(born, i + 1), "born": f"{born}"}


def two_tables(folder: Path, rows: Callable[[str], list[Row]], more: str = "") -> Path:
    """Tables a and b in `folder`, linked into its folder out; `more` are lines of further fields."""
    for source in "ab":
        pa_csv.write_csv(pa.Table.from_pylist(rows(source)), folder / f"{source}.csv")
    (folder / "c.yml").write_text(CONFIG + more, encoding="utf-8")
    linkage.link(folder / "c.yml", folder / "out", None, Progress(io.StringIO()))
    return folder


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


def huilian(*words: str) -> dict[str, Any]:
    """What `huilian link` says in JSON; it must go well."""
    done = said(["link", *words, "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def members(out: Path) -> pa.Table:
    return pq.read_table(out / "members.parquet").sort_by([("source", "ascending"), ("record_key", "ascending")])


def ids(out: Path) -> dict[tuple[str, str], int]:
    table = members(out)
    names = zip(table["source"].to_pylist(), table["record_key"].to_pylist(), strict=True)
    return dict(zip(names, table["entity_id"].to_pylist(), strict=True))


def names(table: pa.Table) -> list[tuple[str, str]]:
    return list(zip(table["source"].to_pylist(), table["record_key"].to_pylist(), strict=True))


def delivered(folder: Path, order: list[int], out: Path) -> dict[tuple[str, str], int]:
    """The tables of `folder`, 0.yml and so on, linked in this order; ids as the events of every batch tell them."""
    linkage.link(folder / f"{order[0]}.yml", out, None, Progress(io.StringIO()), linkage.Stays(True))
    told = ids(out)
    for i in order[1:]:
        adding.run(folder / f"{i}.yml", out, False, Progress(io.StringIO()))
        for row in pq.read_table(out / "events.parquet").to_pylist():
            name = (row["source"], row["record_key"])
            assert told.get(name) == row["was"]
            told[name] = row["entity_id"]
    return told
