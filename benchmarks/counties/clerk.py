"""How clerks write people down: every rate here is for dirt 1.0 and grows with `dirt`."""

from collections import defaultdict
from datetime import date
from functools import cache
from random import Random

from pypinyin import lazy_pinyin

from benchmarks.counties import numbers, words
from benchmarks.counties.people import County, Person
from benchmarks.counties.places import Place

NOTHING = ("", "", "无", "不详", "000000000000000000")
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


class Clerk:
    """Writes cells for one county; `dirt` multiplies what goes wrong."""

    def __init__(self, county: County, random: Random, dirt: float) -> None:
        self.county, self.random, self.dirt = county, random, dirt
        self.haste = 1.0

    def begin(self) -> None:
        """The next record: errors come together, for some were written in haste or copied from a bad scan."""
        self.haste = 6.0 if self.random.random() < 0.03 * self.dirt else 0.8

    def slip(self, rate: float) -> bool:
        """Did an error of this usual rate happen? Never more often than two times in three."""
        return self.random.random() < min(rate * self.dirt * self.haste, 0.66)

    def lacks(self, share: float) -> bool:
        """Is it left out? What is often left out anyway isn't so much more often in a dirtier county."""
        return self.random.random() < min(share * (0.5 + 0.5 * self.dirt), (1 + 2 * share) / 3)

    def name(self, person: Person, rate: float = 0.009) -> str:
        """The name, misspelled at `rate`, and now and then with what clerks add to it."""
        r = self.random
        name = misspelled(person.name, r) if self.slip(rate) else person.name
        if self.slip(0.03):
            space = r.choice((" ", "  ", "\u3000"))
            kind = r.choices(("inner", "tail", "sex", "star"), (45, 20, 20, 15))[0]
            if kind == "inner" and len(name) < 4:
                return name[0] + space + name[1:]
            sex = "男" if person.sex == "M" else "女"
            return name + {"tail": space, "sex": r.choice((f"({sex})", f"（{sex}）"))}.get(kind, "*")
        return name.replace("·", r.choice("·•．")) if "·" in name else name

    def number(self, person: Person, missing: float, wrong: float = 0.01, old: float = 0.002) -> str:
        """The identity number: left out at `missing`, mistyped at `wrong`, with 15 digits at `old`."""
        r, number = self.random, person.id_number
        if self.lacks(missing):
            return r.choice(NOTHING)
        if person.born.year < 1995 and self.slip(old):
            return number[:6] + number[8:17]
        if self.slip(wrong):
            return mistyped(number, r)
        if self.slip(0.0008):  # the number of a relative
            kin = [p for p in (person.mother, person.father, person.spouse) if p]
            return r.choice(kin).id_number if kin else number
        if number.endswith("X") and r.random() < 0.3:
            number = number.lower()
        if self.slip(0.004):
            number = r.choice(
                (number.translate(FULL_WIDTH), f" {number}", f"{number[:6]} {number[6:14]} {number[14:]}")
            )
        return number

    def masked(self, person: Person, share: float, missing: float) -> str:
        """As `number`, but `share` of the numbers have their middle hidden."""
        if self.random.random() < share:
            number = person.id_number
            return (
                number[:6] + "*" * 8 + number[14:]
                if self.random.random() < 0.8
                else f"{number[:4]}{'*' * 10}{number[14:]}"
            )
        return self.number(person, missing)

    def phone(self, person: Person | None, missing: float) -> str:
        """The phone: left out, written with dashes, or one given up long ago."""
        r = self.random
        if person is None or not person.phone or self.lacks(missing):
            return r.choice(("", "", "", "无"))
        phone = (person.old_phone or numbers.mobile(r)) if self.slip(0.04) else person.phone
        if self.slip(0.004):
            phone = mistyped(phone + "0", r)[:11]
        if self.slip(0.04):
            return f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
        return f"+86 {phone}" if self.slip(0.003) else phone

    def where(self, person: Person) -> Place:
        """Where a department has a person: where they live, or still where they lived before."""
        return person.before if person.before and self.random.random() < 0.4 else person.lives

    def place(self, place: Place, full: float = 0.5, no_town: float = 0.08) -> str:
        """One of the spellings of an address; sometimes of the one before it."""
        if self.slip(0.008):
            place = self.county.map.somewhere()
        if self.slip(0.008):
            return place.town
        return self.county.map.spelled(place, self.random, full, min(no_town * (0.5 + 0.5 * self.dirt), 0.4))

    def birth(self, person: Person) -> date:
        """The birthday, sometimes mistaken by a digit or with month and day exchanged."""
        r, born = self.random, person.born
        if self.slip(0.003) and born.day <= 12:
            return born.replace(month=born.day, day=born.month)
        if self.slip(0.005):
            year, month, day = born.year, born.month, born.day
            wrong = r.choice(
                ((year - 1, month, day), (year + 1, month, day), (year - 10, month, day), (year, month % 12 + 1, day))
                + ((year, month, (day + 10 - 1) % 28 + 1), (year, month, day % 28 + 1), (year, 1, 1))
            )
            return date(wrong[0], wrong[1], min(wrong[2], 28))
        return born

    def sex(self, person: Person, men: str = "男", women: str = "女") -> str:
        """The sex in a department's words; sometimes left out, seldom the other."""
        if self.slip(0.015):
            return ""
        return (men, women)[(person.sex == "F") != self.slip(0.0015)]


def mistyped(number: str, r: Random) -> str:
    """Two neighbours exchanged, a digit replaced, left out or doubled."""
    at = r.randrange(2, len(number) - 1)
    kind = r.choices(("swap", "digit", "drop", "double"), (45, 40, 10, 5))[0]
    if kind == "swap" and number[at] != number[at + 1]:
        return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    if kind == "drop":
        return number[:at] + number[at + 1 :]
    if kind == "double":
        return number[:at] + number[at] + number[at:]
    return number[:at] + r.choice([d for d in "0123456789" if d != number[at]]) + number[at + 1 :]


def misspelled(name: str, r: Random) -> str:
    """A name as a hurried clerk has it: same sound, look-alike, traditional, a character lost or exchanged."""
    kind = r.choices(("sound", "script", "look", "surname", "drop", "swap"), (36, 24, 14, 6, 16, 4))[0]
    at = r.randrange(1, len(name))
    if kind == "sound":
        others = [c for c in _sounds()[lazy_pinyin(name[at])[0]] if c != name[at]]
        return name[:at] + r.choice(others) + name[at + 1 :] if others else _changed(name, words.SCRIPTS)
    if kind == "drop" and 3 <= len(name) < 5:
        return name[:at] + name[at + 1 :]
    if kind == "swap" and len(name) == 3:
        return name[0] + name[2] + name[1]
    if kind == "surname":
        return words.SAME_PERSON.get(name[0], name[0]) + name[1:]
    if kind == "look":
        found = [i for i, c in enumerate(name) if c in words.LOOKS]
        if found:
            at = r.choice(found)
            return name[:at] + words.LOOKS[name[at]] + name[at + 1 :]
    return _changed(name, words.SCRIPTS)


def _changed(name: str, table: dict[str, str]) -> str:
    return "".join(table.get(c, c) for c in name)


@cache
def _sounds() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    more = "玮蔚纬维卫兵宾滨敬靖菁娴贤弦芬纷钰愉瑜茹汝禄璐珠竹铸"
    for character in sorted(set("".join(words.GIVEN.values()) + more)):
        found[lazy_pinyin(character)[0]].append(character)
    return found
