"""What a score depends on: candidate pairs, and everything known of the entities as they stand."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.counts import Counts, Scopes
from transforms.matching.kernels import Ints
from transforms.matching.sets import Facts
from transforms.matching.values import Nodes, Values

Bits = NDArray[np.float64]


class Pairs(NamedTuple):
    """Candidate pairs of entities (a < b); `rules` has a bit for every rule that found the pair (see keys)."""

    a: Ints
    b: Ints
    rules: Ints


class State(NamedTuple):
    """Everything a score depends on, for one state of the clustering."""

    facts: Facts
    counts: Counts
    values: Values
    places: Scopes
    nodes: Nodes
    year: Ints  # of birth of each entity (of its earliest date), -1 unknown
    covered: Bits  # the chance that each entity is elsewhere too; 1 for those with a trusted number
    low: Ints  # earliest and latest possible year of birth of each entity, by its children and parents
    high: Ints
    beside: Ints  # sorted codes a * size + b (a < b) of pairs that a record names as two people
    apart: Ints  # the same of pairs that a decision keeps apart
