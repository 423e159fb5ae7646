"""The records that a batch lets be clustered again, with the entities they may have to do with: a few of everybody.

Here alone do rows of everybody and places among the few stand side by side.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.generic import decided
from transforms.matching.generic.cluster import Clusters, Edges, Mergers, cluster
from transforms.matching.generic.ground import Codes, Ground
from transforms.matching.generic.meet import (
    FEW,
    TURNS,
    Memberships,
    Rules,
    held,
    meeting_budget,
    memberships,
    sharing_blocks,
)
from transforms.matching.generic.patterns import Pairs
from transforms.matching.generic.scoring import Setting, moved
from transforms.matching.generic.values import Bits, Flags, Ints
from transforms.matching.named import Verdicts

NOTHING = np.zeros(0, np.int64)


class Scored(NamedTuple):
    """Pairs of records with their odds in bits."""

    pairs: Pairs
    odds: Bits

    def take(self, rows: Ints | Flags | slice) -> "Scored":
        """Some of them."""
        return Scored(self.pairs.take(rows), self.odds[rows])

    def and_(self, more: "Scored") -> "Scored":
        """These, and `more` behind them."""
        return Scored(self.pairs.and_(more.pairs), np.append(self.odds, more.odds))


class Stage(NamedTuple):
    """`rows`, ascending, which are all of their entities; the clusters by place among them, of whose mergers the first
    `standing` are of records that are not looked at and have no places."""

    how: Setting
    rows: Ints
    done: Clusters
    standing: int = 0

    def entity(self) -> Ints:
        """By place the first row of its entity."""
        found: Ints = self.rows[self.done.entity]
        return found

    def mergers(self) -> Mergers:
        """Those of this stage, by row."""
        into, gone, chance = self.done.mergers
        return Mergers(self.rows[into[self.standing :]], self.rows[gone[self.standing :]], chance[self.standing :])


def settled(ground: Ground, how: Setting, scored: Scored, touched: Flags, said: Verdicts) -> tuple[Stage, Edges, Flags]:
    """The clusters before the first merger, edges between them, and the rows that are clustered again.

    What is not `touched` stays one, unless that can't be any more. `scored` are all pairs.
    """
    while True:
        near, rows = _around(ground, scored, touched, said)
        how = moved(how, ground.records(rows))._replace(different=np.searchsorted(rows, said.different))
        again = touched[rows]
        stays = decided.chained(np.where(again, -1, ground.every.entity[rows]))
        same = np.hstack([np.searchsorted(rows, said.same), decided.alike(how.records, how.different), stays])
        a, b = (np.searchsorted(rows, end[near]) for end in scored.pairs[:2])
        begin, edges = decided.begun(how, same, Edges(a, b, np.round(scored.odds[near], 6)))
        wrong = _impossible(how, begin.entity) & ~again
        if not wrong.any():
            return Stage(how, rows, begin), edges, touched
        touched = touched.copy()
        touched[rows[wrong]] = True


def clustered(stage: Stage, edges: Edges, standing: Bits) -> Stage:
    """The first mergers, where others stand that are right by so much."""
    nowhere = np.zeros(len(standing), np.int64)
    begin = stage.done._replace(mergers=Mergers(nowhere, nowhere, standing))
    return stage._replace(done=cluster(stage.how, edges, begin), standing=len(standing))


def finished(stage: Stage) -> Stage:
    """The last mergers: nothing more is to be learned of the entities."""
    none = Edges(NOTHING, NOTHING, np.zeros(0))
    return stage._replace(done=cluster(stage.how, none, stage.done, last=True))


def meet(ground: Ground, stage: Stage, touched: Flags, rules: Rules) -> Stage:
    """Entities with `touched` rows meet all others, and then those that the meeting before changed (see meet.meet)."""
    whole = _firsts(ground)
    whole[stage.rows] = stage.entity()
    entities = int(np.count_nonzero(ground.every.there & (whole == np.arange(ground.size))))
    changed = whole[touched]
    for _ in range(TURNS):
        edges = _edges(ground, whole, changed, rules, meeting_budget(entities))
        stage = _widened(ground, stage, whole, edges)
        a, b = (np.searchsorted(stage.rows, end) for end in edges[:2])
        done, fresh, _ = held(stage.how, stage.done, edges._replace(a=a, b=b))
        stage = stage._replace(done=done)
        whole[stage.rows] = stage.entity()
        if len(fresh) <= FEW * entities:
            break
        changed = whole[stage.rows[fresh]]
    return stage


def _around(ground: Ground, scored: Scored, touched: Flags, said: Verdicts) -> tuple[Ints, Ints]:
    """Pairs of rows that are touched, or that have a pair with one that is; and the rows of all entities that these
    pairs and decisions are about."""
    every, (a, b) = ground.every, scored.pairs[:2]
    near = touched.copy()
    near[a[touched[b]]] = near[b[touched[a]]] = True
    pairs = np.flatnonzero(near[a] | near[b])
    marks = touched.copy()
    for rows in (a[pairs], b[pairs], said.same, said.different):
        marks[rows] = True
    if ground.single:
        marks |= _sharing(every.value[0], marks)
    return pairs, np.flatnonzero((marks | _sharing(every.entity, marks)) & every.there)


def _sharing(number: Codes, marks: Flags) -> Flags:
    """Rows that have a number, from 0 on, that a marked one has."""
    some = np.zeros(int(number.max(initial=-1)) + 2, bool)
    some[number[marks]] = True
    some[-1] = False  # which is that of rows without one
    found: Flags = some[number]
    return found


def _impossible(how: Setting, entity: Ints) -> Flags:
    """Places of entities that have two records of a source that is unique, or two that were decided to be different."""
    records, wrong = how.records, np.zeros(len(entity), bool)
    for source in np.flatnonzero(records.unique):
        wrong |= np.bincount(entity[records.source == source], minlength=len(entity)) > 1
    one, other = entity[how.different]
    wrong[one[one == other]] = True
    found: Flags = wrong[entity]
    return found


def _firsts(ground: Ground) -> Ints:
    """By row the first row of its entity, as it was before the batch."""
    entity, whole = ground.every.entity, np.arange(ground.size)
    rows = np.flatnonzero(ground.every.there & (entity >= 0))
    first = np.zeros(int(entity.max(initial=-1)) + 1, np.int64)
    first[entity[rows[::-1]]] = rows[::-1]
    whole[rows] = first[entity[rows]]
    return whole


def _edges(ground: Ground, whole: Ints, changed: Ints, rules: Rules, budget: float) -> Edges:
    """Pairs of entities, one of them `changed`, that share a block: see meet.sharing_blocks. Entities are named by
    their first rows, as `whole` has them."""
    mine = np.zeros(ground.size, bool)
    mine[changed] = True
    mine = mine[whole] & ground.every.there
    rows = np.flatnonzero(mine)
    keys = ground.keys(rows, {key for rule in rules.met_by for key in rule})
    entity, all_of_them = np.searchsorted(rows, whole[rows]), np.ones(len(rows), bool)
    both = []
    for rule in rules.met_by:
        owner, block, telling = memberships(keys, rule, entity, rule in rules.old, all_of_them)
        found = ground.meeting(rule, np.unique(block[telling]))
        theirs = ~mine[found.rows]
        others, blocks = whole[found.rows[theirs]], found.block[theirs]
        never = np.zeros(len(others), bool)
        both.append(Memberships(np.append(rows[owner], others), np.append(block, blocks), np.append(telling, never)))
    return sharing_blocks(both, ground.size, budget)


def _widened(ground: Ground, stage: Stage, whole: Ints, edges: Edges) -> Stage:
    """The stage with all of the entities that `edges` are about."""
    marks = np.zeros(ground.size, bool)
    marks[edges.a] = marks[edges.b] = True
    marks = marks[whole] & ground.every.there
    marks[stage.rows] = True
    rows = np.flatnonzero(marks)
    if len(rows) == len(stage.rows):
        return stage
    place, (_, (into, gone, chance), left) = np.searchsorted(rows, stage.rows), stage.done
    fresh = slice(stage.standing, None)
    into, gone = into.copy(), gone.copy()
    into[fresh], gone[fresh] = place[into[fresh]], place[gone[fresh]]
    left = left._replace(a=place[left.a], b=place[left.b])
    how = moved(stage.how, ground.records(rows))._replace(different=place[stage.how.different])
    entity = np.searchsorted(rows, whole[rows])
    return stage._replace(how=how, rows=rows, done=Clusters(entity, Mergers(into, gone, chance), left))
