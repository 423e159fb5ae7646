"""Pairs weighed in one compiled loop: compared, what each field and register says added up, and what cannot be."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compare_loops import (
    ASKING,
    BORN,
    BORN_ID,
    CLASH,
    COVER,
    KIN,
    KINSMAN,
    LOOSE,
    MASK,
    NAME,
    NAME_ID,
    NUMBER,
    ONE,
    PHONE,
    PHONE_ID,
    PLACE,
    PLACE_ID,
    ROW,
    SEX,
    SPACED,
    STRANGER,
    VERSION,
    YEAR,
    A,
    Asked,
    B,
    Work,
    compare,
)
from transforms.matching.compiled import borrowing, lent
from transforms.matching.context import DECADES, FIRST, LEAST, NOTHING, Registers
from transforms.matching.frequency import ALIKE, EVERY, NAMESAKES, PARTS, PLACES, SHARED, SURE, Frequency
from transforms.matching.held_kernels import Spans
from transforms.matching.holdings import Bits
from transforms.matching.kernels import Flags, Ints, Levels, Words
from transforms.matching.level_loops import ASK, Scalar, close, number_at
from transforms.matching.packed import Bytes, Side, Tables, Years
from transforms.matching.patterns import PLACE as RADIX
from transforms.matching.patterns import Patterns
from transforms.matching.vetoes import AGE, BIRTH, DECISION, RECORD, UNIQUE
from transforms.matching.vetoes import NUMBER as NUMBERS
from transforms.matching.vetoes import SEX as SEXES
from transforms.matching.worth import (
    COUSINS,
    FAMILY,
    IMPLIED,
    IMPOSSIBLE,
    LEAST_COVER,
    SAME_KEY,
    SAME_NUMBER,
    SAME_RECORD,
)

LOT = 512  # pairs at a time: what is worked out on the way stays near the processor
_BORN, _YEAR, _SEX = (level for level, _ in IMPLIED.values())
_BORN_BITS, _YEAR_BITS, _SEX_BITS = (float(np.log2(chance)) for _, chance in IMPLIED.values())
_SAME, _OTHER = float(np.log2(SAME_RECORD)), float(np.log2(1 - SAME_RECORD))
_SOUND, _UNSEEN = ALIKE[0][0], tuple(amount for _, amount in ALIKE)
_, _BORN_AT, _YEAR_AT, _SEX_AT, _NUMBER_AT, _MASK_AT, _PHONE_AT, _PLACE_AT, _KIN_AT = map(int, RADIX.values())
TOWN = PLACES[0][0]  # the level of kernels.PLACE that the first column of Frequency.place is of
_DECADE = 4 * 100000


class Weights(NamedTuple):
    """What a model says: log2 of m, f and u by field and level, (fields, levels, 3), and its numbers."""

    logs: Bits
    coverage: float
    family: float


class Barred(NamedTuple):
    """What cannot be besides values: see state.State. `one` is 1 where both sides are of one state, else 0."""

    one: int
    parent: Ints
    beside: Spans
    apart: Spans
    once: NDArray[np.uint8]


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


@lent
def weigh(setting: Setting, left: Side, right: Side, asking: Asking, to: To) -> None:
    """Compare and weigh pairs. Odds are nan where names are asked for first."""
    done, space, asked = to
    tables, weights, frequency, registers, barred = setting
    told, entered, covered, years = left
    told_, entered_, covered_, years_ = right
    many = len(asking.a)
    trusted, trusted_, numbers = told.trusted, told_.trusted, tables.numbers
    born, born_, sex, sex_ = told.born, told_.born, told.sex, told_.sex
    beside, apart = (barred.beside, barred.parent), (barred.apart, barred.parent)
    for begin in range(0, many, LOT):
        used = taken(numbers, (trusted, trusted_), asking, (begin, min(begin + LOT, many)), (space, done))
        work = Work(space.ids, space.levels, space.sums, used)
        compare(tables, told, told_, work, asked)
        prepare(asking, covered, covered_, weights.coverage, work)
        add_fields(weights.logs, frequency, work)
        add_typical(registers.ages, (entered, born), (entered_, born_), work)
        add_typical(registers.sexes, (entered, sex), (entered_, sex_), work)
        add_repeats(registers.repeat, entered, entered_, work)
        odds(weights.family, frequency.people, work, done)
        pack(work, done.patterns)
        vetoes(years, years_, work, done.veto)
        add_unique(barred.once, entered, entered_, work, done.veto)
        if barred.one:
            add_named(beside, RECORD, work, done.veto)
            add_named(apart, DECISION, work, done.veto)


@borrowing
def taken(
    numbers: Words, trusted: tuple[Spans, Spans], asking: Asking, part: tuple[int, int], to: tuple[Work, Weighed]
) -> int:
    """Put the pairs from part[0] to part[1] to work, but for those that need no look; how many were put there.

    Their CLASH is 2 where both sides have trusted numbers, none in common and none that are close; 1 where two are.
    """
    (ids, levels, _, _), (_, odds, veto) = to
    (begin, mine, one, each), (start, theirs, other, every) = trusted
    a_of, b_of, _, _, screen = asking
    used = 0
    for row in range(part[0], part[1]):
        a, b = a_of[row], b_of[row]
        clash = 0
        if one[a] >= 0 and other[b] >= 0 and one[a] != other[b]:
            clash = 2
            for i in range(begin[a], begin[a] + mine[a]):
                for j in range(start[b], start[b] + theirs[b]):
                    if each[i] == every[j]:
                        clash = 0
                    elif clash == 2 and close(number_at(numbers, each[i]), number_at(numbers, every[j])):
                        clash = 1
                if clash == 0:
                    break
        if screen and clash == 2:
            odds[row], veto[row] = IMPOSSIBLE, NUMBERS
        else:
            ids[ROW, used], ids[A, used], ids[B, used], levels[CLASH, used] = row, a, b, clash
            used += 1
    return used


@borrowing
def prepare(asking: Asking, covered: Bits, covered_: Bits, coverage: float, work: Work) -> None:
    """Put in what pairs bring with them besides their values; all sums begin at 0."""
    _, _, rules, kin, _ = asking
    ids, levels, sums, used = work
    for at in range(used):
        row = ids[ROW, at]
        levels[ASKING, at] = levels[NAME, at] == ASK
        if levels[NAME, at] == ASK:
            levels[NAME, at] = 0
        levels[KIN, at] = kin[row]
        if levels[NUMBER, at] == 0 and rules[row] & SAME_NUMBER:
            levels[NUMBER, at] = 5
        levels[VERSION, at] = rules[row] & SAME_KEY > 0
        cover = min(covered[ids[A, at]], covered_[ids[B, at]])
        sums[COVER, at] = max(cover, LEAST_COVER) if cover < 1.0 else coverage
        sums[ONE, at], sums[KINSMAN, at], sums[STRANGER, at] = 0.0, 0.0, 0.0


@borrowing
def add_fields(logs: Bits, known: Frequency, work: Work) -> None:
    """Add log2 of the probability of all levels if the two are one person, relatives, strangers.

    What numpy says of them in score.contributions.
    """
    people, numbered, names, place, phone, crowded, born, births = known
    add_names(logs, names, (numbered, people), work)
    add_births(logs, born, births, work)
    add_implied(logs, (YEAR, _YEAR, _YEAR_BITS), work)
    add_implied(logs, (SEX, _SEX, _SEX_BITS), work)
    add_plain(logs, NUMBER, work)
    add_plain(logs, MASK, work)
    add_phones(logs, phone, crowded, work)
    add_places(logs, place, work)
    add_plain(logs, KIN, work)


@borrowing
def add_plain(logs: Bits, field: int, work: Work) -> None:
    """Add what the levels of one field say, whatever the values."""
    _, levels, sums, used = work
    for at in range(used):
        level = levels[field, at]
        sums[ONE, at] += logs[field, level, 0]
        sums[KINSMAN, at] += logs[field, level, 1]
        sums[STRANGER, at] += logs[field, level, 2]


@borrowing
def add_implied(logs: Bits, top: tuple[int, int, float], work: Work) -> None:
    """The same of a field, but that the agreement which is in the number already hardly counts."""
    _, levels, sums, used = work
    field, highest, bits = top
    for at in range(used):
        level = levels[field, at]
        if level == highest and levels[NUMBER, at] >= 3:
            sums[KINSMAN, at] += bits
            sums[STRANGER, at] += bits
        else:
            sums[ONE, at] += logs[field, level, 0]
            sums[KINSMAN, at] += logs[field, level, 1]
            sums[STRANGER, at] += logs[field, level, 2]


@borrowing
def add_names(logs: Bits, known: Bits, shares: tuple[float, float], work: Work) -> None:
    """Names by how common they are: see frequency."""
    ids, levels, sums, used = work
    numbered, people = shares
    everybody = np.log2(people)
    for at in range(used):
        level, name, loose = np.int64(levels[NAME, at]), ids[NAME_ID, at], levels[LOOSE, at]
        said = logs[NAME, level, 2]
        if level >= _SOUND:
            way = level - _SOUND
            every, sure = known[name, EVERY + way], known[name, SURE + way]
            rest = (1 - numbered) * max(every - sure - (2.0 if loose else 1.0), 0.0)
            counted = max(sure - 1.0, 0.0) if loose or every > NAMESAKES else 0.0
            outside = (1.0 / sums[COVER, at] - 1.0) * known[name, PARTS]
            said = min(np.log2(counted + rest + outside + _UNSEEN[way]) - everybody, 0.0)
        elif level == 2 or level == 3:
            said = known[name, SHARED + level - 2]
        sums[ONE, at] += logs[NAME, level, 0]
        sums[KINSMAN, at] += logs[NAME, level, 1]
        sums[STRANGER, at] += said


@borrowing
def add_births(logs: Bits, born: Ints, share: Bits, work: Work) -> None:
    """Births by how common they are, and those of one year apart."""
    ids, levels, sums, used = work
    for at in range(used):
        level = levels[BORN, at]
        m, f, u = logs[BORN, level, 0], logs[BORN, level, 1], logs[BORN, level, 2]
        if level == _BORN:
            if levels[NUMBER, at] >= 3:
                m, f, u = 0.0, _BORN_BITS, _BORN_BITS
            elif len(born):
                u = max(u, share[min(np.searchsorted(born, ids[BORN_ID, at]), len(born) - 1)])
        elif levels[SPACED, at] and levels[NAME, at] >= FAMILY:
            f = min(f, u + COUSINS)
        sums[ONE, at] += m
        sums[KINSMAN, at] += f
        sums[STRANGER, at] += u


@borrowing
def add_phones(logs: Bits, share: Bits, crowded: Flags, work: Work) -> None:
    """Telephones by how common they are; a crowded one says nothing."""
    ids, levels, sums, used = work
    for at in range(used):
        level, phone = levels[PHONE, at], ids[PHONE_ID, at]
        if level != 3 or not crowded[phone]:
            sums[ONE, at] += logs[PHONE, level, 0]
            sums[KINSMAN, at] += logs[PHONE, level, 1]
            sums[STRANGER, at] += share[phone] if level == 3 else logs[PHONE, level, 2]


@borrowing
def add_places(logs: Bits, share: Bits, work: Work) -> None:
    """Addresses by how common they are."""
    ids, levels, sums, used = work
    for at in range(used):
        level = np.int64(levels[PLACE, at])
        sums[ONE, at] += logs[PLACE, level, 0]
        sums[KINSMAN, at] += logs[PLACE, level, 1]
        if level >= TOWN:
            sums[STRANGER, at] += share[ids[PLACE_ID, at], level - TOWN]
        else:
            sums[STRANGER, at] += logs[PLACE, level, 2]


@borrowing
def add_typical(table: Bits, left: tuple[Bytes, Spans], right: tuple[Bytes, Spans], work: Work) -> None:
    """How typical the one's values are of the registers in which the other, who gives none, is entered: see context."""
    ids, levels, sums, used = work
    entered, told = left
    entered_, told_ = right
    one, other = told.first, told_.first
    for at in range(used):
        a, b = ids[A, at], ids[B, at]
        if levels[NUMBER, at] < 3 and (one[a] < 0) != (other[b] < 0):
            if one[a] < 0:
                sums[ONE, at] += _least(table, entered, a, told_, b)
            else:
                sums[ONE, at] += _least(table, entered_, b, told, a)


