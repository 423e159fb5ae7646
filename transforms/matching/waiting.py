"""Who is told that machine code is being made, before a user wonders what takes so long. Imports nothing heavy."""

from collections.abc import Callable

NOTICE = "making machine code for this computer: up to a minute or two, this once"

_listening: list[Callable[[str], None]] = []
_counting: list[Callable[[], None]] = []


def announce(say: Callable[[str], None]) -> None:
    """Have `say` called with a line before the next function is compiled; once, however many there are."""
    _listening[:] = [say]


def follow(each: Callable[[], None]) -> None:
    """Have `each` called before every function that is compiled."""
    _counting[:] = [each]


def begun() -> None:
    """A function is about to be compiled."""
    for each in _counting:
        each()
    while _listening:
        _listening.pop()(NOTICE)
