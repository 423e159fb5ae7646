"""Saying why: grey pairs with what speaks for and against them, numbers that two people carry, figures of a run."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from transforms.matching.kernels import Ints
from transforms.matching.keys import BITS, KIN_BIT
from transforms.matching.model import FIELDS, LEVELS
from transforms.matching.score import context, contributions, look, probability
from transforms.matching.state import Pairs
from transforms.matching.vetoes import VETOES
from transforms.matching.world import METHODS, SAME_KEY, SAME_NUMBER, Clusters, World

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
    texts = explain(world, result, rows)
    table = _sides(world, mention[result.pairs.a[rows]], mention[result.pairs.b[rows]])
    return pa.table(
        {
            **table,
            "score": pa.array(chance[rows], pa.float64()),
            "reason": pa.array(["rival" if r else "grey" for r in rivalled[rows]], pa.string()),
            "evidence": pa.array(texts, pa.string()),
        }
    )


def explain(world: World, result: Clusters, rows: Ints) -> list[str]:
    """What speaks for and against each of `rows` of the pairs, as JSON without anybody's data.

    fields: by field its level and what it is worth, in bits (log2), against strangers and against relatives; context:
    what the registers themselves say, in bits; rules: those that found the pair; model: the version that was used.
    """
    pairs = Pairs(*(column[rows] for column in result.pairs))
    seen, version = look(result.state, pairs, result.scored.levels["kin"][rows], (SAME_KEY, SAME_NUMBER))
    parts = contributions(world.model, result.state, pairs, seen)
    around = context(world.model, result.state, pairs, seen.levels, version)
    texts = []
    for at in range(len(rows)):
        fields = {
            f: {
                "level": LEVELS[f][seen.levels[f][at]],
                "strangers": round(float(parts[f].one[at] - parts[f].stranger[at]), 2),
                "relatives": round(float(parts[f].one[at] - parts[f].kinsman[at]), 2),
            }
            for f in FIELDS
            if seen.levels[f][at]
        }
        said = {name: round(float(bits[at]), 2) for name, bits in around.items() if bits[at]}
        rules = [name for name, bit in {**BITS, "kin": KIN_BIT}.items() if pairs.rules[at] & bit]
        whole = {"fields": fields, "context": said, "rules": rules, "model": world.model.version}
        texts.append(json.dumps(whole, ensure_ascii=False))
    return texts


def _spokesman(result: Clusters) -> Ints:
    """A mention to stand for each entity: its first."""
    return np.arange(len(result.entity))


def _sides(world: World, left: Ints, right: Ints) -> dict[str, pa.Array]:
    columns: dict[str, pa.Array] = {}
    for side, rows in zip(SIDES, (left, right), strict=True):
        taken = world.nodes.named(rows)
        for name, source in (("feed", "feed"), ("key", "record_key"), ("role", "role")):
            columns[f"{side}_{name}"] = taken[source]
    return columns


def conflicts(world: World, result: Clusters) -> pa.Table:
    """Mentions under a valid number that were not recognised as the person it belongs to.

    left_* is a mention of that person, right_* the one that disagrees; detail has the probability that they are one
    person all the same (null where something rules it out).
    """
    nodes, borrowed = world.nodes, world.borrowed
    owner = np.full(len(world.values.number_text), -1)
    own = np.flatnonzero((np.append(world.values.number_status, 9)[nodes.number] == 0) & ~borrowed)
    owner[nodes.number[own][::-1]] = own[::-1]
    rows = np.flatnonzero(borrowed)
    theirs = owner[nodes.number[rows]]
    kept = (theirs >= 0) & (result.entity[np.maximum(theirs, 0)] != result.entity[rows])
    rows, theirs = rows[kept], theirs[kept]
    chance = _chances(result, theirs, rows)
    detail = [json.dumps({"same_person": None if np.isnan(c) else round(float(c), 3)}) for c in chance]
    kind = pa.array(["id_conflict"] * len(rows), pa.string())
    return pa.table({"kind": kind, **_sides(world, theirs, rows), "detail": pa.array(detail, pa.string())})


def _chances(result: Clusters, left: Ints, right: Ints) -> NDArray[np.float64]:
    """The probability that two mentions are one person after all, nan where they were not compared or cannot be."""
    size = len(result.entity)
    sides = np.sort(np.stack([result.entity[left], result.entity[right]]), axis=0)
    codes, wanted = result.pairs.a * size + result.pairs.b, sides[0] * size + sides[1]
    if not len(codes):
        return np.full(len(left), np.nan)
    at = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    known = (codes[at] == wanted) & (result.scored.veto[at] == 0)
    return np.where(known, probability(result.scored.odds[at]), np.nan)


def quality(result: Clusters) -> dict[str, Any]:
    """Figures of the run: methods, sizes of clusters, vetoed pairs by reason, expected share of right mergers."""
    sizes, how_many = np.unique(np.unique(result.entity, return_counts=True)[1], return_counts=True)
    vetoed = np.bincount(result.scored.veto, minlength=len(VETOES))
    return {
        "methods": {
            m: int(n) for m, n in zip(METHODS, np.bincount(result.method, minlength=len(METHODS)), strict=True)
        },
        "sizes": {str(s): int(n) for s, n in zip(sizes, how_many, strict=True)},
        "vetoes": {v: int(n) for v, n in zip(VETOES[1:], vetoed[1:], strict=True)},
        "expected_precision": result.sure / max(sum(result.mergers), 1) if result.mergers else 1.0,
    }