@borrowing
def _least(table: Bits, entered: Bytes, who: int, theirs: Spans, other: int) -> float:
    begin, many, _, each = theirs
    worst = NOTHING
    for i in range(begin[other], begin[other] + many[other]):
        column = each[i]
        if table.shape[2] == DECADES:
            column = min(max(column // _DECADE - FIRST, 0), DECADES - 1)
        for byte in range(entered.shape[1]):
            worst = min(worst, table[byte, entered[who, byte], column])
    return worst if worst < NOTHING else 0.0


@borrowing
def add_repeats(table: Bits, left: Bytes, right: Bytes, work: Work) -> None:
    """A register that lists a person once speaks against two of its entries being one: see context."""
    ids, levels, sums, used = work
    for at in range(used):
        if levels[NUMBER, at] < 4 and not levels[VERSION, at]:
            a, b = ids[A, at], ids[B, at]
            total = 0.0
            for byte in range(left.shape[1]):
                total += table[byte, left[a, byte] & right[b, byte]]
            sums[ONE, at] += max(total, LEAST)


@borrowing
def odds(family: float, people: float, work: Work, done: Weighed) -> None:
    """From the sums to odds."""
    ids, levels, sums, used = work
    _, odds, _ = done
    relatives, strangers = np.log2(family), np.log2(people)
    for at in range(used):
        version = levels[VERSION, at]
        kinsman = sums[KINSMAN, at] + (_OTHER if version else relatives)
        stranger = sums[STRANGER, at] + (_OTHER if version else strangers)
        most = max(kinsman, stranger)
        rest = most + np.log2(1 + np.exp2(min(kinsman, stranger) - most))
        prior = _SAME if version else np.log2(sums[COVER, at])
        odds[ids[ROW, at]] = np.nan if levels[ASKING, at] else sums[ONE, at] + prior - rest


@borrowing
def pack(work: Work, patterns: Patterns) -> None:
    """See patterns. Written out: a loop over the fields takes twice as long."""
    ids, levels, _, used = work
    for at in range(used):
        low = levels[NAME, at] + levels[BORN, at] * _BORN_AT + levels[YEAR, at] * _YEAR_AT + levels[SEX, at] * _SEX_AT
        high = levels[NUMBER, at] * _NUMBER_AT + levels[MASK, at] * _MASK_AT + levels[PHONE, at] * _PHONE_AT
        patterns[ids[ROW, at]] = low + high + levels[PLACE, at] * _PLACE_AT + levels[KIN, at] * _KIN_AT


@borrowing
def vetoes(years: Years, years_: Years, work: Work, veto: Levels) -> None:
    """What cannot be: two trusted numbers, births or sexes, a child as old as its parent. The last that holds is told.

    An agreeing number says that they are of one, and so no more than a mistake.
    """
    ids, levels, _, used = work
    year, low, high = years
    year_, low_, high_ = years_
    for at in range(used):
        a, b = ids[A, at], ids[B, at]
        why = 0
        if levels[NUMBER, at] < 3:
            one, other = year[a], year_[b]
            if one >= 0 and (one < low_[b] or one > high_[b]):
                why = AGE
            if other >= 0 and (other < low[a] or other > high[a]):
                why = AGE
            if levels[SEX, at] == 1 and not _slip(levels, at):
                why = SEXES
            if levels[BORN, at] == 1:
                why = BIRTH
        if levels[CLASH, at] == 2 or (levels[CLASH, at] == 1 and not _lucky(levels, at)):
            why = NUMBERS
        veto[ids[ROW, at]] = why


@borrowing
def _lucky(levels: Bytes, at: int) -> Scalar:
    """Where everything else agrees, of two close numbers one may have been written down wrong and pass the check."""
    near = levels[PLACE, at] == 5 or levels[PHONE, at] == 3 or levels[KIN, at] >= 3
    return near and levels[NAME, at] == 9 and levels[BORN, at] >= 2


@borrowing
def _slip(levels: Bytes, at: int) -> Scalar:
    """Where another sex may be a slip of the pen: brother and sister have two names, and a newborn may have none."""
    near = levels[BORN, at] == 4 or levels[PLACE, at] == 5 or levels[PHONE, at] == 3
    newborn = levels[NAME, at] == 0 and levels[BORN, at] == 4 and levels[KIN, at] >= 3
    return (near and levels[NAME, at] >= 8) or newborn


@borrowing
def add_unique(once: NDArray[np.uint8], left: Bytes, right: Bytes, work: Work, veto: Levels) -> None:
    """Two entries in a register that lists everybody `once`."""
    ids, _, _, used = work
    for byte in range(len(once)):
        if once[byte]:
            for at in range(used):
                if left[ids[A, at], byte] & right[ids[B, at], byte] & once[byte]:
                    veto[ids[ROW, at]] = UNIQUE


@borrowing
def add_named(others: tuple[Spans, Ints], why: int, work: Work, veto: Levels) -> None:
    """Give as the reason `why` where b is among the `others` of a, by the entities those have become."""
    ids, _, _, used = work
    named, parent = others
    begin, many, _, each = named
    for at in range(used):
        a, b = ids[A, at], ids[B, at]
        for i in range(begin[a], begin[a] + many[a]):
            other = each[i]
            while parent[other] != other:
                other = parent[other]
            if other == b:
                veto[ids[ROW, at]] = why
