"""DIR/report.json: what a linkage came to and how far it is to be believed. Counts and references, never a value."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from contracts.linkage import Linkage
from pipeline import linkage_groups as dividing
from pipeline.linkage_judged import Judged, left_over, mergers
from transforms.matching.bonds import conflicting, weakest
from transforms.matching.subgroups import LEAST, Groups, Mergers, State, passes, table
from transforms.matching.thresholds import thresholds

Ints = NDArray[np.int64]
STEPS = (0.95, 0.85, 0.7, 0.5)  # at which mergers by pairs are told apart
WEAKEST = 20  # bridges that are named
RAW = (
    "notes",
    "rules",
    "thresholds",
    "calibration",
    "bridges",
    "conflicting",
    "sizes",
    "records",
    "entities",
)  # of an engine's report


class Linked(NamedTuple):
    """What the report is made of: members (source, record_key, entity_id), scored pairs, what the engine counted."""

    members: pa.Table
    pairs: Judged
    engine: str
    figures: dict[str, Any]
    rows: Ints | None = None  # of the tables that each of the members is, where it is known already


def report(tables: pa.Table, wanted: Linkage, linked: Linked, seconds: dict[str, float]) -> dict[str, Any]:
    """The report of a run over `tables` as JSON values; `seconds` by stage."""
    members, found, figures = linked.members, linked.pairs, linked.figures
    kinds = {name: str(field.kind) for name, field in wanted.fields.items()}
    tables = dividing.encoded(tables, kinds)
    entity = numbered(members["entity_id"].to_numpy())
    entities = int(entity.max(initial=-1)) + 1
    made, rows = mergers(found, len(entity))
    at = dividing.rows_of(tables, members) if linked.rows is None else linked.rows
    if len(at) != tables.num_rows:
        tables, at = tables.take(pa.array(at)), np.arange(len(at))
    state = _stated(found, entity, at)
    sources, of = dividing.codes(tables["source"])
    many = dict(zip(sources.to_pylist(), np.bincount(of, minlength=len(sources)).tolist(), strict=True))
    certain = len(entity) - entities - len(rows)
    left = left_over(found, entity)
    divided = dividing.groups(tables, kinds)
    placed = made._replace(left=at[made.left], right=at[made.right])
    return {
        "entity": wanted.entity,
        "engine": linked.engine,
        "fields": kinds,
        "tables": [{"source": t.source, "records": many.get(t.source, 0)} for t in wanted.tables],
        "records": len(entity),
        "entities": entities,
        "sizes": _sizes(entity),
        "pairs": {name: int((found.state == i).sum()) for i, name in enumerate(("merged", "grey", "refused"))},
        "blocking": figures.get("rules", []),
        "thresholds": figures.get("thresholds") or thresholds(made.chance, left, len(entity), certain),
        "passes": passes(state, made, STEPS),
        "estimated_false": round(float((1 - made.chance).sum()), 2),
        "calibration": figures.get("calibration"),
        "subgroups": {name: table(g, state, placed) for name, g in divided.items()},
        "least_shown": LEAST,
        "bridges": bridges(members, found, rows, made),
        "conflicting": figures.get("conflicting") or _conflicts(tables, kinds, divided, state.entity),
        "seconds": seconds,
        "figures": {k: v for k, v in figures.items() if k not in RAW},
    }


def _stated(found: Judged, entity: Ints, at: Ints) -> State:
    """What became of each row of the tables; `at` is that of each member."""
    whose, grey = np.empty_like(entity), np.zeros(len(entity), bool)
    whose[at] = entity
    for side in (found.left, found.right):
        grey[at[side[found.state == 1]]] = True
    return State(whose, grey)


def numbered(ids: Ints) -> Ints:
    """Entities numbered from 0 without gaps, in the order of their ids."""
    if len(ids) and ids.min() >= 0 and ids.max() < 8 * len(ids):  # as they usually are: no need to sort them
        there = np.zeros(int(ids.max()) + 1, bool)
        there[ids] = True
        return (np.cumsum(there) - 1)[ids]
    return np.unique(ids, return_inverse=True)[1]


def bridges(members: pa.Table, found: Judged, rows: Ints, made: Mergers) -> dict[str, Any]:
    """Entities that one single pair holds together, and the weakest of these pairs by source and key."""
    merged = np.flatnonzero(found.state == 0)
    bonds = weakest(np.arange(members.num_rows), found.left[merged], found.right[merged], found.odds[merged])
    single = merged[bonds.row[bonds.bridge]]
    odds = found.odds[single]
    least = np.partition(odds, WEAKEST - 1)[WEAKEST - 1] if len(odds) > WEAKEST else np.inf
    low = np.flatnonzero(odds <= least)
    order = single[low[np.argsort(odds[low], kind="stable")]][:WEAKEST]
    names = [members.take(pa.array(side[order])).select(["source", "record_key"]).to_pylist()
             for side in (found.left, found.right)]  # fmt: skip
    told = [
        {"left": ":".join(a.values()), "right": ":".join(b.values()), "probability": round(float(p), 6)}
        for a, b, p in zip(*names, found.chance[order], strict=True)
    ]
    return {"entities": len(single), "of": len(bonds.entity), "weakest": told}


def _sizes(entity: Ints) -> dict[str, int]:
    sizes, many = np.unique(np.bincount(entity), return_counts=True)
    return {str(s): int(n) for s, n in zip(sizes, many, strict=True)}


def _conflicts(tables: pa.Table, kinds: dict[str, str], divided: dict[str, Groups], entity: Ints) -> dict[str, int]:
    """By attribute of which an entity has one, how many entities hold two: sex, year of birth, number."""
    by_kind = {k: f for f, k in reversed(kinds.items())}
    found = {}
    if "sex" in divided:
        sexes = divided["sex"]
        other = np.array([n == "other" for n in sexes.names] + [True])
        found["sex"] = conflicting(entity, np.where(other[sexes.of], -1, sexes.of))
    if "birth_date" in by_kind:
        found["birth_year"] = conflicting(entity, dividing.years(tables[by_kind["birth_date"]], True))
    if "number" in by_kind:
        found["number"] = conflicting(entity, dividing.codes(tables[by_kind["number"]])[1])
    return found
