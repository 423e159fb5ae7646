"""Large arrays in files instead of memory, by numpy's own way to say where arrays are (NEP 49, PyDataMem_SetHandler).

A file that is mapped is memory that the system may write out and take back whenever it needs some. It has no name, so
that nothing stays of it whatever becomes of the process. Linux only.
"""

import atexit
import ctypes
import mmap
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import Lock, Timer, current_thread, main_thread
from types import FrameType
from typing import Any

import pyarrow as pa

from pipeline.spared import KEPT, keep_freed

LARGE = 1 << 20  # bytes from which on an array may get a file
GIVEN_BACK = 1 << 20  # bytes from which on the C library gives back what others than numpy needed
FIT = 1.25  # so many times what is asked for may be given again: making and clearing pages costs more than all the rest
SET_HANDLER = 304  # the place of PyDataMem_SetHandler in numpy's table of C functions, for good
NAME = b"mem_handler"  # of the capsule, by which numpy knows it
HUGE = 4 << 20  # bytes from which on numpy, too, asks for pages that are larger
POPULATE = 23  # MADV_POPULATE_WRITE, of Linux 5.14
LATER = 0.01  # seconds after which an interruption is tried again
Address = int | None  # None: there is none to give
FAILED = ctypes.c_void_p(-1).value
_READ_WRITE = mmap.PROT_READ | mmap.PROT_WRITE

_address, _size = ctypes.c_void_p, ctypes.c_size_t
_MALLOC = ctypes.CFUNCTYPE(_address, _address, _size)
_CALLOC = ctypes.CFUNCTYPE(_address, _address, _size, _size)
_REALLOC = ctypes.CFUNCTYPE(_address, _address, _address, _size)
_FREE = ctypes.CFUNCTYPE(None, _address, _address, _size)


class _Handler(ctypes.Structure):
    """PyDataMem_Handler of numpy/ndarraytypes.h. Every function is given `context` first, which is none."""

    _fields_ = (("name", ctypes.c_char * 127), ("version", ctypes.c_uint8), ("context", _address),
                ("malloc", _MALLOC), ("calloc", _CALLOC), ("realloc", _REALLOC), ("free", _FREE))  # fmt: skip


