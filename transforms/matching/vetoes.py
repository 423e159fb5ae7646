"""What cannot be, however well two entities fit otherwise."""

import numpy as np

from transforms.matching import kernels
from transforms.matching.compare import any_of
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.sets import Facts, combine
from transforms.matching.state import Pairs, State
from transforms.matching.values import Values

NUMBER, BIRTH, SEX, AGE, RECORD, DECISION = 1, 2, 3, 4, 5, 6  # why a pair can't be one person
VETOES = ("", "number", "birth", "sex", "age", "record", "decision")
PARENT_AGE = 12


def vetoes(state: State, pairs: Pairs, levels: dict[str, Levels]) -> Levels:
    """What cannot be: two trusted numbers, births or sexes, a child as old as its parent, two roles of one record."""
    facts, a, b = state.facts, pairs.a, pairs.b
    veto = np.zeros(len(a), np.uint8)
    by_number = levels["number"] >= 3
    low, high, year = state.low, state.high, state.year
    young = ((year[b] >= 0) & (year[b] < low[a])) | ((year[a] >= 0) & (year[a] < low[b]))
    old = (year[b] > high[a]) | (year[a] > high[b])
    veto[(young | old) & ~by_number] = AGE
    # a slip of the pen: brother and sister have two names
    near = (levels["born"] == 4) | (levels["place"] == 5) | (levels["phone"] == 3)
    veto[(levels["sex"] == 1) & ~by_number & ~(near & (levels["name"] == 9))] = SEX
    veto[(levels["born"] == 1) & ~by_number] = BIRTH
    both = (facts.trusted.many(a) > 0) & (facts.trusted.many(b) > 0)
    rows = np.flatnonzero(both)
    combos = combine(facts.trusted, a[rows], b[rows])
    shared = any_of(combos, len(rows), combos.left == combos.right)
    lucky = any_of(combos, len(rows), _lucky(state.values, combos.left, combos.right))
    lucky &= (levels["name"] == 9)[rows] & (levels["born"] >= 2)[rows]
    lucky &= ((levels["place"] == 5) | (levels["phone"] == 3) | (levels["kin"] >= 3))[rows]
    veto[rows[~shared & ~lucky]] = NUMBER
    for why, codes in ((RECORD, state.beside), (DECISION, state.apart)):
        if len(codes):
            code = a * len(facts.entity) + b
            at = np.minimum(np.searchsorted(codes, code), len(codes) - 1)
            veto[codes[at] == code] = why
    return veto


def _lucky(values: Values, a: Ints, b: Ints) -> Flags:
    """Two valid numbers so close that one may be a slip of the other which happens to pass the check."""
    n = values.numbers
    apart = np.bitwise_count(kernels.nibbles_differ(n.head[a], n.head[b])) + np.bitwise_count(
        kernels.nibbles_differ(n.tail[a], n.tail[b])
    )
    return (apart <= 2) | kernels.one_slip(n, a, b)


def years(facts: Facts) -> Ints:
    """The year of birth of each entity (of its earliest date), -1 unknown."""
    size = len(facts.entity)
    has = np.diff(facts.born.start) > 0
    year = np.full(size, -1)
    year[has] = (facts.born.values[facts.born.start[:-1][has]] >> 2) // 10000
    return year


def bounds(year: Ints, who: Ints, whom: Ints) -> tuple[Ints, Ints]:
    """Earliest and latest year of birth by entity; `who` is a child of `whom`, with PARENT_AGE years between them."""
    low, high = np.full(len(year), -1), np.full(len(year), 9999)
    known = year[whom] >= 0
    np.maximum.at(low, who[known], year[whom[known]] + PARENT_AGE)
    known = year[who] >= 0
    np.minimum.at(high, whom[known], year[who[known]] - PARENT_AGE)
    return low, high
