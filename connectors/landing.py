"""Bytes kept as they came: hashed while written, fsynced, under a name we made up, readable by the owner alone."""

import errno
import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from contracts.errors import Stop

# Letters of any script and digits; everything a shell, a path or a terminal could take for a command goes.
_UNSAFE = re.compile(r"[^\w.()（）-]+")


class Landed(NamedTuple):
    """A delivery in the landing folder: hex digest, size in bytes, path `<sha256>-<safe name>`."""

    sha256: str
    bytes: int
    path: Path


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """A file that appears at `path` complete and fsynced, or not at all. Raises Stop when the disk is full."""
    temp = path.with_name(f".{path.name[:80]}.{os.getpid()}.tmp")
    try:
        with os.fdopen(os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temp.replace(path)
        sync(path.parent)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Stop(str(path.parent), "the disk is full", "free space there and run again") from None
        raise
    finally:
        temp.unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """Make names in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def store(chunks: Iterable[bytes], landing: Path, name: str) -> Landed:
    """Write `chunks` to `landing` as `<sha256>-<name made safe>`. The same bytes and name land in the same place.

    Raises Stop when the disk is full; whatever `chunks` raises leaves nothing behind.
    """
    landing.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    arriving = landing / f"arriving-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        with atomic(arriving) as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
        path = landing / f"{digest.hexdigest()}-{safe(name)}"
        arriving.replace(path)
        sync(landing)
    finally:
        arriving.unlink(missing_ok=True)
    return Landed(digest.hexdigest(), size, path)


def safe(name: str) -> str:
    """A file name that is nothing else: no path, no control or direction marks, no leading dash, at most 150 bytes."""
    plain = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).lstrip("-.") or "delivery"
    if len(plain.encode()) > 150:
        stem, dot, suffix = plain.rpartition(".")
        suffix = suffix[:8] if dot else ""
        plain = (stem or plain).encode()[:140].decode(errors="ignore") + dot + suffix
    return plain


def told_apart(name: str) -> str:
    """`name` where a file elsewhere may be called so too; else the same made safe, with a digest: no two become one."""
    leads = set(name) & {"/", "\\"} or name.startswith(".")
    if name and name.isprintable() and not leads and len(name.encode()) <= 150:
        return name
    return f"{safe(name)}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
