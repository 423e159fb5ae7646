"""What compiled loops take: values laid out so that each is one line of the processor's cache, and sets as arrays."""

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from transforms.matching.entity_rows import Rows, Told, aligned
from transforms.matching.holdings import Holdings
from transforms.matching.kernels import NumberTable, Words
from transforms.matching.level_loops import ABOVE, SHORT, TRUSTED, Names, Places
from transforms.matching.name_kernels import NameTable, levels_by_case
from transforms.matching.place_kernels import by_case, lines
from transforms.matching.values import Values

Column = TypeVar("Column", bound=np.generic)


class Side(NamedTuple):
    """What holdings.Holdings knows of the entities of one side: their sets, and the rows of entity_rows."""

    told: Told
    rows: Rows


class Tables(NamedTuple):
    """Distinct values, by row: see values.Values."""

    names: Names
    numbers: Words  # see level_loops.number_level
    phones: Words
    places: Places


def packed(values: Values) -> Tables:
    """The tables of `values`; no long names compared yet. None is empty: for an unknown value loops read the first."""
    names = packed_names(values.names, values.hashes.shape)
    return Tables(
        names._replace(words=_some(names.words), marks=_some(names.marks)),
        _some(packed_numbers(values.numbers)),
        _some(values.phones),
        Places(_some(lines(values.places)), by_case()),
    )


def _some(rows: NDArray[Column]) -> NDArray[Column]:
    return rows if len(rows) else np.zeros((1, *rows.shape[1:]), rows.dtype)


def packed_names(names: NameTable, folded: Words) -> Names:
    """`names` in rows; `folded` is by name a word that is the same where its folded form is (values.Hashes.shape)."""
    words = aligned(len(folded) * 16).view(np.uint64).reshape(len(folded), 2)
    words[:, 0], words[:, 1] = np.where(names.short, names.shape, folded), names.sound
    marks = names.length | names.family << np.uint8(3) | names.short.view(np.uint8) << np.uint8(SHORT)
    return Names(words, marks, levels_by_case(), np.empty(0, np.int64))


def packed_numbers(numbers: NumberTable) -> Words:
    """`numbers` in rows: see level_loops.number_at."""
    words = aligned(len(numbers.head) * 16).view(np.uint64).reshape(-1, 2)
    words[:, 0] = numbers.head | (numbers.length | numbers.trusted.astype(np.uint64) << TRUSTED) << ABOVE
    words[:, 1] = numbers.tail
    return words


def side(known: Holdings) -> Side:
    """The arrays of `known` as they stand."""
    return Side(known.told, known.rows)
