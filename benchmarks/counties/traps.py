"""A harder county: what real registers hold beyond slips of the pen.

Where nobody knows the telephone, the village cadre's own is filled in; older people are on some registers with their
birthday of the lunar calendar; townships that became towns, and towns that became streets, keep their former names in
old addresses; and a list whose key is its running number is renumbered every month.
"""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from benchmarks.counties import numbers
from benchmarks.counties.clerk import Clerk
from benchmarks.counties.damage import Written
from benchmarks.counties.people import Person
from benchmarks.counties.places import Place

RENUMBERED = {"minzheng_gaoling": "序号"}
FORMER = {"镇": "乡", "街道": "镇"}
LUNAR_BEFORE = 1966  # born earlier: the lunar day was what the family knew


class TrappedClerk(Clerk):
    """Writes as a clerk does, and walks into these traps."""

    def phone(self, person: Person | None, missing: float) -> str:
        """Now and then the cadre's, who looks after the whole township, where there is none."""
        phone = super().phone(person, missing)
        if person is None or phone not in ("", "无") or self.random.random() > 0.3:
            return phone
        return numbers.mobile(Random(f"cadre of {person.lives.town}"))

    def birth(self, person: Person) -> date:
        """The lunar day is 19 to 50 days behind, the same for a person wherever it is written."""
        if person.born.year < LUNAR_BEFORE and self.random.random() < 0.05:
            return person.born - timedelta(days=19 + person.number % 32)
        return super().birth(person)

    def place(self, place: Place, full: float = 0.5, no_town: float = 0.08) -> str:
        """In one address of eight the township by its former name."""
        text = super().place(place, full, no_town)
        for town in self.county.map.towns:
            kind = next((k for k in FORMER if town.endswith(k)), "")
            if kind and town in text and self.random.random() < 0.125:
                return text.replace(town, town.removesuffix(kind) + FORMER[kind])
        return text


def renumbered(written: list[Written], feed: str) -> list[Written]:
    """A list whose key is its running number, numbered from 1 in the order of this month."""
    key = RENUMBERED.get(feed)
    if key is None:
        return written
    return [(replace(e, key=str(n)), {**cells, key: str(n)}) for n, (e, cells) in enumerate(written, 1)]
