"""Invented people of three centuries as biographies tell of them: many records a person, and hardly two alike.

    python -m benchmarks.linkage.historical FOLDER --people 5000 [--seed 1 --noise 1 --most 19]

The columns are those of Splink's demonstration set historical_50k, which was not looked at: a record is a copy of the
person or of an earlier record with some damage on top, so that mistakes are inherited and records of one person may
share nothing. The usual noise was set so that Splink's own model for that set comes to about the F1 there (0.83).
Relatives of one surname and one place, sons called like their fathers, and common names are among them.
"""

import argparse
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.linkage import historical_words as words

FIELDS = ("full_name", "first_and_surname", "first_name", "surname", "dob", "birth_place", "postcode_fake", "gender",
          "occupation")  # fmt: skip
DAMAGES = 3.6  # a record, at the usual noise
WHERE = {"given": 24, "surname": 18, "title": 4, "dob": 22, "birth_place": 14, "postcode_fake": 14, "occupation": 12,
         "gender": 5}  # fmt: skip
DEAREST = {"dob": 0.35, "birth_place": 0.45, "postcode_fake": 0.40, "occupation": 0.45, "gender": 0.9}  # is missing


class Person(NamedTuple):
    """What is true of one person."""

    sex: str
    given: tuple[str, ...]
    surnames: tuple[str, ...]  # the usual one first: of birth, of a husband, of a title
    title: str
    born: date
    exact: bool  # else only the year of birth is known
    town: int
    postcode: str
    jobs: tuple[str, ...]


class Written(NamedTuple):
    """One record, as parts; None is missing."""

    given: tuple[str, ...]
    surname: str | None
    title: str
    dob: str | None
    birth_place: str | None
    postcode_fake: str | None
    gender: str | None
    occupation: str | None


class World:
    """Draws people and writes records of them."""

    def __init__(self, seed: int, noise: float) -> None:
        self.random, self.noise = Random(seed), noise
        r = self.random
        self.surnames = words.surnames(r, 2500)
        self.towns, self.counties = words.towns(r, 600), words.counties(r, 45)
        self.county_of = [r.randrange(len(self.counties)) for _ in self.towns]
        self.areas = [f"{a}{b}" for a in "bcdeghlnst" for b in "adehlnorsy"][: len(self.counties)]

    def zipf(self, values: Any, slope: float = 0.9) -> Any:
        """One of `values`, the first the most likely."""
        size = len(values)
        return values[min(int(size ** (self.random.random() ** slope)) - 1, size - 1)]

    def person(self, kin: Person | None) -> Person:
        """Somebody, or a child of `kin`."""
        r = self.random
        sex = "female" if r.random() < 0.22 else "male"
        given = tuple(self.zipf(words.GIVEN[sex]) for _ in range(r.choices((1, 2, 3), (55, 35, 10))[0]))
        surname, town = self.zipf(self.surnames, 0.5), self.zipf(range(len(self.towns)))
        born = date(1600, 1, 1) + timedelta(days=int(r.triangular(0, 365 * 380, 365 * 270)))
        if kin:
            surname, town = kin.surnames[0], kin.town if r.random() < 0.7 else town
            born = kin.born + timedelta(days=int(r.gauss(30, 6) * 365))
            if sex == kin.sex and r.random() < 0.3:
                given = kin.given[:1] + given[1:]
        more = [self.zipf(self.surnames, 0.5)] if r.random() < (0.35 if sex == "female" else 0.06) else []
        title = r.choice(words.TITLES) if r.random() < 0.15 else ""
        if title.endswith(" of"):
            more.append(r.choice(self.towns))
            title = f"{title} {more[-1]}"
        jobs = tuple(dict.fromkeys(self.zipf(words.JOBS) for _ in range(r.choices((1, 2, 3), (50, 35, 15))[0])))
        return Person(sex, given, (surname, *more), title, born, r.random() > 0.1, town, self._postcode(town), jobs)

    def _postcode(self, town: int) -> str:
        r = self.random
        inward = f"{r.randint(1, 9)}{r.choice('abdefghjlnpqrstuwxyz')}{r.choice('abdefghjlnpqrstuwxyz')}"
        return f"{self.areas[self.county_of[town]]}{town % 29 + 1} {inward}"

    def first(self, person: Person) -> Written:
        """The record of somebody who knows."""
        born = person.born if person.exact else person.born.replace(month=1, day=1)
        return Written(
            person.given,
            person.surnames[0],
            person.title,
            born.isoformat(),
            self.towns[person.town],
            person.postcode,
            person.sex,
            person.jobs[0],
        )

    def damaged(self, before: Written, person: Person) -> Written:
        """`before` written again, with whatever goes wrong."""
        r = self.random
        many = min(int(r.expovariate(1 / (DAMAGES * self.noise)) + 0.5), 9)
        for what in r.choices(list(WHERE), list(WHERE.values()), k=many):
            before = self._once(before, person, what)
        return before

    def _once(self, row: Written, person: Person, what: str) -> Written:
        r = self.random
        if what == "given":
            return self._given(row, person)
        if what == "surname":
            return self._surname(row, person)
        if what == "title":
            return row._replace(title="" if row.title else person.title)
        if r.random() < DEAREST[what]:
            return Written(**{**row._asdict(), what: None})
        if what == "dob":
            return row._replace(dob=self._dob(person, row.dob))
        if what == "birth_place":
            near = [t for t, c in zip(self.towns, self.county_of, strict=True) if c == self.county_of[person.town]]
            name = self.towns[person.town]
            county = self.counties[self.county_of[person.town]]
            place = r.choices((county, r.choice(near), self.typo(name), name), (40, 25, 20, 15))[0]
            return row._replace(birth_place=place)
        if what == "postcode_fake":
            end = self._postcode(person.town).split(" ")[1]
            far = self._postcode(r.randrange(len(self.towns)))
            close = f"{person.postcode.split(' ')[0]} {end}"
            code = r.choices((close, self.typo(person.postcode), far, person.postcode), (45, 20, 20, 15))[0]
            return row._replace(postcode_fake=code)
        if what == "occupation":
            return row._replace(occupation=r.choice(person.jobs) if r.random() < 0.85 else self.zipf(words.JOBS))
        return row._replace(gender="male" if row.gender == "female" else "female")

    def _given(self, row: Written, person: Person) -> Written:
        r = self.random
        first, rest = (row.given or person.given)[0], (row.given or person.given)[1:]
        what = r.choices(("nick", "initial", "typo", "middle", "again", "gone", "turn"), (26, 10, 20, 18, 8, 6, 12))[0]
        if what == "nick":
            first = r.choice(words.NICKNAMES.get(first, (first,)))
        elif what == "initial":
            first = first[:1]
        elif what == "typo":
            first = self.typo(first)
        elif what == "middle":
            rest = () if rest else person.given[1:]
        elif what == "turn" and rest:
            first, rest = rest[0], (first, *rest[1:])
        return row._replace(given=person.given if what == "again" else () if what == "gone" else (first, *rest))

    def _surname(self, row: Written, person: Person) -> Written:
        r = self.random
        what = r.choices(("typo", "other", "again", "gone", "turn"), (45, 30, 10, 8, 7))[0]
        if what == "turn" and row.given and row.surname:
            return row._replace(given=(row.surname, *row.given[1:]), surname=row.given[0])
        said = {"typo": self.typo(row.surname or person.surnames[0]), "other": r.choice(person.surnames), "gone": None}
        return row._replace(surname=said.get(what, person.surnames[0]))

    def _dob(self, person: Person, now: str | None) -> str:
        r = self.random
        born = person.born
        what = r.choices(("year", "about", "slip", "turn", "days", "again"), (32, 20, 18, 6, 12, 12))[0]
        if what == "year":
            return f"{born.year}-01-01"
        if what == "about":
            return f"{born.year + r.choice((-3, -2, -1, -1, 1, 1, 2, 3))}-01-01"
        if what == "days":
            return (born + timedelta(days=r.choice((-2, -1, 1, 2, 10, -10)))).isoformat()
        if what == "turn" and born.day <= 12:
            return f"{born.year}-{born.day:02d}-{born.month:02d}"
        text = now or born.isoformat()
        at = r.choice((2, 3, 3, 6, 8, 9))
        return f"{text[:at]}{r.randint(0, 9)}{text[at + 1 :]}" if what == "slip" else born.isoformat()

    def typo(self, text: str) -> str:
        """One letter is wrong, missing, too many or in the wrong place, or the word is spelt by ear."""
        r = self.random
        if len(text) < 2:
            return text
        heard = [(a, b) for a, b in words.SOUNDS if a in text]
        if heard and r.random() < 0.4:
            return text.replace(*r.choice(heard), 1)
        at = r.randrange(len(text))
        letter = r.choice("abcdefghiklmnoprstuwy")
        changed = (text[:at] + letter + text[at + 1 :], text[:at] + text[at + 1 :], text[:at] + letter + text[at:],
                   text[:at] + text[at : at + 2][::-1] + text[at + 2 :])  # fmt: skip
        return r.choice(changed) or text


