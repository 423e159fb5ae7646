"""Why two records are, or are not, one person: any pair, compared anew as things stood at the end of a run."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from contracts.errors import Stop
from transforms.matching import kin, score, world
from transforms.matching.counts import scopes
from transforms.matching.kernels import Ints, Levels
from transforms.matching.keys import BITS, RULES
from transforms.matching.model import FIELDS, LEVELS, Model
from transforms.matching.profiles import Profiles, key_of, profiles
from transforms.matching.spine import spine
from transforms.matching.state import Pairs, State
from transforms.matching.telling import Step, Told, complete
from transforms.matching.values import Nodes, encode
from transforms.matching.vetoes import VETOES
from transforms.matching.world import World
from transforms.matching.worth import SAME_RECORD

Name = tuple[str, str]


class Run(NamedTuple):
    """What a run came to: `members` (feed, record_key and cluster), None when there was none, and its `model`.

    `unique` are the feeds that list everybody once.
    """

    model: Model
    members: pa.Table | None = None
    unique: frozenset[str] = frozenset()


def explain(mentions: pa.Table, run: Run, pair: tuple[Name, Name]) -> Told:
    """Compare two records of `mentions`, named (feed, record_key), each by what it says itself.

    All others stand as the run grouped them, which settles how common a value is and who is related to whom. Raises
    Stop for a record that is not there.
    """
    nodes, values = encode(mentions)
    based = spine(nodes, values, np.zeros(nodes.size, bool))
    links, places = kin.ties(nodes), scopes(values.places)
    nobody = np.empty((2, 0), np.int64)
    setting = World(run.model, nodes, values, places, links, based.borrowed, nobody, None, run.unique)
    sides = [_rows(nodes, name, which) for name, which in zip(pair, ("first", "second"), strict=True)]
    group = based.entity if run.members is None else _grouped(nodes, run.members)
    together = bool(group[sides[0][0]] == group[sides[1][0]]) if run.members is not None else None
    entity = _alone(group, sides)
    a, b = sorted(int(entity[rows[0]]) for rows in sides)
    state = world.state_of(setting, entity)
    loose = state.known.held.trusted.count == 0
    profiled = profiles(nodes, values, places, entity, loose)
    rules = _rules(profiled, a, b)
    level = _kin(setting, entity, loose, a, b)
    found = [*rules, *(["kin"] if level[0] > 1 else [])]
    one = Pairs(np.array([a]), np.array([b]), np.array([sum(BITS[r] for r in rules)]))
    steps, odds, veto = _steps(state, one, level)
    names = [":".join(n) for n in pair]
    # those of one number are one before any pair is weighed
    said = "by number" if together and np.isin(based.entity[sides[0]], based.entity[sides[1]]).any() else ""
    return Told(names[0], names[1], "records", run.model.version, steps, odds, veto, said, together, tuple(found))


def _rows(nodes: Nodes, name: Name, which: str) -> Ints:
    feed, key = name
    index = nodes.index
    feeds, keys_ = index["feed"].to_numpy(zero_copy_only=False), index["record_key"].to_numpy(zero_copy_only=False)
    rows = np.flatnonzero((feeds == feed) & (keys_ == key))
    if not len(rows):
        raise Stop(
            "--explain",
            f"the {which} record is not in the tables",
            "give both as source:key, and a config that names their tables",
        )
    return rows


def _grouped(nodes: Nodes, members: pa.Table) -> Ints:
    """The entity of every mention, called after its first; who is no member stands alone."""
    names = zip(members["feed"].to_pylist(), members["record_key"].to_pylist(), strict=True)
    cluster = dict(zip(names, members["cluster"].to_pylist(), strict=True))
    index = zip(nodes.index["feed"].to_pylist(), nodes.index["record_key"].to_pylist(), strict=True)
    label = np.array([cluster.get(name, -1 - row) for row, name in enumerate(index)])
    _, first, back = np.unique(label, return_index=True, return_inverse=True)
    return first[back]


def _alone(group: Ints, sides: list[Ints]) -> Ints:
    """`group` with each side taken out of its entity, numbered from 0 in the order of their first mentions."""
    label = group.astype(np.int64)
    for number, rows in enumerate(sides, 1):
        label[rows] = len(group) + number
    _, first, back = np.unique(label, return_index=True, return_inverse=True)
    return world.compact(first[back])


def _rules(profiled: Profiles, a: int, b: int) -> list[str]:
    """The blocking rules whose keys the two have in common, however large the block."""
    every = np.arange(profiled.size)
    entity = profiled.entity[profiled.mention(every)]
    found = []
    for rule in RULES:
        one, other = (key[known] for key, known in (key_of(profiled, rule.on, every[entity == who]) for who in (a, b)))
        if np.isin(one, other).any():
            found.append(rule.name)
    return found


def _kin(setting: World, entity: Ints, loose: np.ndarray[Any, np.dtype[np.bool_]], a: int, b: int) -> Levels:
    relations = kin.relate(setting.links, entity, ~loose)
    bonds = kin.pairs(relations, loose)
    return kin.levels(relations, bonds, np.array([a]), np.array([b]), len(loose))


def _steps(state: State, pair: Pairs, level: Levels) -> tuple[tuple[Step, ...], float, str]:
    """The steps of one pair's score, its odds, and what rules it out."""
    seen = score.look(state, pair, level, state.known)
    levels = seen.compared.levels
    parts = score.contributions(state.model, state.frequency, seen.cover, seen.compared)
    scored = score.score(state, pair, level)
    fields = [
        Step("field", f, LEVELS[f][int(levels[f][0])], float(parts[f].one[0] - parts[f].stranger[0]))
        for f in FIELDS
        if f in ("name", "born", "sex", "number", "phone", "place") or levels[f][0]
    ]
    for name, bits in score.context(state, pair, state.known, seen).items():
        if bits[0]:
            fields.append(Step("context", name, "", float(bits[0])))
    prior = float(np.log2(SAME_RECORD / (1 - SAME_RECORD)))
    if not seen.version[0]:
        prior = float(np.log2(seen.cover[0]) - np.log2(state.frequency.people))
    odds = float(scored.odds[0])
    return complete(prior, fields, odds, "relatives"), odds, VETOES[int(scored.veto[0])]