def _of(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    function = library[name]
    function.restype, function.argtypes = result, arguments
    return function


_C = ctypes.CDLL(None, use_errno=True)
_malloc: Callable[..., Address] = _of(_C, "malloc", _address, _size)
_calloc: Callable[..., Address] = _of(_C, "calloc", _address, _size, _size)
_realloc: Callable[..., Address] = _of(_C, "realloc", _address, _address, _size)
_free = _of(_C, "free", None, _address)
_mmap = _of(_C, "mmap", _address, _address, _size, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
_madvise = _of(_C, "madvise", ctypes.c_int, _address, _size, ctypes.c_int)
_munmap = _of(_C, "munmap", ctypes.c_int, _address, _size)
_pointer_of = _of(ctypes.pythonapi, "PyCapsule_GetPointer", _address, ctypes.py_object, ctypes.c_char_p)
_capsule = _of(ctypes.pythonapi, "PyCapsule_New", ctypes.py_object, _address, ctypes.c_char_p, _address)
_for_good = _of(ctypes.pythonapi, "Py_IncRef", None, ctypes.py_object)
_functions = ctypes.cast(
    _pointer_of(import_module("numpy._core._multiarray_umath")._ARRAY_API, None), ctypes.POINTER(_address)
)
_set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(_functions[SET_HANDLER])


class Spill:
    """Gives out memory by address, as malloc and its kin do: mapped what is LARGE, in files in `folder` once the
    process has half of the bytes `allowed`. The other half is for what is none of its business, and for what the system
    keeps of these files.

    Python may free an array in the midst of any of this, and so may a thread of Arrow's.
    """

    def __init__(self, folder: Path, allowed: int) -> None:
        self.folder = folder
        self.room, self.most_idle = allowed // 2, allowed // 8
        self.sizes: dict[int, int] = {}  # of what is mapped, by address
        self.idle: list[int] = []  # what of it was given up and may be given again, oldest first
        self.choosing = Lock()  # held by whoever takes from `idle`
        self.in_files = 0  # bytes, all in all
        self.trouble: OSError | None = None  # why there was none to give

    def malloc(self, size: int) -> Address:
        """So many bytes."""
        return self._mapped(size) if size >= LARGE else _malloc(size)

    def calloc(self, many: int, each: int) -> Address:
        """So many bytes, all zero."""
        size = many * each
        if size < LARGE:
            return _calloc(many, each)
        at = self._again(size)
        if at:
            ctypes.memset(at, 0, size)
        return at or self._new(size)

    def realloc(self, at: Address, size: int) -> Address:
        """So many bytes that begin as those at `at` do, which are given up."""
        if at not in self.sizes:
            return _realloc(at, size)
        if size <= self.sizes[at]:
            return at
        new = self._mapped(size)
        if new:
            ctypes.memmove(new, at, self.sizes[at])
            self.free(at)
        return new

    def free(self, at: Address, _: int = 0) -> None:
        """Give up what is at `at`."""
        if at not in self.sizes:
            _free(at)
            return
        self.idle.append(at)
        self._forget(self.most_idle)

    def _mapped(self, size: int) -> Address:
        return self._again(size) or self._new(size)

    def _again(self, size: int) -> Address:
        """What was given up and is large enough, but not much larger."""
        if self.choosing.acquire(blocking=False):
            try:
                fitting = [(self.sizes[at], at) for at in self.idle if size <= self.sizes[at] <= size * FIT]
                if fitting:
                    self.idle.remove(min(fitting)[1])
                    return min(fitting)[1]
            finally:
                self.choosing.release()
        return None

    def _forget(self, most: int) -> None:
        """Give the system back what is idle, but for so many bytes."""
        if self.choosing.acquire(blocking=False):
            try:
                while sum(self.sizes[at] for at in self.idle) > most:
                    at = self.idle.pop(0)
                    _munmap(at, self.sizes.pop(at))
            finally:
                self.choosing.release()

    def _new(self, size: int) -> Address:
        try:
            at = self._anonymous(size) or self._of_a_file(size)
        except OSError as error:
            self.trouble = error
            return None
        self.sizes[at] = size
        return at

    def _anonymous(self, size: int) -> Address:
        _, resident, shared, *_ = Path("/proc/self/statm").read_text().split()
        if (int(resident) - int(shared)) * mmap.PAGESIZE + size > self.room:
            return None
        at = _mmap(None, size, _READ_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
        if at == FAILED:
            return None
        if size >= HUGE:
            _madvise(at, size, mmap.MADV_HUGEPAGE)
        _madvise(at, size, POPULATE)  # what is not there yet would not count for the next one
        return int(at)

    def _of_a_file(self, size: int) -> int:
        with tempfile.TemporaryFile(dir=self.folder, buffering=0) as file:
            # where the disk is full this says so; later, writing to the memory would be the end of the process
            os.posix_fallocate(file.fileno(), 0, size)
            at = _mmap(None, size, _READ_WRITE, mmap.MAP_SHARED, file.fileno(), 0)
        if at == FAILED:
            raise OSError(ctypes.get_errno(), "mmap")
        self.in_files += size
        return int(at)


@contextmanager
def spilling(folder: Path, allowed: int) -> Iterator[Spill]:
    """A Spill gives all new arrays of this thread their memory. Arrays may outlive this, and the interpreter."""
    spill = Spill(folder, allowed)
    handler = _Handler(b"spilled", 1, None, _MALLOC(_answering(spill.malloc)), _CALLOC(_answering(spill.calloc)),
                       _REALLOC(_answering(spill.realloc)), _FREE(_answering(spill.free)))  # fmt: skip
    _for_good(handler)

    def end() -> None:
        """From now on nobody can call Python. C's free, given the context, has nothing to do."""
        handler.free = ctypes.cast(_C.free, _FREE)

    atexit.register(end)
    before = _set_handler(_capsule(ctypes.addressof(handler), NAME, None))
    keep_freed(GIVEN_BACK)
    try:
        with _interrupted_elsewhere():
            yield spill
    finally:
        _set_handler(before)
        keep_freed(KEPT)


def _answering(work: Callable[..., Any]) -> Callable[..., Any]:
    """`work` as C may call it, to which nothing can be raised."""

    def answer(_: int | None, *given: int) -> Any:
        try:
            return work(*given)
        except MemoryError:  # of Python's own objects
            return None

    return answer


@contextmanager
def _interrupted_elsewhere() -> Iterator[None]:
    """Whoever interrupts while memory is given is heard a moment later: from there it would reach nobody."""
    before = signal.getsignal(signal.SIGINT)
    if not callable(before) or current_thread() is not main_thread():
        yield
        return
    listening = before

    def heard(number: int, frame: FrameType | None) -> None:
        at = frame
        while at:
            if at.f_code.co_filename == __file__:
                Timer(LATER, signal.pthread_kill, (main_thread().ident, number)).start()
                return
            at = at.f_back
        listening(number, frame)

    signal.signal(signal.SIGINT, heard)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def put_away(table: pa.Table, folder: Path) -> pa.Table:
    """A table as it is, its values in a file in `folder`. Raises OSError."""
    with tempfile.TemporaryFile(dir=folder) as file:
        options = pa.ipc.IpcWriteOptions(unify_dictionaries=True)
        with pa.ipc.new_file(file, table.schema, options=options) as writer:
            writer.write_table(table)
        file.flush()
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return pa.ipc.open_file(pa.py_buffer(mapped)).read_all()
