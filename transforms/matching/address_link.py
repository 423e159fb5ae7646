"""The same place across registers: by the door its address names, where the township is left out by likeness.

A door is a town, a place in it (village, estate, road) and the numbers from there on, as transforms.clean.addresses
takes them from a text. Texts that name one door of one town are one place. A text without its town goes to the only
town that has the place, or the door, if registers are found to agree on such; of several towns the linker for any
tables weighs which is meant, and where that or a number is open a person is asked. One wrong digit is the next house.
"""

import json
from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.matching import generic_pairs
from transforms.matching.address_places import ACCEPT, PARTS, Place, place_of, road_of, with_towns
from transforms.matching.constrained import Union
from transforms.matching.generic.evidence import GREY
from transforms.matching.generic_pairs import EVEN, Edge, Linked

VERSION = "address-1"
KINDS = {"town": "category", "place": "place", "door": "door", "road": "street"}
RULES = (("place", "door"), ("town", "door"))


def link_addresses(texts: pa.Table, decisions: pa.Table | None = None) -> Linked:
    """Group `texts`: feed, record_key, role (of the text), source, and address with its parts as in contracts.mentions.

    `source` has the feeds that write it, joined by a space. Methods: door, likeness, area, text, decision. `decisions`
    (as for organisations) are obeyed, what is different first. The result does not depend on the order of rows.
    """
    ordered = texts.sort_by([(c, "ascending") for c in ("feed", "record_key", "role")])
    same, different = generic_pairs.verdicts(ordered, decisions)
    rows = ordered.select([*PARTS, "address_key", "address"]).to_pylist()
    places, told = with_towns([place_of(row) for row in rows], ordered["source"].to_pylist())
    for row in sorted({max(a, b) for a, b in different if places[a] == places[b]}):
        places[row] = Place(None, None, None, None, (f"{row}",))  # a person says that it is elsewhere
    group: dict[Place, int] = {}
    of = np.array([group.setdefault(place, len(group)) for place in places], np.int64)
    known = list(group)
    _, first = np.unique(of, return_index=True)
    union = Union(len(known), _own(known), [(int(of[a]), int(of[b])) for a, b in different])
    how: dict[int, tuple[str, float]] = {}
    for a, b in same:
        if union.join(int(of[a]), int(of[b]), ruled=True):
            how |= {int(of[a]): ("decision", 1.0), int(of[b]): ("decision", 1.0)}
    edges, report = _edges(known, of, ordered, first)
    edges = _shared(known, edges)
    for edge in edges:
        lost = next((g for g in (edge.a, edge.b) if known[g].town is None), None)
        if edge.score >= ACCEPT and lost is not None and union.join(edge.a, edge.b):
            how.setdefault(lost, ("likeness", edge.score))
    root = np.array([union.root(g) for g in range(len(known))], np.int64)
    return Linked(
        _members(ordered, [how.get(g, (p.method, 1.0)) for g, p in enumerate(known)], root, of, told),
        _grey(ordered, union, edges),
        generic_pairs.no_conflicts(),
        {"texts": ordered.num_rows, "spine": len(known), "addresses": len(np.unique(root)), "linker": report},
    )


def _own(known: list[Place]) -> list[list[object]]:
    """A place is in one town, and a door is no other door."""
    return [[p.town for p in known], [(p.place, p.door) if p.door else None for p in known]]


def _edges(
    known: list[Place], of: np.ndarray[Any, Any], ordered: pa.Table, first: np.ndarray[Any, Any]
) -> tuple[list[Edge], dict[str, Any]]:
    """Pairs of doors as the linker sees them, each door as often as there are registers that have it.

    An estate may stand at a road or two, which tell the town where it is left out.
    """
    said: dict[tuple[str, int, str | None], None] = {}
    estates = ordered.select(["source", "road", "road_no", "compound"]).to_pylist()
    for row, g in zip(estates, of.tolist(), strict=True):
        if known[g].door:
            said |= dict.fromkeys((feed, g, road_of(row)) for feed in str(row["source"]).split())
    doors = [(feed, known[g].town, known[g].place, known[g].door, way) for feed, g, way in said]
    columns = [list(c) for c in zip(*doors, strict=True)] or [[]] * 5
    table = pa.table([pa.array(c, pa.string()) for c in columns], names=["source", *KINDS])
    owner = np.array([g for _, g, _ in said], np.int64)
    found, report = generic_pairs.edges(table, KINDS, RULES, (owner, first[owner] if len(owner) else owner))
    return [e for e in found if _readable(known[e.a], known[e.b])] + _partly(known, first), report


