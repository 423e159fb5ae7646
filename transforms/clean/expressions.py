"""Regular expressions that are compiled when they are first used.

Half of those for Chinese names, dates and addresses speak of what most tables never have, and each takes a millisecond.
"""

import re
from typing import Any, cast


def expression(text: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` makes of `text`, made at its first use."""
    return cast(re.Pattern[str], _Waiting(text, flags))


class _Waiting:
    """Has what the compiled expression has, each from when it is first asked for."""

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(self._text, self._flags), name)  # which re keeps in its cache
        setattr(self, name, found)
        return found
