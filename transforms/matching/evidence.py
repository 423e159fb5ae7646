"""Saying why: grey pairs with what speaks for and against them, numbers that two people carry, figures of a run."""

import json
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.matching.cluster import METHODS, Clusters, World
from transforms.matching.kernels import Ints
from transforms.matching.keys import BITS
from transforms.matching.model import FIELDS, LEVELS
from transforms.matching.score import VETOES, probability

SIDES = ("left", "right")
RIVAL = 0.05  # a probability lowered by more than this is lowered by a rival


def grey(world: World, result: Clusters, least: float) -> pa.Table:
    """Pairs of entities that a person should look at: likely but not enough, or likely and with a rival as likely."""
    alone = probability(result.scored.odds)
    chance = np.where(np.isnan(result.rivalled), alone, result.rivalled)
    rivalled = chance < alone - RIVAL
    rows = np.flatnonzero((result.scored.veto == 0) & (chance >= least))
    rows = rows[np.argsort(-chance[rows], kind="stable")]
    mention = _spokesman(result)
    levels = {f: result.scored.levels[f][rows] for f in FIELDS}
    texts = [_evidence(levels, at, int(result.pairs.rules[row])) for at, row in enumerate(rows)]
    table = _sides(world, mention[result.pairs.a[rows]], mention[result.pairs.b[rows]])
    return pa.table(
        {
            **table,
            "score": pa.array(chance[rows], pa.float64()),
            "reason": pa.array(["rival" if r else "grey" for r in rivalled[rows]], pa.string()),
            "evidence": pa.array(texts, pa.string()),
        }
    )


def _evidence(levels: dict[str, Any], at: int, rules: int) -> str:
    """Levels by field and the rules that found the pair, as JSON; fields that say nothing are left out."""
    said = {f: LEVELS[f][levels[f][at]] for f in FIELDS if levels[f][at]}
    return json.dumps({"levels": said, "rules": [n for n, bit in BITS.items() if rules & bit]}, ensure_ascii=False)


def _spokesman(result: Clusters) -> Ints:
    """A mention to stand for each entity: its first."""
    return np.arange(len(result.entity))


def _sides(world: World, left: Ints, right: Ints) -> dict[str, pa.Array]:
    columns: dict[str, pa.Array] = {}
    for side, rows in zip(SIDES, (left, right), strict=True):
        taken = world.nodes.index.take(pa.array(rows))
        for name, source in (("feed", "feed"), ("key", "record_key"), ("role", "role")):
            columns[f"{side}_{name}"] = taken[source]
    return columns


def conflicts(world: World, result: Clusters) -> pa.Table:
    """Mentions under a valid number that were not recognised as the person it belongs to."""
    nodes, borrowed = world.nodes, world.borrowed
    owner = np.full(len(world.values.number_text), -1)
    own = np.flatnonzero((np.append(world.values.number_status, 9)[nodes.number] == 0) & ~borrowed)
    owner[nodes.number[own][::-1]] = own[::-1]
    rows = np.flatnonzero(borrowed)
    theirs = owner[nodes.number[rows]]
    kept = (theirs >= 0) & (result.entity[np.maximum(theirs, 0)] != result.entity[rows])
    rows, theirs = rows[kept], theirs[kept]
    detail = [json.dumps({"why": "one number, two people"})] * len(rows)
    kind = pa.array(["id_conflict"] * len(rows), pa.string())
    return pa.table({"kind": kind, **_sides(world, theirs, rows), "detail": pa.array(detail, pa.string())})


def quality(result: Clusters) -> dict[str, Any]:
    """Figures of the run: methods, sizes of clusters, vetoed pairs by reason, expected share of right mergers."""
    sizes, how_many = np.unique(np.unique(result.entity, return_counts=True)[1], return_counts=True)
    vetoed = np.bincount(result.scored.veto, minlength=len(VETOES))
    return {
        "methods": {m: int(n) for m, n in zip(METHODS, np.bincount(result.method, minlength=len(METHODS)), strict=True)},
        "sizes": {str(s): int(n) for s, n in zip(sizes, how_many, strict=True)},
        "vetoes": {v: int(n) for v, n in zip(VETOES[1:], vetoed[1:], strict=True)},
        "expected_precision": result.sure / max(sum(result.mergers), 1) if result.mergers else 1.0,
    }
