"""Machine code made by numba: the only module that imports it, and only where code is not there yet.

numba writes LLVM's assembly for a function and for what it calls. Around that comes a function that builds the arrays
and tuples out of words (see `arguments`), so that the code can be called without numba.
"""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numba
import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, typeof_impl
from numba.np.arrayobj import populate_array

from transforms.matching.arguments import CODES
from transforms.matching.compiled import OPTIONS, Compiled
from transforms.matching.machine import assembled

# of each of `arguments.CODES` numba's type, and how it is read from a block of words, which is one of reals as well
SCALARS = {"?7x": (types.boolean, "words[{}] != 0"), "q": (types.int64, "words[{}]"),
           "Q": (types.uint64, "uint64(words[{}])"), "d": (types.float64, "reals[{}]")}  # fmt: skip
BLOCK = types.void(types.CPointer(types.int64), types.CPointer(types.float64))


@typeof_impl.register(Compiled)  # type: ignore[untyped-decorator]
def _(value: Compiled, context: Any) -> Any:
    """What a compiled function calls is typed as what numba makes of it."""
    return typeof_impl(value.dispatcher, context)


def dispatcher(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    """What numba makes of a function."""
    return numba.njit(**options)(function)


def made(function: Compiled, values: tuple[Any, ...], name: str) -> tuple[str, bytes]:
    """Of a function that is called with `values`: the codes of its result, and its object file (see machine.loaded).

    Raises TypeError where it can't do without numba or other libraries.
    """
    signature = tuple(map(_type, values))
    function.dispatcher.compile(signature)
    answer = function.dispatcher.overloads[signature].signature.return_type
    try:
        whole = numba.cfunc(BLOCK, **OPTIONS)(_caller(function, values, answer))
        return _codes(answer), assembled(whole.inspect_llvm(), whole.native_name.removeprefix("cfunc."), name)
    except TypeError as reason:
        raise TypeError(f"{function.py_func.__module__}.{function.py_func.__qualname__}: {reason}") from None


def _type(value: Any) -> Any:
    """numba's type of an argument. Whether an array can be written to makes no difference: one code does for both."""
    if isinstance(value, np.ndarray):
        return types.Array(numba.from_dtype(value.dtype), value.ndim, "C")
    if isinstance(value, tuple):
        return types.BaseTuple.from_types(tuple(map(_type, value)), type(value))
    return SCALARS[CODES[type(value)]][0]


def _code(answer: Any) -> str:
    """The code of a number that comes out. Raises TypeError for what isn't one."""
    if isinstance(answer, types.Integer):
        return "q" if answer.signed else "Q"
    if isinstance(answer, types.Boolean | types.Float):
        return "d" if isinstance(answer, types.Float) else "?7x"
    raise TypeError(f"it returns {answer}; next: return numbers, and have arrays given to write to")


def _codes(answer: Any) -> str:
    """The codes of a result: of a number, of several in brackets, of nothing none."""
    if isinstance(answer, types.BaseTuple):
        return f"({''.join(map(_code, answer))})"
    return "" if answer == types.none else _code(answer)


def _caller(function: Compiled, values: tuple[Any, ...], answer: Any) -> Callable[..., None]:
    """A function of a block of words that calls `function` with what is in them, and puts the result behind."""
    known: dict[str, Any] = {"function": function, "uint64": np.uint64}
    place = count()
    read = [_read(value, place, known) for value in values]
    lines = [f"result = function({', '.join(read)})"]
    several = isinstance(answer, types.BaseTuple)
    parts = [(f"result[{at}]", each) for at, each in enumerate(answer)] if several else [("result", answer)]
    for part, each in parts:
        if each != types.none:
            lines.append(f"{'reals' if _code(each) == 'd' else 'words'}[{next(place)}] = {part}")
    exec("\n    ".join(["def caller(words, reals):", *lines]), known)  # noqa: S102 - for numba, of names made here
    caller: Callable[..., None] = known["caller"]
    return caller


def _read(value: Any, place: Iterator[int], known: dict[str, Any]) -> str:
    """The expression for an argument, out of the next words; what it names is put into `known`."""
    if isinstance(value, tuple):
        inner = "".join(f"{_read(each, place, known)}, " for each in value)
        if type(value) is tuple:
            return f"({inner})"
        known[name := f"tuple{len(known)}"] = type(value)
        return f"{name}({inner})"
    if isinstance(value, np.ndarray):
        known[name := f"array{len(known)}"] = _array(_type(value), value.itemsize)
        address, *shape = (f"words[{next(place)}]" for _ in range(1 + value.ndim))
        return f"{name}({address}, ({', '.join(shape)},))"
    return SCALARS[CODES[type(value)]][1].format(next(place))


def _array(kind: Any, size: int) -> Any:
    """For compiled functions: the array, of elements of `size` bytes, that is at an address and has a shape."""

    @intrinsic  # type: ignore[untyped-decorator]
    def array(_: Any, address: Any, shape: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            item = context.get_constant(types.intp, size)
            lengths, strides = cgutils.unpack_tuple(builder, args[1]), [item]
            for length in lengths[:0:-1]:
                strides.insert(0, builder.mul(strides[0], length))
            out = context.make_array(kind)(context, builder)
            data = builder.inttoptr(args[0], context.get_data_type(kind.dtype).as_pointer())
            populate_array(out, data=data, shape=lengths, strides=strides, itemsize=item, meminfo=None)
            return out._getvalue()

        return kind(address, shape), build

    return array
