"""The audit log: entries are added, each bound to the one before by a keyed digest. The key is not in the database.

Changing, removing or inserting an entry breaks the chain. Cutting off the end does not, by itself: export `head` after
each run and hand it to `verify`, which then notices. Connects as `auditor`, who can add and can't read or change.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, cast

from warehouse.server import Server

START = bytes(32)  # what the first entry is bound to
Detail = Mapping[str, str | int | bool | None]


class Head(NamedTuple):
    """The last entry's number and digest; 0 and zeros while there is none."""

    seq: int
    digest: bytes


class Entry(NamedTuple):
    """One entry as stored; `detail` is JSON."""

    seq: int
    at: datetime
    who: str
    action: str
    detail: str
    previous: bytes
    digest: bytes


def append(server: Server, key: bytes, who: str, action: str, detail: Detail) -> Head:
    """Add an entry and return the new head. `detail` is for ids and counts, never for a person's data.

    Two processes adding at once wait for each other. Raises Retry when the server can't be reached.
    """
    with server.connect("auditor") as conn:
        conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('huilian:audit', 0))")
        row = conn.execute("SELECT seq, digest FROM audit.head").fetchone()
        last = Head(cast(int, row[0]), cast(bytes, row[1])) if row else Head(0, START)
        text = json.dumps(dict(detail), ensure_ascii=False, sort_keys=True)
        entry = Entry(last.seq + 1, datetime.now(UTC), who, action, text, last.digest, b"")
        entry = entry._replace(digest=digest(key, entry))
        conn.execute(
            "INSERT INTO audit.entry (seq, at, who, action, detail, previous, digest)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            entry,
        )
    return Head(entry.seq, entry.digest)


def head(server: Server) -> Head:
    """The last entry's number and digest, to be kept outside of the database."""
    with server.connect("auditor") as conn:
        row = conn.execute("SELECT seq, digest FROM audit.head").fetchone()
    return Head(cast(int, row[0]), cast(bytes, row[1])) if row else Head(0, START)


def verify(server: Server, key: bytes, known: Iterable[Head] = ()) -> int | None:
    """The number of the first entry that is not as it was written, None when all are. Connects as `owner`.

    `known` are heads exported earlier: their entries must still be there with the same digest.
    """
    expected = {h.seq: h.digest for h in known if h.seq}
    last = Head(0, START)
    with server.connect("owner") as conn, conn.cursor(name="audit") as cursor:
        cursor.execute("SELECT seq, at, who, action, detail, previous, digest FROM audit.entry ORDER BY seq")
        for row in cursor:
            entry = Entry(*row)  # type: ignore[arg-type]
            bound = entry.seq == last.seq + 1 and entry.previous == last.digest
            if not bound or not hmac.compare_digest(entry.digest, digest(key, entry)):
                return last.seq + 1
            if expected.pop(entry.seq, entry.digest) != entry.digest:
                return entry.seq
            last = Head(entry.seq, entry.digest)
    return min(expected, default=None)


def digest(key: bytes, entry: Entry) -> bytes:
    """HMAC-SHA-256 over every field but the digest, each preceded by its length so that none can lend to another."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = (str(entry.seq), at, entry.who, entry.action, entry.detail, entry.previous.hex())
    text = "".join(f"{len(f)}:{f}" for f in fields)
    return hmac.new(key, text.encode(), "sha256").digest()
