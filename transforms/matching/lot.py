"""A lot of pairs of entities at work: what is found out of each, in columns, until it is weighed.

Fields are looked at one after the other, some hundred pairs each, because a processor that waits for the values of one
pair goes on with the next ones as long as the loop is short.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.entity_rows import Small
from transforms.matching.held_kernels import Spans
from transforms.matching.kernels import Ints
from transforms.matching.model import FIELDS

LOT = 512  # pairs at a time: what is worked out on the way stays near the processor
NAME, BORN, YEAR, SEX, NUMBER, MASK, PHONE, PLACE, KIN = range(len(FIELDS))
# further rows of Work.levels: see compare.Compared and score_loops
SPACED, LOOSE, CLASH, VERSION, ASKING, CROWDED, ROWS = range(len(FIELDS), len(FIELDS) + 7)
# rows of Work.reals: by field what strangers say who have these values (of those that have frequencies); the chance of
# being elsewhere; and what all fields say if the two are one, relatives, strangers
COVER, ONE, KINSMAN, STRANGER, REALS = range(len(FIELDS), len(FIELDS) + 5)
# rows of Work.ids: the pair, A and B, which ROW of all it is, which fields have SEVERAL values (bits by field); what
# was FETCHED, which is of no use but to have come (compare_loops.levels_of); SOME of the columns, as a list; from LEFT
# and from RIGHT on, by field, the values of either side that agreed best
A, B, ROW, SEVERAL, FETCHED, SOME, LEFT = range(7)
RIGHT = LEFT + len(FIELDS)
IDS = RIGHT + len(FIELDS)


class Work(NamedTuple):
    """Pairs of entities, a column each, the first `used` columns; what they have in common."""

    ids: Small
    levels: NDArray[np.uint8]  # by field, and SPACED ...
    reals: NDArray[np.float64]
    used: int


class Asked(NamedTuple):
    """Codes x * names + y of names whose texts have to be compared, as far as there is room, and how many there are."""

    codes: Ints
    many: Ints  # (1,)


class Both(NamedTuple):
    """The sets of one field of both sides of pairs."""

    held: Spans
    held_: Spans


def room(size: int) -> Work:
    """Room for `size` pairs, or for a LOT if they are more."""
    many = min(size, LOT)
    return Work(np.empty((IDS, many), np.int32), np.zeros((ROWS, many), np.uint8), np.empty((REALS, many)), many)
