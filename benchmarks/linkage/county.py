"""A seeded, invented county: who lives in it, and what ten departments wrote down about them.

Mentions come out in the shape of contracts.mentions, cleaned as the cleaning would leave them, so that a benchmark
measures recognition alone. It is not the generator of the sample county. Region 990101 was never assigned.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

import pyarrow as pa

from benchmarks.linkage import names
from contracts.mentions import MENTION

REGION = "990101"
AT_ONCE = 200_000  # rows kept as Python objects before they become Arrow: millions would not fit
TODAY = date(2026, 10, 31)
WEIGHTS = tuple(pow(2, 17 - i, 11) for i in range(17))


@dataclass(frozen=True)
class Dirt:
    """How bad the data is. `noise` multiplies every rate of error, `missing` every share of missing numbers."""

    noise: float = 1.0
    missing: float = 1.0
    twins: float = 0.02
    shared_phone: float = 0.25
    moved: float = 0.08


@dataclass
class Person:
    """One inhabitant; `home` is where the register has them, `lives` where they do."""

    number: int
    name: str
    sex: str
    born: date
    id_number: str
    phone: str | None
    home: dict[str, str]
    lives: dict[str, str]
    household: str = ""
    relation: str = ""
    spouse: "Person | None" = None
    mother: "Person | None" = None
    father: "Person | None" = None
    family: list["Person"] = field(default_factory=list)

    @property
    def age(self) -> int:
        """Whole years at the end of the county's last month."""
        return (TODAY - self.born).days * 100 // 36525


def id_number(region: str, born: date, order: int) -> str:
    """An 18-character number with a right check character (GB 11643-1999)."""
    head = f"{region}{born:%Y%m%d}{order:03d}"
    return head + "10X98765432"[sum(int(d) * w for d, w in zip(head, WEIGHTS, strict=True)) % 11]


