"""The same organisation across registers: by code, by a name that is one code's alone, else by likeness.

What is certain is the spine (organisation_spine); the rest is weighed by the linker for any tables, whose mergers are
held against what cannot be: two codes, a branch and its head office, two regions, what a person decided.
"""

import json
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.matching import generic_pairs
from transforms.matching.constrained import Union
from transforms.matching.generic.evidence import GREY
from transforms.matching.generic_pairs import EVEN, Edge, Linked
from transforms.matching.organisation_names import near_names
from transforms.matching.organisation_spine import Profile, Spine, spine

VERSION = "organisation-2"
KINDS = {"credit_code": "number", "name": "name", "region": "category", "town": "category", "phone": "phone"}
# A name's two words are its first two characters (most trade names) and the rest: a slip is in one of the two.
RULES = (("name",), ("credit_code",), ("phone",), ("name.first",), ("name.last", "town"))


def link_organisations(mentions: pa.Table, decisions: pa.Table | None = None) -> Linked:
    """Group `mentions` (`feed` and the columns of contracts.mentions; organisations).

    `decisions` (left_feed, left_key, left_role, right_*, verdict same|different) are obeyed, what is different first.
    The result does not depend on the order of rows. Methods: code, name, likeness, decision, alone. Conflicts:
    `code_conflict`, a code under the name of another code's company, not merged; `code_names`, one code with two unlike
    names, merged.
    """
    ordered = mentions.sort_by([(c, "ascending") for c in ("feed", "record_key", "role")])
    same, different = generic_pairs.verdicts(ordered, decisions)
    found = spine(ordered)
    groups = np.array(found.group, np.int64)
    inside = {max(a, b) for a, b in different if groups[found.of[a]] == groups[found.of[b]]}
    if inside:
        found = spine(ordered, sorted(inside))
        groups = np.array(found.group, np.int64)
    of = groups[found.of] if len(groups) else groups
    size = int(groups.max(initial=-1)) + 1
    apart = [(int(of[a]), int(of[b])) for a, b in different]
    union = Union(size, _own(found, size), apart)
    how: dict[int, tuple[str, float]] = {}
    for a, b in same:
        if union.join(int(of[a]), int(of[b]), ruled=True):
            how |= {int(of[a]): ("decision", 1.0), int(of[b]): ("decision", 1.0)}
    edges, report = _edges(found)
    edges += _written_nearly(found)
    for edge in edges:
        if edge.same and union.root(edge.a) != union.root(edge.b) and union.join(edge.a, edge.b):
            for side in (edge.a, edge.b):
                how.setdefault(side, ("likeness", edge.score))
    return Linked(
        _members(ordered, found, of, union, how),
        _grey(ordered, found, union, edges),
        _conflicts(ordered, found),
        {"mentions": ordered.num_rows, "profiles": len(found.profiles), "spine": size,
         "organisations": len({union.root(i) for i in range(size)}), "linker": report},
    )  # fmt: skip


def _own(found: Spine, size: int) -> list[list[object]]:
    """By spine: its code, whether it is a branch, what its name counts, its region; null where unknown or several."""
    said: list[list[set[object]]] = [[set() for _ in range(size)] for _ in range(4)]
    borrowed = {p for p, _ in found.borrowed}
    for i, (p, g) in enumerate(zip(found.profiles, found.group, strict=True)):
        values: tuple[object, ...] = (None if i in borrowed else p.code, None, None, p.name.region)
        if p.name.core:
            values = (values[0], p.name.branch, p.name.numbers, values[3])
        for column, value in zip(said, values, strict=True):
            if value is not None:
                column[g].add(value)
    return [[next(iter(s)) if len(s) == 1 else None for s in column] for column in said]


