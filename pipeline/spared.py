"""What a command need not load, hold, nor wait for."""

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = 100_000  # objects more than before; by default 700
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h
_HUGEPAGE = 14  # of mman.h
ROOM, LARGE, KEPT = 1 << 28, 1 << 21, 1 << 30  # bytes


class _NoPandas:
    """Finds pandas nowhere."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Nothing for any module. Raises ModuleNotFoundError for pandas."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def spare() -> None:
    """All of it, before anything else is loaded."""
    spare_memory()
    spare_faults()
    spare_threads()
    spare_pandas()


@contextmanager
def spare_collecting() -> Iterator[None]:
    """Let Python look for objects that hold one another seldom, and not at all at the end: what is loaded stays, and
    all of it goes with the process. That is a tenth of a second in a command that loads much. Not where DuckDB is
    loaded: what it then finds alive at the end it calls leaks, in fifty lines below whatever the command said.
    """
    gc.set_threshold(_SELDOM)
    try:
        yield
    finally:
        if "_duckdb" not in sys.modules:
            gc.freeze()


def spare_pandas() -> None:
    """Keep pyarrow from loading pandas, half a second, at the first array it makes, only to see if it was given one of
    pandas'. It looks once; whoever asks for pandas afterwards, `to_pandas` too, gets it as ever.
    """
    import pyarrow as pa

    sys.meta_path.insert(0, _NoPandas)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(_NoPandas)


def spare_memory() -> None:
    """Let pyarrow, unless it was loaded before, take memory where the system gives it, which gets back what is freed:
    its own allocator holds on to a hundred bytes a record after tables were read. No time is lost.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


def spare_faults() -> None:
    """Let the C library hand large arrays out again instead of returning each to the system, which would clear every
    page of the next one: a third of the time spent there. The first ROOM bytes that it hands out come in large pages
    where the system has some, cleared at once. Where the library is another than glibc, nothing changes.
    """
    try:
        library = ctypes.CDLL(None)
        madvise = library.madvise
        malloc = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_size_t)(("malloc", library))
        free = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(("free", library))
    except (OSError, AttributeError, TypeError):  # no such function, or no library of that name
        return
    if keep_freed(KEPT) and (room := malloc(ROOM)):  # so far it is promised, not there
        begin = -(-room // LARGE) * LARGE
        madvise(ctypes.c_void_p(begin), ctypes.c_size_t(ROOM - LARGE), _HUGEPAGE)
        free(room)


def keep_freed(below: int) -> bool:
    """Let the C library keep arrays below so many bytes when they are freed, and return others to the system. False
    where it is another than glibc.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    for option in (_MMAP_THRESHOLD, _TRIM_THRESHOLD):
        mallopt(option, below)
    return True


def spare_threads() -> None:
    """Let numpy, unless it was loaded before, keep no threads for products of matrices, of which there are none here:
    starting them takes longer than all the rest of loading it.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
