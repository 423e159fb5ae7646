"""Why two entities cannot be one person, however well they fit otherwise; and what has become of an entity."""

import numpy as np

from transforms.matching.kernels import Ints

NUMBER, BIRTH, SEX, AGE, RECORD, DECISION, UNIQUE = 1, 2, 3, 4, 5, 6, 7  # why a pair can't be one person
VETOES = ("", "number", "birth", "sex", "age", "record", "decision", "unique")
FINAL = (NUMBER, RECORD, DECISION, UNIQUE)  # nothing that is found out later can lift these


def root(parent: Ints, entity: Ints) -> Ints:
    """The entities that `entity` have become."""
    while True:
        above = parent[entity]
        if np.array_equal(above, entity):
            return above
        entity = above
