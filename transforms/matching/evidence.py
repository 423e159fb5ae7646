"""Saying why: grey pairs with what speaks for and against them, numbers that two people carry, every pair's pattern."""

import json

import numpy as np
import pyarrow as pa

from transforms.matching.holdings import Bits
from transforms.matching.kernels import Ints
from transforms.matching.keys import BITS, KIN_BIT
from transforms.matching.model import FIELDS, LEVELS
from transforms.matching.score import context, contributions, look, probability
from transforms.matching.values import Nodes
from transforms.matching.vetoes import SEX
from transforms.matching.web import MERGED, OPEN, PARALLEL
from transforms.matching.world import Run, World

SIDES = ("left", "right")
RIVAL = 0.05  # a probability lowered by more than this is lowered by a rival
STATES = ("merged", "grey", "refused")


def grey(run: Run, least: float) -> pa.Table:
    """Pairs of entities that a person should look at: likely but not enough, or likely and with a rival as likely."""
    rows, chance = doubtful(run, least)
    order = np.argsort(-chance, kind="stable")
    rows, chance = rows[order], chance[order]
    rivalled = chance < probability(run.web.odds[rows]) - RIVAL
    mention = spokesmen(run)
    return pa.table(
        {
            **sides(run.world.nodes, mention[run.web.a[rows]], mention[run.web.b[rows]]),
            "score": pa.array(chance, pa.float64()),
            "reason": pa.array(["rival" if r else "grey" for r in rivalled], pa.string()),
            "evidence": pa.array(explain(run, rows), pa.string()),
        }
    )


def doubtful(run: Run, least: float) -> tuple[Ints, Bits]:
    """Pairs that were not merged and that nothing rules out, of at least that probability, and their probability.

    Another sex keeps two apart, but it is one stroke of the pen: a pair that all the rest makes one is asked about.
    """
    web = run.web
    rows = np.flatnonzero((web.fate == OPEN) & ((web.veto == 0) | (web.veto == SEX)))
    rows = rows[np.lexsort((web.b[rows], web.a[rows]))]
    chance = np.where(np.isnan(web.chance[rows]), probability(web.odds[rows]), web.chance[rows])
    return rows[chance >= least], chance[chance >= least]


def explain(run: Run, rows: Ints) -> list[str]:
    """What speaks for and against each of `rows` of the pairs, as JSON without anybody's data.

    fields: by field its level and what it is worth, in bits (log2), against strangers and against relatives; context:
    what the registers themselves say, in bits; rules: those that found the pair; model: the version that was used.
    """
    state, pairs = run.state, run.web.pairs(rows)
    seen = look(state, pairs, run.web.kin[rows], state.known)
    levels = seen.compared.levels
    parts = contributions(state.model, state.frequency, seen.cover, seen.compared)
    around = context(state, pairs, state.known, seen)
    texts = []
    for at in range(len(rows)):
        fields = {
            f: {
                "level": LEVELS[f][levels[f][at]],
                "strangers": round(float(parts[f].one[at] - parts[f].stranger[at]), 2),
                "relatives": round(float(parts[f].one[at] - parts[f].kinsman[at]), 2),
            }
            for f in FIELDS
            if levels[f][at]
        }
        said = {name: round(float(bits[at]), 2) for name, bits in around.items() if bits[at]}
        rules = [name for name, bit in {**BITS, "kin": KIN_BIT}.items() if pairs.rules[at] & bit]
        whole = {"fields": fields, "context": said, "rules": rules, "model": state.model.version}
        texts.append(json.dumps(whole, ensure_ascii=False))
    return texts


def edges(run: Run, least: float) -> pa.Table:
    """Every pair that was scored and kept, merged or not, in some ten columns of integers.

    left, right: rows of mentions in the order of Nodes.index, the first of either group; pattern: the levels of its
    last score (see patterns); rules: a bit for each of keys.RULES that found it, and KIN_BIT; odds: in bits, frequency
    of the values included; veto: a row of VETOES, none where the state, a row of STATES, is grey.
    """
    web = run.web
    rows = np.flatnonzero(web.fate != PARALLEL)
    state = np.full(len(web.a), STATES.index("refused"), np.uint8)
    state[web.fate == MERGED] = STATES.index("merged")
    asked = doubtful(run, least)[0]
    state[asked] = STATES.index("grey")
    veto = web.veto.copy()
    veto[asked] = 0
    mention = spokesmen(run)
    columns = {
        "left": mention[web.left[rows]].astype(np.int32),
        "right": mention[web.right[rows]].astype(np.int32),
        "pattern": web.patterns[rows],
        "rules": web.rules[rows],
        "odds": web.odds[rows].astype(np.float32),
        "veto": veto[rows],
        "state": state[rows],
    }
    return pa.table({name: pa.array(column) for name, column in columns.items()})


def spokesmen(run: Run) -> Ints:
    """A mention to stand for each entity that there was to begin with: its first."""
    first = np.empty(run.state.known.size, np.int64)
    first[run.base[::-1]] = np.arange(len(run.base))[::-1]
    return first


def sides(nodes: Nodes, left: Ints, right: Ints) -> dict[str, pa.Array]:
    """The columns left_feed, left_key, left_role, right_feed ... of pairs of mentions."""
    columns: dict[str, pa.Array] = {}
    for side, rows in zip(SIDES, (left, right), strict=True):
        taken = nodes.named(rows)
        for name, source in (("feed", "feed"), ("key", "record_key"), ("role", "role")):
            columns[f"{side}_{name}"] = taken[source]
    return columns


def conflicts(world: World, run: Run) -> pa.Table:
    """Mentions under a valid number that were not recognised as the person it belongs to.

    left_* is a mention of that person, right_* the one that disagrees; detail has the probability that they are one
    person all the same (null where something rules it out).
    """
    nodes, borrowed, entity = world.nodes, world.borrowed, run.entity()
    owner = np.full(len(world.values.number_text), -1)
    own = np.flatnonzero((np.append(world.values.number_status, 9)[nodes.number] == 0) & ~borrowed)
    owner[nodes.number[own][::-1]] = own[::-1]
    rows = np.flatnonzero(borrowed)
    theirs = owner[nodes.number[rows]]
    kept = (theirs >= 0) & (entity[np.maximum(theirs, 0)] != entity[rows])
    rows, theirs = rows[kept], theirs[kept]
    chance = _chances(run, entity[theirs], entity[rows])
    detail = [json.dumps({"same_person": None if np.isnan(c) else round(float(c), 3)}) for c in chance]
    kind = pa.array(["id_conflict"] * len(rows), pa.string())
    return pa.table({"kind": kind, **sides(nodes, theirs, rows), "detail": pa.array(detail, pa.string())})


def _chances(run: Run, left: Ints, right: Ints) -> Bits:
    """The probability that two entities are one person after all, nan where they were not compared or cannot be."""
    web = run.web
    open_ = np.flatnonzero(web.fate == OPEN)
    pairs = web.pairs(open_)
    codes = pairs.a * web.size + pairs.b
    order = np.argsort(codes, kind="stable")
    wanted = np.minimum(left, right) * web.size + np.maximum(left, right)
    if not len(codes):
        return np.full(len(left), np.nan)
    at = order[np.minimum(np.searchsorted(codes, wanted, sorter=order), len(codes) - 1)]
    known = (codes[at] == wanted) & (web.veto[open_[at]] == 0)
    return np.where(known, probability(web.odds[open_[at]]), np.nan)
