"""Names as words: how they look, how they sound and which part is the family's, worked out once for a distinct name.

A name of two to four Chinese characters, and nearly all are, goes by tables over code points, a whole column at a time.
The others (a middle dot, Latin letters, one character, five, the rarest characters) go one by one through the functions
of transforms.clean.names, which say what a name's parts are; both ways give the same.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.clean.names import match_key, pinyin_key, split_name
from transforms.clean.surnames import COMPOUND, READINGS
from transforms.clean.syllables import syllables
from transforms.clean.variants import VARIANTS
from transforms.matching.hashing import Ints, Words, layout, text_hash
from transforms.matching.name_kernels import NameTable
from transforms.matching.shapes import LOOK_ALIKE

HAN = (0x3400, 0x9FFF)  # what a table of 16-bit code points covers and UTF-8 writes in three bytes
# Lanes hold code points. The surrogates' are nobody's: the lower half is for syllables, the upper for what lies above.
SYLLABLE, ABOVE = 0xD800, 0xDC00
Matrix = NDArray[np.uint32]


class Spellings(NamedTuple):
    """A row a name. The words are equal where the texts they stand for are, in every run: up to four characters (or
    syllables) as the lanes of a word, anything else hashed (hashing.text_hash); 0 where there is nothing.
    """

    table: NameTable
    shape: Words  # folded, look-alikes too
    sound: Words
    surname: Words
    given: Words


class _Tables(NamedTuple):
    """By code point: folded; folded with look-alikes; lane of the syllable; the same as a surname."""

    key: Matrix
    shape: Matrix
    sound: Matrix
    family: Matrix
    compound: Matrix  # surnames of two characters (_pair)
    read: dict[int, tuple[int, int]]  # those of them that are read unlike their characters


@cache
def _tables() -> _Tables:
    same = np.arange(0x10000, dtype=np.uint32)
    key, alike = same.copy(), same.copy()
    for table, pairs in ((key, VARIANTS), (alike, LOOK_ALIKE)):
        for code, becomes in pairs.items():
            table[code] = ord(becomes)
    rows = syllables().of[:0x10000].astype(np.uint32)
    sound = np.where(rows > 0, SYLLABLE + rows, same)
    family, read = sound.copy(), {}
    for surname, reading in READINGS.items():
        lanes = [SYLLABLE + syllables().row[s] for s in reading.split()]
        if len(surname) == 1:
            family[ord(surname)] = lanes[0]
        else:
            read[_pair(surname)] = (lanes[0], lanes[1])
    double = np.array(sorted(map(_pair, COMPOUND)), np.uint32)
    return _Tables(key, alike[key], sound[key], family[key], double, read)


def _pair(surname: str) -> int:
    return ord(surname[0]) << 16 | ord(surname[1])


def spell(names: Any) -> Spellings:
    """The spellings of an Arrow array (or list) of distinct cleaned names, none of them null."""
    data, start, length = layout(names)
    size = len(length)
    quick = np.zeros(size, bool)
    lanes: dict[str, Words] = {w: np.zeros(size, np.uint64) for w in ("shape", "sound", "surname", "given")}
    count, family = np.zeros(size, np.uint8), np.zeros(size, np.uint8)
    for characters in (2, 3, 4):
        rows = np.flatnonzero(length == 3 * characters)
        code, han = _code_points(data[start[rows][:, None] + np.arange(3 * characters)])
        rows, code = rows[han], code[han]
        quick[rows], count[rows] = True, characters
        family[rows], words = _by_table(code)
        for part, word in words.items():
            lanes[part][rows] = word
    table = NameTable(lanes["shape"].copy(), lanes["sound"].copy(), count, family, quick.copy())
    rest = np.flatnonzero(~quick)
    if len(rest):
        texts = [bytes(data[start[r] : start[r] + length[r]]).decode() for r in rest]
        _one_by_one(texts, rest, lanes, table)
    return Spellings(table, **lanes)


def _code_points(raw: NDArray[np.uint8]) -> tuple[Matrix, NDArray[np.bool_]]:
    """UTF-8 of three bytes a character as code points, and which rows are Chinese characters throughout."""
    wide = raw.astype(np.uint32)
    code: Matrix = wide[:, 0::3] % 16 * 4096 + wide[:, 1::3] % 64 * 64 + wide[:, 2::3] % 64
    three = (raw[:, 0::3] & 0xF0 == 0xE0).all(axis=1)
    return code, three & (code >= HAN[0]).all(axis=1) & (code <= HAN[1]).all(axis=1)


def _by_table(code: Matrix) -> tuple[NDArray[np.uint8], dict[str, Words]]:
    """Length of the surname, and the words, of names of as many characters as `code` has columns (two to four)."""
    tables = _tables()
    key, sound = tables.key[code], tables.sound[code]
    pair = key[:, 0] << 16 | key[:, 1]
    double = np.isin(pair, tables.compound) if code.shape[1] > 2 else np.zeros(len(code), bool)
    sound[:, 0] = np.where(double, sound[:, 0], tables.family[code[:, 0]])
    for written, read in tables.read.items():
        sound[double & (pair == written), :2] = read
    whole, one, two = _word(key), _word(key[:, :1]), _word(key[:, :2])
    surname = np.where(double, two, one)
    given = np.where(double, whole >> np.uint64(32), whole >> np.uint64(16))
    words = {"shape": _word(tables.shape[code]), "sound": _word(sound), "surname": surname, "given": given}
    return np.where(double, 2, 1).astype(np.uint8), words


def _word(lanes: Matrix) -> Words:
    """Up to four 16-bit lanes in a word, the first lowest."""
    word = np.zeros(len(lanes), np.uint64)
    for at in range(lanes.shape[1]):
        word |= lanes[:, at].astype(np.uint64) << np.uint64(16 * at)
    return word


def _one_by_one(names: list[str], rows: Ints, lanes: dict[str, Words], table: NameTable) -> None:
    """Fill in the `rows` of the `names` that no table covers."""
    keys = [match_key(n) for n in names]
    shapes = [k.translate(LOOK_ALIKE) for k in keys]
    sounds = [pinyin_key(n).split() for n in names]
    split = [split_name(n) for n in names]
    families = [match_key(s.surname) for s in split]
    lanes["shape"][rows] = _words([list(s) for s in shapes], shapes)
    lanes["sound"][rows] = _words(sounds, [" ".join(s) for s in sounds])
    for part, texts in (("surname", families), ("given", [match_key(s.given) for s in split])):
        lanes[part][rows] = _words([list(t) for t in texts], texts)
    for row, shape, sound, surname in zip(rows, shapes, sounds, families, strict=True):
        if 1 <= len(shape) <= 4 and not shape.isascii() and len(shape) == len(sound):
            table.short[row], table.length[row], table.family[row] = True, len(shape), len(surname)
            table.shape[row], table.sound[row] = _packed(list(shape)), _packed(sound)


def _words(rows: list[list[str]], texts: list[str]) -> Words:
    """The words of `texts`, whose symbols are in `rows`: packed where four lanes hold them, else hashed."""
    words = text_hash(texts)
    for at, symbols in enumerate(rows):
        if len(symbols) <= 4 and all(s in syllables().row or len(s) == 1 and "\0" < s < "\U00010000" for s in symbols):
            words[at] = _packed(symbols)
    return words


def _packed(symbols: list[str]) -> int:
    """Characters and syllables as lanes; of the rarest characters, above 0xFFFF, a thousand share a lane."""
    return sum(_lane(s) << (16 * at) for at, s in enumerate(symbols))


def _lane(symbol: str) -> int:
    row = syllables().row.get(symbol)
    if row is not None:
        return SYLLABLE + row
    code = ord(symbol[0])
    return code if 0 < code < 0x10000 else ABOVE + code % 0x400
