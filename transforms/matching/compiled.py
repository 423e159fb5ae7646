"""Loops over records, compiled to machine code by numba at their first call on a machine and kept for all later runs.

What numpy says in twenty passes over memory, each with a fixed cost, one loop says in one: that decides where there are
millions of pairs, and as much in the many small rounds of clustering and of later batches. A compiled function takes
and returns arrays and numbers, always of the same types: every further set of types would be compiled, and wait, anew.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """`function` as machine code. Integers wrap, indices are not checked, floats follow IEEE 754 in the order written.

    The code is kept beside the source, or in the user's cache directory where that can't be written. The function as
    written stays at hand as the attribute `py_func`, for tests.
    """
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """`function` for the use of compiled ones alone: it becomes part of each that calls it."""
    return cast(Callable[P, R], numba.njit(nogil=True, error_model="numpy")(function))
