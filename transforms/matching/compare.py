"""Pairs of entities to levels of agreement: every value of one with every value of the other, the best counts."""

from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from transforms.matching import kernels, name_kernels
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.sets import Combos, Facts, best, combine
from transforms.matching.values import Values

# A long name cut off by an old system keeps its beginning; one with a letter wrong keeps most of it.
CUT, ALIKE = 4, 85.0


class Compared(NamedTuple):
    """Levels by field (see kernels), and the values of the left side that agreed best, for their frequency."""

    levels: dict[str, Levels]
    name: Ints
    born: Ints
    phone: Ints
    place: Ints
    loose: Flags  # neither side has a trusted number


def compare(facts: Facts, values: Values, a: Ints, b: Ints) -> Compared:
    """Compare entities `a` and `b` row by row. The field `kin` is left at 0: it needs the neighbours."""
    size = len(a)
    levels: dict[str, Levels] = {"kin": np.zeros(size, np.uint8)}
    held: dict[str, Ints] = {}
    for field in ("name", "born", "year", "phone", "place", "sex", "number"):
        combos = combine(facts.born if field == "year" else getattr(facts, field), a, b)
        level = _levels(field, values, combos)
        row, has = best(combos, level, size)
        levels[field] = np.where(has, np.append(level, 0)[np.where(has, row, -1)], 0).astype(np.uint8)
        held[field] = np.where(has, np.append(combos.left, -1)[np.where(has, row, -1)], -1)
    levels["mask"] = _masks(facts, values, a, b)
    loose = (facts.trusted.many(a) == 0) & (facts.trusted.many(b) == 0)
    return Compared(levels, held["name"], held["born"], held["phone"], held["place"], loose)


def _levels(field: str, values: Values, combos: Combos) -> Levels:
    left, right = combos.left, combos.right
    if field == "name":
        return name_levels(values, left, right)
    if field in ("born", "year"):
        return kernels.birth_levels(left, right)[field == "year"]
    if field == "phone":
        return kernels.phone_levels(values.phones[left], values.phones[right])
    if field == "place":
        return kernels.place_levels(values.places, left, right)
    if field == "sex":
        return np.where(left == right, 2, 1).astype(np.uint8)
    return kernels.number_levels(values.numbers, left, right, values.number_status == 0)


def name_levels(values: Values, a: Ints, b: Ints) -> Levels:
    """Levels of kernels.NAME, and for names of more than four characters a comparison of their letters."""
    level = name_kernels.name_levels(values.names, a, b)
    same = (values.shape[a] == values.shape[b]) & (level < 8)
    level[same] = 8
    rows = np.flatnonzero(~(values.names.short[a] & values.names.short[b]) & (level < 8))
    if len(rows):
        low, high = np.minimum(a[rows], b[rows]), np.maximum(a[rows], b[rows])
        pairs, back = np.unique(low * len(values.name_text) + high, return_inverse=True)
        level[rows] = _long(values, pairs // len(values.name_text), pairs % len(values.name_text))[back]
    return level


def _long(values: Values, a: Ints, b: Ints) -> Levels:
    texts = values.name_text
    left, right = [_letters(texts[i]) for i in a], [_letters(texts[i]) for i in b]
    ratio = cpdist(left, right, scorer=fuzz.ratio)
    token = cpdist([texts[i] for i in a], [texts[i] for i in b], scorer=fuzz.token_sort_ratio, processor=_spaced)
    cut = np.array(
        [min(len(x), len(y)) >= CUT and (x.startswith(y) or y.startswith(x)) for x, y in zip(left, right, strict=True)]
    )
    level = np.ones(len(a), np.uint8)
    level[ratio >= ALIKE] = 4
    level[cut] = 5
    level[(token >= 99) & (ratio < ALIKE)] = 6
    return level


def _letters(text: str) -> str:
    return text.replace("\u00b7", "").replace(" ", "").lower()


def _spaced(text: str) -> str:
    return text.replace("\u00b7", " ").lower()


def _masks(facts: Facts, values: Values, a: Ints, b: Ints) -> Levels:
    """The best level over masked numbers of one side with any number of the other."""
    level = np.zeros(len(a), np.uint8)
    for left, right in ((facts.mask, facts.number), (facts.number, facts.mask), (facts.mask, facts.mask)):
        combos = combine(left, a, b, right)
        np.maximum.at(level, combos.pair, kernels.mask_levels(values.numbers, combos.left, combos.right))
    return level


def any_of(combos: Combos, size: int, same: Flags) -> Flags:
    """Which of `size` pairs have a combination for which `same` holds."""
    hit = np.zeros(size, bool)
    hit[combos.pair[same]] = True
    return hit
