"""Which register knows whom in which month, and the facts it holds: what the truth is computed from.

Membership is decided per register and person by their own dice, so that neither the degree of dirt nor the number of
months changes who is where.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from benchmarks.counties import numbers, words
from benchmarks.counties.people import County, Person, next_month
from benchmarks.counties.places import Place

Roles = dict[str, Person]


@dataclass
class Entry:
    """One record of `feed` as delivered in `month`: whom it names in which role, and what it says about them.

    `copy` counts further lines about the same person in the same register. `broken` lines can't be read by anybody, so
    they are no part of the truth. `month` is the first of the month.
    """

    feed: str
    month: date
    key: str
    who: Roles
    facts: dict[str, Any] = field(default_factory=dict)
    copy: int = 0
    broken: bool = False


class Company:
    """A business: its code, name, legal representative, seat."""

    def __init__(self, serial: int, county: County, boss: Person | None, r: Random) -> None:
        name = county.profile.county
        surname = boss.name[0] if boss else r.choice(county.surnames)
        self.small = serial % 3 > 0
        style = r.choice((f"{surname}记", f"{surname}家", f"老{surname}", f"{surname}氏"))
        firm = r.choice(words.FIRM_NAMES) + r.choice(words.FIRMS)
        self.name = f"{name}{style}{r.choice(words.SHOPS)}" if self.small else f"{name}{firm}有限公司"
        self.code = numbers.credit_code(county.profile.region, serial)
        self.kind = "个体工商户" if self.small else r.choice(("有限责任公司", "有限责任公司", "股份有限公司"))
        self.boss = boss
        self.seat: Place = boss.lives if boss and self.small else county.map.somewhere()
        self.founded = date(r.randint(2003, 2025), r.randint(1, 12), r.randint(1, 28))
        self.status = r.choices(("存续", "注销", "吊销", "迁出"), (76, 18, 4, 2))[0]


class Book:
    """All registers of a county over its months. `dirt` decides how often a person is entered twice."""

    def __init__(self, county: County, seed: int, months: list[date], dirt: float) -> None:
        self.county, self.seed, self.months, self.dirt = county, seed, months, dirt
        self.residents = [p for p in county.people if not p.visitor]
        self.adults = [p for p in county.people if p.age(county.end) >= 20 and p.died is None]
        self.companies = list(self._companies())

    def dice(self, *what: object) -> Random:
        """Dice of their own for any question; the same question gives the same answer."""
        return Random("/".join(map(str, (self.seed, *what))))

    def entries(self, month: date) -> Iterator[Entry]:
        """Every record delivered for `month`, feed by feed."""
        end = next_month(month) - timedelta(days=1)
        for person in self.residents:
            for entry in self._about(person, month, end):
                yield entry
                rate = TWICE.get(entry.feed, 0.0) * self.dirt
                if entry.key and person.died is None and self.dice("twice", entry.feed, person.number).random() < rate:
                    yield replace(entry, key=entry.key + "2", facts=dict(entry.facts), copy=1)
        yield from self._property(month)
        yield from self._businesses(month)
        yield from self._happenings(month, end)

    def _about(self, person: Person, month: date, end: date) -> Iterator[Entry]:
        """The registers in which people stand one by one."""
        number = person.number
        one = {"person": person}
        here = person.alive(end) and person.moved_out is None and person.born <= end
        if person.local and person.registered and person.registered <= end:
            yield Entry("gongan_hukou", month, f"HK{number:07d}", one, {"status": status(person, end)})
        yield from self._deaths(person, month)
        yield from self._family(person, month)
        yield from self._aid(person, month, end)
        yield from self._pension(person, month, end)
        if not here:
            return
        if not person.local and self.dice("liudong", number).random() < 0.85:
            yield Entry("gongan_liudong", month, f"LD{number:07d}", one)
        # a doorstep visit fails here and there, in another place every month
        if self.dice("zoufang", number).random() < 0.9 and self.dice("away", number, month).random() < 0.98:
            yield Entry("wangge_zoufang", month, f"ZF{number:07d}", one)
        if self.dice("qianyue", number).random() < 0.34:
            yield Entry("weijian_qianyue", month, f"QY{number:07d}", one)
        if 18 <= person.age(end) < 60 and self.dice("canbao", number).random() < 0.48:
            dice = self.dice("employer", number)
            yield Entry("renshe_canbao", month, f"CB{number:07d}", one, {"company": dice.choice(self.companies)})
        if 2 < person.age(end) < 18:
            yield from self._school(person, month)

    def _school(self, person: Person, month: date) -> Iterator[Entry]:
        began = date(month.year - (month.month < 9), 8, 31)
        dice = self.dice("xueji", person.number)
        # whoever turns 15 in the school's first months is on a roll: the README leaves open when 15 is reached
        turning = date(began.year - 15, 9, 1) <= person.born <= date(began.year - 15, 12, 31)
        if not (6 <= person.age(began) < 15 or turning):
            return
        if turning or dice.random() < (0.95 if person.local else 0.75):
            guardian = dice.choice([p for p in (person.mother, person.father, person.mother) if p] or [person])
            who = {"person": person} if guardian is person else {"person": person, "监护人": guardian}
            yield Entry("jiaoyu_xueji", month, f"G{self.county.profile.region}{person.number:07d}", who)

    def _deaths(self, person: Person, month: date) -> Iterator[Entry]:
        if person.died is None or person.died < date(self.months[0].year, 1, 1):
            return
        dice = self.dice("death", person.number)
        both = dice.random()
        late = dice.random() < 0.08
        told = next_month(person.died) if late else person.died.replace(day=1)
        if max(told, self.months[0]) != month:
            return
        facts = {"died": person.died}
        if both < 0.88:
            yield Entry("weijian_siwang", month, f"SW{person.number:07d}", {"person": person}, facts)
        if both > 0.12:
            yield Entry("minzheng_binzang", month, f"HH{person.number:07d}", {"person": person}, facts)

    def _family(self, person: Person, month: date) -> Iterator[Entry]:
        """Marriage and birth certificates, told by the wife and by the child."""
        when = self.dice("marriage", person.number)
        if person.spouse and person.sex == "F" and person.spouse.sex == "M":
            share, later = when.random(), when.choice(self.months)
            told = self.months[0] if share < 0.5 else later if share < 0.56 else None
            if told == month:
                who = {"男方": person.spouse, "女方": person}
                yield Entry("minzheng_hunyin", month, f"J3499992026{person.number:08d}", who, {"on": person.married})
        since = date(self.months[0].year, 1, 1)
        told = max(person.born.replace(day=1), self.months[0])
        if person.born >= since and person.mother and told == month:
            who = {"新生儿": person, "母亲": person.mother}
            if person.father and when.random() < 0.96:
                who["父亲"] = person.father
            yield Entry("weijian_chusheng", month, f"Z34{person.number:07d}", who)

    def _aid(self, person: Person, month: date, end: date) -> Iterator[Entry]:
        """Low-income support, allowance of the old, public housing."""
        number, one = person.number, {"person": person}
        living = person.alive(end) and person.moved_out is None
        if person.local and living and person.age(end) >= 20 and self.poor(person):
            yield Entry("minzheng_dibao", month, f"DBA{number:07d}", one)
            if self.dice("second", number).random() < 0.08:
                yield Entry("minzheng_dibao", month, f"DBB{number:07d}", one, copy=1)
        if living and 22 < person.age(end) < 70 and self.tenant(person):
            yield Entry("fangguan_gongzu", month, f"GZ{number:07d}", one)
        due = person.local and person.age(month) >= 80 and person.alive(month - timedelta(days=1))
        if due and self.dice("gaoling", number).random() < 0.84:
            yield Entry("minzheng_gaoling", month, f"GL{number:07d}", one)

    def poor(self, person: Person) -> bool:
        """Whether they receive low-income support."""
        return self.dice("dibao", person.number).random() < 0.045

    def tenant(self, person: Person) -> bool:
        """Whether they rent a public flat."""
        return self.dice("gongzu", person.number).random() < 0.025

    def _pension(self, person: Person, month: date, end: date) -> Iterator[Entry]:
        if person.age(end) < 60:
            return
        one, dice = {"person": person}, self.dice("yanglao", person.number)
        stopped = person.died is not None and person.died < month
        if person.local and dice.random() < 0.8 and (not stopped or dice.random() < 0.16):
            yield Entry("renshe_yanglao", month, f"YL{person.number:07d}", one, {"paid": month})
        dice = self.dice("laonianka", person.number)
        if person.visitor or dice.random() > 0.6 or (person.died and person.age(person.died) < 61):
            return
        used = self._last_used(person, month, end, dice)
        if used:
            yield Entry("jiaotong_laonianka", month, f"8803{person.number:07d}", one, {"used": used})

    def _last_used(self, person: Person, month: date, end: date, dice: Random) -> date | None:
        """The last ride up to `end`: mostly recent; of the dead, on the day they died, before, or by somebody else."""
        fate, back = dice.random(), dice.randint(1, 90)
        if person.died is None or person.died > end:
            sixty = next_month(person.born.replace(day=1)).replace(year=person.born.year + 60) - timedelta(days=1)
            return max(min(sixty, end), self._ride(person, month, fate, back))
        while month > person.died and month > self.months[0]:
            month = (month - timedelta(days=1)).replace(day=1)
        before = [person.died - timedelta(days=0 if fate < 0.35 else back)]
        if month > self.months[0]:
            before.append(self._ride(person, (month - timedelta(days=1)).replace(day=1), fate, back))
        if person.died >= date(self.months[0].year, 1, 1) and fate < 0.2:
            return min(end, person.died + timedelta(days=dice.choice((1, 1, back))))
        return max(day for day in before if day <= person.died)

    def _ride(self, person: Person, month: date, fate: float, back: int) -> date:
        if fate < 0.1:
            return self.months[0] - timedelta(days=30 + back * 3)
        days = (next_month(month) - month).days
        return month + timedelta(days=self.dice("ride", person.number, month).randrange(days))

    def _property(self, month: date) -> Iterator[Entry]:
        for person in self.adults:
            dice = self.dice("chanquan", person.number)
            need = self.poor(person) or self.tenant(person)
            weights = (70, 14, 14, 2) if need else (93, 5.5, 1.2, 0.3)
            for n in range(dice.choices((0, 1, 2, 3), weights)[0]):
                owners = [person]
                if person.spouse and person.spouse.died is None and dice.random() < 0.35:
                    owners.append(person.spouse)
                if person.children and dice.random() < 0.03:
                    owners.append(person.children[0])
                place = person.home if n == 0 else self.county.map.somewhere()
                if month > self.months[0] and dice.random() < 0.01:  # sold
                    owners = [dice.choice(self.adults)]
                who = {f"权利人{i}": owner for i, owner in enumerate(owners, 1)}
                key = f"BDC{person.number:07d}{n}"
                yield Entry("fangguan_chanquan", month, key, who, {"place": place, "area": dice.uniform(45, 160)})

    def _companies(self) -> Iterator[Company]:
        serial = 0
        for person in self.adults:
            dice = self.dice("qiye", person.number)
            share = 0.16 if self.poor(person) else 0.08 if person.visitor else 0.018
            if dice.random() < share:
                serial += 1
                yield Company(serial, self.county, person, dice)
        for _ in range(4):
            serial += 1
            yield Company(serial, self.county, None, self.dice("nobody's", serial))

    def _businesses(self, month: date) -> Iterator[Entry]:
        for company in self.companies:
            who = {"法定代表人": company.boss} if company.boss else {}
            changed = self.dice("closed", company.code).random() < 0.03 and month > self.months[0]
            facts = {"company": company, "status": "注销" if changed else company.status}
            yield Entry("shichang_qiye", month, company.code, who, facts)

    def _happenings(self, month: date, end: date) -> Iterator[Entry]:
        """Mediation, hazards, grid events of the month."""
        size, tag = len(self.residents), f"{month:%y%m}"
        for n in range(max(3, size // 100)):
            dice = self.dice("tiaojie", month, n)
            parties = dice.sample(self.adults, 2 + (dice.random() < 0.15))
            who = {f"当事人{i}": p for i, p in enumerate(parties, 1)}
            yield Entry("sifa_tiaojie", month, f"TJ{tag}{n:05d}", who, {"at": _some_day(month, end, dice)})
        for n in range(max(3, size // 120)):
            dice = self.dice("yinhuan", month, n)
            facts = {"at": _some_day(month, end, dice), "company": dice.choice(self.companies)}
            yield Entry("yingji_yinhuan", month, f"YH{tag}{n:05d}", {}, facts)
        for n in range(max(5, size // 30)):
            dice = self.dice("shijian", month, n)
            who = {"反映人": dice.choice(self.adults)} if dice.random() < 0.66 else {}
            yield Entry("wangge_shijian", month, f"SJ{tag}{n:05d}", who, {"at": _some_day(month, end, dice)})


# how often one person stands in one register under two keys
TWICE = {
    "gongan_hukou": 0.001,
    "wangge_zoufang": 0.006,
    "weijian_qianyue": 0.004,
    "renshe_canbao": 0.004,
    "gongan_liudong": 0.006,
    "jiaotong_laonianka": 0.003,
}


def status(person: Person, day: date) -> str:
    """What the household register says of a person on `day`."""
    if person.deregistered and person.deregistered <= day:
        return "死亡注销"
    return "迁出注销" if person.moved_out and person.moved_out <= day else "正常"


def _some_day(month: date, end: date, dice: Random) -> date:
    return month + timedelta(days=dice.randrange((end - month).days + 1))