def _edges(found: Spine) -> tuple[list[Edge], dict[str, Any]]:
    """Pairs of spines as the linker sees them, the strongest first."""
    codes: dict[int, str] = {}
    taken = {p for p, _ in found.borrowed}
    for i, (p, g) in enumerate(zip(found.profiles, found.group, strict=True)):
        if p.code and i not in taken:
            codes[g] = p.code
    said: dict[tuple[object, ...], tuple[int, int]] = {}
    for i, (p, g) in enumerate(zip(found.profiles, found.group, strict=True)):
        if found.how[i] == "alone":
            continue
        wrong = p.written if i not in taken else None
        values = (codes.get(g) or wrong, _words(p), p.name.region, p.town, p.phone)
        said.setdefault((g, p.feed, *values), (g, i))
    rows = [key[1:] for key in said]
    columns = [pa.array([row[at] for row in rows], pa.string()) for at in range(6)]
    table = pa.table(columns, names=["source", *KINDS])
    owner = np.array([g for g, _ in said.values()], np.int64)
    spoken = np.array([found.profiles[i].row for _, i in said.values()], np.int64)
    return generic_pairs.edges(table, KINDS, RULES, (owner, spoken))


def _written_nearly(found: Spine) -> list[Edge]:
    """Names that are short for one known name alone, or differ from it by one slip: for a person to look at."""
    firsts: dict[str, int] = {}
    for i, p in enumerate(found.profiles):
        if p.name.core:
            firsts.setdefault(p.name.core, i)
    with_code = {p.name.core for i, p in enumerate(found.profiles) if found.how[i] == "code" and p.name.core}
    unknown = [core for core in firsts if core not in with_code]
    edges = []
    for core, (other, why) in near_names(unknown, sorted(with_code)).items():
        sides = sorted((found.group[i], i) for i in (firsts[core], firsts[other]))
        (a, one), (b, two) = sides
        if a != b:
            text = {"fields": {"name": {"level": why, "strangers": 0.0, "relatives": 0.0}}, "context": {},
                    "rules": [why], "model": VERSION}  # fmt: skip
            rows = found.profiles[one].row, found.profiles[two].row
            edges.append(Edge(a, b, EVEN, *rows, False, json.dumps(text)))
    return edges


def _words(p: Profile) -> str | None:
    core = p.name.core
    return core if core is None or len(core) < 3 else f"{core[:2]} {core[2:]}"


def _members(
    ordered: pa.Table, found: Spine, of: np.ndarray[Any, Any], union: Union, how: dict[int, tuple[str, float]]
) -> pa.Table:
    root = np.array([union.root(g) for g in range(int(of.max(initial=-1)) + 1)], np.int64)
    held: dict[int, int] = {}
    for g in root[np.array(found.group, np.int64)] if len(found.group) else ():
        held[int(g)] = held.get(int(g), 0) + 1
    by_profile = []
    for method, g in zip(found.how, found.group, strict=True):
        if method == "code":
            by_profile.append(("code", 1.0))
        else:
            by_profile.append(how.get(g, (method, 0.95 if held[int(root[g])] > 1 else 1.0)))
    table = ordered.select(["feed", "record_key", "role"])
    table = table.append_column("cluster", pa.array(root[of], pa.int64()))
    score = np.array([s for _, s in by_profile], np.float64)
    table = table.append_column("score", pa.array(score[found.of], pa.float64()))
    names = pa.array([m for m, _ in by_profile], pa.string())
    return table.append_column("method", names.take(pa.array(found.of)))


def _grey(ordered: pa.Table, found: Spine, union: Union, edges: list[Edge]) -> pa.Table:
    best: dict[tuple[int, int], Edge] = {}
    for edge in edges:
        a, b = sorted((union.root(edge.a), union.root(edge.b)))
        if a != b and edge.score >= GREY and union.may(a, b):
            best.setdefault((a, b), edge)
    return generic_pairs.table(ordered, list(best.values()))


def _conflicts(ordered: pa.Table, found: Spine) -> pa.Table:
    kinds = ["code_conflict"] * len(found.borrowed) + ["code_names"] * len(found.renamed)
    listed = [*found.borrowed, *found.renamed]
    right = [found.profiles[i].row for i, _ in listed]
    left = [found.profiles[owner].row for _, owner in listed]
    merged = [kind == "code_names" for kind in kinds]
    return pa.table(
        {
            "kind": pa.array(kinds, pa.string()),
            **generic_pairs.sides(ordered, left, right),
            "detail": pa.array([json.dumps({"merged": m}) for m in merged], pa.string()),
        }
    )
