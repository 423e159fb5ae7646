"""What nobody said a word about: any other exception as one of ours, by what to do next, without a value of the data.

An exception's own words may quote a cell (``invalid literal``, PostgreSQL's DETAIL), so only its type, code and place
are told. As one of ours it has an exit code of its own: Python's 1 would read as "a department must act".
"""

import errno
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from contracts.errors import HuilianError, Retry, Stop

Given = ParamSpec("Given")
Found = TypeVar("Found")
FULL = (errno.ENOSPC, errno.EDQUOT)
CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)
# SQLSTATE classes that pass by themselves: connection, transaction rolled back, lock not free, operator intervention
PASSING = ("08", "40", "55", "57")
FULL_DISK = "53100"


def told(step: Callable[Given, Found]) -> Callable[Given, Found]:
    """`step`, raising nothing but our own errors."""

    @wraps(step)
    def wrapped(*args: Given.args, **kwargs: Given.kwargs) -> Found:
        try:
            return step(*args, **kwargs)
        except Exception as error:  # noqa: BLE001
            raise explained(error) from None

    return wrapped


def explained(error: Exception) -> HuilianError:
    """`error` itself where it is one of ours, else what it means: a full disk, a server that went away, a mistake."""
    if isinstance(error, HuilianError):
        return error
    code = getattr(error, "sqlstate", None)
    if code is not None or type(error).__module__.startswith("psycopg"):
        return _of_the_server(error, code)
    if isinstance(error, OSError) and (error.errno in FULL or "No space left" in str(error)):
        return _full("the disk of the data folder")
    if isinstance(error, OSError) and error.errno in CLOSED:
        what = f"a file may not be read or written ({error.strerror}) at {_place(error)}"
        return Stop("the data folder", what, "give the account that runs huilian its data folder, then run again")
    if isinstance(error, MemoryError):
        return Stop("memory", "there was not enough", "run it where there is more, or see docs/runbook.md")
    return Stop("huilian", f"{type(error).__name__} at {_place(error)}", _REPORT)


_REPORT = "report this line: it is a mistake of ours. What was done stands; the command may be run again"


def _of_the_server(error: Exception, code: str | None) -> HuilianError:
    name = type(error).__name__
    if code == FULL_DISK:
        return _full("the warehouse's disk")
    if (code is None and name == "OperationalError") or (code or "")[:2] in PASSING:
        return Retry("the warehouse", f"the server went away ({name})", "look at the server, then run again")
    return Stop("the warehouse", f"it refused a statement ({name} {code or ''}) at {_place(error)}", _REPORT)


def _full(where: str) -> Stop:
    return Stop(where, "it is full", "free space as docs/runbook.md says, then run again: what was done stands")


def _place(error: Exception) -> str:
    """File and line where it was raised, and the callers before it, nearest first."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames)) or "an unknown place"
