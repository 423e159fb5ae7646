"""Pairs of entities to levels of agreement: every value of one with every value of the other, the best counts."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from transforms.matching import kernels
from transforms.matching.compare_loops import names_of
from transforms.matching.held import Held, combine
from transforms.matching.holdings import Attributes, attributes
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.level_loops import ASK, LEVELS, Names
from transforms.matching.lot import Asked
from transforms.matching.packed import packed, packed_names
from transforms.matching.place_kernels import Lines
from transforms.matching.place_kernels import levels as place_levels
from transforms.matching.sets import Facts, best
from transforms.matching.values import Values

# A long name cut off by an old system keeps its beginning; one with a letter wrong keeps most of it.
CUT, ALIKE = 4, 85.0
SHORT = 4  # letters: in a longer name one that is wrong leaves no doubt which name was meant
Kernel = Callable[[Ints, Ints], Levels]
NEAR, YEARLY = kernels.BIRTH.index("near"), 40000
CHUNK = 1 << 15  # pairs at a time: enough to be quick, few enough to stay near the processor


class Compared(NamedTuple):
    """Levels by field (see kernels), and the values of the left side that agreed best, for their frequency."""

    levels: dict[str, Levels]
    name: Ints
    born: Ints
    phone: Ints
    place: Ints
    spaced: Flags  # born in one year on different days, as no two of one mother are
    loose: Flags  # neither side has a trusted number


class Tables:
    """Distinct values, and the same as compiled loops take them. What long names were compared is kept, and grows."""

    __slots__ = ("packed", "values")

    def __init__(self, values: Values) -> None:
        self.values, self.packed = values, packed(values)

    @property
    def places(self) -> Lines:
        """Addresses as the kernel takes them (place_kernels)."""
        return self.packed.places.lines

    def learn(self, asked: Asked) -> None:
        """Compare the long names that were asked for by their texts."""
        names = self.packed.names
        many, codes = len(names.words), np.unique(asked.codes[: asked.many[0]])
        levels = _long(self.values, codes // many, codes % many)
        compared = np.sort(np.append(names.compared, codes * LEVELS + levels))
        self.packed = self.packed._replace(names=names._replace(compared=compared))


def nothing_asked(pairs: int) -> Asked:
    """Room for the names of so many pairs; if it is too little, the rest is asked for again."""
    return Asked(np.empty(pairs, np.int64), np.zeros(1, np.int64))


def tables(values: Values) -> Tables:
    """What comparing needs of `values`, worked out once."""
    return Tables(values)


def compare(facts: Facts, known: Tables, a: Ints, b: Ints) -> Compared:
    """Compare entities `a` and `b` row by row. The field `kin` is left at 0: it needs the neighbours."""
    held = attributes(facts)
    parts = [against(known, held, a[i : i + CHUNK], held, b[i : i + CHUNK]) for i in range(0, max(len(a), 1), CHUNK)]
    if len(parts) == 1:
        return parts[0]
    levels = {f: np.concatenate([p.levels[f] for p in parts]) for f in parts[0].levels}
    rest = (np.concatenate([getattr(p, f) for p in parts]) for f in Compared._fields[1:])
    return Compared(levels, *rest)


def against(known: Tables, left: Attributes, a: Ints, right: Attributes, b: Ints) -> Compared:
    """Compare entities `a` as `left` knows them and `b` as `right` knows them; see compare."""
    values = known.values
    name, names = _best(left.name, a, right.name, b, lambda x, y: name_levels(values, x, y, known.packed.names))
    (born, year), births, others = _births(left.born, a, right.born, b)
    spaced = (born == NEAR) & (births // YEARLY == others // YEARLY)
    phone, phones = _best(left.phone, a, right.phone, b, _phones(values))
    place, places = _best(left.place, a, right.place, b, lambda x, y: place_levels(known.places, x, y))
    levels = {
        "kin": np.zeros(len(a), np.uint8),
        "name": name,
        "born": born,
        "year": year,
        "phone": phone,
        "place": place,
        "sex": _best(left.sex, a, right.sex, b, _sexes)[0],
        "number": _best(left.number, a, right.number, b, _numbers(values))[0],
        "mask": _masks(values, left, a, right, b),
    }
    loose = (left.trusted.count.take(a) == 0) & (right.trusted.count.take(b) == 0)
    return Compared(levels, names, births, phones, places, spaced, loose)


def name_levels(values: Values, a: Ints, b: Ints, names: Names | None = None) -> Levels:
    """Levels of kernels.NAME, for long names by their letters; `names`, if at hand, are those of `values`."""
    level = np.empty(len(a), np.uint8)
    names_of(packed_names(values.names, values.hashes.shape) if names is None else names, a, b, level)
    rows = np.flatnonzero(level == ASK)
    if len(rows):
        low, high = np.minimum(a[rows], b[rows]), np.maximum(a[rows], b[rows])
        pairs, back = np.unique(low * len(values.name_text) + high, return_inverse=True)
        level[rows] = _long(values, pairs // len(values.name_text), pairs % len(values.name_text))[back]
    return level


def _long(values: Values, a: Ints, b: Ints) -> Levels:
    # a batch without such names, which is most of them, need not wait for it to load
    from rapidfuzz import fuzz
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cpdist

    texts = values.name_text
    left, right = [_letters(texts[i]) for i in a], [_letters(texts[i]) for i in b]
    ratio = cpdist(left, right, scorer=fuzz.ratio)
    token = cpdist([texts[i] for i in a], [texts[i] for i in b], scorer=fuzz.token_sort_ratio, processor=_spaced)
    cut = np.array(
        [min(len(x), len(y)) >= CUT and (x.startswith(y) or y.startswith(x)) for x, y in zip(left, right, strict=True)]
    )
    level = np.ones(len(a), np.uint8)
    slip = np.array(cpdist(left, right, scorer=OSA.distance, score_cutoff=1)) <= 1
    slip &= np.array([min(len(x), len(y)) > SHORT for x, y in zip(left, right, strict=True)])
    level[(ratio >= ALIKE) | slip] = 4
    level[cut] = 5
    level[(token >= 99) & (ratio < ALIKE)] = 6
    return level


def _letters(text: str) -> str:
    return text.replace("\u00b7", "").replace(" ", "").lower()


def _spaced(text: str) -> str:
    return text.replace("\u00b7", " ").lower()


def _best(left: Held, a: Ints, right: Held, b: Ints, kernel: Kernel) -> tuple[Levels, Ints]:
    """The highest level of any value of the one with any of the other, and the left value that reached it (else -1).

    Almost all have one value a side: only the rest is spread out into combinations.
    """
    x, y = left.first.take(a), right.first.take(b)
    level, value = np.zeros(len(a), np.uint8), np.full(len(a), -1)
    rows = np.flatnonzero((x >= 0) & (y >= 0))
    if not len(rows):
        return level, value
    x, y = x[rows], y[rows]
    level[rows], value[rows] = kernel(x, y), x
    several = rows[left.count[a[rows]] + right.count[b[rows]] > 2]
    if len(several):
        combos = combine(left, a[several], right, b[several])
        each = kernel(combos.left, combos.right)
        row, _ = best(combos, each, len(several))
        level[several], value[several] = each[row], combos.left[row]
    return level, value


def _births(left: Held, a: Ints, right: Held, b: Ints) -> tuple[tuple[Levels, Levels], Ints, Ints]:
    """The same of births, for the fields born and year at once; with the right value as well."""
    x, y = left.first.take(a), right.first.take(b)
    born, year = np.zeros(len(a), np.uint8), np.zeros(len(a), np.uint8)
    value, other = np.full(len(a), -1), np.full(len(a), -1)
    rows = np.flatnonzero((x >= 0) & (y >= 0))
    if not len(rows):
        return (born, year), value, other
    x, y = x[rows], y[rows]
    (born[rows], year[rows]), value[rows], other[rows] = kernels.birth_levels(x, y), x, y
    several = rows[left.count[a[rows]] + right.count[b[rows]] > 2]
    if len(several):
        combos = combine(left, a[several], right, b[several])
        for level, each in zip((year, born), reversed(kernels.birth_levels(combos.left, combos.right)), strict=True):
            row, _ = best(combos, each, len(several))
            level[several], value[several], other[several] = each[row], combos.left[row], combos.right[row]
    return (born, year), value, other


def _phones(values: Values) -> Kernel:
    return lambda x, y: kernels.phone_levels(values.phones.take(x), values.phones.take(y))


def _numbers(values: Values) -> Kernel:
    return lambda x, y: kernels.number_levels(values.numbers, x, y, values.numbers.trusted)


def _sexes(x: Ints, y: Ints) -> Levels:
    same: Levels = (x == y).view(np.uint8) + np.uint8(1)
    return same


def _masks(values: Values, left: Attributes, a: Ints, right: Attributes, b: Ints) -> Levels:
    """The best level over masked numbers of one side with any number of the other."""
    level = np.zeros(len(a), np.uint8)
    rows = np.flatnonzero((left.mask.count.take(a) > 0) | (right.mask.count.take(b) > 0))
    if len(rows):
        a, b = a[rows], b[rows]
        for one, other in ((left.mask, right.number), (left.number, right.mask), (left.mask, right.mask)):
            combos = combine(one, a, other, b)
            np.maximum.at(level, rows[combos.pair], kernels.mask_levels(values.numbers, combos.left, combos.right))
    return level
