"""Any one pair, accepted or refused, blocked or not: what each field says, in bits. Never a value."""

from typing import Any

import numpy as np
import pyarrow as pa

from contracts.errors import Stop
from transforms.matching.generic import places, train, weigh
from transforms.matching.generic.blocking import joined
from transforms.matching.generic.compare import NAMES
from transforms.matching.generic.evidence import COPY
from transforms.matching.generic.link import scored
from transforms.matching.generic.model import Model, weights
from transforms.matching.generic.patterns import WIDTH, levels
from transforms.matching.generic.prepared import Wanted, prepare, weighers
from transforms.matching.named import rows_of

Name = tuple[str, str]


def explain(tables: pa.Table, wanted: Wanted, model: Model, pair: tuple[Name, Name]) -> dict[str, Any]:
    """What `model` makes of two records, named (source, record_key). Raises Stop for one that is not there.

    fields: level, bits against strangers and against neighbours. prior, prior_neighbours: odds in bits before anything
    is compared. odds, probability: after. rules: those that bring the pair together.
    """
    tables, kinds = places.expand(tables, wanted.kinds, wanted.entity, model.kinds)
    wanted = wanted._replace(kinds=kinds)
    if model.kinds != kinds:
        raise Stop("model", "it was trained for other fields or kinds", "use the one this config was linked with")
    ordered = tables.sort_by([("source", "ascending"), ("record_key", "ascending")])
    at = scored(prepare(ordered, wanted, model), model, wanted).at
    sources, keys = (pa.array(part) for part in zip(*pair, strict=True))
    rows = rows_of(sources, keys, ordered)
    if (rows < 0).any():
        raise Stop(
            "--explain",
            f"the {'first' if rows[0] < 0 else 'second'} record is not in the tables",
            "give both as source:key, and a config that names their tables",
        )
    a, b = rows[:1], rows[1:]
    seen = levels(at.records, a, b, at.exchanged)
    told, parts = {}, {}
    for name, how in weighers(model, at).items():
        column = at.records.columns[name]
        both = weigh.bits(how, column.kind, column.code[a], column.code[b], seen[name])
        parts[name] = both
        level = NAMES[column.kind][int(seen[name][0])]
        told[name] = {"level": level, "strangers": _round(both[0][0]), "neighbours": _round(both[1][0])}
    odds = weigh.odds(model, *weigh.total(model.kinds, parts))
    blocks = [(rule, joined(at.keys, rule)) for rule in model.rules]
    rules = ["+".join(r) for r, k in blocks if k[a[0]] == k[b[0]] >= 0]
    if not rules and at.first[a[0]] == at.first[b[0]]:
        rules = [COPY]
    return _as_told(model, told, float(odds[0]), rules)


def kept(model: Model, pattern: int, odds: float, rules: str) -> dict[str, Any]:
    """The same of a pair as pairs.parquet has it (pattern, odds in bits, rules), from the model alone: no records.

    What a field says is what its level is worth on the whole; how rare the two values are is in `odds` only.
    """
    told = {}
    for at, (name, kind) in enumerate(model.kinds.items()):
        level, share = pattern >> WIDTH * at & 7, model.share.get(name, 1.0)
        both = [share * weights(model.m[name], other[name])[level] for other in (model.u, model.f)]
        told[name] = {"level": NAMES[kind][level], "strangers": _round(both[0]), "neighbours": _round(both[1])}
    return _as_told(model, told, odds, rules.split())


def _as_told(model: Model, fields: dict[str, Any], odds: float, rules: list[str]) -> dict[str, Any]:
    return {
        "fields": fields,
        "prior": _round(np.log2(model.prior / (1 - model.prior))),
        "prior_neighbours": _round(np.log2(model.near / (1 - model.near))),
        "odds": _round(odds),
        "probability": round(float(train.probability(np.array([odds]))[0]), 6),
        "rules": rules,
    }


def _round(value: float) -> float:
    return round(float(value), 2)
