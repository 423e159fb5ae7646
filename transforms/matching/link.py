"""Recognising the same person across registers: mentions in, people out. See design.md section 5 for the idea."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from contracts.engine import Engine
from transforms.matching import evidence, keys, kin, world
from transforms.matching.cluster import cluster
from transforms.matching.counts import scopes
from transforms.matching.kernels import Flags, Ints
from transforms.matching.model import Model, shipped
from transforms.matching.profiles import profiles
from transforms.matching.spine import Spine, spine
from transforms.matching.train import train
from transforms.matching.values import Nodes, Values, encode


class Linked(NamedTuple):
    """What link returns; mentions are named by feed, record_key, role.

    members: the mention's columns, cluster int64, score float64 (probability of the merger that brought it in, null
    for one that is alone), method. pairs: left_*, right_*, score, reason, evidence (JSON): worth a person's decision.
    conflicts: kind, left_*, right_*, detail (JSON): one number, two people. report: counts and the model's training.
    setting and found: its inside, of which a part is kept for later batches.
    """

    members: pa.Table
    pairs: pa.Table
    conflicts: pa.Table
    report: dict[str, Any]
    model: Model
    setting: world.World
    found: world.Clusters


def link(
    mentions: pa.Table,
    model: Model | None,
    engine: Engine,
    decisions: pa.Table | None = None,
    options: world.Options | None = None,
    known: world.Known | None = None,
) -> Linked:
    """Group `mentions` (`feed` and the columns of contracts.mentions; persons) into people.

    Without a `model` one is trained on the mentions, starting from the shipped one. `decisions` (left_feed, left_key,
    left_role, right_*, verdict same|different, and undone_at if it has it) are obeyed. The result does not depend on
    the order of rows. Several rows may share (feed, record_key, role): versions of one mention, the last by
    the column `valid_from` (if there is one) being the member. `known` is what a bigger run found out already.
    """
    begin = known or world.Known()
    chosen = options or world.Options()
    nodes, values = encode(mentions)
    same, different = verdicts(nodes, decisions)
    based = _based(nodes, values, same, different)
    links, places = kin.ties(nodes), scopes(values.places)
    fitted = model or train(shipped(), nodes, values, based, links)
    tally = begin.counts(values, places) if begin.counts else None
    setting = world.World(fitted, nodes, values, places, links, based.borrowed, different, tally)
    based = _started(based, begin.start(nodes), different) if begin.start else based
    loose = np.ones(nodes.size, bool)
    loose[based.entity[_trusted(nodes, values, based)]] = False
    found = keys.block(profiles(nodes, values, places, based.entity, loose), nodes.size)
    entity, method = _decided(based, same)
    result = cluster(setting, entity, method, found.pairs, chosen)
    report = _report(nodes, based, result) | {"rules": found.report, "model": fitted.version, "trained": fitted.trained}
    return Linked(
        _members(nodes, result),
        evidence.grey(setting, result, chosen.grey),
        evidence.conflicts(setting, result),
        report,
        fitted,
        setting,
        result,
    )


def _report(nodes: Nodes, based: Spine, result: world.Clusters) -> dict[str, Any]:
    """The figures of a run; none of them tells of anybody."""
    return {
        "mentions": nodes.size,
        "people": len(np.unique(result.entity)),
        "spine": int(based.grouped.sum()),
        "borrowed_numbers": int(based.borrowed.sum()),
        "mergers": result.mergers,
        **evidence.quality(result),
    }


def _trusted(nodes: Nodes, values: Values, based: Spine) -> Flags:
    trusted: Flags = (np.append(values.number_status, 9)[nodes.number] == 0) & ~based.borrowed
    return trusted


def _based(nodes: Nodes, values: Values, same: Ints, different: Ints) -> Spine:
    """The spine, taking out of a group one of any two mentions that a decision keeps apart."""
    apart = np.zeros(nodes.size, bool)
    based = spine(nodes, values, apart)
    left, right = different
    together = based.entity[left] == based.entity[right]
    if together.any():
        apart[np.maximum(left, right)[together]] = True
        based = spine(nodes, values, apart)
    return based


def _started(based: Spine, start: Ints, different: Ints) -> Spine:
    """The spine with mentions in the groups that `start` gives them (see world.Known)."""
    size = len(start)
    given = np.flatnonzero(start >= 0)
    home = np.full(size, -1)
    home[based.entity[given][::-1]] = start[given][::-1]  # of several the first
    group = np.where(start >= 0, start, home[based.entity])
    label = np.where(group >= 0, group, int(start.max(initial=-1)) + 1 + based.entity)
    left, right = different
    torn = np.maximum(left, right)[label[left] == label[right]]
    label[torn] = int(label.max(initial=0)) + 1 + torn
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    entity = first[inverse]
    return based._replace(entity=entity, grouped=(np.bincount(entity, minlength=size) > 1)[entity])


def _decided(based: Spine, same: Ints) -> tuple[Ints, np.ndarray[Any, np.dtype[np.uint8]]]:
    """The spine's entities with those united that a decision says are one."""
    entity = based.entity.copy()
    method = np.where(based.grouped, world.SPINE, 0).astype(np.uint8)
    for left, right in same.T:
        low, high = sorted((entity[left], entity[right]))
        entity[entity == high] = low
        for mention in (left, right):
            method[mention] = method[mention] or world.DECISION
    return entity, method


def verdicts(nodes: Nodes, decisions: pa.Table | None) -> tuple[Ints, Ints]:
    """Decisions as rows of mentions: two arrays of shape (2, n), one for "same", one for "different".

    A decision about a mention that is not there, and one that was undone, says nothing.
    """
    empty = np.empty((2, 0), np.int64)
    if decisions is None or not decisions.num_rows:
        return empty, empty
    names = zip(*(nodes.index[c].to_pylist() for c in ("feed", "record_key", "role")), strict=True)
    row = {name: i for i, name in enumerate(names)}
    listed: dict[str, list[tuple[int, int]]] = {"same": [], "different": []}
    for d in decisions.to_pylist():
        left, right = (row.get((d[f"{s}_feed"], d[f"{s}_key"], d[f"{s}_role"])) for s in ("left", "right"))
        if left is not None and right is not None and left != right and d.get("undone_at") is None:
            listed[d["verdict"]].append((left, right))
    same, different = (np.array(sorted(set(v)), np.int64).reshape(-1, 2).T for v in listed.values())
    return same, different


def _members(nodes: Nodes, result: world.Clusters) -> pa.Table:
    """One row a mention; of several versions of one, the last counts."""
    last = np.flatnonzero(np.append(nodes.key[1:] != nodes.key[:-1], nodes.size > 0))
    score = np.where(result.method == world.SPINE, 1.0, result.chance)
    score = np.where(result.method == world.DECISION, 1.0, score)
    columns = {
        "cluster": pa.array(result.entity[last], pa.int64()),
        "score": pa.array(score[last], pa.float64(), mask=(result.method == 0)[last]),
        "method": pa.array([world.METHODS[m] for m in result.method[last]], pa.string()),
    }
    table = nodes.named(last)
    for name, column in columns.items():
        table = table.append_column(name, column)
    return table
