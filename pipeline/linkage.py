"""`huilian link CONFIG.yml`: entities in anybody's tables, no warehouse needed.

Writes members.parquet (source, record_key, entity_id), pairs.parquet (scored pairs with their levels), model.json,
report.json and report.html, all or none. Talk names sources, fields and counts, never a value.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from contracts.errors import Stop
from contracts.linkage import Linkage, Table, load
from contracts.mentions import MENTION
from pipeline import linkage_files, linkage_kept
from pipeline.linkage_judged import Judged, judged, of_edges, stated
from pipeline.linkage_page import page
from pipeline.linkage_pairs import named
from pipeline.linkage_progress import Progress
from pipeline.linkage_report import Linked, report
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


class Found(NamedTuple):
    """What recognition came to: `members` (source, record_key, entity_id), the scored `pairs`, model and report."""

    members: pa.Table
    pairs: pa.Table
    model: str
    report: dict[str, Any]
    engine: str
    judged: Judged


def link(config: Path, out: Path, model: Path | None, say: Progress) -> Done:
    """Link the tables of `config` and write the results under `out`; `model` scores without training.

    Raises Stop for a config, table, model or directory that can't be used, naming it.
    """
    wanted = load(config)
    linkage_files.ready(out)
    with say.stage("reading") as told:
        tables = read(wanted, config.parent, say)
        told.append(f"{tables.num_rows:,} records of {len(wanted.tables)} tables")
    with say.stage("recognising") as told:
        found = recognise(tables, wanted, model, str(out))
        entities = len(found.members["entity_id"].unique())
        told.append(f"{entities:,} entities")
    with say.stage("reporting"):
        linked = Linked(found.members, found.judged, found.engine, found.report)
        told_of = report(tables, wanted, linked, say.seconds)
        texts = {"report.json": json.dumps(told_of, ensure_ascii=False, indent=1), "report.html": page(told_of)}
    with say.stage("writing") as told:
        texts["model.json"] = found.model
        linkage_files.publish(out, {"members": found.members, "pairs": found.pairs}, texts)
        told.append(f"{found.pairs.num_rows:,} pairs")
    for row in found.report.get("rules", []):
        say("  " + "  ".join(f"{k} {v:,}" if not isinstance(v, str) else f"{v:40}" for k, v in row.items()))
    counts = {"records": found.members.num_rows, "entities": entities, "pairs": found.pairs.num_rows}
    return Done(counts, told_of)


def recognise(tables: pa.Table, wanted: Linkage, model: Path | None, spill: str | None) -> Found:
    """Link `tables` (see read) by the engine that suits them; what does not fit into memory goes to `spill`."""
    kinds = {name: str(field.kind) for name, field in wanted.fields.items()}
    if wanted.entity == "person" and is_chinese(tables, kinds):
        with DuckDBEngine(memory_limit=MEMORY, spill=spill) as engine:
            return _chinese(tables, wanted, model, engine)
    found = generic.link(tables.select(["source", "record_key", *kinds]), chosen(wanted), _read(model))
    pairs, text = stated(found.pairs), found.model.to_json()
    return Found(found.members, pairs, text, found.report, "any tables", judged(found.members, pairs))


def chosen(wanted: Linkage) -> generic.Wanted:
    """What the config says, as the matcher takes it."""
    kinds = {name: str(field.kind) for name, field in wanted.fields.items()}
    unique = [t.source for t in wanted.tables if t.unique]
    accept = wanted.threshold or generic.ACCEPT
    precision = generic.PRECISION if wanted.threshold is None else 0.0
    return generic.Wanted(kinds, unique, wanted.entity, wanted.rules(), accept, precision)


def read(wanted: Linkage, folder: Path, say: Say) -> pa.Table:
    """All tables as one: source, record_key, a text column a field, and columns that have a mention's name."""
    _apart(wanted, folder)
    parts = []
    for table in wanted.tables:
        raw = linkage_files.table(folder / table.path, table.path, say)
        columns = {"source": pa.array([table.source] * raw.num_rows, pa.string())}
        columns["record_key"] = _text(raw, table.key, table)
        linkage_files.distinct_keys(columns["record_key"], f"{table.path}: column {table.key}")
        for field in wanted.fields:
            name = wanted.column(field, table.source)
            columns[field] = pa.nulls(raw.num_rows, pa.string()) if name is None else _text(raw, name, table)
        for name in MENTIONED:
            if name not in columns and name in raw.column_names:
                columns[name] = _text(raw, name, table)
        parts.append(pa.table(columns))
        say(f"{table.source}: {raw.num_rows:,} records")
    return pa.concat_tables(parts, promote_options="default")


def _apart(wanted: Linkage, folder: Path) -> None:
    """Raise Stop when one file is read twice in the same way: every record would meet itself."""
    seen: dict[tuple[str | None, ...], str] = {}
    for table in wanted.tables:
        columns = (wanted.column(field, table.source) for field in wanted.fields)
        same = seen.setdefault((str((folder / table.path).resolve()), table.key, *columns), table.source)
        if same != table.source:
            raise Stop(f"source {table.source}", f"it reads the same columns of the same file as {same}",
                       "name the other file; one table alone is searched for duplicates in itself")  # fmt: skip


def _text(raw: pa.Table, name: str, table: Table) -> Any:
    if name not in raw.column_names:
        have = ", ".join(raw.column_names[:20])
        raise Stop(f"{table.path}: column {name}", "it is not there", f"name one of: {have}")
    return raw[name].cast(pa.string())


def _read(model: Path | None) -> Model | None:
    if model is None:
        return None
    try:
        return from_json(model.read_text(encoding="utf-8"))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise Stop(model.name, "no model of this program's", "train one: leave out --model") from error


def _chinese(tables: pa.Table, wanted: Linkage, model: Path | None, engine: DuckDBEngine) -> Found:
    """By the engine for Chinese people, its results in the shape of this command's."""
    # its tables of pronunciations take half a second to load, which other tables need not wait for
    from transforms.matching import link as chinese_people
    from transforms.matching.generic import chinese
    from transforms.matching.held_out import held_out
    from transforms.matching.keys import BITS, KIN_BIT
    from transforms.matching.vetoes import VETOES

    kinds = {name: str(field.kind) for name, field in wanted.fields.items()}
    trained = linkage_kept.person_model(model) if model else None
    linked = chinese_people.link(chinese.mentions(tables, kinds), trained, engine)
    members = linked.members.select(["feed", "record_key", "cluster"]).rename_columns(
        ["source", "record_key", "entity_id"]
    )
    edges = linked.edges()
    pairs, text = named(edges, members, {**BITS, "kin": KIN_BIT}, VETOES), linked.model.to_json()
    figures = linked.report | {"calibration": held_out(linked.run)}
    return Found(members, pairs, text, figures, "Chinese people", of_edges(edges, KIN_BIT))
