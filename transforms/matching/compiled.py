"""Loops over records, compiled to machine code by numba at their first call on a machine and kept for all later runs.

What numpy says in twenty passes over memory, each with a fixed cost, one loop says in one: that decides where there are
millions of pairs, and as much in the many small rounds of clustering and of later batches. A compiled function takes
arrays and numbers, always of the same types: every further set of types would be compiled, and wait, anew. It returns
numbers, and writes into arrays that it is given. Code that is kept runs without numba, which is not even imported.
"""

import struct
from collections.abc import Callable
from ctypes import addressof, c_char
from functools import cached_property, update_wrapper
from threading import RLock
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

import numpy as np

from transforms.matching.arguments import flat, leaves
from transforms.matching.machine_files import Place, compiler, read, write
from transforms.matching.reached import digest
from transforms.matching.waiting import begun

P = ParamSpec("P")
R = TypeVar("R")
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
COMPILED: list[Any] = []  # the entry points of the modules that are loaded, for tests and pipeline.warm
_one_by_one = RLock()  # neither numba nor LLVM makes or loads two things at a time


class Helper:
    """A function that becomes part of the machine code of those that call it."""

    def __init__(self, function: Callable[..., Any], **more: bool) -> None:
        update_wrapper(self, function)
        self.py_func = function
        self.targetoptions = OPTIONS | more

    @cached_property
    def dispatcher(self) -> Any:
        """What numba makes of it, which is asked for only where something is compiled."""
        from transforms.matching.making import dispatcher

        return dispatcher(self)

    def __call__(self, *args: Any) -> Any:
        """Call it alone, compiled for that: tests do."""
        return self.dispatcher(*args)


class Code(NamedTuple):
    """Machine code in memory, for arguments of `kinds` (arguments.flat).

    It takes the address of a block: words of the arguments, and behind them room for those of the result.
    """

    kinds: list[Any]
    words: struct.Struct
    result: struct.Struct
    several: bool  # of a tuple of results
    block: Any
    run: Callable[[int], int]

    def __call__(self, words: list[Any]) -> Any:
        """Run it; whoever calls keeps the arrays. Raises RuntimeError if the loop raised something."""
        block = self.block()
        self.words.pack_into(block, 0, *words)
        if self.run(addressof(block)):
            raise RuntimeError("a compiled loop raised an error; next: run its py_func on the same arguments")
        found = self.result.unpack_from(block, self.words.size)
        return found if self.several else found[0] if found else None


class Entry(Helper):
    """A function that Python calls as machine code. `made` is how often that had to be compiled in this process."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function, _nrt=False)
        self.codes: list[Code] = []
        self.made = 0

    def __call__(self, *args: Any) -> Any:
        """Run the code for what `args` are; it is loaded, or compiled, when they are seen first."""
        kinds: list[Any] = []
        words: list[Any] = []
        flat(args, kinds, words)
        for code in self.codes:
            if code.kinds == kinds:
                return code(words)
        with _one_by_one:
            self.codes.append(code := self._code(kinds, args))
        return code(words)

    @property
    def signatures(self) -> list[str]:
        """For which arguments there is code in this process."""
        return [f"{code.kinds}" for code in self.codes]

    def _code(self, kinds: list[Any], args: tuple[Any, ...]) -> Code:
        from transforms.matching.machine import loaded, processor

        parts = list(leaves(args))
        # at the first call all modules are loaded, so that every global has its value
        about = (f"{self.targetoptions}", *(part.text for part in parts), processor(), compiler())
        made_from = digest(self.py_func, *about)[:32]
        place = Place(self.py_func.__code__.co_filename, self.py_func.__qualname__, made_from)
        codes, _, code = (read(place) or self._make(args, place)).partition(b"\n")
        words = struct.Struct("=" + "".join(part.words for part in parts))
        result = struct.Struct("=" + codes.decode().strip("()"))
        block = c_char * (words.size + result.size)
        return Code(kinds, words, result, codes.startswith(b"("), block, loaded(code, f"loop_{place.key}"))

    def _make(self, args: tuple[Any, ...], place: Place) -> bytes:
        """What is kept of machine code: a line that says what comes out (see making.made), and an object file."""
        begun()
        from transforms.matching.making import made

        codes, code = made(self, args, f"loop_{place.key}")
        self.made += 1
        content = codes.encode() + b"\n" + code
        write(place, content)
        return content


def lent(function: Callable[P, R]) -> Callable[P, R]:
    """`function` as machine code. Integers wrap, indices are not checked, floats follow IEEE 754 in the order written.

    The code is kept beside the source, or in the user's cache directory where that can't be written, or else made anew
    in every process. The function as written stays at hand as the attribute `py_func`, for tests.
    """
    COMPILED.append(entry := Entry(function))
    return cast(Callable[P, R], entry)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """`function` for the use of compiled ones alone: it becomes part of each that calls it."""
    return cast(Callable[P, R], Helper(function))


def borrowing(function: Callable[P, R]) -> Callable[P, R]:
    """`inlined` for a helper that makes no array and no view of one: it borrows those that it is given.

    numba counts who refers to an array, at ten nanoseconds for every one that is handed to a helper, and for each of a
    tuple: a helper that looks at one row of five columns takes twenty times as long as what it does.
    """
    return cast(Callable[P, R], Helper(function, _nrt=False))


@borrowing
def eight_bytes(data: Any, at: Any) -> Any:
    """The bytes `data[at : at + 8]` as a word, the first lowest. LLVM makes one load of it."""
    place, word = np.uint64(at), np.uint64(0)
    for each in range(8):  # indices with a sign might count from the end, and would be asked about one by one
        word |= np.uint64(data[place + np.uint64(each)]) << np.uint64(8 * each)
    return word


class Older(Helper):
    """A function that makes arrays, as numba calls it."""

    @cached_property
    def dispatcher(self) -> Any:
        """What numba makes of it."""
        from transforms.matching.older import dispatcher

        return dispatcher(self.py_func, self.targetoptions)

    @property
    def signatures(self) -> list[str]:
        """For which arguments there is code in this process."""
        return [f"{types}" for types in self.dispatcher.signatures]

    @property
    def made(self) -> int:
        """How often it was compiled in this process."""
        return sum(self.dispatcher.stats.cache_misses.values())


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """`lent` for a function that makes arrays."""
    COMPILED.append(entry := Older(function))
    return cast(Callable[P, R], entry)
