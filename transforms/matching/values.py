"""Mentions encoded once: every attribute becomes an integer id into a table of its distinct values.

Rows are put into an order that depends on their content alone, so nothing downstream can depend on the order in which
departments delivered.
"""

import json
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contracts.mentions import MENTION
from transforms.matching import births
from transforms.matching.alike import alike
from transforms.matching.canonical import identified
from transforms.matching.coded import Texts, codes, mixed, of_words, renumbered
from transforms.matching.digits import born_and_sex, number_table, phones
from transforms.matching.distinct import numbered
from transforms.matching.hashing import Codes
from transforms.matching.kernels import DAY, MONTH, YEAR, Ints, NumberTable, PlaceTable, Words
from transforms.matching.name_kernels import NameTable
from transforms.matching.octets import text_hash
from transforms.matching.spellings import spell

PARTS = {
    "town": "town",
    "village": "village",
    "group": "village_group",
    "house": "house_no",
    "road": "road",
    "road_no": "road_no",
    "compound": "compound",
    "building": "building",
    "unit": "unit",
    "room": "room",
    "door": "address_key",
}
SEXES = {"1": 1, "2": 2}
PRECISION = {"year": YEAR, "month": MONTH, "day": DAY}


class Hashes(NamedTuple):
    """Values by 64-bit hashes that are the same in every run (hashing), for keys that a later batch is to meet.

    `exact` to `given` have a row a name (0: it has no such part), `number` a row a number, `parts` for each field of
    PlaceTable an entry an id. Telephones are their digits already (Values.phones).
    """

    exact: Words
    shape: Words
    sound: Words
    surname: Words
    given: Words
    number: Words
    parts: dict[str, Words]


class Values(NamedTuple):
    """The tables of distinct values, and what follows from a number. Rows of `names` and `numbers` keep their text."""

    names: NameTable
    name_text: Texts
    surname: Ints  # by name: id of the folded surname, -1 when there is none
    given: Ints  # by name: id of the folded given name
    shape: Ints  # by name: id of the folded form
    sound: Ints  # by name: id of the pinyin
    numbers: NumberTable
    number_text: Texts
    number_status: NDArray[np.uint8]  # 0 valid or repaired, 1 invalid, 2 masked
    number_born: Ints  # packed birth (kernels.birth_levels), -1 when the number is not valid
    number_sex: Ints  # 1, 2, or 0 unknown
    phones: Words
    places: PlaceTable
    hashes: Hashes


class Nodes(NamedTuple):
    """One row a mention, in canonical order; ids are -1 where nothing is known."""

    index: pa.Table  # feed, record_key, role; feed and role may be dictionary-encoded (see `named`)
    key: Ints  # id of (feed, record_key, role): versions of one mention share it, and stand together
    record: Ints  # id of (feed, record_key)
    source: Ints  # id of (feed, role)
    sources: list[tuple[str, str]]
    name: Ints
    born: Ints  # packed value, as delivered
    sex: Ints  # 1, 2, or 0
    number: Ints
    phone: Ints
    place: Ints
    household: Ints  # id of (feed, household)
    relation: Ints  # GB/T 4761 code, -1 unknown
    kin: list[tuple[tuple[str, str], ...]]  # by row of kin_of
    kin_of: Ints  # row of `kin`, -1 none
    row: Ints  # of the table they come from
    alike: Ints  # the first mention of the same source that says the same, in a record that does (see alike)

    @property
    def size(self) -> int:
        """How many mentions there are."""
        return len(self.key)

    def named(self, rows: Ints) -> pa.Table:
        """feed, record_key and role of some mentions, as text."""
        taken = self.index.take(pa.array(rows))
        return taken.cast(pa.schema([(name, pa.string()) for name in taken.column_names]))


class _Rows:
    """The mentions in canonical order, column by column."""

    def __init__(self, mentions: pa.Table) -> None:
        self.identity = identified(mentions)
        self._mentions = mentions

    def raw(self, column: str) -> tuple[Codes, Any]:
        """Ids in no particular order, and the distinct values. A column that is not there is all null."""
        if column not in self._mentions.column_names:
            type_ = pa.type_for_alias(MENTION[column])
            return np.full(len(self.identity.order), -1, np.int32), pa.array([], type_)
        return codes(self._mentions[column], self.identity.order)

    def coded(self, column: str) -> tuple[Ints, Any]:
        """Ids in order of appearance, and the distinct values."""
        ids, values = self.raw(column)
        row, old = renumbered(ids)
        return row, values.take(pa.array(old))


