"""What the registers say about one person at a month's end: the ten findings, from their definitions alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from benchmarks.counties.people import Person, next_month
from benchmarks.counties.registers import Entry


class Finding(NamedTuple):
    """A person counts once a kind and month."""

    kind: str
    month: date
    person: int


class Known:
    """The registers as of one month: its snapshots, and everything that increments had told by then."""

    def __init__(self, entries: Iterable[Entry], month: date) -> None:
        self.month, self.end = month, next_month(month) - timedelta(days=1)
        self.now: dict[str, list[Entry]] = defaultdict(list)
        self.told: dict[str, list[Entry]] = defaultdict(list)
        # Of lines under one key the last counts.
        for entry in {(e.feed, e.month, e.key): e for e in entries if not e.broken}.values():
            if entry.month <= month:
                self.told[entry.feed].append(entry)
                if entry.month == month:
                    self.now[entry.feed].append(entry)
        status = {e.who["person"]: e.facts["status"] for e in self.now["gongan_hukou"]}
        self.normal = {person for person, said in status.items() if said == "正常"}
        self.native = {person for person, said in status.items() if said in ("正常", "死亡注销")}
        self.local = {e.who["person"] for e in self.now["gongan_hukou"]}
        self.dead = dict(self._dead())

    def _dead(self) -> Iterator[tuple[Person, date]]:
        """Who is known to have died, and by when: the register only says when it learnt of it."""
        for entry in self.now["gongan_hukou"]:
            person = entry.who["person"]
            if entry.facts["status"] == "死亡注销" and person.deregistered:
                yield person, person.deregistered
        for feed in ("weijian_siwang", "minzheng_binzang"):
            for entry in self.told[feed]:
                yield entry.who["person"], entry.facts["died"]

    def people(self, feed: str) -> set[Person]:
        """Who stands in the month's `feed`."""
        return {p for e in self.now[feed] for p in e.who.values()}


def findings(entries: list[Entry], months: list[date]) -> list[Finding]:
    """All ten kinds for every month, sorted."""
    found = set()
    for month in months:
        known = Known(entries, month)
        for kind, question in QUESTIONS.items():
            found |= {Finding(kind, month, person.number) for person in question(known)}
    return sorted(found)


def _pension(known: Known) -> Iterator[Person]:
    for entry in known.now["renshe_yanglao"]:
        person = entry.who["person"]
        if person in known.dead and entry.facts["paid"] > known.dead[person]:
            yield person


def _undeclared(known: Known) -> Iterator[Person]:
    yield from (p for p in known.dead if p in known.normal)


def _rode(known: Known) -> Iterator[Person]:
    for entry in known.now["jiaotong_laonianka"]:
        person = entry.who["person"]
        if person in known.dead and entry.facts["used"] > known.dead[person]:
            yield person


def _homes(known: Known) -> Counter[Person]:
    return Counter(p for e in known.now["fangguan_chanquan"] for p in set(e.who.values()))


def _two_homes(known: Known) -> Iterator[Person]:
    homes = _homes(known)
    yield from (p for p in known.people("minzheng_dibao") if homes[p] >= 2)


def _business(known: Known) -> Iterator[Person]:
    bosses = {p for e in known.now["shichang_qiye"] if e.facts["status"] == "存续" for p in e.who.values()}
    yield from known.people("minzheng_dibao") & bosses


def _twice(known: Known) -> Iterator[Person]:
    entries = Counter(e.who["person"] for e in known.now["minzheng_dibao"])
    yield from (p for p, n in entries.items() if n >= 2)


def _tenant_owns(known: Known) -> Iterator[Person]:
    homes = _homes(known)
    yield from (p for p in known.people("fangguan_gongzu") if homes[p])


def _unclaimed(known: Known) -> Iterator[Person]:
    listed = known.people("minzheng_gaoling")
    for person in known.normal - listed - known.dead.keys():
        if person.age(known.month) >= 80:
            yield person


def _not_enrolled(known: Known) -> Iterator[Person]:
    began = date(known.month.year - (known.month.month < 9), 8, 31)
    pupils = {e.who["person"] for e in known.now["jiaoyu_xueji"]}
    for person in known.normal - pupils - known.dead.keys():
        if 6 <= person.age(began) < 15:
            yield person


def _unregistered(known: Known) -> Iterator[Person]:
    for entry in known.told["weijian_chusheng"]:
        child, mother = entry.who["新生儿"], entry.who["母亲"]
        if (known.end - child.born).days >= 30 and mother in known.native and child not in known.local:
            yield child


QUESTIONS = {
    "pension_paid_after_death": _pension,
    "deceased_not_deregistered": _undeclared,
    "bus_card_used_after_death": _rode,
    "dibao_owns_two_homes": _two_homes,
    "dibao_owns_business": _business,
    "dibao_paid_twice": _twice,
    "public_rental_owns_home": _tenant_owns,
    "eligible_elderly_allowance_unclaimed": _unclaimed,
    "school_age_not_enrolled": _not_enrolled,
    "birth_not_registered": _unregistered,
}
