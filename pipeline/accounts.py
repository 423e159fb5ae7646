"""Who did what: every human act and every look at names goes into the hash-chained audit log."""

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
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as out:
        out.write(secrets.token_bytes(32))
    return path.read_bytes()
