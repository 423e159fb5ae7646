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
# _nrt: numba keeps no count of who refers to an array, which costs ten nanoseconds for each that a helper is handed
OPTIONS: dict[str, Any] = {
    "nogil": True, "error_model": "numpy", "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True,
}  # fmt: skip
# a helper that is called and not put in is handed each number that makes up an array: some sixty words on the stack
PUT_IN = OPTIONS | {"forceinline": True}
COMPILED: list["Compiled"] = []  # the entry points of the modules that are loaded, for tests and pipeline.warm
_one_by_one = RLock()  # neither numba nor LLVM makes or loads two things at a time


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


class Compiled:
    """A function as machine code, called from Python or from another one. `made` is how often that had to be compiled
    in this process, and `codes` are what was loaded.
    """

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        update_wrapper(self, function)
        self.py_func = function
        self.targetoptions = options
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

    @cached_property
    def dispatcher(self) -> Any:
        """What numba makes of it, which is asked for only where something is compiled."""
        from transforms.matching.making import dispatcher

        return dispatcher(self.py_func, self.targetoptions)

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


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """`function` as machine code. Integers wrap, indices are not checked, floats follow IEEE 754 in the order written.

    It takes contiguous arrays, numbers and tuples of them, and returns nothing, a number or a tuple of numbers. What it
    writes to is given: it makes no array and no view of one, raises nothing, and knows no texts.

    The code is kept beside the source, or in the user's cache directory where that can't be written, or else made anew
    in every process. The function as written stays at hand as the attribute `py_func`, for tests.
    """
    COMPILED.append(entry := Compiled(function, OPTIONS))
    return cast(Callable[P, R], entry)


def borrowing(function: Callable[P, R]) -> Callable[P, R]:
    """`function` for the use of compiled ones alone: it becomes part of each that calls it, and borrows its arrays."""
    return cast(Callable[P, R], Compiled(function, PUT_IN))


@borrowing
def eight_bytes(data: Any, at: Any) -> Any:
    """The bytes `data[at : at + 8]` as a word, the first lowest. LLVM makes one load of it."""
    place, word = np.uint64(at), np.uint64(0)
    for each in range(8):  # indices with a sign might count from the end, and would be asked about one by one
        word |= np.uint64(data[place + np.uint64(each)]) << np.uint64(8 * each)
    return word
