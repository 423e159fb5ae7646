"""What is certain about organisations before anything is weighed: credit codes, and names that are one code's alone.

Mentions that say the same are one profile; profiles are grouped by code (GB 32100), then by the core of their name
(organisations.parse_name), each group being a spine that likeness may join to others but never takes apart.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz import fuzz

from transforms.clean.columns import combined
from transforms.clean.credit_codes import clean_credit_code
from transforms.matching.organisations import OrgName, parse_name

SAYS = ("feed", "name", "credit_code", "town", "phone")
ALIKE = 60.0  # of 100: names under one code that have less in common are two names
# How often two registers name one township for one organisation, before any was compared: as if six had been.
AGREE, SEEN = 5.1, 6.0


class Profile(NamedTuple):
    """What one or more mentions say alike. `code` is null unless it checks; `written` is the code as delivered."""

    feed: str
    name: OrgName
    code: str | None
    written: str | None
    town: str | None
    phone: str | None
    row: int  # the first of its mentions
    times: int


class Spine(NamedTuple):
    """`of`: the profile of each mention. `group`: the spine of each profile. `how`: code, name or alone, by profile.

    `borrowed`: profiles whose code belongs to another name, with the profile it belongs to; `renamed`: profiles under
    their own code with a name that is unlike its others, and one of those others.
    """

    profiles: list[Profile]
    of: NDArray[np.int64]
    group: list[int]
    how: list[str]
    borrowed: list[tuple[int, int]]
    renamed: list[tuple[int, int]]


def spine(mentions: pa.Table, alone: Iterable[int] = ()) -> Spine:
    """Group `mentions` (feed, name, credit_code, town, phone); rows in `alone` are tied to nothing."""
    profiles, of = _profiles(mentions, alone)
    owners = _owners(profiles)
    borrowed, renamed = _disputed(profiles, owners)
    taken = {p for p, _ in borrowed}
    codes = [None if i in taken else p.code for i, p in enumerate(profiles)]
    solo = {int(of[row]) for row in alone}
    labels: list[tuple[object, ...]] = []
    how = []
    named = _Names(profiles, codes)
    for i, (profile, code) in enumerate(zip(profiles, codes, strict=True)):
        if i in solo or not (code or profile.name.core):
            labels.append(("alone", i))
            how.append("alone")
        else:
            labels.append(("code", code) if code else named.label(profile))
            how.append("code" if code else "name")
    place: dict[tuple[object, ...], int] = {}
    group = [place.setdefault(label, len(place)) for label in labels]
    return Spine(profiles, of, group, how, borrowed, renamed)


def _profiles(mentions: pa.Table, alone: Iterable[int]) -> tuple[list[Profile], NDArray[np.int64]]:
    codes = np.zeros(mentions.num_rows, np.int64)
    for column in SAYS:
        encoded = combined(mentions[column]).dictionary_encode(null_encoding="encode")
        indices = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        codes = np.unique(codes * (len(encoded.dictionary) + 1) + indices, return_inverse=True)[1]
    silent = np.flatnonzero(
        mentions["name"].is_null().to_numpy() & mentions["credit_code"].is_null().to_numpy()
    )  # who says nothing is like nobody else
    single = np.unique(np.concatenate([silent, np.fromiter(alone, np.int64)]))
    codes[single] = int(codes.max(initial=0)) + 1 + np.arange(len(single))
    _, first, of, times = np.unique(codes, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(first)  # in the order of the mentions, not of their codes
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    said = mentions.select(SAYS).take(pa.array(first[order])).to_pylist()
    return [_profile(row, int(r), int(t)) for row, r, t in zip(said, first[order], times[order], strict=True)], rank[of]


def _profile(row: dict[str, str | None], first: int, times: int) -> Profile:
    name = _parsed(row["name"])
    code, problem = clean_credit_code(row["credit_code"])
    town = name.town or row["town"]
    return Profile(row["feed"] or "", name, None if problem else code, code, town, row["phone"], first, times)


_parsed = lru_cache(maxsize=65536)(parse_name)


def _owners(profiles: list[Profile]) -> dict[str, str]:
    """By code its name: one that no other code has, if there is one, that most registers and most mentions give."""
    feeds: dict[tuple[str, str], set[str]] = defaultdict(set)
    times: Counter[tuple[str, str]] = Counter()
    codes: dict[str, set[str]] = defaultdict(set)
    for p in profiles:
        if p.code and p.name.core:
            feeds[p.code, p.name.core].add(p.feed)
            times[p.code, p.name.core] += p.times
            codes[p.name.core].add(p.code)
    best: dict[str, tuple[bool, int, int, str]] = {}
    for (code, core), known in feeds.items():
        rank = (len(codes[core]) == 1, len(known), times[code, core], core)
        best[code] = max(best.get(code, rank), rank)
    return {code: rank[-1] for code, rank in best.items()}


def _disputed(profiles: list[Profile], owners: dict[str, str]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Profiles with a name unlike their code's: borrowed where the name is another code's, else renamed."""
    codes: dict[str, set[str]] = defaultdict(set)
    for code, core in owners.items():
        codes[core].add(code)
    standard: dict[str, int] = {}
    for i, p in enumerate(profiles):
        if p.code and p.name.core == owners.get(p.code):
            standard.setdefault(p.code, i)
    borrowed, renamed = list[tuple[int, int]](), list[tuple[int, int]]()
    for i, p in enumerate(profiles):
        if not p.code or not p.name.core or _alike(p.name.core, owners[p.code]):
            continue
        elsewhere = codes[p.name.core] - {p.code}
        (borrowed if elsewhere else renamed).append((i, standard[p.code]))
    return borrowed, renamed


