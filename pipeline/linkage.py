"""`huilian link CONFIG.yml`: entities in anybody's tables, no warehouse needed.

Writes members.parquet (source, record_key, entity_id), pairs.parquet (scored pairs with their levels) and model.json,
each whole or not at all. Talk names sources, fields and counts, never a value.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from contracts.errors import Stop
from contracts.linkage import Linkage, Table, load
from contracts.mentions import MENTION
from pipeline import lake
from transforms.matching.generic import link as generic
from transforms.matching.generic.model import Model, from_json
from transforms.matching.generic.routing import is_chinese
from warehouse.engines.duckdb import DuckDBEngine

Say = Callable[[str], None]
MEMORY = "8GB"
MENTIONED = tuple(n for n in MENTION if n not in {"record_key", "role", "entity", "name_raw", "household", "relation",
                                                  "kin", "born_on", "born_precision", "credit_code"})  # fmt: skip


class Done(NamedTuple):
    """How it went: counts for the terminal and the whole report."""

    counts: dict[str, int]
    report: dict[str, Any]


def link(config: Path, out: Path, model: Path | None, say: Say) -> Done:
    """Link the tables of `config` and write the results under `out`; `model` scores without training.

    Raises Stop for a config, table or model that can't be used, naming it.
    """
    wanted = load(config)
    tables = read(wanted, config.parent, say)
    out.mkdir(parents=True, exist_ok=True)
    kinds = {name: str(field.kind) for name, field in wanted.fields.items()}
    say("recognising")
    with DuckDBEngine(memory_limit=MEMORY, spill=str(out)) as engine:
        if wanted.entity == "person" and is_chinese(tables, kinds):
            members, pairs, text, report = _chinese(tables, wanted, model, engine)
        else:
            found = generic.link(tables.select(["source", "record_key", *kinds]), chosen(wanted), engine, _read(model))
            members, pairs, text, report = found.members, found.pairs, found.model.to_json(), found.report
    lake.write(out, "members", members)
    lake.write(out, "pairs", pairs)
    lake.write_text(out, "model.json", text)
    for row in report.get("rules", []):
        say("  " + "  ".join(f"{k} {v:,}" if not isinstance(v, str) else f"{v:40}" for k, v in row.items()))
    entities = len(members["entity_id"].unique())
    return Done({"records": members.num_rows, "entities": entities, "pairs": pairs.num_rows}, report)


def chosen(wanted: Linkage) -> generic.Wanted:
    """What the config says, as the matcher takes it."""
    kinds = {name: str(field.kind) for name, field in wanted.fields.items()}
    unique = [t.source for t in wanted.tables if t.unique]
    accept = wanted.threshold or generic.ACCEPT
    precision = generic.PRECISION if wanted.threshold is None else 0.0
    return generic.Wanted(kinds, unique, wanted.entity, wanted.rules(), accept, precision)


def read(wanted: Linkage, folder: Path, say: Say) -> pa.Table:
    """All tables as one: source, record_key, a text column a field, and columns that have a mention's name."""
    parts = []
    for table in wanted.tables:
        raw = _file(table, folder / table.path)
        if not raw.num_rows:
            raise Stop(table.path, "the table is empty", "leave it out of the config, or look at where it comes from")
        columns = {"source": pa.array([table.source] * raw.num_rows, pa.string())}
        columns["record_key"] = _text(raw, table.key, table)
        for field in wanted.fields:
            name = wanted.column(field, table.source)
            columns[field] = pa.nulls(raw.num_rows, pa.string()) if name is None else _text(raw, name, table)
        for name in MENTIONED:
            if name not in columns and name in raw.column_names:
                columns[name] = _text(raw, name, table)
        parts.append(pa.table(columns))
        say(f"{table.source}: {raw.num_rows:,} records")
    return pa.concat_tables(parts, promote_options="default")


def _file(table: Table, path: Path) -> pa.Table:
    try:
        if path.suffix.lower() == ".parquet":
            return pq.read_table(path)
        if path.suffix.lower() != ".csv":
            raise Stop(table.path, "neither .parquet nor .csv", "convert it, or name it by what it is")
        names = pa_csv.open_csv(path).schema.names
        text = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
        return pa_csv.read_csv(path, convert_options=text)
    except (OSError, pa.ArrowException) as error:
        if path.suffix.lower() == ".csv" and path.is_file() and not path.stat().st_size:
            raise Stop(table.path, "the table is empty", "look at where it comes from") from error
        raise Stop(
            table.path, "can't be read", "is the path right (relative to the config) and the file whole?"
        ) from error


def _text(raw: pa.Table, name: str, table: Table) -> Any:
    if name not in raw.column_names:
        have = ", ".join(raw.column_names[:20])
        raise Stop(f"{table.path}: column {name}", "it is not there", f"name one of: {have}")
    column = raw[name]
    if name == table.key and column.null_count:
        raise Stop(f"{table.path}: column {name}", f"{column.null_count:,} keys are missing", "every record needs one")
    return column.cast(pa.string())


def _read(model: Path | None) -> Model | None:
    if model is None:
        return None
    try:
        return from_json(model.read_text(encoding="utf-8"))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise Stop(model.name, "no model of this program's", "train one: leave out --model") from error


def _chinese(tables: pa.Table, wanted: Linkage, model: Path | None, engine: DuckDBEngine) -> tuple[Any, ...]:
    """By the engine for Chinese people, its results in the shape of this command's."""
    # its tables of pronunciations take half a second to load, which other tables need not wait for
    from transforms.matching import link as chinese_people
    from transforms.matching.generic import chinese
    from transforms.matching.model import Model as PersonModel

    kinds = {name: str(field.kind) for name, field in wanted.fields.items()}
    trained = PersonModel.from_json(model.read_text(encoding="utf-8")) if model else None
    linked = chinese_people.link(chinese.mentions(tables, kinds), trained, engine)
    members = linked.members.select(["feed", "record_key", "cluster"]).rename_columns(
        ["source", "record_key", "entity_id"]
    )
    pairs = linked.pairs.rename_columns([c.replace("_feed", "_source") for c in linked.pairs.column_names])
    return members, pairs, linked.model.to_json(), linked.report
