"""Errors named by what the caller does next.

    HuilianError
    +-- Retry         run the same step again later: nothing here is wrong (network, lock, 503)
    +-- Quarantine    set the delivery aside and tell the department: their side must change
    +-- Stop          a person must edit something on our side (a contract, a setting) first

A message says where, what and the next action, and never quotes a cell's value. All arguments travel through
``Exception.args``, so an error survives pickling between processes. Only ``dags/`` turns these into Airflow's own.
"""


class HuilianError(Exception):
    """Base of every error Huilian raises on purpose: `where: what` and, on a second line, the next action."""

    exit_code = 2

    def __init__(self, where: str, what: str, next_action: str) -> None:
        super().__init__(where, what, next_action)
        self.where, self.what, self.next_action = where, what, next_action

    def __str__(self) -> str:
        return f"{self.where}: {self.what}\n  next: {self.next_action}"


class Retry(HuilianError):
    """The step may succeed when run again unchanged."""

    exit_code = 75


class Quarantine(HuilianError):
    """The delivery can't be used; the department must send it again. `reason` is a code of contracts.reasons."""

    exit_code = 1

    def __init__(self, where: str, what: str, next_action: str, reason: str = "unreadable") -> None:
        super().__init__(where, what, next_action)
        self.args = (where, what, next_action, reason)
        self.reason = reason


class Stop(HuilianError):
    """Somebody has to change a file or a setting on our side before this can go on."""

    exit_code = 2
