"""What cannot be, however well two entities fit otherwise."""

import numpy as np

from transforms.matching import kernels
from transforms.matching.compare import any_of
from transforms.matching.held import Held, combine
from transforms.matching.holdings import Holdings
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.state import State
from transforms.matching.values import Values

NUMBER, BIRTH, SEX, AGE, RECORD, DECISION, UNIQUE = 1, 2, 3, 4, 5, 6, 7  # why a pair can't be one person
VETOES = ("", "number", "birth", "sex", "age", "record", "decision", "unique")
FINAL = (NUMBER, RECORD, DECISION, UNIQUE)  # nothing that is found out later can lift these


def vetoes(state: State, a: Ints, right: Holdings, b: Ints, levels: dict[str, Levels]) -> Levels:
    """What cannot be: two trusted numbers, births or sexes, a child as old as its parent, two roles of one record,
    two entries in a register that lists everybody once.

    The pairs are a[i] of `state` and b[i] of `right`; where those are only imagined, no record or decision names them.
    """
    left = state.known
    veto = np.zeros(len(a), np.uint8)
    by_number = levels["number"] >= 3
    veto[_age(left, a, right, b) & ~by_number] = AGE
    veto[(levels["sex"] == 1) & ~by_number & ~_slip(levels)] = SEX
    veto[(levels["born"] == 1) & ~by_number] = BIRTH
    clash, close = numbers(state.tables.values, left.held.trusted, a, right.held.trusted, b)
    lucky = (levels["name"] == 9) & (levels["born"] >= 2)
    lucky &= (levels["place"] == 5) | (levels["phone"] == 3) | (levels["kin"] >= 3)
    veto[clash & ~(close & lucky)] = NUMBER
    for at in np.flatnonzero(state.once):
        veto[left.registers[a, at] & right.registers[b, at] & state.once[at] > 0] = UNIQUE
    if right is left:
        for why, others in ((RECORD, state.beside), (DECISION, state.apart)):
            veto[named(others, state.parent, a, b)] = why
    return veto


def _slip(levels: dict[str, Levels]) -> Flags:
    """Where another sex may be a slip of the pen: brother and sister have two names, and a newborn may have none."""
    near = (levels["born"] == 4) | (levels["place"] == 5) | (levels["phone"] == 3)
    newborn = (levels["name"] == 0) & (levels["born"] == 4) & (levels["kin"] >= 3)
    slip: Flags = near & (levels["name"] >= 8) | newborn
    return slip


def _age(left: Holdings, a: Ints, right: Holdings, b: Ints) -> Flags:
    """A birth outside the years that the parents or children of the other leave for it."""
    hit = np.zeros(len(a), bool)
    for known, e, other, o in ((left, a, right, b), (right, b, left, a)):
        year = known.year.take(e)
        hit |= (year >= 0) & ((year < other.low.take(o)) | (year > other.high.take(o)))
    return hit


def numbers(values: Values, left: Held, a: Ints, right: Held, b: Ints) -> tuple[Flags, Flags]:
    """Which pairs have trusted numbers on both sides and none in common, and which of those have two that are close."""
    x, y = left.first.take(a), right.first.take(b)
    clash, close = (x >= 0) & (y >= 0) & (x != y), np.zeros(len(a), bool)
    rows = np.flatnonzero(clash)
    if len(rows):
        close[rows] = _close(values, x[rows], y[rows])
        several = rows[left.count[a[rows]] + right.count[b[rows]] > 2]
        combos = combine(left, a[several], right, b[several])
        clash[several] = ~any_of(combos, len(several), combos.left == combos.right)
        close[several] = any_of(combos, len(several), _close(values, combos.left, combos.right))
    return clash, close


def _close(values: Values, a: Ints, b: Ints) -> Flags:
    """Two valid numbers so close that one may be a slip of the other which happens to pass the check."""
    n = values.numbers
    apart = np.bitwise_count(kernels.nibbles_differ(n.head[a], n.head[b])) + np.bitwise_count(
        kernels.nibbles_differ(n.tail[a], n.tail[b])
    )
    close: Flags = apart <= 2
    rows = np.flatnonzero(~close & (n.length[a] != n.length[b]))
    close[rows] = kernels.one_slip(n, a[rows], b[rows])
    return close


def named(others: Held, parent: Ints, a: Ints, b: Ints) -> Flags:
    """Which b[i] are among the `others` of a[i], by the entities those have become."""
    hit = np.zeros(len(a), bool)
    if others.used:
        row, other = others.each(a)
        hit[row[root(parent, other) == b[row]]] = True
    return hit


def root(parent: Ints, entity: Ints) -> Ints:
    """The entities that `entity` have become."""
    while True:
        above = parent[entity]
        if np.array_equal(above, entity):
            return above
        entity = above
