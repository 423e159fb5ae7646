"""Doors of the county, and the many ways one door is written."""

from dataclasses import dataclass
from random import Random

from benchmarks.counties import words

NUMERALS = "零一二三四五六七八九十"


@dataclass(frozen=True)
class Place:
    """A door: in a village group, or in an estate on a road."""

    town: str
    village: str = ""
    group: int = 0
    house: int = 0
    road: str = ""
    road_no: int = 0
    estate: str = ""
    building: int = 0
    unit: int = 0
    room: int = 0

    def door(self, r: Random) -> str:
        """The door below the township, in one of its spellings."""
        if self.village:
            group = r.choices((f"{self.group}组", f"第{self.group}村民小组", f"{_numeral(self.group)}组"), (60, 35, 5))[
                0
            ]
            village = self.village + r.choices(("村", "村委会"), (65, 35))[0]
            return f"{village}{group}{self.house}{r.choice(('号', ''))}"
        way = "" if r.random() < 0.35 else f"{self.road}{self.road_no}号"
        b, u, room = self.building, self.unit, self.room
        tail = r.choices(
            (f"{b}栋{u}单元{room}室", f"{b}幢{u}单元{room}", f"{b}-{u}-{room}", f"{b}号楼{u}单元{room}室"),
            (35, 30, 30, 5),
        )[0]
        return f"{way}{self.estate}{tail}"


class Map:
    """The county's places; the same random numbers give the same county."""

    def __init__(self, profile: words.Profile, people: int, r: Random) -> None:
        self.profile, self.random = profile, r
        rural = [t + r.choice(("镇", "镇", "乡")) for t in r.sample(words.TOWNS, 6)]
        self.streets = [s + "街道" for s in r.sample(words.STREETS, 3)]
        self.towns = rural + self.streets
        self.codes = {t: f"{profile.region}{n:03d}" for n, t in enumerate(self.streets, 1)}
        self.codes |= {t: f"{profile.region}{n:03d}" for n, t in enumerate(rural, 100)}
        villages = r.sample(words.VILLAGES, min(len(words.VILLAGES), 14 + people // 200))
        self.villages = {t: r.sample(villages, 5) for t in rural}
        self.roads = r.sample(words.ROADS, 10)
        self.estates = {t: r.sample(words.ESTATES, 6) for t in self.streets}

    def somewhere(self) -> Place:
        """A door at random."""
        r = self.random
        town = r.choice(self.towns)
        if town in self.villages:
            return Place(town, r.choice(self.villages[town]), r.randint(1, 12), r.randint(1, 120))
        floor, door = r.randint(1, 18), r.randint(1, 4)
        return Place(
            town,
            road=r.choice(self.roads),
            road_no=r.randint(1, 300),
            estate=r.choice(self.estates[town]),
            building=r.randint(1, 30),
            unit=r.randint(1, 4),
            room=floor * 100 + door,
        )

    def spelled(self, place: Place, r: Random, full: float, no_town: float) -> str:
        """The address as written: `full` and `no_town` are the shares with province and without township."""
        p = self.profile
        prefix = r.choice((p.province + p.prefecture + p.county,) * 3 + (p.county,)) if r.random() < full else ""
        town = "" if r.random() < no_town else place.town
        return prefix + town + place.door(r)


def _numeral(number: int) -> str:
    return NUMERALS[number] if number <= 10 else f"十{NUMERALS[number - 10]}"
