"""The linker for any tables, asked about entities that are partly known: its pairs between them, strongest first."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contracts.errors import Stop
from transforms.matching import named
from transforms.matching.generic import link as generic
from transforms.matching.generic.compare import NAMES
from transforms.matching.generic.model import Model, weights
from transforms.matching.generic.patterns import unpacked
from transforms.matching.generic.prepared import Wanted
from transforms.matching.named import SIDES

KEY = (("feed", "feed"), ("key", "record_key"), ("role", "role"))


EVEN = 0.5  # nobody has counted how often what is said so is one


class Linked(NamedTuple):
    """What linking organisations or addresses returns; mentions are named by feed, record_key, role.

    members: the mention, cluster int64, score, method. pairs: left_*, right_*, score, evidence (JSON): worth a person's
    decision. conflicts: kind, left_*, right_*, detail (JSON). report: counts, and the linker's own report.
    """

    members: pa.Table
    pairs: pa.Table
    conflicts: pa.Table
    report: dict[str, Any]


class Edge(NamedTuple):
    """Two known entities that may be one, a < b. `left` and `right` are rows of mentions that speak for them.

    `same`: the linker made one of them. `evidence` is JSON without anybody's data.
    """

    a: int
    b: int
    score: float
    left: int
    right: int
    same: bool
    evidence: str


def edges(
    table: pa.Table,
    kinds: dict[str, str],
    rules: Sequence[tuple[str, ...]],
    known: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[list[Edge], dict[str, Any]]:
    """Pairs between different entities, the best a pair of entities, the strongest first, and the linker's report.

    table: `source` and a text column a field of `kinds`, one row a thing said of an entity; `known`: by row the entity
    and the mention that says it. Fields that say the same everywhere are left out, and so are rules that need them.
    """
    kept = {f: k for f, k in kinds.items() if pc.count_distinct(table[f], mode="all").as_py() > 1}
    if table.num_rows < 2 or not kept:
        return [], {}
    names = pa.array([f"{i:09d}" for i in range(table.num_rows)], pa.string())
    rows = table.append_column("record_key", names).select(["source", "record_key", *kept])
    linked = _linked(rows, kept, [r for r in rules if all(k.split(".")[0] in kept for k in r)])
    return _best(linked, known), linked.report


def _linked(rows: pa.Table, kinds: dict[str, str], rules: list[tuple[str, ...]]) -> generic.Linked:
    """The linker's answer; a key that says the same as another one is not there, and its rules go without it."""
    while True:
        # Names and addresses come cleaned; as an organisation's the two words of a name would be made one.
        wanted = Wanted(kinds, [], "person", tuple(rules))
        try:
            return generic.link(rows, wanted)
        except Stop as error:
            missing = error.where.removeprefix("blocking: ")
            if missing == error.where:
                raise
            less = list(dict.fromkeys(tuple(k for k in r if k != missing) for r in rules))
            rules = [r for r in less if r]


def _best(linked: generic.Linked, known: tuple[NDArray[np.int64], NDArray[np.int64]]) -> list[Edge]:
    pairs = linked.pairs
    left, right = (pairs[f"{s}_key"].cast(pa.int64()).to_numpy() for s in SIDES)
    owner, spoken = known
    score = pairs["score"].to_numpy().astype(np.float64)
    odds = pairs["odds"].to_numpy().astype(np.float64)
    low, high = np.minimum(owner[left], owner[right]), np.maximum(owner[left], owner[right])
    turned = owner[left] > owner[right]
    order = np.lexsort((right, left, high, low, -odds))
    order = order[low[order] != high[order]]
    _, first = np.unique(low[order] * (int(owner.max(initial=0)) + 1) + high[order], return_index=True)
    same = pc.equal(pairs["state"].cast(pa.string()), "merged").to_numpy(zero_copy_only=False)
    texts = evidence(linked.model, pairs.take(pa.array(order[np.sort(first)])))
    found = []
    for text, row in zip(texts, order[np.sort(first)], strict=True):
        sides = (int(spoken[left[row]]), int(spoken[right[row]]))
        one, other = sides[::-1] if turned[row] else sides
        chance = float(score[row])
        found.append(Edge(int(low[row]), int(high[row]), chance, one, other, bool(same[row]), text))
    return found


def evidence(model: Model, pairs: pa.Table) -> list[str]:
    """What speaks for and against each pair, in the shape that persons' evidence has (evidence.explain)."""
    fields = unpacked(pairs["pattern"].to_numpy(), list(model.kinds))
    rules = pairs["rules"].to_pylist()
    bits = {f: (weights(model.m[f], model.u[f]), weights(model.m[f], model.f[f])) for f in model.kinds}
    texts = []
    for at in range(pairs.num_rows):
        seen = {
            f: {
                "level": NAMES[kind][fields[f][at]],
                "strangers": round(float(bits[f][0][fields[f][at]]), 2),
                "relatives": round(float(bits[f][1][fields[f][at]]), 2),
            }
            for f, kind in model.kinds.items()
            if fields[f][at]
        }
        whole = {"fields": seen, "context": {}, "rules": (rules[at] or "").split(), "model": "generic"}
        texts.append(json.dumps(whole, ensure_ascii=False))
    return texts


def table(mentions: pa.Table, listed: list[Edge]) -> pa.Table:
    """The pairs as identity.pair has them: left_*, right_*, score, evidence, the likeliest first."""
    listed = sorted(listed, key=lambda e: (-e.score, e.left, e.right))
    return pa.table(
        {
            **sides(mentions, [e.left for e in listed], [e.right for e in listed]),
            "score": pa.array([e.score for e in listed], pa.float64()),
            "evidence": pa.array([e.evidence for e in listed], pa.string()),
        }
    )


def sides(mentions: pa.Table, left: list[int], right: list[int]) -> dict[str, Any]:
    """Rows of mentions as columns left_feed, left_key, left_role, right_*."""
    columns: dict[str, Any] = {}
    for side, rows in zip(SIDES, (left, right), strict=True):
        taken = mentions.take(pa.array(rows, pa.int64()))
        columns |= {f"{side}_{name}": taken[source] for name, source in KEY}
    return columns


def no_conflicts() -> pa.Table:
    """A table of conflicts without one."""
    nothing = pa.array([], pa.string())
    names = [f"{side}_{name}" for side in SIDES for name, _ in KEY]
    return pa.table(dict.fromkeys(("kind", *names, "detail"), nothing))


def verdicts(mentions: pa.Table, decisions: pa.Table | None) -> list[list[tuple[int, int]]]:
    """Decisions (see named.verdicts) as pairs of rows of `mentions`: those that are the same, those that are not."""
    found = named.verdicts({name: mentions[source] for name, source in KEY}, decisions)
    return [[(one, other) for one, other in rows.T.tolist()] for rows in found]