def encode(mentions: pa.Table, known: births.Birthdays = births.UNKNOWN) -> tuple[Nodes, Values]:
    """Sort and encode `mentions` (`feed` and the columns of contracts.mentions, one row a mention). Of all that they
    are a part of, `known` may be the birthdays.

    Columns may be dictionary-encoded, and had better be when there are many rows; those of which nothing is known may
    be left out.
    """
    rows = _Rows(mentions)
    identity = rows.identity
    number, numbers = rows.coded("id_number")
    status = _status(number, len(numbers), rows)
    table = number_table(numbers, status == 0)
    derived = born_and_sex(table, status == 0)
    born, sex = _births(rows, number, derived, known)
    name, names = rows.coded("name")
    phone, digits = _phones(rows)
    place, places, parts = _places(rows)
    household, _ = rows.raw("household")
    relation = _relation(rows)
    kin_of, kin = rows.coded("kin")
    said = (identity.source, name, born, sex, number, phone, place, household, relation, kin_of)
    nodes = Nodes(
        index=identity.index,
        row=identity.order,
        key=identity.key,
        record=identity.record,
        source=identity.source,
        sources=identity.sources,
        name=name,
        born=born,
        sex=sex,
        number=number,
        phone=phone,
        place=place,
        household=of_words(np.where(household < 0, np.uint64(0), mixed([identity.feed, household]))),
        relation=relation,
        kin=[tuple((str(r), str(k)) for r, k in json.loads(text)) for text in kin.to_pylist()],
        kin_of=kin_of,
        alike=alike(identity.record, said),
    )
    return nodes, _values(names, (table, numbers, status, *derived), digits, (places, parts))


def _values(names: Any, numbers: tuple[Any, ...], phones: Words, places: tuple[PlaceTable, dict[str, Words]]) -> Values:
    """The tables of values; `numbers` are their table, texts, status, births and sexes."""
    spelt = spell(names)
    table, number_text, status, born, sex = numbers
    return Values(
        names=spelt.table,
        name_text=Texts(names),
        surname=of_words(spelt.surname),
        given=of_words(spelt.given),
        shape=of_words(spelt.shape),
        sound=of_words(spelt.sound),
        numbers=table,
        number_text=Texts(number_text),
        number_status=status,
        number_born=born,
        number_sex=sex,
        phones=phones,
        places=places[0],
        hashes=Hashes(text_hash(names), *spelt[1:], text_hash(number_text), places[1]),
    )


def _status(number: Ints, size: int, rows: _Rows) -> NDArray[np.uint8]:
    """What is said of each number: 0 where any mention calls it valid, 2 where any shows it masked, else 1."""
    ids, words = rows.raw("id_status")
    codes = [{"valid": 0, "repaired": 0, "masked": 2}.get(w, 1) for w in words.to_pylist()]
    said = np.array([*codes, 1], np.uint8)[ids]
    status = np.full(size + 1, 1, np.uint8)  # the last is of those without a number
    for code in (0, 2):
        status[number[said == code]] = code
    return status[:size]


def _phones(rows: _Rows) -> tuple[Ints, Words]:
    """Telephones by their digits; fewer than six are no number."""
    ids, texts = rows.raw("phone")
    same, word = phones(texts)
    again, first = numbered(same)
    phone, old = renumbered(np.append(again, -1).astype(np.int32)[ids])
    return phone, word[first[old]]


def _places(rows: _Rows) -> tuple[Ints, PlaceTable, dict[str, Words]]:
    """The id of each mention's address, and the distinct ones by their parts; the hashes of these."""
    raw = {part: rows.raw(column) for part, column in PARTS.items()}
    place, first = numbered(mixed([ids for ids, _ in raw.values()]))
    parts: dict[str, Ints] = {}
    hashes: dict[str, Words] = {}
    for part, (ids, texts) in raw.items():
        parts[part], old = renumbered(ids[first])
        hashes[part] = text_hash(texts.take(pa.array(old)))
    return place, PlaceTable(**parts), hashes


def _births(rows: _Rows, number: Ints, derived: tuple[Ints, Ints], known: births.Birthdays) -> tuple[Ints, Ints]:
    """The birth and the sex that mentions have of their own (births)."""
    days, dates = rows.raw("born_on")
    whole = pc.add(pc.add(pc.multiply(pc.year(dates), 10000), pc.multiply(pc.month(dates), 100)), pc.day(dates))
    how, precisions = rows.raw("born_precision")
    sexes, words = rows.raw("sex")
    said = births.Said(
        rows.identity.source,
        number,
        (days, np.append(whole.to_numpy(zero_copy_only=False).astype(np.int64), -1)),
        (how, _meaning(precisions, PRECISION, DAY)),
        (sexes, _meaning(words, SEXES, 0)),
    )
    many = np.array([known.get(" ".join(source), (0, 0)) for source in rows.identity.sources], np.int64)
    return births.recorded(said, np.append(derived[0], -1), np.append(derived[1], 0), many.reshape(-1, 2))


def _meaning(words: Any, meaning: dict[str, int], other: int) -> Ints:
    """What few distinct words mean, `other` for anything else, and at the end for null."""
    return np.array([meaning.get(w, other) for w in words.to_pylist()] + [other], np.int64)


def _relation(rows: _Rows) -> Ints:
    ids, words = rows.raw("relation")
    return _meaning(words, {w: int(w) for w in words.to_pylist() if w.isdigit()}, -1)[ids]
