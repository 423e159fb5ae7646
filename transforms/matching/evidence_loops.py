"""What the levels of pairs say, added up pair by pair: log2 of their probability if the two are one person, relatives,
strangers; and from that the odds. What numpy says of them in score.contributions and score.context.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching import lot, worth
from transforms.matching.compiled import borrowing
from transforms.matching.context import DECADES, FIRST, LEAST, NOTHING, Registers
from transforms.matching.entity_rows import COVERED, REGISTERS, SEVERAL, Bytes, Rows
from transforms.matching.frequency import ALIKE, EVERY, NAMESAKES, PARTS, PLACES, SHARED, SURE, Frequency
from transforms.matching.held_kernels import Spans
from transforms.matching.holdings import Bits
from transforms.matching.kernels import Flags, Ints
from transforms.matching.level_loops import Scalar
from transforms.matching.lot import Work
from transforms.matching.packed import Side

_BORN, _YEAR, _SEX = (level for level, _ in worth.IMPLIED.values())
_BORN_BITS, _YEAR_BITS, _SEX_BITS = (float(np.log2(chance)) for _, chance in worth.IMPLIED.values())
_SAME, _OTHER = float(np.log2(worth.SAME_RECORD)), float(np.log2(1 - worth.SAME_RECORD))
_SOUND, _UNSEEN = ALIKE[0][0], tuple(amount for _, amount in ALIKE)
TOWN = PLACES[0][0]  # the level of kernels.PLACE that the first column of Frequency.place is of
_DECADE = 4 * 100000
Three = tuple[Scalar, Scalar, Scalar]  # what is said of one person, of relatives, of strangers


class Weights(NamedTuple):
    """What a model says: log2 of m, f and u by field and level, (fields, levels, 3), and its numbers."""

    logs: Bits
    coverage: float
    family: float


@borrowing
def weigh_up(known: tuple[Weights, Frequency, Registers], left: Side, right: Side, work: Work, odds: Bits) -> None:
    """Fill in the odds of all pairs, nan where names are asked for first."""
    (logs, coverage, family), frequency, registers = known
    people, numbered, names, place, phone, crowded, born, births = frequency
    repeat, ages, sexes = registers
    ids, levels, used = work
    everybody, relatives, strangers = np.log2(people), np.log2(family), np.log2(people)
    for at in range(used):
        a, b = np.uint64(ids[lot.A, at]), np.uint64(ids[lot.B, at])  # with a sign they might count from the end
        cover = min(left.rows.reals[a, COVERED], right.rows.reals[b, COVERED])
        cover = max(cover, worth.LEAST_COVER) if cover < 1.0 else coverage
        said = _name(logs, names, (numbered, everybody, cover), work, at)
        said = _sum(said, _birth(logs, born, births, work, at))
        said = _sum(said, _implied(logs, (lot.YEAR, _YEAR, _YEAR_BITS), levels, at))
        said = _sum(said, _implied(logs, (lot.SEX, _SEX, _SEX_BITS), levels, at))
        said = _sum(said, _plain(logs, lot.NUMBER, levels[lot.NUMBER, at]))
        said = _sum(said, _plain(logs, lot.MASK, levels[lot.MASK, at]))
        said = _sum(said, _phone(logs, phone, crowded, work, at))
        said = _sum(said, _place(logs, place, work, at))
        one, kinsman, stranger = _sum(said, _plain(logs, lot.KIN, levels[lot.KIN, at]))
        version, number = levels[lot.VERSION, at], levels[lot.NUMBER, at]
        if number < 3:
            one += _typical(ages, lot.BORN, (left.rows, left.told.born, a), (right.rows, right.told.born, b))
            one += _typical(sexes, lot.SEX, (left.rows, left.told.sex, a), (right.rows, right.told.sex, b))
        if number < 4 and not version:
            one += _repeated(repeat, left.rows.octets, a, right.rows.octets, b)
        kinsman += _OTHER if version else relatives
        stranger += _OTHER if version else strangers
        most = max(kinsman, stranger)
        rest = most + np.log2(1 + np.exp2(min(kinsman, stranger) - most))
        prior = _SAME if version else np.log2(cover)
        odds[ids[lot.ROW, at]] = np.nan if levels[lot.ASKING, at] else one + prior - rest


@borrowing
def _sum(said: Three, more: Three) -> Three:
    return said[0] + more[0], said[1] + more[1], said[2] + more[2]


@borrowing
def _plain(logs: Bits, field: int, level: Scalar) -> Three:
    """What the level of a field says, whatever the values."""
    return logs[field, level, 0], logs[field, level, 1], logs[field, level, 2]


@borrowing
def _implied(logs: Bits, top: tuple[int, int, float], levels: Bytes, at: int) -> Three:
    """The same of a field, but that the agreement which is in the number already hardly counts."""
    field, highest, bits = top
    if levels[field, at] == highest and levels[lot.NUMBER, at] >= 3:
        return 0.0, bits, bits
    return _plain(logs, field, levels[field, at])


@borrowing
def _name(logs: Bits, known: Bits, shares: Three, work: Work, at: int) -> Three:
    """Names by how common they are: see frequency."""
    numbered, everybody, cover = shares
    level, name = np.int64(work.levels[lot.NAME, at]), work.ids[lot.LEFT + lot.NAME, at]
    loose = work.levels[lot.LOOSE, at]
    one, kinsman, stranger = _plain(logs, lot.NAME, level)
    if level >= _SOUND:
        way = level - _SOUND
        every, sure = known[name, EVERY + way], known[name, SURE + way]
        rest = (1 - numbered) * max(every - sure - (2.0 if loose else 1.0), 0.0)
        counted = max(sure - 1.0, 0.0) if loose or every > NAMESAKES else 0.0
        outside = (1.0 / cover - 1.0) * known[name, PARTS]
        stranger = min(np.log2(counted + rest + outside + _UNSEEN[way]) - everybody, 0.0)
    elif level == 2 or level == 3:
        stranger = known[name, SHARED + level - 2]
    return one, kinsman, stranger


@borrowing
def _birth(logs: Bits, born: Ints, share: Bits, work: Work, at: int) -> Three:
    """Births by how common they are, and those of one year apart."""
    levels = work.levels
    one, kinsman, stranger = _plain(logs, lot.BORN, levels[lot.BORN, at])
    if levels[lot.BORN, at] == _BORN:
        if levels[lot.NUMBER, at] >= 3:
            return 0.0, _BORN_BITS, _BORN_BITS
        if len(born):
            row = np.searchsorted(born, work.ids[lot.LEFT + lot.BORN, at])
            stranger = max(stranger, share[min(row, len(born) - 1)])
    elif levels[lot.SPACED, at] and levels[lot.NAME, at] >= worth.FAMILY:
        kinsman = min(kinsman, stranger + worth.COUSINS)
    return one, kinsman, stranger


@borrowing
def _phone(logs: Bits, share: Bits, crowded: Flags, work: Work, at: int) -> Three:
    """Telephones by how common they are; a crowded one says nothing."""
    level, phone = work.levels[lot.PHONE, at], work.ids[lot.LEFT + lot.PHONE, at]
    one, kinsman, stranger = _plain(logs, lot.PHONE, level)
    if level != 3:
        return one, kinsman, stranger
    return (0.0, 0.0, 0.0) if crowded[phone] else (one, kinsman, share[phone])


@borrowing
def _place(logs: Bits, share: Bits, work: Work, at: int) -> Three:
    """Addresses by how common they are."""
    level = np.int64(work.levels[lot.PLACE, at])
    one, kinsman, stranger = _plain(logs, lot.PLACE, level)
    if level >= TOWN:
        stranger = share[work.ids[lot.LEFT + lot.PLACE, at], level - TOWN]
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
