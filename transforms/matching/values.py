"""Mentions encoded once: every attribute becomes an integer id into a table of its distinct values.

Rows are put into an order that depends on their content alone, so nothing downstream can depend on the order in which
departments delivered.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from transforms.clean.names import match_key, pinyin_key, split_name
from transforms.matching.kernels import DAY, MONTH, YEAR, Ints, NumberTable, PlaceTable, Words
from transforms.matching.name_kernels import NameTable
from transforms.matching.packing import bcd, name_table, number_table
from transforms.matching.shapes import LOOK_ALIKE

SORT = (
    "feed",
    "record_key",
    "role",
    "valid_from",
    "id_number",
    "name",
    "born_on",
    "phone",
    "address",
    "household",
    "name_raw",
)
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
PRECISION = {"year": YEAR, "month": MONTH, "day": DAY}
TOO_OFTEN = 4.0
_PRIME = np.uint64(0x9E3779B97F4A7C15)


class Values(NamedTuple):
    """The tables of distinct values, and what follows from a number. Rows of `names` and `numbers` keep their text."""

    names: NameTable
    name_text: list[str]
    surname: Ints  # by name: id of the folded surname, -1 when there is none
    given: Ints  # by name: id of the folded given name
    shape: Ints  # by name: id of the folded form
    sound: Ints  # by name: id of the pinyin
    numbers: NumberTable
    number_text: list[str]
    number_status: NDArray[np.uint8]  # 0 valid or repaired, 1 invalid, 2 masked
    number_born: Ints  # packed birth (kernels.birth_levels), -1 when the number is not valid
    number_sex: Ints  # 1, 2, or 0 unknown
    phones: Words
    places: PlaceTable


class Nodes(NamedTuple):
    """One row a mention, in canonical order; ids are -1 where nothing is known."""

    index: pa.Table  # feed, record_key, role
    key: Ints  # id of (feed, record_key, role): versions of one mention share it
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

    @property
    def size(self) -> int:
        """How many mentions there are."""
        return len(self.key)


def mix(columns: list[Ints]) -> Words:
    """One 64-bit hash of several integer columns (splitmix64 steps); equal rows hash alike."""
    total = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        total = (total ^ column.astype(np.uint64)) * _PRIME
        total ^= total >> np.uint64(29)
        total *= np.uint64(0xBF58476D1CE4E5B9)
        total ^= total >> np.uint64(32)
    return total


def encode(mentions: pa.Table) -> tuple[Nodes, Values]:
    """Sort and encode `mentions` (`feed` and the columns of contracts.mentions, one row a mention)."""
    table = mentions.sort_by([(column, "ascending") for column in SORT if column in mentions.column_names])
    feed, key, role = (_codes(table[c])[0] for c in ("feed", "record_key", "role"))
    source_ids, first = np.unique(mix([feed, role]), return_index=True)
    feeds, roles = (table[c].take(pa.array(first)).to_pylist() for c in ("feed", "role"))
    source = np.searchsorted(source_ids, mix([feed, role]))
    name, names = _codes(table["name"])
    number, numbers = _codes(table["id_number"])
    phone, phones = _codes(_digits(table["phone"]))
    place, places = _places(table)
    household, _ = _codes(table["household"])
    kin_of, kin = _codes(table["kin"])
    status = np.full(len(numbers), 1, np.uint8)
    for code, words in ((0, ["valid", "repaired"]), (2, ["masked"])):
        rows = pc.is_in(table["id_status"], pa.array(words)).to_numpy()
        status[number[rows & (number >= 0)]] = code
    born, sex = _recorded(source, number, (_born(table), _sex(table["sex"])), _from_numbers(numbers, status))
    nodes = Nodes(
        index=table.select(["feed", "record_key", "role"]).combine_chunks(),
        key=_ranks(mix([feed, key, role])),
        record=_ranks(mix([feed, key])),
        source=source,
        sources=list(zip(feeds, roles, strict=True)),
        name=name,
        born=_vague(born, source),
        sex=sex,
        number=number,
        phone=phone,
        place=place,
        household=np.where(household >= 0, _ranks(mix([feed, household])), -1),
        relation=_whole(table["relation"]),
        kin=[tuple((str(r), str(k)) for r, k in json.loads(text)) for text in kin],
        kin_of=kin_of,
    )
    return nodes, _values(names, numbers, status, phones, places)


def _recorded(source: Ints, number: Ints, given: tuple[Ints, Ints], derived: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Births and sexes without those of registers that record none: there the number's were filled in.

    A register records births when one of its mentions has another than its number's, or one without a valid number.
    """
    kept: list[Ints] = []
    for values, by_number, none in zip(given, derived, (-1, 0), strict=True):
        copied = np.append(by_number, none)[number]
        own = np.bincount(source[(values != none) & (values != copied)], minlength=int(source.max(initial=0)) + 1) > 0
        kept.append(np.where((values == copied) & ~own[source], none, values))
    return kept[0], kept[1]


