"""Levels to bits, the frequency of the value taken into account.

An agreement on a value that many entities have is worth less: u of the value itself takes the place of u of the level.
The probability of meeting a value is estimated after Good and Turing (1953), so that a value seen with one entity only
is not taken for one that nobody else can have. No likeness is worth more than the agreement of either value.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.generic.compare import NAMES
from transforms.matching.generic.model import OWN, USUAL, Model, weights
from transforms.matching.generic.patterns import Pairs, level, parts
from transforms.matching.generic.values import Bits, Column, Flags, Ints, Levels

LEAST_U = 1e-7
KNOWN = 30.0
WORD = 2  # the level of texts with a word in common


class Weigher(NamedTuple):
    """Bits for one entity against strangers and against neighbours: by level, and for agreement by value.

    `share` of them counts: fields that repeat one another share one voice (redundancy.py). `words` are the values' (see
    Column), none where a word in common is no level; `word` and `word_near` are what sharing each is worth.
    """

    level: Bits
    same: Bits
    level_near: Bits
    same_near: Bits
    share: float
    words: Ints = np.zeros((0, 3), np.int64)
    word: Bits = np.zeros(0)
    word_near: Bits = np.zeros(0)


def frequency(count: Ints, total: float, usual: float = 0.0) -> Bits:
    """The chance that another entity has the value, for values held by `count` of `total` entities.

    One of these is the entity that asks: where it is not yet known to be the other one, both have been counted.
    `usual` is the chance for values of the kind in general, believed as if KNOWN entities had told it; 0: unknown. It
    only takes from what a few rows make of a common value: what is rare in the table is not made common.
    """
    once, twice = int((count == 1).sum()), int((count == 2).sum())
    rare = min(max((2 * twice + 0.5) / max(once, 1), 0.0), 1.0)
    many = np.where(count <= 2, rare, count - 1.5)
    found = many / max(total, 1.0)
    if usual:
        found = np.minimum(found, (many + KNOWN * usual) / (total + KNOWN))
    bounded: Bits = np.clip(found, LEAST_U, 1.0)
    return bounded


def weigher(model: Model, column: Column, count: Ints) -> Weigher:
    """What agreement on each value of `column` is worth, values being held by `count` entities."""
    name = column.name
    chance = frequency(count, float(count.sum()), USUAL[column.kind])
    # two titles that say the same are hardly ever the same, sign by sign
    one = np.log2(sum(model.m[name][WORD + 1 :]) if column.titles is not None else model.m[name][-1])
    far, near = weights(model.m[name], model.u[name]), weights(model.m[name], model.f[name])
    shared = np.maximum(chance, OWN[column.kind]) if column.kind in OWN else np.maximum(chance, model.f[name][-1])
    # what agrees never speaks against: a record is never nearer to another than to itself
    same, same_near = np.maximum(one - np.log2(chance), 0.0), np.maximum(one - np.log2(shared), 0.0)
    found = Weigher(far, same, near, same_near, model.share.get(name, 1.0))
    if NAMES[column.kind][WORD] != "one word" or column.titles:  # the words of titles are weighed already
        return found
    rare = frequency(_holding(column.words, count), float(count.sum()))
    one = np.log2(model.m[name][WORD])
    near_word = one - np.log2(np.maximum(rare, model.f[name][WORD]))
    return found._replace(words=column.words, word=one - np.log2(rare), word_near=near_word)


def _holding(words: Ints, count: Ints) -> Ints:
    """By word, how many entities hold a value with it; a word that a value has twice counts once."""
    held = np.zeros(int(words.max(initial=-1)) + 1, np.int64)
    for at in range(words.shape[1]):
        fresh = (words[:, at] >= 0) & ~(words[:, :at] == words[:, at : at + 1]).any(axis=1)
        np.add.at(held, words[fresh, at], count[fresh])
    return held


def bits(weigher: Weigher, kind: str, a: Ints, b: Ints, level: Levels) -> tuple[Bits, Bits]:
    """Bits for values `a` and `b` that agree to `level`, against strangers and against neighbours."""
    top = len(NAMES[kind]) - 1
    found = []
    shared = np.flatnonzero(level == WORD) if len(weigher.words) else np.zeros(0, np.int64)
    for by_level, same, word in (
        (weigher.level, weigher.same, weigher.word),
        (weigher.level_near, weigher.same_near, weigher.word_near),
    ):
        worth = by_level[level]
        if len(shared):
            worth[shared] = _rarest(weigher.words, a[shared], b[shared], word)
        if len(same):
            least = np.minimum(same[a], same[b])
            worth = np.where(level == top, same[a], np.where(level > 0, np.minimum(worth, least), 0.0))
        found.append(weigher.share * worth)
    return found[0], found[1]


def _rarest(words: Ints, a: Ints, b: Ints, worth: Bits) -> Bits:
    """What the rarest word that values `a` and `b` share is worth."""
    x, y = words[a], words[b]
    found = np.full(len(a), -np.inf)
    for turn in range(3):
        same = (x == np.roll(y, turn, axis=1)) & (x >= 0)
        found = np.maximum(found, np.where(same, worth[x], -np.inf).max(axis=1))
    return found


def odds(model: Model, strangers: Bits, neighbours: Bits) -> Bits:
    """Odds in bits that two records are one entity, from the bits against strangers and against neighbours."""
    far = max(1 - model.prior - model.near, 1e-9)
    against = np.logaddexp2(np.log2(far) - strangers, np.log2(model.near) - neighbours)
    sure: Bits = np.log2(model.prior) - against
    return sure


def hopeful(model: Model, how: dict[str, Weigher], pairs: Pairs, least: float) -> Flags:
    """Pairs that could come to odds of `least` if every value in them were the rarest of its field."""
    tops = {}
    for name, kind in model.kinds.items():
        best = how[name].share * how[name].level
        best[len(NAMES[kind]) - 1] = how[name].share * how[name].same.max(initial=0.0)
        if len(how[name].word):
            best[WORD] = how[name].share * how[name].word.max()
        tops[name] = best
    groups = names(model.kinds)
    able = np.zeros(len(pairs.a), bool)
    for rows in parts(len(pairs.a)):
        most = np.zeros((3, rows.stop - rows.start))
        for at, (name, best) in enumerate(tops.items()):
            group = 1 if name in groups[0] else 2 if name in groups[1] else 0
            most[group] += best[level(pairs.pattern[rows], at)]
        whole = most[0] + np.maximum(most[1], most[2])
        able[rows] = odds(model._replace(near=1e-12), whole, whole) >= least
    return able


def total(kinds: dict[str, str], by_field: dict[str, tuple[Bits, Bits]]) -> tuple[Bits, Bits]:
    """The sum over fields. A whole name and its parts are two readings of one thing: the mean of them counts.

    Where one of the readings says nothing, the other counts alone.
    """
    parts, whole = names(kinds)
    rest = [f for f in by_field if f not in (*parts, *whole)]
    sums = [np.sum([by_field[f][i] for f in rest], axis=0) if rest else np.zeros(1) for i in range(2)]
    if not parts:
        return sums[0], sums[1]
    silent = [np.all([by_field[f][0] == 0 for f in group], axis=0) for group in (parts, whole)]
    portion = np.where(silent[0], 0.0, np.where(silent[1], 1.0, 0.5))
    for i in range(2):
        one, other = (np.sum([by_field[f][i] for f in group], axis=0) for group in (parts, whole))
        sums[i] = sums[i] + portion * one + (1 - portion) * other
    return sums[0], sums[1]


def names(kinds: dict[str, str]) -> tuple[list[str], list[str]]:
    """Fields that are parts of a name, and those that are whole names, where there are both; else nothing."""
    parts = [f for f, k in kinds.items() if k in ("given_name", "surname")]
    whole = [f for f, k in kinds.items() if k == "name"]
    return (parts, whole) if whole and {kinds[f] for f in parts} == {"given_name", "surname"} else ([], [])


def doubled(kinds: dict[str, str], share: dict[str, float]) -> list[str]:
    """Fields that say again what others say: silent ones, and a full name beside given name and surname."""
    return [f for f in kinds if share.get(f, 1.0) == 0 or f in names(kinds)[1]]
