"""What compiled loops take: values laid out so that each is one line of the processor's cache, and sets as arrays."""

from typing import NamedTuple

import numpy as np

from transforms.matching.entity_rows import Rows, Told, aligned
from transforms.matching.holdings import Holdings
from transforms.matching.kernels import Ints, NumberTable, Words
from transforms.matching.level_loops import SHORT, TRUSTED, Names, Places
from transforms.matching.name_kernels import NameTable, levels_by_case
from transforms.matching.place_kernels import by_case, lines
from transforms.matching.values import Values


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
    """The tables of `values`; no long names compared yet."""
    return Tables(
        packed_names(values.names, values.shape),
        packed_numbers(values.numbers),
        values.phones,
        Places(lines(values.places), by_case()),
    )


def packed_names(names: NameTable, folded: Ints) -> Names:
    """`names` in rows; `folded` is by name the id of its folded form."""
    words = aligned(len(folded) * 32).view(np.uint64).reshape(len(folded), 4)
    words[:, 0], words[:, 1], words[:, 2] = names.shape, names.sound, folded.view(np.uint64)
    words[:, 3] = names.length | names.family << np.uint8(3)
    words[:, 3] |= names.short.astype(np.uint64) << np.uint64(SHORT)
    return Names(words, levels_by_case(), np.empty(0, np.int64))


def packed_numbers(numbers: NumberTable) -> Words:
    """`numbers` in rows: see level_loops.number_level."""
    words = np.empty((len(numbers.head), 3), np.uint64)
    words[:, 0], words[:, 1] = numbers.head, numbers.tail
    words[:, 2] = numbers.length | numbers.trusted.astype(np.uint64) << TRUSTED
    return words


def side(known: Holdings) -> Side:
    """The arrays of `known` as they stand."""
    return Side(known.told, known.rows)