def _vague(born: Ints, source: Ints) -> Ints:
    """Births with 1 January taken for "some day of the year" in registers where it is far too common to be true."""
    days = np.flatnonzero((born >= 0) & (born & 3 == DAY))
    new_year = days[(born[days] >> 2) % 10000 == 101]
    size = int(source.max(initial=0)) + 1
    seen, usual = np.bincount(source[new_year], minlength=size), np.bincount(source[days], minlength=size) / 365.25
    doubted = new_year[(seen > TOO_OFTEN * (usual + 1))[source[new_year]]]
    vague = born.copy()
    vague[doubted] += YEAR - DAY
    return vague


def _values(
    names: list[str], numbers: list[str], status: NDArray[np.uint8], phones: list[str], places: PlaceTable
) -> Values:
    """The tables of values, each with what is worked out once a value."""
    folded = [match_key(n) for n in names]
    shapes = [f.translate(LOOK_ALIKE) for f in folded]
    sounds = [pinyin_key(n) for n in names]
    split = [split_name(n) for n in names]
    family = [match_key(s.surname) for s in split]
    given = [match_key(s.given) for s in split]
    born, sex = _from_numbers(numbers, status)
    return Values(
        names=name_table(shapes, sounds, [len(f) for f in family]),
        name_text=names,
        surname=_ids([f or None for f in family]),
        given=_ids([g or None for g in given]),
        shape=_ids(shapes),
        sound=_ids(sounds),
        numbers=number_table(numbers, status == 0),
        number_text=numbers,
        number_status=status,
        number_born=born,
        number_sex=sex,
        phones=bcd(phones),
        places=places,
    )


def _from_numbers(numbers: list[str], status: NDArray[np.uint8]) -> tuple[Ints, Ints]:
    born, sex = np.full(len(numbers), -1, np.int64), np.zeros(len(numbers), np.int64)
    for row in np.flatnonzero(status == 0):
        text = numbers[row]
        if len(text) == 18 and text[6:17].isdigit():
            born[row] = int(text[6:14]) * 4 + DAY
            sex[row] = 1 if int(text[16]) % 2 else 2
    return born, sex


def _places(table: pa.Table) -> tuple[Ints, PlaceTable]:
    parts = [_codes(table[column])[0] for column in PARTS.values()]
    hashed = mix(parts)
    given = np.zeros(len(hashed), bool)
    for part in parts:
        given |= part >= 0
    distinct, first, row = np.unique(hashed, return_index=True, return_inverse=True)
    return np.where(given, row, -1), PlaceTable(*(part[first] for part in parts))


def _born(table: pa.Table) -> Ints:
    date = table["born_on"]
    whole = pc.add(pc.add(pc.multiply(pc.year(date), 10000), pc.multiply(pc.month(date), 100)), pc.day(date))
    value = pc.fill_null(whole, -1).to_numpy().astype(np.int64)
    precision, words = _codes(table["born_precision"])
    code = np.array([PRECISION.get(w, DAY) for w in words] + [DAY], np.int64)[precision]
    return np.where(value >= 0, value * 4 + code, -1)


def _sex(column: pa.ChunkedArray) -> Ints:
    codes, words = _codes(column)
    return np.array([int(w) if w in ("1", "2") else 0 for w in words] + [0], np.int64)[codes]


def _whole(column: pa.ChunkedArray) -> Ints:
    codes, words = _codes(column)
    return np.array([int(w) if w.isdigit() else -1 for w in words] + [-1], np.int64)[codes]


def _codes(column: pa.ChunkedArray) -> tuple[Ints, list[str]]:
    """Ids in order of appearance (-1 for null) and the distinct values."""
    encoded = pa.chunked_array(column.chunks, column.type).combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = pa.concat_arrays(encoded.chunks) if encoded.num_chunks else pa.array([], column.type)
    encoded = encoded.dictionary_encode()
    return pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(
        np.int64
    ), encoded.dictionary.to_pylist()


def _ids(texts: Sequence[str | None]) -> Ints:
    return _codes(pa.chunked_array([pa.array(texts, pa.string())]))[0]


def _ranks(hashed: Words) -> Ints:
    return np.unique(hashed, return_inverse=True)[1].astype(np.int64)


def _digits(column: pa.ChunkedArray) -> pa.ChunkedArray:
    only = pc.replace_substring_regex(column, r"[^0-9]", "")
    return pc.if_else(pc.greater(pc.utf8_length(only), 5), only, pa.scalar(None, pa.string()))
