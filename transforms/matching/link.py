"""Recognising the same person across registers: mentions in, people out. See design.md section 5 for the idea."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from transforms.matching import evidence, keys, kin, world
from transforms.matching.cluster import cluster
from transforms.matching.copies import Spread, copies, spread, spread_of
from transforms.matching.counts import scopes
from transforms.matching.kernels import Flags, Ints
from transforms.matching.model import Model, shipped
from transforms.matching.named import Verdicts, verdicts
from transforms.matching.profiles import profiles
from transforms.matching.quality import quality
from transforms.matching.spine import Spine, grouped, judged
from transforms.matching.train import train
from transforms.matching.values import Nodes, Values, encode
from transforms.matching.vetoes import root


@dataclass(frozen=True)
class Linked:
    """What link returns; mentions are named by feed, record_key, role.

    members: the mention's columns, cluster int64, score float64 (probability of the merger that brought it in, null
    for one that is alone), method. report: counts and the model's training. run: its inside, of which a part is kept
    for later batches. grey: the probability from which a person is asked.
    """

    report: dict[str, Any]
    model: Model
    run: world.Run
    grey: float

    @cached_property
    def members(self) -> pa.Table:
        """One row a mention; of several versions of one, the last counts."""
        return _members(self.setting.nodes, self.run)

    def keys(self) -> Any:
        """The record_key of each of `members`."""
        nodes = self.setting.nodes
        return nodes.index["record_key"].take(pa.array(last_of(nodes)))

    @property
    def entity(self) -> Ints:
        """The cluster of each of `members`, without naming them."""
        found: Ints = self.run.entity()[last_of(self.setting.nodes)]
        return found

    @cached_property
    def pairs(self) -> pa.Table:
        """Pairs worth a person's decision: left_*, right_*, score, reason, evidence (JSON)."""
        return evidence.grey(self.run, self.grey)

    @cached_property
    def conflicts(self) -> pa.Table:
        """One number, two people: kind, left_*, right_*, detail (JSON)."""
        return evidence.conflicts(self.setting, self.run)

    @property
    def setting(self) -> world.World:
        """What was linked."""
        return self.run.world

    @property
    def rows(self) -> Ints:
        """The row of the mentions that each of `members` is."""
        nodes = self.setting.nodes
        found: Ints = nodes.row[last_of(nodes)]
        return found

    @property
    def found(self) -> world.Clusters:
        """The entity of each of `setting.nodes`, and the pairs of entities that stayed two."""
        return world.clusters(self.run)

    def edges(self, grey: float = world.Options.grey) -> pa.Table:
        """Every pair of mentions that was worth keeping, merged or not, in numbers; see evidence.edges."""
        return evidence.edges(self.run, grey)


