"""What a mention says, as 32-bit words by which mentions of different runs meet.

A word depends on the value alone (stable), so a batch finds whom it may concern among millions of kept mentions by
going once through their columns, at a few milliseconds a million rows, and no index has to be built or kept in step.
Two values share a word once in four thousand million times: that adds a candidate, which is then looked at properly.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.kernels import Flags, Ints, Words
from transforms.matching.profiles import Profiles

Short = NDArray[np.uint32]
SAID = (
    "number", "head14", "tail12", "last4", "shape", "sound", "surname", "given", "sex", "phone",
    "door", "near", "area", "town", "born", "year",
)  # fmt: skip
AGAIN = {"born_again": "born", "year_again": "year"}  # the birth in a number, where another is written
COLUMNS = (*SAID, *AGAIN)
MARKS = 20  # bits

Fingerprints = Mapping[str, Short]  # a word by row for each of COLUMNS, 0 where nothing is known


def fingerprints(profiles: Profiles) -> dict[str, Short]:
    """The words of every mention of a run, in its order."""
    size = len(profiles.entity)
    rows = np.arange(size)
    found = {column: short(profiles.words(column, rows)) for column in SAID}
    for column, of in AGAIN.items():
        found[column] = np.zeros(size, np.uint32)
        found[column][profiles.again] = short(profiles.words(of, size + np.arange(len(profiles.again))))
    return found


def short(words: Words) -> Short:
    """32 bits of each word; 0 stays 0 and nothing else becomes it."""
    low = (words >> np.uint64(32)).astype(np.uint32)
    return np.where((low == 0) & (words != 0), np.uint32(1), low)


class Side(NamedTuple):
    """Rows to be met: `words` by column, and `row`, the mention each is about."""

    words: Fingerprints
    row: Ints


def side(words: Fingerprints, rows: Ints) -> Side:
    """Some mentions, those with a second birth twice."""
    taken = {column: words[column][rows] for column in COLUMNS}
    twice = np.flatnonzero((taken["born_again"] != 0) | (taken["year_again"] != 0))
    said = {c: np.append(taken[c], taken[next((a for a, of in AGAIN.items() if of == c), c)][twice]) for c in SAID}
    return Side(said, np.append(rows, rows[twice]))


def key(words: Fingerprints, columns: tuple[str, ...]) -> Short:
    """One word of several columns, 0 where one of them is not known."""
    total: Short = words[columns[0]]
    if len(columns) == 1:
        return total
    known = total != 0
    for column in columns[1:]:
        known &= words[column] != 0
        total = total + words[column]
    return np.where(known, np.maximum(total, 1), 0).astype(np.uint32)


def meet(old: Short, new: Short) -> tuple[Ints, Ints]:
    """All (row of `old`, row of `new`) of one word; 0 meets nothing."""
    order = np.argsort(new, kind="stable")
    order = order[np.searchsorted(new[order], 1) :]
    wanted = new[order]
    rows = among(old, wanted)
    start, stop = np.searchsorted(wanted, old[rows]), np.searchsorted(wanted, old[rows], "right")
    total = stop - start
    slot = np.repeat(start - np.cumsum(total) + total, total) + np.arange(total.sum())
    return np.repeat(rows, total), order[slot]


def among(words: Short, wanted: Short) -> Ints:
    """Rows whose word may be in `wanted`: a table of marks tells most of those apart that are not."""
    shift = np.uint32(32 - MARKS)
    marks: Flags = np.zeros(1 << MARKS, bool)
    marks[wanted >> shift] = True
    return np.flatnonzero(marks[words >> shift])
