"""Pairs weighed in one compiled loop: compared, what each field and register says added up, and what cannot be."""

from typing import NamedTuple

from transforms.matching import lot, worth
from transforms.matching.compare_loops import clash, compare
from transforms.matching.compiled import borrowing, compiled
from transforms.matching.context import Registers
from transforms.matching.entity_rows import SEVERAL, TRUSTED
from transforms.matching.evidence_loops import Weights, weigh_up
from transforms.matching.frequency import Frequency
from transforms.matching.holdings import Bits
from transforms.matching.kernels import Ints, Levels, Words
from transforms.matching.level_loops import ASK
from transforms.matching.lot import LOT, Asked, Work
from transforms.matching.packed import Side, Tables
from transforms.matching.patterns import PLACE as RADIX
from transforms.matching.patterns import Patterns
from transforms.matching.veto_loops import Barred, barred_by, rule_out
from transforms.matching.vetoes import NUMBER

_, _BORN_AT, _YEAR_AT, _SEX_AT, _NUMBER_AT, _MASK_AT, _PHONE_AT, _PLACE_AT, _KIN_AT = map(int, RADIX.values())


class Setting(NamedTuple):
    """Everything a score depends on but the two sides."""

    tables: Tables
    weights: Weights
    frequency: Frequency
    registers: Registers
    barred: Barred


class Asking(NamedTuple):
    """Pairs of entities, the rules that found them, their levels of kin; `screen` is worth.SCREEN, or 0: see score."""

    a: Ints
    b: Ints
    rules: Ints
    kin: Levels
    screen: int


class Weighed(NamedTuple):
    """The arrays of score.Scored."""

    patterns: Patterns
    odds: Bits
    veto: Levels


class To(NamedTuple):
    """What is filled in: the result, room to work for LOT pairs or as many as there are, and the names asked for."""

    done: Weighed
    work: Work
    asked: Asked


@compiled
def weigh(setting: Setting, left: Side, right: Side, asking: Asking, to: To) -> None:
    """Compare and weigh pairs. Odds are nan where names are asked for first."""
    done, (ids, levels, reals, _), asked = to
    tables, weights, frequency, registers, barred = setting
    many = len(asking.a)
    for begin in range(0, many, LOT):
        work = Work(ids, levels, reals, min(LOT, many - begin))
        meet(left, right, asking, begin, work)
        work = Work(ids, levels, reals, taken((tables.numbers, barred), (left, right), asking, begin, (work, done)))
        compare(tables, left, right, work, asked)
        prepare(asking, work)
        weigh_up((weights, frequency, registers), left, right, work, done.odds)
        pack(work, done.patterns)
        rule_out(barred, left.rows, right.rows, work, done.veto)


@borrowing
def meet(left: Side, right: Side, asking: Asking, begin: int, work: Work) -> None:
    """Look which fields have several values: what matters is that the rows of all are asked for, and come, at once."""
    lanes, lanes_ = left.rows.lanes, right.rows.lanes
    for at in range(work.used):
        row = begin + at
        work.ids[lot.SEVERAL, at] = lanes[asking.a[row], SEVERAL] | lanes_[asking.b[row], SEVERAL]


@borrowing
def taken(
    known: tuple[Words, Barred], sides: tuple[Side, Side], asking: Asking, begin: int, to: tuple[Work, Weighed]
) -> int:
    """Put the pairs from `begin` on to work, but for those that need no look; how many were put there."""
    (ids, levels, _, many), (_, odds, veto) = to
    (numbers, barred), (left, right) = known, sides
    used = 0
    for at in range(many):
        row = begin + at
        a, b = asking.a[row], asking.b[row]
        apart = clash(numbers, left, a, right, b)
        why = NUMBER if asking.screen and apart == 2 else 0
        if asking.screen == worth.SIEVE and not why:
            why = barred_by(barred, left.rows, a, right.rows, b)
        if why:
            odds[row], veto[row] = worth.IMPOSSIBLE, why
        else:
            ids[lot.A, used], ids[lot.B, used], ids[lot.ROW, used] = a, b, row
            ids[lot.SEVERAL, used], levels[lot.CLASH, used] = ids[lot.SEVERAL, at], apart
            levels[lot.LOOSE, used] = left.rows.lanes[a, TRUSTED] < 0 and right.rows.lanes[b, TRUSTED] < 0
            used += 1
    return used


@borrowing
def prepare(asking: Asking, work: Work) -> None:
    """Put in what pairs bring with them besides their values."""
    ids, levels, _, used = work
    for at in range(used):
        rules = asking.rules[ids[lot.ROW, at]]
        levels[lot.ASKING, at] = levels[lot.NAME, at] == ASK
        if levels[lot.NAME, at] == ASK:
            levels[lot.NAME, at] = 0
        levels[lot.KIN, at] = asking.kin[ids[lot.ROW, at]]
        if levels[lot.NUMBER, at] == 0 and rules & worth.SAME_NUMBER:
            levels[lot.NUMBER, at] = 5
        levels[lot.VERSION, at] = rules & worth.SAME_KEY > 0


@borrowing
def pack(work: Work, patterns: Patterns) -> None:
    """See patterns. Written out: a loop over the fields takes twice as long."""
    ids, levels, _, used = work
    for at in range(used):
        low = levels[lot.NAME, at] + levels[lot.BORN, at] * _BORN_AT + levels[lot.YEAR, at] * _YEAR_AT
        mid = levels[lot.SEX, at] * _SEX_AT + levels[lot.NUMBER, at] * _NUMBER_AT + levels[lot.MASK, at] * _MASK_AT
        high = levels[lot.PHONE, at] * _PHONE_AT + levels[lot.PLACE, at] * _PLACE_AT + levels[lot.KIN, at] * _KIN_AT
        patterns[ids[lot.ROW, at]] = low + mid + high
