"""Who did what: every human act and every look at names goes into the hash-chained audit log."""

import contextlib
import os
import secrets

from pipeline.settings import Settings
from warehouse import audit
from warehouse.server import Server


def note(settings: Settings, server: Server, who: str, action: str, **detail: str | int) -> None:
    """Append an entry; `detail` holds ids and counts, never a person's data. Raises Retry when it can't be written."""
    audit.append(server, _key(settings), who, action, detail)


def verify(settings: Settings, server: Server) -> int | None:
    """The number of the first entry that isn't as it was written; None when all are."""
    return audit.verify(server, _key(settings))


def _key(settings: Settings) -> bytes:
    """The key of the chain: made once, readable by the owner alone, outside the database it protects."""
    path = settings.data / "secrets" / "audit.key"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        # Whole or not at all, and the first one stays: an empty key would chain nothing.
        partial = path.with_name(f".audit.{os.getpid()}.part")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(secrets.token_bytes(32))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(partial)
        partial.unlink()
    return path.read_bytes()
