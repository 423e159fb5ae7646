"""Scores and vetoes by numpy, pass by pass: what the compiled loop has to come to."""

import numpy as np

from transforms.matching import kernels
from transforms.matching.held import Held, combine
from transforms.matching.holdings import Holdings
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.patterns import pack
from transforms.matching.score import Scored, context, contributions, look
from transforms.matching.sets import Combos
from transforms.matching.state import Pairs, State
from transforms.matching.values import Values
from transforms.matching.vetoes import AGE, BIRTH, DECISION, NUMBER, RECORD, SEX, UNIQUE, root
from transforms.matching.worth import IMPOSSIBLE, SAME_RECORD


def plain_score(state: State, pairs: Pairs, kin: Levels, right: Holdings) -> Scored:
    """Compare and weigh `pairs` of an entity of `state` with one of `right`, by what explains a score."""
    seen = look(state, pairs, kin, right)
    levels = seen.compared.levels
    parts = contributions(state.model, state.frequency, seen.cover, seen.compared).values()
    one = sum(p.one for p in parts) + sum(context(state, pairs, right, seen).values())
    relatives = np.where(seen.version, np.log2(1 - SAME_RECORD), np.log2(state.model.family))
    strangers = np.where(seen.version, np.log2(1 - SAME_RECORD), np.log2(state.frequency.people))
    kinsman, stranger = sum(p.kinsman for p in parts) + relatives, sum(p.stranger for p in parts) + strangers
    odds = one + np.log2(np.where(seen.version, SAME_RECORD, seen.cover)) - np.logaddexp2(kinsman, stranger)
    return Scored(pack(levels), odds, vetoes(state, pairs.a, right, pairs.b, levels))


def plain_screened(state: State, pairs: Pairs, kin: Levels) -> Scored:
    """The same, but for pairs that two numbers rule out whatever else agrees."""
    trusted = state.known.held.trusted
    clash, close = numbers(state.tables.values, trusted, pairs.a, trusted, pairs.b)
    out, scored = clash & ~close, plain_score(state, pairs, kin, state.known)
    patterns = np.where(out, 0, scored.patterns).astype(np.uint32)
    return Scored(patterns, np.where(out, IMPOSSIBLE, scored.odds), np.where(out, NUMBER, scored.veto).astype(np.uint8))


def vetoes(state: State, a: Ints, right: Holdings, b: Ints, levels: dict[str, Levels]) -> Levels:
    """What cannot be: two trusted numbers, births or sexes, a child as old as its parent, two roles of one record,
    two entries in a register that lists everybody once.

    The pairs are a[i] of `state` and b[i] of `right`; where those are only imagined, no record or decision names them.
    """
    left = state.known
    veto = np.zeros(len(a), np.uint8)
    by_number = levels["number"] >= 3
    veto[(levels["sex"] == 1) & ~by_number & ~_slip(levels)] = SEX
    veto[_age(left, a, right, b) & ~by_number] = AGE
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


def any_of(combos: Combos, size: int, same: Flags) -> Flags:
    """Which of `size` pairs have a combination for which `same` holds."""
    hit = np.zeros(size, bool)
    hit[combos.pair[same]] = True
    return hit


def named(others: Held, parent: Ints, a: Ints, b: Ints) -> Flags:
    """Which b[i] are among the `others` of a[i], by the entities those have become."""
    hit = np.zeros(len(a), bool)
    if others.used:
        row, other = others.each(a)
        hit[row[root(parent, other) == b[row]]] = True
    return hit
