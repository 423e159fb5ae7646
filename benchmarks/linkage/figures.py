"""Invented figures of history, written down ever worse: a second set like Splink's historical_50k, made independently.

    python -m benchmarks.linkage.figures FOLDER --people 5000 [--seed 1 --noise 1 --most 19]

historical.py was written without looking at the set. This one follows what is published of it (its makers' account of
how records are spoilt, charts, counts and shares of missing values in documentations), not its rows: one record of a
person is true, every other is spoilt anew, the later the worse; first name and surname are the first and the last word
of the full name, so that a title is often one of them ("sir", "baronet"); births are often the first of January of a
year or a century; peers of one line have one seat, one title and few first names.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.linkage import figures_words as words
from benchmarks.linkage.historical import FIELDS, command, write

# how often a value is spoilt and how often it goes missing, in a person's first spoilt record and in the last
SPOILT = {"name": (0.1, 1.0), "dob": (0.1, 0.6), "birth_place": (0.1, 0.7), "postcode_fake": (0.1, 0.7),
          "gender": (0.01, 0.1), "occupation": (0.1, 1.0)}  # fmt: skip
MISSING = {"name": (0.0, 0.2), "dob": (0.0, 0.5), "birth_place": (0.0, 0.3), "postcode_fake": (0.0, 0.5),
           "gender": (0.0, 0.5), "occupation": (0.0, 0.7)}  # fmt: skip
NEAR_KEYS = {"0": "9128", "1": "24", "2": "1350", "3": "268", "4": "571", "5": "4682", "6": "593", "7": "814",
             "8": "7956", "9": "86"}  # fmt: skip
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


class Line(NamedTuple):
    """Peers of one title: their surname, the title with %s for which of them, and the number of their seat."""

    surname: str
    title: str
    seat: int


class Figure(NamedTuple):
    """What is true of one person; the first of several is what is usually said."""

    names: tuple[str, ...]
    dob: str
    births: tuple[str, ...]
    homes: tuple[tuple[str, ...], ...]  # postcodes, by home, next to each other
    sex: str
    jobs: tuple[str, ...]
    line: Line | None


class World:
    """Draws people and spoils records of them."""

    def __init__(self, seed: int, noise: float) -> None:
        self.random, self.noise = Random(seed), noise
        r = self.random
        self.surnames = r.sample(words.SURNAMES, len(words.SURNAMES))
        self.given = {sex: [*names, *words.rare(r, 250)] for sex, names in words.GIVEN.items()}
        self.towns, self.wards = words.places(r, 900), words.places(r, 2200)
        self.peers: dict[Line, int] = {}

    def drawn(self, values: Sequence[str], slope: float) -> str:
        """One of `values`, the first the likeliest, the more so the larger the slope."""
        return values[int(len(values) * self.random.random() ** slope)]

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _surname(self) -> str:
        return self.drawn(words.COMMON, 1.3) if self._chance(0.12) else self.drawn(self.surnames, 1.2)

    def figure(self, kin: Figure | None) -> Figure:
        """Somebody, or a relative of `kin`."""
        r = self.random
        sex = "female" if self._chance(0.17) else "male"
        given = [self.drawn(self.given[sex], 2.8) for _ in range(r.choices((1, 2, 3, 4), (64, 27, 7, 2))[0])]
        surname, town, line = self._surname(), int(len(self.towns) * r.random() ** 2.6), None
        if kin and kin.line:
            surname, sex, line = kin.line.surname, "male", kin.line
            town = line.seat if self._chance(0.5) else town
            given[0] = kin.names[0].removeprefix("sir ").split(" ")[0] if self._chance(0.35) else given[0]
        elif kin:
            surname = kin.names[0].split(" ")[-1]
        elif sex == "male" and self._chance(0.06):
            town = r.randrange(len(self.towns))
            title = r.choice(words.HEREDITARY).replace("+", f"{surname} of {self.towns[town]}")
            line = Line(surname, title, town)
        names = self._plain(given, surname, sex)
        names = self._titled(names, line) if line else [f"sir {names[0]}", *names] if self._chance(0.02) else names
        jobs = [self.drawn(words.JOBS, 2.6) for _ in range(r.choices((0, 1, 2, 3, 4, 5), (5, 5, 4, 2, 1, 1))[0])]
        once = tuple(dict.fromkeys(names)), tuple(dict.fromkeys(jobs))
        return Figure(once[0], self._dob(), self._births(town), self._homes(town), sex, once[1], line)

    def _plain(self, given: list[str], surname: str, sex: str) -> list[str]:
        """What somebody is called: in full, without the middle names, with initials, by another surname, by a style."""
        initials = " ".join([given[0], *(f"{g[0]}." for g in given[1:]), surname])
        others = ((f"{given[0]} {surname}", 0.35), (initials, 0.3), (f"{given[-1]} {surname}", 0.15),
                  (f"{given[0]} {self._surname()}", 0.5 if sex == "female" else 0.0),
                  (self.random.choice(words.STYLES).replace("+", surname), 0.07))  # fmt: skip
        return [" ".join([*given, surname]), *(name for name, share in others if self._chance(share))]

    def _titled(self, plain: list[str], line: Line) -> list[str]:
        self.peers[line] = self.peers.get(line, 0) + self.random.choice((1, 1, 1, 2))
        title = line.title % words.ordinal(self.peers[line])
        whole = f"sir {plain[0]}, {title}" if "baronet" in title else f"{plain[0]}, {title}"
        return [whole, *plain, *([title] if self._chance(0.3) else [])]

    def _dob(self) -> str:
        r = self.random
        born = date(1500, 1, 1) + timedelta(days=int(r.triangular(0, 171_000, 128_000)))
        kind = r.choices(("day", "year", "century"), (58, 34, 8))[0]
        if kind == "century":
            return f"{r.choice((1600, 1700, 1800, 1800))}-01-01"
        return born.isoformat() if kind == "day" else f"{born.year}-01-01"

    def _births(self, town: int) -> tuple[str, ...]:
        r = self.random
        if self._chance(0.3):  # nobody knows: places drawn by chance stand for it
            return tuple(r.choice(self.wards) for _ in range(3))
        around = self.towns[town // 12 * 12], self.wards[(town * 7 + r.randrange(4)) % len(self.wards)]
        return (self.towns[town], *around, *([r.choice(words.COUNTRIES)] if self._chance(0.1) else []))

    def _homes(self, town: int) -> tuple[tuple[str, ...], ...]:
        r = self.random
        away = [town if self._chance(0.3) else r.randrange(len(self.towns)) for _ in range(r.choice((2, 3, 3, 4)))]
        return tuple(tuple(self._postcodes(at)) for at in [town, *away])

    def _postcodes(self, town: int) -> list[str]:
        r = self.random
        area = f"{words.AREAS[town % len(words.AREAS)]}{town % 23 + 1}"
        sector = f"{area} {r.randint(1, 9)}"
        return [f"{sector}{r.choice('abdefghjlnpqrst')}{r.choice('abdefghjlnpqrstuwxyz')}" for _ in range(5)]

    def records(self, of: Figure, many: int) -> list[dict[str, str | None]]:
        """The true record and `many` spoilt ones, each worse than the one before."""
        birth, job = of.births[0], self.random.choice(of.jobs) if of.jobs else None
        true = {"name": of.names[0], "dob": of.dob, "birth_place": birth, "postcode_fake": of.homes[0][0],
                "gender": of.sex, "occupation": job}  # fmt: skip
        found = [_row(true)]
        for at in range(many):
            late = at / (many - 1) if many > 1 else 0.0
            found.append(_row(self._spoilt(of, true, late)))
        return found

    def _spoilt(self, of: Figure, true: dict[str, str | None], late: float) -> dict[str, str | None]:
        row = dict(true)
        for field, (first, last) in SPOILT.items():
            if true[field] and self._chance(self.noise * (first + late * (last - first))):
                row[field] = self._wrong(of, field)
            first, last = MISSING[field]
            gone = self._chance(self.noise * (first + late * (last - first)))
            if field == "name":
                row["name"] = self._shortened(row["name"] or "", gone)
            elif gone:
                row[field] = None
        return row

    def _wrong(self, of: Figure, field: str) -> str | None:
        r = self.random
        if field == "name":
            return self._other_name(of)
        if field == "dob":
            return self._slip(of.dob)
        if field == "birth_place":
            return r.choice(of.births)
        if field == "postcode_fake":
            how = r.random()
            if how < 0.6:
                return r.choice(of.homes)[0]
            return r.choice(of.homes[0]) if how < 0.9 else self._typo(of.homes[0][0])
        return r.choice(of.jobs) if field == "occupation" else ("male" if of.sex == "female" else "female")

    def _other_name(self, of: Figure) -> str:
        r, more = self.random, of.names[1:]
        if more and self._chance({1: 0.25, 2: 0.33, 3: 0.5}.get(len(more), 0.75)):
            return r.choice(more)
        chosen = r.choice(of.names)
        said = [w if w[0].isdigit() else self._called(w) for w in chosen.split(" ") if len(w.strip(".,")) > 1]
        told = " ".join(said)
        return told if told != chosen or self._chance(0.3) else self._typo(told)

    def _called(self, word: str) -> str:
        """Another form of a name, if there is one and nobody says the name itself."""
        forms = words.FORMS.get(word, ())
        if forms and self._chance(0.6):
            return self.random.choice(forms)
        heard = [(a, b) for a, b in words.SOUNDS if a in word[1:]]
        if not forms and heard and len(word) > 3 and self._chance(0.15):
            return word[0] + word[1:].replace(*self.random.choice(heard), 1)
        return word

    def _shortened(self, name: str, gone: bool) -> str | None:
        """Words in the middle are left out half of the time; the first or the last one where a part is `gone`."""
        parts = name.split(" ")
        if len(parts) < 2:
            return name
        kept = [p for p in parts[1:-1] if self._chance(0.5)]
        whole = [parts[0], *kept, parts[-1]]
        if gone:
            whole = whole[1:] if self._chance(0.5) else whole[:-1]
        return " ".join(whole) or None

    def _slip(self, text: str) -> str:
        """One digit of a date, not of its century, is a key beside it."""
        at = self.random.choice([i for i, c in enumerate(text) if i > 1 and c.isdigit()])
        return text[:at] + self.random.choice(NEAR_KEYS[text[at]]) + text[at + 1 :]

    def _typo(self, text: str) -> str:
        """One sign is one beside it on the keyboard."""
        at = self.random.choice([i for i, c in enumerate(text) if c.isalnum()])
        row = next((k for k in ROWS if text[at] in k), "")
        place = row.find(text[at])
        beside = row[max(place - 1, 0) : place] + row[place + 1 : place + 2] if row else NEAR_KEYS.get(text[at], "e")
        return text[:at] + self.random.choice(beside) + text[at + 1 :]


def _row(said: dict[str, str | None]) -> dict[str, str | None]:
    """A record's columns: first name and surname are the first and the last word."""
    parts = (said["name"] or "").replace(",", "").split()
    first, last = (parts[0] if parts else None), (parts[-1] if len(parts) > 1 else None)
    short = " ".join(p for p in (first, last) if p) or None
    rest = {f: said[f] for f in FIELDS[4:]}
    return {"full_name": said["name"], "first_and_surname": short, "first_name": first, "surname": last, **rest}


def _kin(random: Random, known: list[Figure]) -> Figure | None:
    """Whose relative the next one is, if anybody's: now and then a peer's of whom others descend."""
    titled = [k for k in known[-400:] if k.line]
    if titled and random.random() < 0.02:
        return random.choice(titled)
    return random.choice(known) if known and random.random() < 0.08 else None


def export(folder: Path, people: int, seed: int, noise: float, most: int) -> None:
    """Write tables/figures.parquet and truth.parquet into `folder`: 1 to `most` records each of `people`."""
    world, rows, whose, known = World(seed, noise), list[dict[str, str | None]](), list[int](), list[Figure]()
    for number in range(people):
        known.append(world.figure(_kin(world.random, known)))
        records = world.records(known[-1], world.random.randrange(most))
        rows += records
        whose += [number] * len(records)
    write(folder, "figures", (rows, whose), world.random)


if __name__ == "__main__":
    command(__doc__, export)
