"""What a score depends on: candidate pairs, and everything known of the entities as they stand."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compare import Tables
from transforms.matching.context import Registers
from transforms.matching.frequency import Frequency
from transforms.matching.held import Held
from transforms.matching.holdings import Bits, Holdings
from transforms.matching.kernels import Ints
from transforms.matching.model import Model

__all__ = ["Bits", "Pairs", "State"]


class Pairs(NamedTuple):
    """Candidate pairs of entities (a < b); `rules` has a bit for every rule that found the pair (see keys)."""

    a: Ints
    b: Ints
    rules: Ints

    def rows(self, rows: Ints) -> "Pairs":
        """Some of the pairs."""
        return Pairs(self.a[rows], self.b[rows], self.rules[rows])


class State(NamedTuple):
    """Everything a score depends on, for one state of the clustering."""

    model: Model
    tables: Tables
    known: Holdings
    frequency: Frequency
    registers: Registers
    parent: Ints  # the entity that each was merged into; itself as long as it was not
    beside: Held  # by entity those whom a record names beside it: they are not who it is
    apart: Held  # those from whom a decision keeps it apart
    once: NDArray[np.uint8]  # bits, as in Holdings.registers, of registers that list everybody once
