"""A command whose many options reach it as one value."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

Options = TypeVar("Options")


def grouped(options: Callable[..., Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Let Typer see the fields of `options`, a NamedTuple, as parameters of the command that takes one of them."""

    def wrapped(command: Callable[[Options], None]) -> Callable[..., None]:
        def run(**given: Any) -> None:
            command(options(**given))

        run.__name__, run.__doc__ = command.__name__, command.__doc__
        run.__annotations__ = get_type_hints(options, include_extras=True)
        run.__signature__ = inspect.signature(options)  # type: ignore[attr-defined]
        return run

    return wrapped
