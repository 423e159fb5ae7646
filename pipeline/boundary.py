"""Step boundaries, where a run may be killed: so that a test can do it at every one of them."""

import os
import signal

BOUNDARIES = (
    "landed", "registered", "parsed", "conformed", "checked", "loaded", "receipted", "linked", "compared", "reported",
)  # fmt: skip


def boundary(kill_at: str, name: str) -> None:
    """A step has just become durable. With `kill_at` naming it the process ends at once, as by power loss.

    Raises ValueError for a name that isn't a boundary, so that a renamed one can't go untested.
    """
    if name not in BOUNDARIES:
        raise ValueError(name)
    if kill_at == name:
        os.kill(os.getpid(), signal.SIGKILL)