def _alike(core: str, other: str) -> bool:
    return core in other or other in core or fuzz.ratio(core, other) >= ALIKE


class _Names:
    """Whose a name without a code is."""

    def __init__(self, profiles: list[Profile], codes: list[str | None]) -> None:
        self._holders: dict[str, dict[str, set[str | None]]] = defaultdict(lambda: defaultdict(set))
        self._towns: dict[str, set[str]] = defaultdict(set)
        self._regions: dict[str, set[str]] = defaultdict(set)
        self._places: dict[str, set[str]] = defaultdict(set)
        self._corporate: set[str] = set()
        for p, code in zip(profiles, codes, strict=True):
            core = p.name.core or ""
            if p.name.corporate:
                self._corporate.add(core)
            if p.name.region:
                self._regions[core].add(p.name.region)
            if code and core:
                self._holders[core][code].add(p.name.region)
            if code and p.town:
                self._towns[code].add(p.town)
            elif p.town:
                self._places[core].add(p.town)
        self._telling = _telling(profiles, codes)

    def label(self, p: Profile) -> tuple[object, ...]:
        """The code it is known with, where it is one code's alone; else the name, with region and township."""
        core, region = p.name.core or "", p.name.region
        holders = [c for c, regions in self._holders.get(core, {}).items() if _compatible(region, regions)]
        there = [c for c in holders if self._fits(p, c)]
        near = [c for c in there if p.town and p.town in self._towns[c] and self._telling[p.feed]]
        if len(holders) == 1 and (there or core in self._corporate):
            return ("code", holders[0])
        if len(near) == 1:
            return ("code", near[0])
        if region is None and len(self._regions[core]) == 1:
            region = next(iter(self._regions[core]))
        town = p.town if self._telling[p.feed] else None
        if core in self._corporate:
            town = None
        elif town is None and len(self._places[core]) == 1 and not holders:
            town = next(iter(self._places[core]))
        return ("name", core, region, town, len(holders) > 1 and (p.feed, p.row))

    def _fits(self, p: Profile, code: str) -> bool:
        """False when the township says that it is another one."""
        towns = self._towns[code]
        return not (p.town and towns and p.town not in towns and self._telling[p.feed])


def _compatible(region: str | None, regions: set[str | None]) -> bool:
    known = regions - {None}
    return region is None or not known or region in known


def _telling(profiles: list[Profile], codes: list[str | None]) -> dict[str, bool]:
    """By feed, whether the township it gives is the organisation's own: learned from what has a code.

    A register of hazards gives the place of the hazard, which says nothing of the seat.
    """
    towns: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for p, code in zip(profiles, codes, strict=True):
        if code and p.town:
            towns[code][p.feed].add(p.town)
    agree: dict[str, float] = defaultdict(lambda: AGREE)
    seen: dict[str, float] = defaultdict(lambda: SEEN)
    for by_feed in towns.values():
        for feed, said in by_feed.items():
            others = set().union(*(t for f, t in by_feed.items() if f != feed))
            if others:
                agree[feed] += len(said & others) / len(said)
                seen[feed] += 1
    return {p.feed: agree[p.feed] / seen[p.feed] >= 0.5 for p in profiles}
