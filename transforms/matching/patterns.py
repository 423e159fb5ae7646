"""A pair's levels in all fields as one integer: what its score came from, in four bytes and for ever."""

import numpy as np
from numpy.typing import NDArray

from transforms.matching.kernels import Levels
from transforms.matching.model import FIELDS, LEVELS, Model

Patterns = NDArray[np.uint32]
PLACE = dict(zip(FIELDS, np.cumprod([1, *(len(LEVELS[f]) for f in FIELDS[:-1])]).tolist(), strict=True))


def pack(levels: dict[str, Levels]) -> Patterns:
    """Mixed radix: the first field of model.FIELDS counts ones, each further one multiples of all before it."""
    total = np.zeros(len(levels[FIELDS[0]]), np.uint32)
    for field in FIELDS:
        total += levels[field] * np.uint32(PLACE[field])
    return total


def level(patterns: Patterns, field: str) -> Levels:
    """The level of one field (see model.LEVELS)."""
    found: Levels = (patterns // np.uint32(PLACE[field]) % np.uint32(len(LEVELS[field]))).astype(np.uint8)
    return found


def unpack(patterns: Patterns) -> dict[str, Levels]:
    """The levels of every field: what `pack` was given."""
    return {field: level(patterns, field) for field in FIELDS}


def bits(patterns: Patterns, model: Model) -> dict[str, NDArray[np.float64]]:
    """By field what its level is worth by `model` against strangers, in bits, values of usual frequency taken."""
    worth = {f: np.log2(np.array(model.m[f])) - np.log2(np.array(model.u[f])) for f in FIELDS}
    return {field: worth[field][level(patterns, field)] for field in FIELDS}
