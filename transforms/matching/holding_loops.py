"""Uniting all that is known of entities in one loop: a round often unites few, and every call costs (see holdings).

Sets are gone through by their place among those of entity_rows.Told.
"""

from transforms.matching.compiled import borrowing, compiled
from transforms.matching.entity_rows import Known, Rows, Told, put
from transforms.matching.held_kernels import both, united
from transforms.matching.kernels import Ints

SETS, BORN = len(Told._fields), Told._fields.index("born")


@compiled
def needed(told: Told, a: Ints, b: Ints, room: Ints) -> None:
    """Tell in `room`, set by set, how many values all of `a` and `b` hold."""
    for what in range(SETS):
        many = told[what].many
        room[what] = 0
        for at in range(len(a)):
            room[what] += many[a[at]] + many[b[at]]


@compiled
def unite(known: Known, rows: Rows, used: Ints, a: Ints, b: Ints) -> None:
    """Let each a[i] be what a[i] and b[i] are together, in place, and write the `rows` of both.

    `used` tells, set by set, how many values are taken; there is room behind them for what all of `a` and `b` hold.
    """
    for what in range(SETS):
        used[what] = united(known.told[what], used[what], a, b, what == BORN)
    for at in range(len(a)):
        _rest(known, (a[at], b[at]), known, a[at])
        put(rows, known, a[at])
        put(rows, known, b[at])


@compiled
def imagine(known: Known, a: Ints, b: Ints, thought: Known, rows: Rows) -> None:
    """Fill in `thought`, whose i-th entity is what a[i] and b[i] of `known` would be together, and its `rows`.

    One array has the values of all its sets, and room for what all of `a` and `b` hold.
    """
    used = 0
    for what in range(SETS):
        held, found = known.told[what], thought.told[what]
        for at in range(len(a)):
            found.start[at] = used
            used = both(held, (a[at], b[at]), (found.values, used), what == BORN)
            found.many[at] = used - found.start[at]
            found.first[at] = found.values[found.start[at]] if found.many[at] else -1
    for at in range(len(a)):
        _rest(known, (a[at], b[at]), thought, at)
        put(rows, thought, at)


@borrowing
def _rest(known: Known, ends: tuple[int, int], to: Known, at: int) -> None:
    """What is known of the two `ends` besides sets, together: of the entity `at` of `to`, whose sets are filled in."""
    (a, b), years, born = ends, known.years, to.told.born.first[at]
    for byte in range(known.registers.shape[1]):
        to.registers[at, byte] = known.registers[a, byte] | known.registers[b, byte]
    to.covered[at] = max(known.covered[a], known.covered[b])
    to.years.year[at] = (born >> 2) // 10000 if born >= 0 else -1
    to.years.low[at], to.years.high[at] = max(years.low[a], years.low[b]), min(years.high[a], years.high[b])
