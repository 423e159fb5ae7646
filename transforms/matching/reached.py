"""What a compiled function is made of, as a digest: its own code, and everything that code reaches through its globals.

Machine code is kept for all later runs. It must not outlive a change to a helper or a constant, wherever that is
defined, so what is kept is named by this digest.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)


def digest(function: Callable[..., Any], *more: str) -> str:
    """64 hexadecimal digits, the same in every process for the same source; `more` is what else the code depends on.

    Raises TypeError for a global that can't be told by its value.
    """
    whole = sha256("\n".join(more).encode())
    for part in _of_function(function, set()):
        whole.update(part.encode() + b"\n")
    return whole.hexdigest()


def _of_function(function: Any, met: set[int]) -> Iterator[str]:
    """The parts of a function and of what it reaches, each function once: helpers may call each other in a circle."""
    if id(function) in met:
        return
    met.add(id(function))
    plain: FunctionType = getattr(function, "py_func", function)
    yield f"function {plain.__module__}.{plain.__qualname__} {plain.__defaults__!r}"
    yield f"options {sorted(getattr(function, 'targetoptions', {}).items())}"
    yield from _of_code(plain.__code__)
    names = sorted(_names(plain.__code__))
    for name, cell in zip(plain.__code__.co_freevars, plain.__closure__ or (), strict=True):
        yield from _of_value(name, cell.cell_contents, met)
    for name in names:
        value = plain.__globals__.get(name)
        if isinstance(value, ModuleType):
            for each in names:  # which of them are attributes of this module can't be told, and one too many is no harm
                if hasattr(value, each):
                    yield from _of_value(f"{name}.{each}", getattr(value, each), met)
        elif name in plain.__globals__:
            yield from _of_value(name, value, met)


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


def _of_value(name: str, value: Any, met: set[int]) -> Iterator[str]:
    """A global by what it is: numbers and arrays by value, functions of ours by code, what libraries have by name."""
    if hasattr(value, "py_func"):
        yield from _of_function(value, met)
    elif isinstance(value, PLAIN):
        yield f"{name} {type(value).__name__} {value!r}"
    elif isinstance(value, np.ndarray):
        yield f"{name} {value.dtype.str} {value.shape} {sha256(value.tobytes()).hexdigest()}"
    elif isinstance(value, tuple):
        yield f"{name} {type(value).__name__} of {len(value)}"
        for each in value:
            yield from _of_value(name, each, met)
    elif isinstance(value, np.dtype):
        yield f"{name} {value.str}"
    elif hasattr(value, "__name__"):
        yield f"{name} {getattr(value, '__module__', '')}.{value.__name__} {getattr(value, '_fields', '')}"
    elif not isinstance(value, ModuleType):
        raise TypeError(f"{name}: a compiled function can't use a {type(value).__name__} of its module")
