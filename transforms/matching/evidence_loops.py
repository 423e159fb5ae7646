"""What the levels of pairs say, added up pair by pair: log2 of their probability if the two are one person, relatives,
strangers; and from that the odds. What numpy says of them in score.contributions and score.context.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching import lot, worth
from transforms.matching.compiled import borrowing
from transforms.matching.context import DECADES, FIRST, LEAST, NOTHING, Registers
from transforms.matching.entity_rows import COVERED, REGISTERS, SEVERAL, Bytes, Rows
from transforms.matching.frequency import ALIKE, EVERY, NAMESAKES, PARTS, PLACES, SHARED, SURE, Frequency, day
from transforms.matching.held_kernels import Spans
from transforms.matching.holdings import Bits
from transforms.matching.level_loops import Scalar
from transforms.matching.lot import Work
from transforms.matching.packed import Side

_BORN, _YEAR, _SEX = (level for level, _ in worth.IMPLIED.values())
_BORN_BITS, _YEAR_BITS, _SEX_BITS = (float(np.log2(chance)) for _, chance in worth.IMPLIED.values())
_SAME, _OTHER = float(np.log2(worth.SAME_RECORD)), float(np.log2(1 - worth.SAME_RECORD))
_SOUND, _UNSEEN = ALIKE[0][0], tuple(amount for _, amount in ALIKE)
TOWN = PLACES[0][0]  # the level of kernels.PLACE that the first column of Frequency.place is of
_DECADE = 4 * 100000
_day = borrowing(day)
Three = tuple[Scalar, Scalar, Scalar]  # what is said of one person, of relatives, of strangers


class Weights(NamedTuple):
    """What a model says: log2 of m, f and u by field and level, (fields, levels, 3), and its numbers."""

    logs: Bits
    coverage: float
    family: float


@borrowing
def weigh_up(known: tuple[Weights, Frequency, Registers], left: Side, right: Side, work: Work, odds: Bits) -> None:
    """Fill in the odds of all pairs, nan where names are asked for first.

    What agreement on a value is worth lies far away, and comes soonest to loops that do little else (see lot).
    """
    (logs, coverage, family), frequency, registers = known
    _covers(left.rows, right.rows, coverage, work)
    _names(logs, frequency, work)
    _births(logs, frequency, work)
    _phones(logs, frequency, work)
    _places(logs, frequency, work)
    _add_up(logs, work)
    _entered(registers, left, right, work)
    _odds((np.log2(family), np.log2(frequency.people)), work, odds)


@borrowing
def _covers(left: Rows, right: Rows, coverage: float, work: Work) -> None:
    """The chance that the one is among those whom the other may be."""
    for at in range(work.used):
        a, b = np.uint64(work.ids[lot.A, at]), np.uint64(work.ids[lot.B, at])  # with a sign: counted from the end
        cover = min(left.reals[a, COVERED], right.reals[b, COVERED])
        work.reals[lot.COVER, at] = max(cover, worth.LEAST_COVER) if cover < 1.0 else coverage


@borrowing
def _names(logs: Bits, frequency: Frequency, work: Work) -> None:
    """What strangers of such names say, by how common they are: see frequency."""
    ids, levels, reals, used = work
    known, rarely, everybody = frequency.names, 1 - frequency.numbered, np.log2(frequency.people)
    for at in range(used):
        level, name, loose = np.int64(levels[lot.NAME, at]), ids[lot.LEFT + lot.NAME, at], levels[lot.LOOSE, at]
        stranger = logs[lot.NAME, level, 2]
        if level >= _SOUND:
            way = level - _SOUND
            every, sure = known[name, EVERY + way], known[name, SURE + way]
            rest = rarely * max(every - sure - (2.0 if loose else 1.0), 0.0)
            counted = max(sure - 1.0, 0.0) if loose or every > NAMESAKES else 0.0
            outside = (1.0 / reals[lot.COVER, at] - 1.0) * known[name, PARTS]
            stranger = min(np.log2(counted + rest + outside + _UNSEEN[way]) - everybody, 0.0)
        elif level == 2 or level == 3:
            stranger = known[name, SHARED + level - 2]
        reals[lot.NAME, at] = stranger


@borrowing
def _births(logs: Bits, frequency: Frequency, work: Work) -> None:
    """The same of births."""
    ids, levels, reals, used = work
    share, last = frequency.births, len(frequency.births) - 1
    for at in range(used):
        level = levels[lot.BORN, at]
        stranger = logs[lot.BORN, level, 2]
        if level == _BORN and last >= 0:
            day = _day(ids[lot.LEFT + lot.BORN, at]) - frequency.since
            stranger = max(stranger, share[np.uint64(min(max(day, 0), last))])
        reals[lot.BORN, at] = stranger


@borrowing
def _phones(logs: Bits, frequency: Frequency, work: Work) -> None:
    """The same of telephones; which are crowded."""
    ids, levels, reals, used = work
    for at in range(used):
        level, phone = levels[lot.PHONE, at], np.uint64(max(ids[lot.LEFT + lot.PHONE, at], 0))
        reals[lot.PHONE, at] = frequency.phone[phone] if level == 3 else logs[lot.PHONE, level, 2]
        levels[lot.CROWDED, at] = level == 3 and frequency.crowded[phone]


@borrowing
def _places(logs: Bits, frequency: Frequency, work: Work) -> None:
    """The same of addresses."""
    ids, levels, reals, used = work
    for at in range(used):
        level, place = np.int64(levels[lot.PLACE, at]), np.uint64(max(ids[lot.LEFT + lot.PLACE, at], 0))
        reals[lot.PLACE, at] = frequency.place[place, level - TOWN] if level >= TOWN else logs[lot.PLACE, level, 2]


@borrowing
def _add_up(logs: Bits, work: Work) -> None:
    """Add up what all fields say."""
    levels, reals = work.levels, work.reals
    for at in range(work.used):
        phone = 0 if levels[lot.CROWDED, at] else levels[lot.PHONE, at]  # one that is crowded says nothing
        said = _common(logs, lot.NAME, levels[lot.NAME, at], reals[lot.NAME, at])
        said = _sum(said, _birth(logs, levels, at, reals[lot.BORN, at]))
        said = _sum(said, _implied(logs, (lot.YEAR, _YEAR, _YEAR_BITS), levels, at))
        said = _sum(said, _implied(logs, (lot.SEX, _SEX, _SEX_BITS), levels, at))
        said = _sum(said, _plain(logs, lot.NUMBER, levels[lot.NUMBER, at]))
        said = _sum(said, _plain(logs, lot.MASK, levels[lot.MASK, at]))
        said = _sum(said, _common(logs, lot.PHONE, phone, reals[lot.PHONE, at] if phone else 0.0))
        said = _sum(said, _common(logs, lot.PLACE, levels[lot.PLACE, at], reals[lot.PLACE, at]))
        said = _sum(said, _plain(logs, lot.KIN, levels[lot.KIN, at]))
        reals[lot.ONE, at], reals[lot.KINSMAN, at], reals[lot.STRANGER, at] = said


@borrowing
def _entered(registers: Registers, left: Side, right: Side, work: Work) -> None:
    """Add what the registers themselves say: see context."""
    repeat, ages, sexes = registers
    ids, levels, reals, used = work
    for at in range(used):
        a, b = np.uint64(ids[lot.A, at]), np.uint64(ids[lot.B, at])
        one, number = reals[lot.ONE, at], levels[lot.NUMBER, at]
        if number < 3:
            one += _typical(ages, lot.BORN, (left.rows, left.told.born, a), (right.rows, right.told.born, b))
            one += _typical(sexes, lot.SEX, (left.rows, left.told.sex, a), (right.rows, right.told.sex, b))
        if number < 4 and not levels[lot.VERSION, at]:
            one += _repeated(repeat, left.rows.octets, a, right.rows.octets, b)
        reals[lot.ONE, at] = one


@borrowing
def _odds(others: tuple[float, float], work: Work, odds: Bits) -> None:
    """From what is said to odds; of `others`, how many relatives and how many strangers there are."""
    ids, levels, reals, used = work
    relatives, strangers = others
    for at in range(used):
        version = levels[lot.VERSION, at]
        kinsman = reals[lot.KINSMAN, at] + (_OTHER if version else relatives)
        stranger = reals[lot.STRANGER, at] + (_OTHER if version else strangers)
        most = max(kinsman, stranger)
        rest = most + np.log2(1 + np.exp2(min(kinsman, stranger) - most))
        prior = _SAME if version else np.log2(reals[lot.COVER, at])
        odds[ids[lot.ROW, at]] = np.nan if levels[lot.ASKING, at] else reals[lot.ONE, at] + prior - rest


@borrowing
def _sum(said: Three, more: Three) -> Three:
    return said[0] + more[0], said[1] + more[1], said[2] + more[2]


@borrowing
def _plain(logs: Bits, field: int, level: Scalar) -> Three:
    """What the level of a field says, whatever the values."""
    return logs[field, level, 0], logs[field, level, 1], logs[field, level, 2]


@borrowing
def _common(logs: Bits, field: int, level: Scalar, stranger: Scalar) -> Three:
    """The same where it is known what strangers with these values say."""
    return logs[field, level, 0], logs[field, level, 1], stranger


@borrowing
def _implied(logs: Bits, top: tuple[int, int, float], levels: Bytes, at: int) -> Three:
    """The same of a field, but that the agreement which is in the number already hardly counts."""
    field, highest, bits = top
    if levels[field, at] == highest and levels[lot.NUMBER, at] >= 3:
        return 0.0, bits, bits
    return _plain(logs, field, levels[field, at])


@borrowing
def _birth(logs: Bits, levels: Bytes, at: int, stranger: Scalar) -> Three:
    """The same of births, and of those of one year apart."""
    if levels[lot.BORN, at] == _BORN and levels[lot.NUMBER, at] >= 3:
        return 0.0, _BORN_BITS, _BORN_BITS
    one, kinsman, _ = _plain(logs, lot.BORN, levels[lot.BORN, at])
    if levels[lot.SPACED, at] and levels[lot.NAME, at] >= worth.FAMILY:
        kinsman = min(kinsman, stranger + worth.COUSINS)
    return one, kinsman, stranger


@borrowing
def _typical(table: Bits, field: int, left: tuple[Rows, Spans, Scalar], right: tuple[Rows, Spans, Scalar]) -> Scalar:
    """How typical the one's values are of the registers in which the other, who gives none, is entered: see context."""
    (rows, held, a), (rows_, held_, b) = left, right
    x, y = rows.lanes[a, field], rows_.lanes[b, field]
    if (x < 0) == (y < 0):
        return 0.0
    if x < 0:
        return _least(table, (rows, a), (held_, b), (y, rows_.lanes[b, SEVERAL] >> field & 1))
    return _least(table, (rows_, b), (held, a), (x, rows.lanes[a, SEVERAL] >> field & 1))