class County:
    """Builds `people` inhabitants from a seed; iterate `people` for them."""

    def __init__(self, people: int, seed: int, dirt: Dirt) -> None:
        self.random = Random(seed)
        self.dirt = dirt
        self.size = people
        self.people: list[Person] = []
        self.orders: dict[tuple[date, str], int] = {}
        self.taken: set[str] = set()
        self.cadre_phones = [self.mobile() for _ in range(max(2, people // 500))]
        while len(self.people) < people:
            self._household()

    def mobile(self) -> str:
        """A mobile number nobody answers."""
        return f"1{self.random.choice('3579')}{self.random.randrange(10**9):09d}"

    def address(self) -> dict[str, str]:
        """A door: in a village group, or in a housing estate."""
        r = self.random
        town = r.choice(names.TOWNS)
        if not town.endswith("街道"):
            spread = 1 + self.size // 12000
            village = r.choice(names.VILLAGES) + r.choice(["", "东", "西", "南", "北"][:spread])
            house = {"village_group": str(r.randint(1, 12)), "house_no": str(r.randint(1, 90))}
            return {"town": town, "village": village, **house}
        compound = r.choice(names.COMPOUNDS) + ("" if self.size < 12000 else r.choice(["", "一期", "二期", "三期"]))
        road = r.choice(names.ROADS)
        flat = {"building": str(r.randint(1, 24)), "unit": str(r.randint(1, 3))}
        flat["room"] = f"{r.randint(1, 18)}0{r.randint(1, 4)}"
        return {"town": town, "road": road, "road_no": str(r.randint(1, 200)), "compound": compound, **flat}

    def _number(self, born: date, sex: str) -> str:
        region = REGION if self.random.random() < 0.93 else self.random.choice(("990102", "990203", "990305"))
        order = self.orders.get((born, region), self.random.randrange(0, 300)) + self.random.randint(1, 4)
        order += (order % 2 == 0) if sex == "1" else (order % 2 == 1)
        self.orders[born, region] = order
        return id_number(region, born, order % 1000)

    def _person(self, surname: str, sex: str, born: date, home: dict[str, str], generation: str = "") -> Person:
        r = self.random
        lives = self.address() if r.random() < self.dirt.moved else home
        age = (TODAY - born).days / 365.25
        phone = self.mobile() if 14 < age < 78 or r.random() < 0.2 else None
        name = self._name(surname, sex, born, generation)
        person = Person(len(self.people), name, sex, born, self._number(born, sex), phone, home, lives)
        self.people.append(person)
        return person

    def _name(self, surname: str, sex: str, born: date, generation: str) -> str:
        """No family calls two of its members the same."""
        for _ in range(20):
            name = surname + names.given(self.random, sex, born.year, generation)
            if name not in self.taken:
                break
        self.taken.add(name)
        return name

    def _born(self, low: float, high: float) -> date:
        return TODAY - timedelta(days=int(self.random.uniform(low, high) * 365.25))

    def _household(self) -> None:
        r = self.random
        home, surname, age = self.address(), names.surname(r), r.uniform(22, 74)
        self.taken = set()
        head = self._person(surname, "1" if r.random() < 0.8 else "2", self._born(age, age + 1), home)
        family = [(head, "02")]
        if r.random() < 0.75:
            other = "2" if head.sex == "1" else "1"
            spouse = self._person(names.surname(r), other, self._born(max(21, age - 5), age + 3), home)
            head.spouse, spouse.spouse = spouse, head
            family.append((spouse, "10"))
            children = self._children(head, spouse, surname if head.sex == "1" else spouse.name[:1], age)
            family += [(child, "20" if child.sex == "1" else "30") for child in children]
        if r.random() < 0.2:
            elder = self._person(surname, r.choice("12"), self._born(age + 21, age + 33), home)
            family.append((elder, "51" if elder.sex == "1" else "52"))
        for person, relation in family:
            person.household, person.relation = f"H{head.number:08d}", relation
            person.family = [p for p, _ in family]
            if person.phone is None and r.random() < 0.6 or r.random() < self.dirt.shared_phone * 0.2:
                person.phone = next((p.phone for p, _ in family if p.phone), None)
            if r.random() < 0.01 * self.dirt.noise:
                person.phone = r.choice(self.cadre_phones)

    def _children(self, head: Person, spouse: Person, surname: str, age: float) -> Iterator[Person]:
        r = self.random
        mother, father = (spouse, head) if head.sex == "1" else (head, spouse)
        generation = r.choice(names.GIVEN["new_m"]) if r.random() < 0.3 else ""
        for _ in range(r.choices((0, 1, 2, 3), (20, 40, 33, 7))[0]):
            born = self._born(0, max(0.1, age - 21))
            for _ in range(2 if r.random() < self.dirt.twins else 1):
                child = self._person(surname, r.choice("12"), born, head.home, generation)
                child.mother, child.father = mother, father
                if child.age < 18:
                    child.lives = mother.lives
                yield child


class Form(NamedTuple):
    """What a register asks in one role. `wants`: i number, s sex, b birth, y birth or its year, p phone, h registered
    home, l where they live. `missing`: the usual share without a number.
    """

    feed: str
    role: str
    wants: str
    missing: float = 0.05


class Register(NamedTuple):
    """A register that lists people one by one: which share of which ages, and how often somebody twice."""

    form: Form
    prefix: str
    share: float
    youngest: int = 0
    oldest: int = 130
    again: float = 0.0


REGISTERS = (
    Register(Form("grid_visits", "person", "isypl", 0.33), "ZF", 0.85, again=0.01),
    Register(Form("doctor_contracts", "person", "ipl", 0.08), "QY", 0.35),
    Register(Form("insured", "person", "ibp", 0.02), "CB", 0.5, 19, 59),
    Register(Form("pensions", "person", "i", 0.01), "YL", 0.85, 60),
    Register(Form("bus_cards", "person", "ip", 0.08), "LN", 0.6, 60),
    Register(Form("allowance", "person", "ih", 0.05), "DB", 0.03, again=0.02),
    Register(Form("mediation", "party", "ip", 0.3), "TJ", 0.04, 19),
    Register(Form("grid_events", "reporter", "p"), "SJ", 0.04, 19),
    Register(Form("property", "owner", "ih", 0.05), "BD", 0.1, 21, again=0.25),
    Register(Form("companies", "representative", "i", 0.02), "QS", 0.03, 21, 70),
)


class Clerk:
    """Writes people into registers, with the errors of its trade, and keeps the truth."""

    def __init__(self, county: County) -> None:
        self.county, self.random, self.dirt = county, county.random, county.dirt
        self.rows: list[dict[str, Any]] = []
        self.truth: list[int] = []
        self.serial = 0

    def slip(self, rate: float) -> bool:
        """Did an error of this usual rate happen?"""
        return self.random.random() < rate * self.dirt.noise

    def key(self, prefix: str) -> str:
        """The next record key of a register."""
        self.serial += 1
        return f"{prefix}{self.serial:08d}"

    def _id(self, person: Person, missing: float) -> dict[str, Any]:
        r = self.random
        number = person.id_number
        if r.random() < missing * self.dirt.missing:
            return {"id_number": None, "id_status": "missing"}
        if self.slip(0.002) and len(person.family) > 1:
            return {"id_number": r.choice(person.family).id_number, "id_status": "valid"}
        if self.slip(0.012):
            return {"id_number": self._mistyped(number), "id_status": "invalid"}
        return {"id_number": number, "id_status": "valid"}

    def _mistyped(self, number: str) -> str:
        r = self.random
        at = r.randrange(17)
        if r.random() < 0.4 and number[at] != number[at + 1]:
            return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        if r.random() < 0.15:
            return number[:at] + number[at + 1 :]
        return number[:at] + r.choice([d for d in "0123456789" if d != number[at]]) + number[at + 1 :]

    def mask(self, share: float) -> None:
        """Cover the birth in the last number written, as often as `share`."""
        row = self.rows[-1]
        if row["id_number"] and len(row["id_number"]) == 18 and self.random.random() < share:
            row |= {"id_number": row["id_number"][:6] + "*" * 8 + row["id_number"][14:], "id_status": "masked"}

    def _born(self, person: Person) -> dict[str, Any]:
        born, r = person.born, self.random
        if self.slip(0.004) and born.day <= 12:
            return {"born_on": born.replace(month=born.day, day=born.month), "born_precision": "day"}
        if self.slip(0.006):
            born = born + timedelta(days=r.choice((-10, -1, 1, 10, 30, 365, -365, 3652)))
        return {"born_on": born, "born_precision": "day"}

    def place(self, address: dict[str, str]) -> dict[str, Any]:
        """An address in parts, some left out, and the address written out."""
        parts: dict[str, Any] = dict(address)
        if self.slip(0.1):
            parts.pop("town")
        if "compound" in parts and self.slip(0.3):
            parts.pop("road"), parts.pop("road_no")
        if self.slip(0.04):
            for part in ("house_no", "room", "unit"):
                parts.pop(part, None)
        rural = ("village", "village_group", "house_no")
        door = [parts.get(k) for k in (("compound", "building", "unit", "room") if "compound" in parts else rural)]
        parts["address_key"] = "|".join([parts.get("town") or ""] + [str(d) for d in door]) if all(door) else None
        parts["address"] = "".join(str(v) for v in address.values())
        return parts

    def write(self, person: Person, form: Form, key: str, **more: Any) -> None:
        """One mention of `person` on `form`; `more` overrides and adds columns."""
        r = self.random
        row: dict[str, Any] = {"feed": form.feed, "record_key": key, "role": form.role, "entity": "person"}
        row |= {"id_status": "missing", "name": names.misspell(person.name, r) if self.slip(0.02) else person.name}
        if "i" in form.wants:
            row |= self._id(person, form.missing)
        if "s" in form.wants and not self.slip(0.02):
            row["sex"] = person.sex if not self.slip(0.004) else str(3 - int(person.sex))
        if "b" in form.wants or "y" in form.wants:
            row |= self._born(person)
            if "y" in form.wants and r.random() < 0.4:
                row |= {"born_on": date(row["born_on"].year, 1, 1), "born_precision": "year"}
        if "p" in form.wants and person.phone and not self.slip(0.15):
            row["phone"] = person.phone if not self.slip(0.05) else self.county.mobile()
        for letter, address in (("h", person.home), ("l", person.lives)):
            if letter in form.wants:
                row |= self.place(address)
        row["name_raw"] = row["name"]
        self.rows.append(row | more)
        self.truth.append(person.number)


def _kin(*pairs: tuple[str, str]) -> str:
    return json.dumps([list(p) for p in pairs], ensure_ascii=False)


def _registers(clerk: Clerk, person: Person) -> None:
    """The registers that list people one by one."""
    r = clerk.random
    if r.random() < 0.94 and not (person.age < 1 and r.random() < 0.3):
        home = {"household": person.household, "relation": person.relation}
        clerk.write(person, Form("police_register", "person", "isbph", 0.01), clerk.key("HK"), **home)
    for register in REGISTERS:
        if register.youngest <= person.age <= register.oldest and r.random() < register.share:
            for _ in range(1 + (r.random() < register.again)):
                clerk.write(person, register.form, clerk.key(register.prefix))
                if register.form.feed == "companies":
                    clerk.mask(0.4)


def _families(clerk: Clerk, person: Person) -> None:
    """The records that name several people at once."""
    r = clerk.random
    if person.spouse and person.sex == "1" and r.random() < 0.5:
        key = clerk.key("HY")
        clerk.write(person, Form("marriages", "husband", "i", 0.06), key, kin=_kin(("wife", "spouse")))
        clerk.write(person.spouse, Form("marriages", "wife", "i", 0.06), key, kin=_kin(("husband", "spouse")))
    if person.mother is None or person.father is None:
        return
    if 6 <= person.age < 16 and r.random() < 0.9:
        key, guardian = clerk.key("XJ"), r.choice((person.mother, person.father))
        clerk.write(person, Form("pupils", "person", "isbl"), key, kin=_kin(("guardian", "ward")))
        home = clerk.place(person.lives)
        clerk.write(guardian, Form("pupils", "guardian", "p"), key, kin=_kin(("person", "guardian")), **home)
    if person.age < 3:
        _birth(clerk, person, person.mother, person.father)


def _birth(clerk: Clerk, child: Person, mother: Person, father: Person) -> None:
    key, home = clerk.key("CS"), clerk.place(mother.lives)
    nameless = {"name": None, "name_raw": None} if clerk.random.random() < 0.5 else {}
    of = _kin(("mother", "child"), ("father", "child"))
    clerk.write(child, Form("births", "newborn", "sb"), key, kin=of, **home, **nameless)
    as_mother, as_father = (_kin(("newborn", "parent"), (other, "spouse")) for other in ("father", "mother"))
    clerk.write(mother, Form("births", "mother", "il", 0.03), key, kin=as_mother)
    clerk.write(father, Form("births", "father", "i", 0.06), key, kin=as_father)


def county(people: int, seed: int = 1, dirt: Dirt | None = None) -> tuple[pa.Table, pa.Array]:
    """The mentions of a county of `people` (about 3.3 each) and, row by row, the person each is about.

    Columns: `feed` and those of contracts.mentions.MENTION. The same arguments give the same county.
    """
    clerk = Clerk(County(people, seed, dirt or Dirt()))
    schema = pa.schema([("feed", pa.string())] + [(k, pa.type_for_alias(v)) for k, v in MENTION.items()])
    written: list[pa.Table] = []
    for person in clerk.county.people:
        _registers(clerk, person)
        _families(clerk, person)
        if len(clerk.rows) >= AT_ONCE:
            written.append(pa.Table.from_pylist(clerk.rows, schema=schema))
            clerk.rows.clear()
    written.append(pa.Table.from_pylist(clerk.rows, schema=schema))
    return pa.concat_tables(written), pa.array(clerk.truth, pa.int64())
