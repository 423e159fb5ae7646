"""Who lives in the county: families over three generations, newcomers, and what happens to them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from benchmarks.counties import numbers, words
from benchmarks.counties.places import Map, Place

YEAR = 365.25


@dataclass(eq=False)
class Person:
    """One inhabitant. `local`: on the household register; `home` is where that has them, `lives` where they are.

    `deregistered` and `registered` are when the register learnt of the death and of the birth (None: it hasn't).
    """

    number: int
    name: str
    sex: str
    born: date
    id_number: str
    local: bool
    home: Place
    lives: Place
    origin: str = ""
    phone: str = ""
    old_phone: str = ""
    before: Place | None = None  # where they lived some years ago
    household: str = ""
    relation: str = ""
    spouse: "Person | None" = None
    married: date | None = None
    father: "Person | None" = None
    mother: "Person | None" = None
    died: date | None = None
    deregistered: date | None = None
    registered: date | None = None
    moved_out: date | None = None
    visitor: bool = False  # lives elsewhere, but owns, trades or quarrels here
    children: list["Person"] = field(default_factory=list)

    def age(self, day: date) -> int:
        """Whole years on `day`."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))

    def alive(self, day: date) -> bool:
        """Whether they live through `day`."""
        return self.died is None or self.died > day


class County:
    """`people` inhabitants and their families, from `random` alone; `months` are the first days of those delivered."""

    def __init__(self, people: int, seed: int, months: list[date]) -> None:
        r = self.random = Random(f"county {seed}")
        self.first, self.end = months[0], next_month(months[-1]) - timedelta(days=1)
        self.profile = words.PROFILES[seed % len(words.PROFILES)]
        self.map = Map(self.profile, people, r)
        surnames = list(words.SURNAMES)
        # a county has its own clans: the first dozen stay frequent, all else is shuffled
        tail = surnames[12:]
        r.shuffle(tail)
        self.surnames = surnames[:12] + tail
        self.weights = [1 / (rank + 4) for rank in range(len(self.surnames))]
        self.orders: dict[tuple[str, date], int] = {}
        self.turns = list(_turns(months))
        self.people: list[Person] = []
        self.households = 0
        self.cadres = [numbers.mobile(r) for _ in range(max(2, people // 600))]
        while len(self.people) < people:
            self._newcomers() if r.random() < 0.09 else self._family()
        for person in list(self.people):
            if person.local and r.random() < 0.0012:
                self._namesake(person)
        for _ in range(people // 80):
            origin = r.choice(words.ELSEWHERE)
            visitor = self._adult(self.surname(), r.choice("MF"), r.uniform(25, 60), self.map.somewhere(), origin)
            visitor.visitor = True
        live(self)

    def surname(self) -> str:
        """A surname, by its frequency here."""
        if self.random.random() < 0.005:
            return self.random.choice(words.DOUBLE)
        return self.random.choices(self.surnames, self.weights)[0]

    def given(self, sex: str, year: int, shared: str = "") -> str:
        """A given name of the fashion of its year; `shared` is the character siblings have in common."""
        r, era = self.random, "old" if year < 1962 else "mid" if year < 1996 else "new"
        pool = words.GIVEN[f"{era}_{sex.lower()}"]
        one, two = (pool[min(int(r.expovariate(6.0) * len(pool)), len(pool) - 1)] for _ in range(2))
        if r.random() < 0.002:
            two = r.choice(words.RARE)
        if shared:
            return shared + two
        return one if r.random() < {"old": 0.06, "mid": 0.3, "new": 0.12}[era] else one + two

    def _number(self, region: str, born: date, sex: str) -> str:
        order = self.orders.get((region, born), self.random.randrange(0, 700)) + self.random.randint(1, 3)
        order += (order % 2 == 0) if sex == "M" else (order % 2 == 1)
        self.orders[region, born] = order
        return numbers.id_number(region, born, order % 1000)

    def _person(self, name: str, sex: str, born: date, home: Place, origin: tuple[str, str] | None) -> Person:
        r = self.random
        region = origin[0] if origin else self.profile.region
        if origin is None and r.random() < 0.05:  # married in from elsewhere: the number stays
            region = r.choice(words.ELSEWHERE)[0]
        person = Person(
            len(self.people) + 1, name, sex, born, self._number(region, born, sex), origin is None, home, home
        )
        person.origin = origin[1] if origin else ""
        if 13 < person.age(self.end) < 80 or r.random() < 0.25:
            person.phone = numbers.mobile(r)
        self.people.append(person)
        return person

    def _born(self, low: float, high: float) -> date:
        """A birthday `low` to `high` years before the last day; now and then one on which a rule turns."""
        r = self.random
        day = self.end - timedelta(days=int(r.uniform(max(low, 0), max(high, low, 0.01)) * YEAR))
        near = [turn for turn in self.turns if abs((turn - day).days) < 200]
        return r.choice(near) if near and r.random() < 0.12 else day

    def _family(self) -> None:
        """A household: a head, perhaps a spouse, children, an elder; grown-up children have households of their own."""
        r = self.random
        age = r.choices((r.uniform(22, 45), r.uniform(45, 70), r.uniform(70, 92)), (45, 35, 20))[0]
        home, surname = self.map.somewhere(), self.surname()
        head = self._adult(surname, "M" if r.random() < 0.82 else "F", age, home, None)
        members = [(head, "户主")]
        if r.random() < (0.8 if age < 75 else 0.55):
            spouse = self._marry(head, age, None)
            members.append((spouse, "配偶"))
            members += [(child, "子" if child.sex == "M" else "女") for child in self._children(head, spouse, age)]
        if age < 65 and r.random() < 0.25:
            elder = self._adult(surname, r.choice("MF"), age + r.uniform(20, 32), home, None)
            members.append((elder, "父亲" if elder.sex == "M" else "母亲"))
            self._descend(head, elder)
        self._settle([m for m in members if m[0].home is home], home)

    def _adult(self, surname: str, sex: str, age: float, home: Place, origin: tuple[str, str] | None) -> Person:
        born = self._born(age, age + 1)
        if self.random.random() < 0.002 and not origin:
            return self._person(self.random.choice(words.FOREIGN), sex, born, home, origin)
        return self._person(surname + self.given(sex, born.year), sex, born, home, origin)

    def _marry(self, head: Person, age: float, origin: tuple[str, str] | None) -> Person:
        r = self.random
        sex = "F" if head.sex == "M" else "M"
        spouse = self._adult(self.surname(), sex, max(21, age + r.uniform(-5, 3)), head.home, origin)
        head.spouse, spouse.spouse = spouse, head
        late = max(head.born, spouse.born) + timedelta(days=int(r.uniform(21, 29) * YEAR))
        head.married = spouse.married = min(late, self.end - timedelta(days=r.randrange(400)))
        return spouse

    def _children(self, head: Person, spouse: Person, age: float) -> Iterator[Person]:
        """Children of a couple: minors and some grown-ups under their roof, others with families elsewhere."""
        r = self.random
        shared = r.choice(words.GIVEN["new_m"]) if r.random() < 0.3 else ""
        fathers = head if head.sex == "M" else spouse
        surname = fathers.name[:2] if fathers.name[:2] in words.DOUBLE else fathers.name[:1]
        origin = next((o for o in words.ELSEWHERE if o[1] == head.origin), None)
        for _ in range(r.choices((0, 1, 2, 3), (15, 40, 37, 8))[0]):
            years = r.uniform(0, min(age - 21, 46)) if age < 46 or r.random() < 0.4 else r.uniform(age - 45, age - 22)
            born = self._born(max(years, 0), max(years, 0) + 0.01)
            for _ in range(2 if r.random() < 0.03 else 1):
                sex = r.choice("MF")
                home = head.home if years < 24 or r.random() < 0.35 else self.map.somewhere()
                child = self._person(self._unlike(head, surname, sex, born, shared), sex, born, home, origin)
                self._descend(child, head)
                self._descend(child, spouse)
                if home is not head.home:
                    self._own_household(child)
                else:
                    yield child

    def _unlike(self, parent: Person, surname: str, sex: str, born: date, shared: str) -> str:
        """A name that none of the parent's other children bears."""
        taken = {child.name for child in parent.children}
        while (name := surname + self.given(sex, born.year, shared)) in taken:
            pass
        return name

    def _own_household(self, child: Person) -> None:
        members = [(child, "户主")]
        age = child.age(self.end)
        if age > 23 and self.random.random() < 0.7:
            spouse = self._marry(child, age, None)
            members.append((spouse, "配偶"))
            grandchildren = self._children(child, spouse, age) if age < 44 else iter(())
            members += [(c, "子" if c.sex == "M" else "女") for c in grandchildren]
        self._settle([m for m in members if m[0].home is child.home], child.home)

    def _descend(self, child: Person, parent: Person) -> None:
        if parent.sex == "M":
            child.father = parent
        else:
            child.mother = parent
        parent.children.append(child)

    def _newcomers(self) -> None:
        """People from elsewhere who live here, alone or as a family."""
        r, age, home = self.random, self.random.uniform(18, 58), self.map.somewhere()
        origin = r.choice(words.ELSEWHERE)
        head = self._adult(self.surname(), r.choice("MMF"), age, home, origin)
        members = [(head, "户主")]
        if age > 22 and r.random() < 0.5:
            spouse = self._marry(head, age, origin)
            members.append((spouse, "配偶"))
            children = self._children(head, spouse, min(age, 45))
            members += [(c, "子" if c.sex == "M" else "女") for c in children if c.age(self.end) < 20]
        self._settle(members, home)

    def _settle(self, members: list[tuple[Person, str]], home: Place) -> None:
        r = self.random
        self.households += 1
        number = f"{self.map.codes[home.town]}{self.households:06d}"
        moved = self.map.somewhere() if r.random() < 0.06 else None
        before = self.map.somewhere() if r.random() < 0.08 else None
        shared = next((p.phone for p, _ in members if p.phone), "")
        for person, relation in members:
            person.household, person.relation = number, relation
            person.lives, person.before = moved or person.lives, before
            if person.phone and r.random() < 0.25:
                person.old_phone = numbers.mobile(r)
            if (not person.phone and r.random() < 0.5) or r.random() < 0.04:
                person.phone = shared
            if r.random() < 0.008:
                person.phone = r.choice(self.cadres)

    def _namesake(self, person: Person) -> None:
        """Another of the same name and birthday, in a household of their own."""
        home = self.map.somewhere()
        other = self._person(person.name, person.sex, person.born, home, None)
        self._settle([(other, "户主")], home)


def _turns(months: list[date]) -> Iterator[date]:
    """Birthdays on which a rule turns: 80 on the first, 6 and 15 on 31 August, 30 days old at the month's end."""
    year = months[-1].year
    for month in months:
        eighty = month.replace(year=month.year - 80)
        yield from (eighty, eighty + timedelta(days=1))
        last = next_month(month) - timedelta(days=1)
        yield from (last - timedelta(days=30), last - timedelta(days=29))
    for years in (6, 15):
        yield from (date(year - years, 8, 31), date(year - years, 9, 1))


def live(county: County) -> None:
    """Deaths, late entries of births, departures: what happens to everybody up to the county's last day."""
    r = county.random
    spring = date(county.first.year, 1, 1)
    for person in county.people:
        age = person.age(county.end)
        if person.born >= spring:
            delay = r.randint(3, 70)
            person.registered = None if r.random() < 0.15 else person.born + timedelta(days=delay)
            continue
        person.registered = person.born
        risk = 0.001 if age < 40 else 0.006 if age < 60 else 0.025 if age < 70 else 0.06 if age < 80 else 0.13
        if r.random() < risk:
            _die(county, person, spring)
        elif age > 60 and r.random() < 0.02:
            person.died = spring - timedelta(days=r.randint(30, 700))
            person.deregistered = person.died + timedelta(days=r.randint(3, 29))
        elif 20 < age < 50 and person.local and r.random() < 0.012:
            recent = any(child.born >= spring for child in person.children)
            person.moved_out = None if recent else county.end - timedelta(days=r.randint(20, 600))


def _die(county: County, person: Person, since: date) -> None:
    r = county.random
    person.died = since + timedelta(days=r.randrange((county.end - since).days))
    if r.random() < 0.15:  # on the eve, the first and the last day of a month
        last = next_month(county.first) - timedelta(days=1)
        person.died = r.choice((county.first - timedelta(days=1), county.first, last, last + timedelta(days=1)))
    if r.random() < 0.84:
        person.deregistered = person.died + timedelta(days=r.randint(2, 45))


def next_month(day: date) -> date:
    """The first of the month after the one of `day`."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
