"""`huilian link CONFIG.yml --dry-run`: what would be done, from the heads of the tables. Nothing is written.

Which engine, how well the fields are filled and whether they hold what their kind says, and how many pairs the rules
would compare. Never a value.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from contracts.errors import Stop
from contracts.linkage import Linkage, load
from pipeline import kept, linkage, linkage_files, linkage_notes
from pipeline.linkage_files import Say
from pipeline.linkage_memory import needed
from pipeline.memory import available, told
from transforms.clean.dates import parse_date
from transforms.clean.id_numbers import clean_id_number
from transforms.matching.generic.routing import is_chinese, share_of

ROWS = 5000  # of each table that are looked at
TRIED = 2000  # distinct values of a field that are held against its kind
DOUBTFUL = 0.5  # a smaller share of values that look like their kind is pointed at
LOOKS: dict[str, Callable[[str], bool]] = {
    "birth_date": lambda t: parse_date(t)[0] is not None,
    "sex": lambda t: t.strip().lower() in {"男", "女", "男性", "女性", "1", "2", "m", "f", "male", "female", "0", "9"},
    "number": lambda t: any(c.isdigit() for c in t),
    "phone": lambda t: sum(c.isdigit() for c in t) >= 7,
    "name": lambda t: not any(c.isdigit() for c in t),
    "given_name": lambda t: not any(c.isdigit() for c in t),
    "surname": lambda t: not any(c.isdigit() for c in t),
    "house_number": lambda t: any(c.isdigit() for c in t),
    "postcode": lambda t: any(c.isdigit() for c in t),
    "amount": lambda t: any(c.isdigit() for c in t),
}


def preview(config: Path, say: Say, memory: int | None = None) -> dict[str, Any]:
    """What linking by `config` would do with so many bytes of `memory`, by default what is there. Raises Stop for a
    config or table that can't be used.
    """
    wanted = load(config)
    tables, many = heads(wanted, config.parent, say)
    kinds = {name: str(field.kind) for name, field in wanted.fields.items()}
    chinese = wanted.entity == "person" and is_chinese(tables, kinds)
    total = sum(many.values())
    rules, trouble = _rules(tables, wanted, total, chinese)
    return {
        "entity": wanted.entity,
        "engine": kept.CHINESE if chinese else kept.ANY,
        "records": total,
        "looked_at": tables.num_rows,
        "tables": [{"source": s, "records": n} for s, n in many.items()],
        "told": linkage.said_of(tables, wanted) if chinese else [],
        "fields": [_field(tables[name], name, kind, chinese) for name, kind in kinds.items()],
        "rules": rules,
        "trouble": trouble,
        "memory": {"needed": needed(wanted, total, config.parent, chinese=chinese), "available": memory or available()},
    }


def heads(wanted: Linkage, folder: Path, say: Say = lambda _: None) -> tuple[pa.Table, dict[str, int]]:
    """The first ROWS of each table as one table of texts, and about how many each has in all, by source."""
    parts, many = [], {}
    for table in wanted.tables:
        raw, many[table.source] = linkage_files.head(folder / table.path, table.path, ROWS, say)
        parts.append(_columns(raw, table.source, wanted))
    return pa.concat_tables(parts), many


def _columns(raw: pa.Table, source: str, wanted: Linkage) -> pa.Table:
    table = next(t for t in wanted.tables if t.source == source)
    columns = {"source": pa.array([source] * raw.num_rows, pa.string())}
    names = {"record_key": table.key, **{f: wanted.column(f, source) for f in wanted.fields}}
    linkage_files.once(raw.column_names, names.values(), table.path)
    for field, name in names.items():
        if name is None:
            columns[field] = pa.nulls(raw.num_rows, pa.string())
        elif name in raw.column_names:
            columns[field] = linkage_files.as_text(raw[name], f"{table.path}: column {name}")
        else:
            have = ", ".join(raw.column_names[:20])
            raise Stop(f"{table.path}: column {name}", "it is not there", f"name one of: {have}")
    linkage_files.distinct_keys(columns["record_key"], f"{table.path}: column {table.key}")
    return pa.table(columns)


def _field(column: Any, name: str, kind: str, chinese: bool) -> dict[str, Any]:
    """How a field is filled: shares of the records and of its values, by what was looked at."""
    texts = pc.utf8_trim_whitespace(column)
    texts = pc.filter(texts, pc.greater(pc.utf8_length(texts), 0))
    distinct = pc.unique(texts)
    some = distinct.slice(0, TRIED).to_pylist()
    if kind == "number" and chinese:
        fits: float | None = sum(clean_id_number(t).status in ("valid", "repaired") for t in some) / max(len(some), 1)
    else:
        how = LOOKS.get(kind)
        fits = sum(map(how, some)) / max(len(some), 1) if how else None
    return {
        "field": name,
        "kind": kind,
        "filled": round(len(texts) / max(len(column), 1), 4),
        "distinct": len(distinct),
        "fits": None if fits is None else round(fits, 4),
        "han": round(share_of(texts, "[\u3400-\u9fff]"), 4),
    }


def _coded(tables: pa.Table) -> pa.Table:
    """As linkage_tables.read gives them to the engine for Chinese people."""
    columns = {n: c if n == "record_key" else c.combine_chunks().dictionary_encode()
               for n, c in zip(tables.column_names, tables.columns, strict=True)}  # fmt: skip
    return pa.table(columns)


def _rules(tables: pa.Table, wanted: Linkage, total: int, chinese: bool) -> tuple[list[dict[str, Any]], str | None]:
    """The blocking rules as chosen for the heads, with their pairs there and, growing as squares do, in all."""
    try:
        found = linkage.recognise(linkage.Records(_coded(tables) if chinese else tables, chinese), wanted, None)
    except Stop as error:
        return [], f"{error.where}: {error.what}"
    grown = (total / max(tables.num_rows, 1)) ** 2
    return [
        {"rule": r["rule"], "pairs": r["pairs"], "estimated_pairs": round(r["pairs"] * grown)}
        for r in found.report.get("rules", [])
    ], None


def as_text(found: dict[str, Any]) -> str:
    """The preview as a page of text."""
    size = "all of them" if found["looked_at"] >= found["records"] else f"the first {found['looked_at']:,} looked at"
    lines = [f"{found['entity']}: about {found['records']:,} records, {size}; engine for {found['engine']}"]
    lines += [f"  {t['source']:24} {t['records']:>12,} records" for t in found["tables"]]
    lines.append(f"{'field':20} {'kind':14} {'filled':>8} {'distinct':>9} {'fits':>6}")
    for f in found["fields"]:
        fits = "" if f["fits"] is None else f"{f['fits']:.0%}"
        doubt = "  does the column hold this?" if f["fits"] is not None and f["fits"] < DOUBTFUL else ""
        lines.append(f"{f['field']:20} {f['kind']:14} {f['filled']:>8.0%} {f['distinct']:>9,} {fits:>6}{doubt}")
    lines += map(linkage_notes.english, found["told"])
    lines.append(f"{'rule':40} {'pairs seen':>12} {'at most':>16}")
    lines += [f"{r['rule']:40} {r['pairs']:>12,} {r['estimated_pairs']:>16,}" for r in found["rules"]]
    if found["trouble"]:
        lines.append(f"no rules by these heads alone: {found['trouble']}")
    need, there = (found["memory"][k] for k in ("needed", "available"))
    rest = "" if need <= there else ": the rest would go to files in --out"
    lines.append(f"memory: about {told(need)} needed, {told(there)} there{rest}")
    return "\n".join([*lines, "nothing was written"])
