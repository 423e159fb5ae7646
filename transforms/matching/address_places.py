"""What a text of an address names, and the town of one that leaves it out, where only one can be meant."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

PARTS = ("town", "village", "village_group", "road", "road_no", "compound", "building", "unit", "room", "house_no")
ACCEPT = 0.9  # how sure it must be which town is meant


class Place(NamedTuple):
    """What a text names. `door` is null for a road or village as a whole; `rest` tells what has no door apart."""

    town: str | None
    place: str | None
    door: str | None
    road: str | None  # of an estate, where the town is left out
    rest: tuple[str | None, ...]

    @property
    def method(self) -> str:
        """How exactly it is known: door, area (a road, a village), or text."""
        return "door" if self.door else "area" if any(self.rest[:-1]) else "text"


def place_of(row: dict[str, str | None]) -> Place:
    """What a text names, from its parts, address_key and address."""
    key = row["address_key"]
    if not key:
        parts = tuple(row[p] for p in PARTS)
        return Place(row["town"], None, None, None, (*parts, None if any(parts) else row["address"]))
    place, _, door = key.partition("/")
    if not door:
        place, door = row["road"] or place, row["road_no"] or key
    return Place(row["town"], place, door, None if row["town"] else road_of(row), (None,))


def road_of(row: dict[str, str | None]) -> str | None:
    """The road that an estate is said to stand at."""
    return f"{row['road']} {row['road_no'] or ''}" if row["compound"] and row["road"] else None


def with_towns(places: Sequence[Place], sources: Sequence[str]) -> tuple[list[Place], dict[int, float]]:
    """`places` with the town of those that leave it out and can mean one only, and by row how sure that is.

    `sources`: by row the feeds that write it, joined by a space. A place (village, estate) that n texts put in one town
    and none in another is there with a chance of (n + 1) / (n + 2), by Laplace's rule of succession. A door that is
    known in one town is meant with the share of doors that are where every other feed has them.
    """
    areas: dict[str, Counter[str]] = defaultdict(Counter)
    doors: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for p, feeds in zip(places, sources, strict=True):
        if p.place and p.town:
            areas[p.place][p.town] += 1
            if p.door:
                doors[p.place, p.door][p.town].update(feeds.split())
    share = _agreeing(doors)
    found, told = [], {}
    for row, p in enumerate(places):
        town, chance = None, 0.0
        if p.place and not p.town:
            towns, known = areas.get(p.place, Counter()), doors.get((p.place, p.door or ""), {})
            if len(towns) == 1:
                town, chance = next(iter(towns)), (towns.total() + 1) / (towns.total() + 2)
            if len(known) == 1:
                town, chance = next(iter(known)), max(chance, share)
        if town and chance >= ACCEPT:
            told[row] = chance
            p = p._replace(town=town, road=None)
        found.append(p)
    return found, told


def _agreeing(doors: dict[tuple[str, str], dict[str, set[str]]]) -> float:
    """How often a feed puts a door where all others do, of the doors that these put in one town: left out in turn."""
    right = tried = 0
    for towns in doors.values():
        for town, feeds in towns.items():
            for feed in feeds:
                others = {t for t, fs in towns.items() if fs - {feed}}
                tried += len(others) == 1
                right += others == {town}
    return (right + 1) / (tried + 2)