@borrowing
def _least(
    table: Bits, entered: tuple[Rows, Scalar], theirs: tuple[Spans, Scalar], value: tuple[Scalar, Scalar]
) -> Scalar:
    """The least of what the registers of one who is `entered` say of the first `value` of the other, and if there are
    several of all of them.
    """
    (held, other), (first, several) = theirs, value
    worst = _worst(table, entered, first)
    if several:
        for i in range(held.start[other], held.start[other] + held.many[other]):
            worst = min(worst, _worst(table, entered, held.values[i]))
    return worst if worst < NOTHING else 0.0


@borrowing
def _worst(table: Bits, entered: tuple[Rows, Scalar], value: Scalar) -> Scalar:
    rows, who = entered
    column = min(max(value // _DECADE - FIRST, 0), DECADES - 1) if table.shape[2] == DECADES else value
    worst = NOTHING
    for byte in range(table.shape[0]):
        worst = min(worst, table[byte, rows.octets[who, REGISTERS + byte], column])
    return worst


@borrowing
def _repeated(table: Bits, left: Bytes, a: Scalar, right: Bytes, b: Scalar) -> Scalar:
    """A register that lists a person once speaks against two of its entries being one: see context."""
    total = 0.0
    for byte in range(table.shape[0]):
        total += table[byte, left[a, REGISTERS + byte] & right[b, REGISTERS + byte]]
    return max(total, LEAST)
