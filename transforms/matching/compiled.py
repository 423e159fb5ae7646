"""Loops over records, compiled to machine code by numba at their first call on a machine and kept for all later runs.

What numpy says in twenty passes over memory, each with a fixed cost, one loop says in one: that decides where there are
millions of pairs, and as much in the many small rounds of clustering and of later batches. A compiled function takes
and returns arrays and numbers, always of the same types: every further set of types would be compiled, and wait, anew.
"""

import importlib
import sys
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pickle import UnpicklingError
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile, NullCache
from numba.core.runtime import rtsys
from numba.extending import intrinsic

from transforms.matching.reached import digest
from transforms.matching.waiting import begun

P = ParamSpec("P")
R = TypeVar("R")
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
COMPILED: list[Any] = []  # the entry points of the modules that are loaded, for tests and pipeline.warm


def _without_scipy() -> None:
    """Load what looks for scipy's linear algebra, which nothing here uses: a third of a second in every process."""
    there = sys.modules.get("scipy")
    sys.modules["scipy"] = None  # type: ignore[assignment]
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        del sys.modules["scipy"]
        if there is not None:
            sys.modules["scipy"] = there


_without_scipy()


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """`function` as machine code. Integers wrap, indices are not checked, floats follow IEEE 754 in the order written.

    The code is kept beside the source, or in the user's cache directory where that can't be written, or else made anew
    in every process. The function as written stays at hand as the attribute `py_func`, for tests.
    """
    return cast(Callable[P, R], _entry(function))


def lent(function: Callable[P, R]) -> Callable[P, R]:
    """`compiled` for a loop that makes no array and no view of one (see `borrowing`)."""
    return cast(Callable[P, R], _entry(function, _nrt=False))


def _entry(function: Callable[..., Any], **more: bool) -> Any:
    options = OPTIONS | more
    entry = numba.njit(**options)(function)
    try:
        entry._cache = _Kept(function, options)
    except RuntimeError:  # so numba says that there is no place to write
        entry._cache = _NotKept()
    COMPILED.append(entry)
    return entry


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """`function` for the use of compiled ones alone: it becomes part of each that calls it."""
    return cast(Callable[P, R], numba.njit(**OPTIONS)(function))


def borrowing(function: Callable[P, R]) -> Callable[P, R]:
    """`inlined` for a helper that makes no array and no view of one: it borrows those that it is given.

    numba counts who refers to an array, at ten nanoseconds for every one that is handed to a helper, and for each of a
    tuple: a helper that looks at one row of five columns takes twenty times as long as what it does.
    """
    return cast(Callable[P, R], numba.njit(**OPTIONS, _nrt=False)(function))


@intrinsic  # type: ignore[untyped-decorator]
def eight_bytes(_: Any, data: Any, at: Any) -> Any:
    """In compiled functions: the bytes `data[at : at + 8]` as a word, the first lowest. They need not be aligned."""

    def load(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        octets = context.make_array(signature.args[0])(context, builder, args[0])
        place = builder.bitcast(builder.gep(octets.data, [args[1]]), context.get_value_type(numba.uint64).as_pointer())
        word = builder.load(place, align=1)
        return word if sys.byteorder == "little" else builder.bswap(word)

    return numba.uint64(data, at), load


class _Files(IndexDataCacheFile):  # type: ignore[misc]
    """Machine code in files named by all that it was made from.

    numba keeps an index and knows only the source file of the function itself. Without an index nothing is ever
    replaced by something else, so processes that start together, or of two versions, can't read one another's code.
    """

    made_from = ""

    def load(self, key: tuple[Any, ...]) -> Any:
        """The code for `key` (types of the arguments, processor), None where there is none that can be read."""
        with suppress(OSError, EOFError, UnpicklingError):
            return self._load_data(self._named(key))
        return None

    def save(self, key: tuple[Any, ...], data: Any) -> None:
        """Keep `data`; the file is there whole or not at all."""
        self._save_data(self._named(key), data)

    def _named(self, key: tuple[Any, ...]) -> str:
        kind = sha256(f"{key}".encode()).hexdigest()
        return f"{self._index_name.removesuffix('.nbi')}.{self.made_from[:24]}.{kind[:16]}.nbc"


class _Kept(FunctionCache):  # type: ignore[misc]
    """numba's cache of machine code that goes by everything the function reaches, not by its own file alone."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        super().__init__(function)
        self._options = options
        self._cache_file: _Files = _Files(self.cache_path, self._impl.filename_base, None)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The code for these types; None, and whoever waits is told, where it has to be made."""
        # at the first call all modules are loaded, so that every global has its value
        self._cache_file.made_from = self._cache_file.made_from or digest(
            self._py_func, numba.__version__, f"{self._options}"
        )
        # numba would first load all that it compiles with, a quarter second; to run kept code its memory is enough
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            code = self._load_overload(sig, target_context)
        if code is None:
            begun()
        return code

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code, unless the disk is full by now: it works all the same."""
        with suppress(OSError):
            super().save_overload(sig, data)


class _NotKept(NullCache):  # type: ignore[misc]
    """For machines where nothing can be written."""

    def load_overload(self, sig: Any, target_context: Any) -> None:
        """Never anything, but whoever waits is told."""
        begun()
