"""What rules pairs out, however well they fit otherwise: see vetoes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching import lot, vetoes
from transforms.matching.compiled import borrowing
from transforms.matching.entity_rows import HIGH, LOW, REGISTERS, YEAR, Bytes, Rows
from transforms.matching.held_kernels import Spans
from transforms.matching.kernels import Ints, Levels
from transforms.matching.level_loops import Scalar
from transforms.matching.lot import Work


class Barred(NamedTuple):
    """What cannot be besides values: see state.State. `one` is 1 where both sides are of one state, else 0."""

    one: int
    parent: Ints
    beside: Spans
    apart: Spans
    once: NDArray[np.uint8]


@borrowing
def rule_out(barred: Barred, left: Rows, right: Rows, work: Work, veto: Levels) -> None:
    """Fill in why the two of each pair can't be one, 0 where nothing speaks against it. The last that holds is told."""
    ids, levels, _, used = work
    for at in range(used):
        a, b = np.uint64(ids[lot.A, at]), np.uint64(ids[lot.B, at])  # with a sign they might count from the end
        why = 0
        if levels[lot.NUMBER, at] < 3:  # an agreeing number says that they are of one, and so no more than a mistake
            if levels[lot.SEX, at] == 1 and not _slip(levels, at):
                why = vetoes.SEX  # which alone leaves a doubt: whatever else rules them out is told instead
            if _too_old(left, a, right, b):
                why = vetoes.AGE
            if levels[lot.BORN, at] == 1:
                why = vetoes.BIRTH
        if levels[lot.CLASH, at] == 2 or (levels[lot.CLASH, at] == 1 and not _lucky(levels, at)):
            why = vetoes.NUMBER
        lasting = barred_by(barred, left, a, right, b)
        veto[ids[lot.ROW, at]] = lasting if lasting else why


@borrowing
def barred_by(barred: Barred, left: Rows, a: Scalar, right: Rows, b: Scalar) -> int:
    """What rules the pair out whatever the two are called and whenever they were born, 0 for nothing."""
    one, parent, beside, apart, once = barred
    why = 0
    for byte in range(len(once)):
        if left.octets[a, REGISTERS + byte] & right.octets[b, REGISTERS + byte] & once[byte]:
            why = vetoes.UNIQUE
    if one:
        why = vetoes.RECORD if _named(beside, parent, a, b) else why
        why = vetoes.DECISION if _named(apart, parent, a, b) else why
    return why


@borrowing
def _too_old(left: Rows, a: Scalar, right: Rows, b: Scalar) -> Scalar:
    """A birth outside the years that the parents or children of the other leave for it."""
    one, other = left.lanes[a, YEAR], right.lanes[b, YEAR]
    if one >= 0 and (one < right.lanes[b, LOW] or one > right.lanes[b, HIGH]):
        return True
    return other >= 0 and (other < left.lanes[a, LOW] or other > left.lanes[a, HIGH])


@borrowing
def _lucky(levels: Bytes, at: int) -> Scalar:
    """Where everything else agrees, of two close numbers one may have been written down wrong and pass the check."""
    near = levels[lot.PLACE, at] == 5 or levels[lot.PHONE, at] == 3 or levels[lot.KIN, at] >= 3
    return near and levels[lot.NAME, at] == 9 and levels[lot.BORN, at] >= 2


@borrowing
def _slip(levels: Bytes, at: int) -> Scalar:
    """Where another sex may be a slip of the pen: brother and sister have two names, and a newborn may have none."""
    near = levels[lot.BORN, at] == 4 or levels[lot.PLACE, at] == 5 or levels[lot.PHONE, at] == 3
    newborn = levels[lot.NAME, at] == 0 and levels[lot.BORN, at] == 4 and levels[lot.KIN, at] >= 3
    return (near and levels[lot.NAME, at] >= 8) or newborn


@borrowing
def _named(others: Spans, parent: Ints, a: Scalar, b: Scalar) -> Scalar:
    """Is b among the `others` of a, by the entities those have become?"""
    found = False
    for i in range(others.start[a], others.start[a] + others.many[a]):
        other = others.values[i]
        while parent[other] != other:
            other = parent[other]
        found |= other == b
    return found
