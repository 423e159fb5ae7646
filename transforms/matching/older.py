"""How loops that make arrays are kept: by classes of numba, which has to be imported to load them."""

import importlib
import sys
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pickle import UnpicklingError
from typing import Any


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

import numba  # noqa: E402
from numba.core.caching import FunctionCache, IndexDataCacheFile, NullCache  # noqa: E402
from numba.core.runtime import rtsys  # noqa: E402

import transforms.matching.making  # noqa: E402, F401 - helpers have their types from there
from transforms.matching.reached import digest  # noqa: E402
from transforms.matching.waiting import begun  # noqa: E402


def dispatcher(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    """`function` as numba compiles and keeps it."""
    entry = numba.njit(**options)(function)
    try:
        entry._cache = _Kept(function, options)
    except RuntimeError:  # so numba says that there is no place to write
        entry._cache = _NotKept()
    return entry


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
