"""Records in, entities out, for any fields. See docs/explanation and design for the idea; no labels are needed."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from contracts.engine import Engine
from transforms.matching.generic import blocking, keys, train, values, weigh
from transforms.matching.generic.cluster import Setting, cluster, probability
from transforms.matching.generic.compare import NAMES
from transforms.matching.generic.model import START_M, Model, start_f
from transforms.matching.generic.values import Bits, Ints, Levels, Records

ACCEPT, PRECISION = 0.5, 0.99


class Linked(NamedTuple):
    """members: source, record_key, entity_id int64. pairs: left_*, right_*, score, levels and bits a field, rules."""

    members: pa.Table
    pairs: pa.Table
    model: Model
    report: dict[str, Any]


class Wanted(NamedTuple):
    """What a config says: kinds by field, sources that hold an entity once, rules if given, thresholds."""

    kinds: dict[str, str]
    unique: list[str]
    entity: str = "person"
    rules: tuple[tuple[str, ...], ...] = ()
    accept: float = ACCEPT
    precision: float = PRECISION


def link(tables: pa.Table, wanted: Wanted, engine: Engine, model: Model | None = None) -> Linked:
    """Group the records of `tables`: source, record_key and a text column a field. Without `model` one is trained."""
    records = values.encode(tables, wanted.kinds, wanted.unique, wanted.entity)
    exchanged = keys.swapped(records)
    found = keys.keys(records)
    counts = {n: c.count for n, c in records.columns.items()}
    u = train.estimate_u(records, exchanged, None, counts)
    total = float(records.size * (records.size - 1) / 2)
    m = {f: START_M[k] for f, k in wanted.kinds.items()}
    f = {n: start_f(k, u[n]) for n, k in wanted.kinds.items()}
    start = Model(dict(wanted.kinds), m, f, u, 0.5, 1 / max(total, 1), (), {})
    budget = max(20.0 * records.size, min(300_000.0, total))
    pool = blocking.candidates(found, budget / 3)
    first = blocking.first_rules(pool, records.size)
    pairs, _ = blocking.block(found, first, records.source, records.unique, engine)
    seen = train.levels(records, pairs.a, pairs.b, exchanged)
    early = train.Block(pairs, first, seen)
    start, sessions = train.estimate_m(start, [early], total)
    bits = weighted(start, records, counts, pairs.a, pairs.b, seen)
    likely = np.flatnonzero(probability(weigh.odds(train.estimate_prior(start, *bits, total), *bits)) > 0.95)
    rules, chosen = blocking.choose(found, pool, pairs.a[likely], pairs.b[likely], budget)
    pairs, report = blocking.block(found, rules, records.source, records.unique, engine)
    seen = train.levels(records, pairs.a, pairs.b, exchanged)
    fitted, sessions = train.estimate_m(start, [early, train.Block(pairs, rules, seen)], total)
    bits = weighted(fitted, records, counts, pairs.a, pairs.b, seen)
    fitted = train.estimate_prior(fitted, *bits, total)
    fitted = fitted._replace(rules=tuple(rules), report={"sessions": sessions, "rules": chosen, "blocks": report})
    odds = weigh.odds(fitted, *bits)
    weighers = {n: weigh.weigher(fitted, c, counts[n]) for n, c in records.columns.items()}
    keep = odds > -12
    setting = Setting(records, weighers, fitted, wanted.accept, wanted.precision)
    done = cluster(setting, pairs.a[keep], pairs.b[keep], odds[keep])
    members = tables.select(["source", "record_key"]).append_column("entity_id", pa.array(done.entity))
    return Linked(
        members,
        pa.table({"a": pairs.a, "b": pairs.b, "odds": odds}),
        fitted,
        {"mergers": done.mergers, "expected": done.expected, "pairs": len(pairs.a)},
    )


def weighted(
    model: Model, records: Records, counts: dict[str, Ints], a: Ints, b: Ints, seen: dict[str, Levels]
) -> tuple[Bits, Bits]:
    """Bits for records `a`, `b` at levels `seen`, against strangers and neighbours, without the prior."""
    strangers, neighbours = np.zeros(len(a)), np.zeros(len(a))
    for name, column in records.columns.items():
        w = weigh.weigher(model, column, counts[name])
        far, near = weigh.bits(w, column.kind, column.code[a], column.code[b], seen[name])
        strangers += far
        neighbours += near
    return strangers, neighbours


__all__ = ["NAMES", "Linked", "Wanted", "link", "weighted"]