def link(
    mentions: pa.Table,
    model: Model | None,
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
    chosen, begin = options or world.Options(), known or world.Known()
    nodes, values = encode(mentions, begin.birthdays)
    del mentions  # whoever has no use for them any more need not hold them
    index = nodes.index
    said = verdicts({"feed": index["feed"], "key": index["record_key"], "role": index["role"]}, decisions)
    based = _based(nodes, values, said, chosen.unique)
    links, places = kin.ties(nodes), scopes(values.places)
    fitted = model or train(shipped(), nodes, values, based, links)
    tally = begin.counts(values, places) if begin.counts else None
    common = spread_of(tally, places) if tally else spread(nodes, values, places, based.entity)
    based = _with_copies(nodes, values, based, common, _apart(nodes, said, chosen.unique))
    setting = world.World(fitted, nodes, values, places, links, based.borrowed, said.different, tally, chosen.unique)
    started = _started(setting, based, begin.start(nodes), said) if begin.start else based
    entity, method = _decided(started, said.same)
    counted = {
        "mentions": nodes.size,
        "spine": int(started.grouped.sum()),
        "borrowed_numbers": int(based.borrowed.sum()),
    }
    loose = _loose(nodes, values, based, entity)
    del based, started  # gigabytes are at stake where there are millions of mentions
    found = keys.block(profiles(nodes, values, places, entity, loose))
    more = {"rules": found.report, "model": fitted.version, "trained": fitted.trained}
    waiting = [found.pairs]
    del found
    run = cluster(setting, entity, method, waiting, chosen)
    return Linked(counted | quality(run) | more, fitted, run, chosen.grey)


def _loose(nodes: Nodes, values: Values, based: Spine, entity: Ints) -> Flags:
    """Which entities have no trusted number."""
    loose = np.ones(int(entity.max(initial=-1)) + 1, bool)
    loose[entity[(np.append(values.number_status, 9)[nodes.number] == 0) & ~based.borrowed]] = False
    return loose


def _based(nodes: Nodes, values: Values, said: Verdicts, unique: frozenset[str]) -> Spine:
    """The spine, taking out of a group one of any two mentions that a decision or a feed of `unique` keeps apart."""
    seen, apart = judged(nodes, values), np.zeros(nodes.size, bool)
    based = grouped(nodes, seen, apart)
    if said.different.size:
        apart[_torn(based.entity, said)] = True
    apart[_again(nodes, based.entity, unique)] = True
    if said.same.size:  # groups that are one by a decision: whom it names stays
        again = _again(nodes, _united(based.entity, said.same), unique)
        apart[again[~np.isin(again, said.same)]] = True
    return grouped(nodes, seen, apart) if apart.any() else based


def _with_copies(nodes: Nodes, values: Values, based: Spine, common: Spread, apart: Flags) -> Spine:
    """The spine with copies beside what they are copies of, but for those that are kept `apart`."""
    trusted = (np.append(values.number_status, 9)[nodes.number] == 0) & ~based.borrowed
    rows, first = copies(nodes, values, common, ~(trusted | apart))
    entity = based.entity.copy()
    entity[rows] = first
    return based._replace(entity=entity)


def _apart(nodes: Nodes, said: Verdicts, unique: frozenset[str]) -> Flags:
    """Mentions that may be nobody else though they say the same: of feeds of `unique`, or a decision said so."""
    found = np.zeros(nodes.size, bool)
    found[nodes.alike[said.different]] = True
    found = found[nodes.alike]
    for feed in unique:
        found[_of_feed(nodes, feed)] = True
    return found


def _again(nodes: Nodes, entity: Ints, unique: frozenset[str]) -> Ints:
    """Mentions of a feed of `unique` whose group holds another of that feed before them; versions are one mention."""
    first = np.empty(nodes.size, np.int64)
    again: list[Ints] = [np.empty(0, np.int64)]
    for wanted in sorted(unique):
        rows = _of_feed(nodes, wanted)
        first[entity[rows[::-1]]] = rows[::-1]
        again.append(rows[nodes.key[rows] != nodes.key[first[entity[rows]]]])
    return np.concatenate(again)


def _of_feed(nodes: Nodes, wanted: str) -> Ints:
    """The mentions of a feed."""
    return np.flatnonzero(np.array([feed == wanted for feed, _ in nodes.sources] or [False])[nodes.source])


def _torn(entity: Ints, said: Verdicts) -> Ints:
    """The mentions that leave their group of `entity`, for two are in it who are different people, or would be once
    the groups of those that are the same are one: of the two the later, with all that are said to be the same as it.
    """
    left, right = said.different
    one, alone = _united(entity, said.same), _united(np.arange(len(entity)), said.same)
    later = np.maximum(left, right)[one[left] == one[right]]
    return np.flatnonzero(np.isin(alone, alone[later]))


def _united(entity: Ints, same: Ints) -> Ints:
    """The entity of each mention, called after one of its mentions, when those of the `same` people are one."""
    parent = np.arange(len(entity))
    for left, right in entity[same].T:
        low, high = sorted(int(root(parent, np.array([end]))[0]) for end in (left, right))
        parent[high] = low
    return root(parent, entity)


def _started(setting: world.World, based: Spine, start: Ints, said: Verdicts) -> Spine:
    """The spine with mentions in the groups that `start` gives them (see world.Known), but for those that bring one a
    second mention of a feed that names everybody once."""
    size = len(start)
    given = np.flatnonzero(start >= 0)
    home = np.full(size, -1)
    home[based.entity[given][::-1]] = start[given][::-1]  # of several the first
    group = np.where(start >= 0, start, home[based.entity])
    label = np.where(group >= 0, group, int(start.max(initial=-1)) + 1 + based.entity)
    for feed in sorted(setting.unique):
        rows = _of_feed(setting.nodes, feed)
        came = rows[start[rows] < 0]
        second = came[np.isin(label[came], start[rows[start[rows] >= 0]])]
        label[second] = int(label.max(initial=0)) + 1 + second
    if said.different.size:
        torn = _torn(np.unique(label, return_inverse=True)[1], said)
        label[torn] = int(label.max(initial=0)) + 1 + torn
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    entity = first[inverse]
    return based._replace(entity=entity, grouped=(np.bincount(entity, minlength=size) > 1)[entity])


def _decided(based: Spine, same: Ints) -> tuple[Ints, NDArray[np.uint8]]:
    """Entities numbered from 0 in the order of their first mentions, those united that a decision says are one.

    The second array is the method of each mention.
    """
    entity = _united(based.entity, same)
    method = np.where(based.grouped, world.SPINE, 0).astype(np.uint8)
    named = same.ravel()
    method[named[method[named] == 0]] = world.DECISION
    return world.compact(entity), method


def last_of(nodes: Nodes) -> Ints:
    """The node that stands for each mention: the last of its versions."""
    return np.flatnonzero(np.append(nodes.key[1:] != nodes.key[:-1], nodes.size > 0))


def _members(nodes: Nodes, run: world.Run) -> pa.Table:
    """One row a mention; of several versions of one, the last counts."""
    last = last_of(nodes)
    method = run.how()[last]
    score = np.where(run.begun[last] > 0, 1.0, run.chance[run.base[last]])
    columns = {
        "cluster": pa.array(run.entity()[last], pa.int64()),
        "score": pa.array(score, pa.float64(), mask=method == 0),
        "method": pa.DictionaryArray.from_arrays(pa.array(method, pa.int8()), list(world.METHODS)).cast(pa.string()),
    }
    table = nodes.named(last)
    for name, column in columns.items():
        table = table.append_column(name, column)
    return table
