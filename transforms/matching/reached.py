"""What a compiled function is made of, as a digest: its own code, and everything that code reaches through its globals.

Machine code is kept for all later runs. It must not outlive a change to a helper or a constant, wherever that is
defined, so what is kept is named by this digest.
"""

from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from itertools import groupby
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)


def digest(function: Callable[..., Any], *more: str) -> str:
    """64 hexadecimal digits, the same in every process for the same source; `more` is what else the code depends on.

    Raises TypeError for a global that can't be told by its value.
    """
    whole = sha256("\n".join(more).encode())
    _tell(function, whole.update, set())
    return whole.hexdigest()


def _tell(function: Any, update: Callable[[bytes], None], met: set[int]) -> None:
    """The parts of a function and of what it reaches, each function once: helpers may call each other in a circle."""
    if id(function) in met:
        return
    met.add(id(function))
    options = f"options {sorted(getattr(function, 'targetoptions', {}).items())}"
    for part in _own(getattr(function, "py_func", function), options):
        if isinstance(part, str):
            update(part.encode() + b"\n")
        else:
            _tell(part, update, met)


@cache
def _own(function: FunctionType, options: str) -> tuple[Any, ...]:
    """The parts of one function, among them, where it reaches one of ours, that. Most are helpers of many."""
    code = function.__code__
    parts = [f"function {function.__module__}.{function.__qualname__} {function.__defaults__!r}", options]
    parts += _of_code(code)
    names = sorted(_names(code))
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        parts += _of_value(name, cell.cell_contents)
    for name in names:
        value = function.__globals__.get(name)
        if isinstance(value, ModuleType):
            there = vars(value)
            for each in names:  # which of them are attributes of this module can't be told, and one too many is no harm
                if each in there:
                    parts += _of_value(f"{name}.{each}", there[each])
        elif name in function.__globals__:
            parts += _of_value(name, value)
    told = groupby(parts, lambda part: isinstance(part, str))
    return tuple(one for plain, some in told for one in (["\n".join(some)] if plain else some))


def _names(code: CodeType) -> set[str]:
    """Names of globals and attributes, of functions within as well."""
    inner = [_names(c) for c in code.co_consts if isinstance(c, CodeType)]
    return set(code.co_names).union(*inner)


def _of_code(code: CodeType) -> Iterator[str]:
    yield f"code {code.co_code.hex()} {code.co_names} {code.co_varnames}"
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _of_code(constant)
        elif isinstance(constant, frozenset):
            yield f"set {sorted(map(repr, constant))}"  # its own order differs from process to process
        else:
            yield repr(constant)


def _of_value(name: str, value: Any) -> Iterator[Any]:
    """A global by what it is: numbers and arrays by value, what libraries have by name; functions of ours as such."""
    if hasattr(value, "py_func"):
        yield value
    elif isinstance(value, PLAIN):
        yield f"{name} {type(value).__name__} {value!r}"
    elif isinstance(value, np.ndarray):
        yield f"{name} {value.dtype.str} {value.shape} {sha256(value.tobytes()).hexdigest()}"
    elif isinstance(value, tuple):
        yield f"{name} {type(value).__name__} of {len(value)}"
        for each in value:
            yield from _of_value(name, each)
    elif isinstance(value, np.dtype):
        yield f"{name} {value.str}"
    elif hasattr(value, "__name__"):
        yield f"{name} {getattr(value, '__module__', '')}.{value.__name__} {getattr(value, '_fields', '')}"
    elif not isinstance(value, ModuleType):
        raise TypeError(f"{name}: a compiled function can't use a {type(value).__name__} of its module")