def _readable(a: Place, b: Place) -> bool:
    """One door of one town, or of a town left out; another place of one town may be misspelled."""
    return a.door == b.door and (a.town is None or b.town is None or a.town == b.town)


def _partly(known: list[Place], first: np.ndarray[Any, Any]) -> list[Edge]:
    """Doors that lack one number (the unit, the group) which only one other door would fill: for a person to see."""
    full: dict[tuple[object, ...], list[int]] = defaultdict(list)
    lacking: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for g, p in enumerate(known):
        numbers = _numbers(p.door)
        for at in range(len(numbers)) if len(numbers) > 1 else ():
            less: tuple[object, ...] = (p.town, p.place, at, *numbers[:at], *numbers[at + 1 :])
            if all(numbers):
                full[less].append(g)
            elif not numbers[at]:
                lacking[less].append(g)
    text = json.dumps({"fields": {"door": {"level": "part", "strangers": 0.0, "relatives": 0.0}}, "context": {},
                       "rules": ["part"], "model": VERSION})  # fmt: skip
    found = []
    for key, groups in lacking.items():
        fitting = full.get(key, [])
        for g in groups if len(fitting) == 1 else ():
            a, b = sorted((g, fitting[0]))
            found.append(Edge(a, b, EVEN, int(first[a]), int(first[b]), False, text))
    return found


def _numbers(door: str | None) -> list[str]:
    return (door or "").replace("/", "-").split("-")


def _shared(known: list[Place], edges: list[Edge]) -> list[Edge]:
    """`edges`, the strongest first, a door without its town being in one of the towns at most that have such a door."""
    odds: dict[int, float] = defaultdict(float)
    for edge in edges:
        for g in _lost(known, edge):
            odds[g] += edge.score / max(1 - edge.score, 1e-9)
    found = []
    for edge in edges:
        own = edge.score / max(1 - edge.score, 1e-9)
        chance = min([own / (1 + odds[g]) for g in _lost(known, edge)], default=edge.score)
        found.append(edge._replace(score=chance))
    return sorted(found, key=lambda e: (-e.score, e.a, e.b))


def _lost(known: list[Place], edge: Edge) -> list[int]:
    """The side of `edge` that has left its town out, where the other one has the same door of a town."""
    a, b = known[edge.a], known[edge.b]
    if (a.place, a.door) != (b.place, b.door):
        return []
    return [g for g, one, other in ((edge.a, a, b), (edge.b, b, a)) if one.town is None and other.town is not None]


def _members(
    ordered: pa.Table,
    how: list[tuple[str, float]],
    root: np.ndarray[Any, Any],
    of: np.ndarray[Any, Any],
    told: dict[int, float],
) -> pa.Table:
    table = ordered.select(["feed", "record_key", "role"])
    table = table.append_column("cluster", pa.array(root[of] if len(of) else of, pa.int64()))
    said = [("likeness", told[row]) if row in told else how[g] for row, g in enumerate(of.tolist())]
    table = table.append_column("score", pa.array([s for _, s in said], pa.float64()))
    return table.append_column("method", pa.array([m for m, _ in said], pa.string()))


def _grey(ordered: pa.Table, union: Union, edges: list[Edge]) -> pa.Table:
    """Pairs not joined that may be one, the best a pair of places."""
    best: dict[tuple[int, int], Edge] = {}
    for edge in edges:
        a, b = sorted((union.root(edge.a), union.root(edge.b)))
        if a != b and edge.score >= GREY and union.may(a, b, ruled=True):
            best.setdefault((a, b), edge)
    return generic_pairs.table(ordered, list(best.values()))
