"""Whom linkage serves worse: shares linked and in doubt, and estimated false matches, group by group.

After Bohensky et al. (2010) and the bias reports of national statistics offices: errors of linkage are seldom spread
evenly over age, sex, kinds of names and places, and an even mean hides it. Small groups are never shown.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST = 20  # records; a smaller group tells of single people, and of chance


class Groups(NamedTuple):
    """One way to divide records: the names of its groups, and by record the number of its group, -1 for none."""

    names: list[str]
    of: Ints


class Mergers(NamedTuple):
    """Mergers that scoring made: two records that stand for the sides, the probability, and whether kin bore it."""

    left: Ints
    right: Ints
    chance: Floats
    kin: Flags


@dataclass(frozen=True)
class State:
    """By record: its entity, numbered from 0, and whether a pair of it is in doubt."""

    entity: Ints
    grey: Flags

    @cached_property
    def both(self) -> Ints:
        """By record: twice whether it is linked, and whether it is in doubt."""
        found: Ints = 2 * linked(self.entity) + self.grey
        return found


def linked(entity: Ints) -> Flags:
    """Which records share their entity with another."""
    shared: Flags = (np.bincount(entity) > 1)[entity]
    return shared


def table(groups: Groups, state: State, mergers: Mergers, least: int = LEAST) -> list[dict[str, Any]]:
    """A row a group of at least `least` records, the largest first; what is left out is summed up in a last row.

    Columns: group, records, linked and grey (shares), estimated_false (matches, half of each merger's 1 - p counted
    for the group of either side), false_rate (of the group's mergers, None without any).
    """
    size = len(groups.names)
    # one count of what each record is, all at once; those of no group come first
    what = (groups.of + 1) * 4 + state.both
    counted = np.bincount(what, minlength=4 * (size + 1)).reshape(-1, 2, 2)[1:]
    records, sums = counted.sum(axis=(1, 2)), (counted[:, 1].sum(axis=1), counted[:, :, 1].sum(axis=1))
    ends = np.append(groups.of[mergers.left], groups.of[mergers.right]) + 1
    false = np.bincount(ends, weights=np.tile((1 - mergers.chance) / 2, 2), minlength=size + 1)[1:]
    many = np.bincount(ends, minlength=size + 1)[1:] / 2
    rows = [
        {
            "group": groups.names[g],
            "records": int(records[g]),
            "linked": round(float(sums[0][g] / records[g]), 4),
            "grey": round(float(sums[1][g] / records[g]), 4),
            "estimated_false": round(float(false[g]), 2),
            "false_rate": round(float(false[g] / many[g]), 6) if many[g] else None,
        }
        for g in np.argsort(-records, kind="stable")
        if records[g] >= least
    ]
    small = (records > 0) & (records < least)
    return [*rows, {"group": None, "groups": int(small.sum())}] if small.any() else rows


def passes(state: State, mergers: Mergers, steps: tuple[float, ...]) -> list[dict[str, Any]]:
    """Mergers by how they came about: those that needed no scoring (one number, a decision), by probability, by kin.

    `steps` are the probabilities at which one class ends and the next begins, descending; the last has what is left.
    """
    entities = int(np.count_nonzero(np.bincount(state.entity)))
    certain = len(state.entity) - entities - len(mergers.chance)
    rows: list[dict[str, Any]] = [{"pass": "certain", "mergers": max(certain, 0), "estimated_false": None}]
    above = np.inf
    for step in (*steps, -np.inf):
        some = ~mergers.kin & (mergers.chance >= step) & (mergers.chance < above)
        rows.append(_pass(f"pair from {step:g}" if step > 0 else "pair below", mergers.chance[some]))
        above = step
    rows.append(_pass("kin", mergers.chance[mergers.kin]))
    return [row for row in rows if row["mergers"]]


def _pass(name: str, chance: Floats) -> dict[str, Any]:
    return {"pass": name, "mergers": len(chance), "estimated_false": round(float((1 - chance).sum()), 2)}