def _row(written: Written) -> dict[str, str | None]:
    """A record's columns."""
    first = written.given[0] if written.given else None
    short = " ".join(p for p in (first, written.surname) if p) or None
    whole = " ".join(p for p in (*written.given, written.surname, written.title) if p) or None
    rest = {f: getattr(written, f) for f in FIELDS[4:]}
    return {"full_name": whole, "first_and_surname": short, "first_name": first, "surname": written.surname, **rest}


def export(folder: Path, people: int, seed: int, noise: float, most: int) -> None:
    """Write tables/historical.parquet and truth.parquet into `folder`: 1 to `most` records each of `people`."""
    world, rows, whose, known = World(seed, noise), list[dict[str, str | None]](), list[int](), list[Person]()
    for number in range(people):
        kin = world.random.choice(known[-40:]) if known and world.random.random() < 0.2 else None
        person = world.person(kin)
        known.append(person)
        records = [world.first(person)]
        for _ in range(world.random.randrange(most)):
            base = world.random.choice(records) if world.random.random() < 0.5 else records[0]
            records.append(world.damaged(base, person))
        rows += [_row(record) for record in records]
        whose += [number] * len(records)
    write(folder, "historical", (rows, whose), world.random)


def write(folder: Path, source: str, made: tuple[list[dict[str, str | None]], list[int]], random: Random) -> None:
    """Write tables/<source>.parquet and truth.parquet: rows and whose they are (`made`), in an order that is drawn."""
    rows, whose = made
    order = random.sample(range(len(rows)), len(rows))
    columns = {f: pa.array([rows[i][f] for i in order], pa.string()) for f in FIELDS}
    ids = pa.array([f"{source[0]}{n}" for n in range(len(rows))], pa.string())
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    named = {"record_id": ids, "source": pa.array([source] * len(rows), pa.string())}
    pq.write_table(pa.table({**named, **columns}), folder / "tables" / f"{source}.parquet")
    truth = pa.array([f"p{whose[i]}" for i in order], pa.string())
    pq.write_table(pa.table({"record_id": ids, "person": truth}), folder / "truth.parquet")


def command(about: str | None, export: Callable[[Path, int, int, float, int], None]) -> None:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--most", type=int, default=19)
    given = parser.parse_args()
    export(given.folder, given.people, given.seed, given.noise, given.most)


if __name__ == "__main__":
    command(__doc__, export)
