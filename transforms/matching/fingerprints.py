"""What a mention says, as 32-bit words by which mentions of different runs meet.

A word depends on the value alone (stable), so a batch finds whom it may concern among millions of kept mentions by
looking its words up (meeting).
Two values share a word once in four thousand million times: that adds a candidate, which is then looked at properly.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.hashing import text_hash
from transforms.matching.kernels import Ints
from transforms.matching.profiles import BORN, Profiles
from transforms.matching.stable import short

Short = NDArray[np.uint32]
SAID = (
    "number", "head14", "tail12", "last4", "shape", "sound", "surname", "given", "sex", "phone",
    "door", "near", "area", "town", "born", "year",
)  # fmt: skip
AGAIN = {"born_again": "born", "year_again": "year"}  # the birth in a number, where another is written
FEED = "feed"
COLUMNS = (*SAID, *AGAIN, FEED)
RECORD = "record"  # the name of a record, by which a batch finds those that are there already
KEPT = (*COLUMNS, RECORD)
PLACE = {column: place for place, column in enumerate(KEPT)}

Fingerprints = Mapping[str, Short]  # a word by row for each of COLUMNS, 0 where nothing is known
Table = NDArray[np.uint32]  # the same of mentions that are kept, of shape (rows, KEPT)


def table(words: Fingerprints) -> Table:
    """Words side by side, for whoever looks at all of a row; 0 in a column that is not given."""
    found = np.zeros((len(words[FEED]), len(KEPT)), np.uint32)
    for column, word in words.items():
        found[:, PLACE[column]] = word
    return found


def feed_words(feeds: Sequence[str]) -> Short:
    """The words of feeds by name."""
    return short(text_hash(list(feeds)))


def fingerprints(profiles: Profiles, feeds: Sequence[str], source: Ints) -> dict[str, Short]:
    """The words of every mention of a run, in its order; `feeds` has the feed of each `source`."""
    size = len(profiles.entity)
    found = {column: _written(profiles, column) for column in SAID}
    for column, of in AGAIN.items():
        found[column] = np.zeros(size, np.uint32)
        found[column][profiles.again] = profiles.words(of, size + np.arange(len(profiles.again)))
    return found | {FEED: feed_words(feeds)[source] if size else np.zeros(0, np.uint32)}


def _written(profiles: Profiles, name: str) -> Short:
    """The word of each mention, births as they are written."""
    values = profiles.columns[name]
    if name in BORN:
        return values.words[: len(profiles.entity)]
    return values.words.take(values.row, mode="wrap")


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
