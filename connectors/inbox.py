"""The inbox: what departments dropped, matched with what they promised.

Their files are never renamed or deleted (but for `archive`, by contract), links never followed.
Layouts: ``<inbox>/<month>/<department>/<file>``, or flat ``<inbox>/<department>/<file>``.
"""

import errno
import hashlib
import os
import re
import stat
import time
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from connectors.landing import Landed, store
from connectors.promised import Promised, promised
from contracts.errors import Quarantine, Retry, Stop
from contracts.model import Contract

IN_FLIGHT = (".part", ".tmp", ".filepart", ".crdownload")
SECRET = ("绝密", "机密", "秘密")
ARCHIVE = ".archive"
CHUNK = 1 << 20
_MONTH = re.compile(r"\d{4}-\d{2}")
_CLUTTER = re.compile(r"\.|~\$|(thumbs\.db|desktop\.ini)$", re.IGNORECASE)  # what operating systems and Office leave
_NOT_DROPPED = re.compile(r"README|.*\.py$", re.IGNORECASE)  # ours, beside the department folders


class Arrival(NamedTuple):
    """One thing found in the inbox.

    `problem` is None when it can be received, else a file-scope code of contracts.reasons: unknown_feed, empty_file,
    still_writing, unreadable, secret_mark. `name` is the file's name as readable text (the path may hold other bytes).
    `feed` is None when no contract expects it, `department` "" when it lies beside the department folders.
    """

    feed: str | None
    month: str
    path: Path
    department: str
    problem: str | None
    name: str = ""


class _Dropped(NamedTuple):
    """A file in the folder of a `department`. `place` is where it will lie once it is complete; `flat`: beside those
    of other months."""

    entry: os.DirEntry[str]
    name: str
    department: str
    place: Path
    flat: bool


class _Scan(NamedTuple):
    """What one month's scan looks for."""

    month: str
    promised: Promised
    settle_seconds: float


def scan(inbox: Path, month: str, contracts: Iterable[Contract], settle_seconds: float = 0.0) -> list[Arrival]:
    """Everything that arrived for `month` ("2026-10"), sorted by path; opens nothing.

    A file changed within `settle_seconds` is still_writing (0: not checked). In the flat layout files that by their
    name belong to another month are passed over.
    """
    wanted = _Scan(month, promised(month, contracts), settle_seconds)
    found: list[Arrival] = []
    dropped: list[_Dropped] = []
    archived: list[str] = []
    for root, flat in ((inbox / month, False), (inbox, True)):
        if not root.is_dir() or (root.is_symlink() and not flat):
            continue
        for entry, name in _entries(root):
            if _NOT_DROPPED.match(name) or (flat and _MONTH.fullmatch(name)):
                continue
            if entry.is_dir(follow_symlinks=False):
                dropped += _dropped(Path(entry.path), name, flat)
                archived += _archived(Path(entry.path), name)
            else:
                problem = "unreadable" if entry.is_symlink() else "unknown_feed"
                found.append(Arrival(None, month, Path(entry.path), "", problem, name))
    return sorted([*found, *_arrivals(dropped, archived, wanted)], key=lambda a: str(a.path))


def land(path: Path, landing: Path) -> Landed:
    """Copy a dropped file verbatim to `landing`, hashing on the way; the same file lands in the same place again.

    Raises Quarantine unreadable for anything but a regular file (links aren't followed), Retry when the file is gone or
    changes while it is copied, Stop when we may not read it or the disk is full.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _cannot_open(path, error) from None
    before = os.fstat(descriptor)
    if not stat.S_ISREG(before.st_mode):
        os.close(descriptor)
        raise Quarantine(readable(path.name), "not a regular file", "ask the department to send a file", "unreadable")
    with os.fdopen(descriptor, "rb") as file:
        return store(_unchanged(file, before, readable(path.name)), landing, readable(path.name))


def _unchanged(file: BinaryIO, before: os.stat_result, where: str) -> Iterator[bytes]:
    """The file in chunks. Raises Retry at its end when it isn't what it was at its beginning."""
    size = 0
    while chunk := file.read(CHUNK):
        size += len(chunk)
        yield chunk
    after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (size, after.st_mtime_ns):
        raise Retry(where, "the file changed while it was copied", "run again when it is complete")


def archive(path: Path, contract: Contract, sha256: str) -> Path | None:
    """Move a loaded file into ``.archive`` beside it, if and only if the contract says so and it still has the bytes
    that were loaded, and not those of a correction nobody has read; its new path, or None."""
    if contract.delivery.after_load != "archive":
        return None
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            return None
    folder = path.parent / ARCHIVE
    folder.mkdir(exist_ok=True)
    return path.rename(folder / f"{path.stat().st_mtime_ns}-{path.name}")


def readable(name: str) -> str:
    """A file name as NFC text. Names that aren't UTF-8 come from GBK systems; else question marks."""
    raw = os.fsencode(name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return unicodedata.normalize("NFC", raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace").replace("\ufffd", "?")


def _entries(folder: Path) -> Iterator[tuple[os.DirEntry[str], str]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = readable(entry.name)
                if not _CLUTTER.match(name):
                    yield entry, name
    except PermissionError:
        raise Stop(
            readable(folder.name), "the folder may not be read", "give the account that runs Huilian read access to it"
        ) from None


def _dropped(folder: Path, department: str, flat: bool) -> Iterator[_Dropped]:
    for entry, name in _entries(folder):
        yield _Dropped(entry, name, department, folder / _complete(entry.name), flat)


def _archived(folder: Path, department: str) -> Iterator[str]:
    """What was taken from a department's folder before and moved aside, as department/name."""
    aside = folder / ARCHIVE
    if aside.is_dir() and not aside.is_symlink():
        for _, name in _entries(aside):
            yield f"{department}/{name.partition('-')[2]}"


def _arrivals(dropped: list[_Dropped], archived: list[str], wanted: _Scan) -> Iterator[Arrival]:
    not_ours = wanted.promised.not_ours  # nor may a delivery be mistaken for one of them
    ours = [file for file in dropped if f"{file.department}/{file.name}" not in not_ours]
    names = {file.place: f"{file.department}/{_complete(file.name)}" for file in ours}
    contracts = wanted.promised.sorted_out(names, archived)
    for entry, name, department, place, flat in ours:
        contract = contracts.get(place)
        if contract is None and flat and wanted.promised.of_another_month(names[place]):
            continue
        try:
            problem = _problem(entry, name, contract, wanted.settle_seconds)
        except FileNotFoundError:  # renamed since, as an upload is when it is complete: the next scan sees it
            continue
        feed = contract.feed if contract else None
        yield Arrival(feed, wanted.month, Path(entry.path), department, problem, name)


def _complete(name: str) -> str:
    """What a file is called once it is complete."""
    return next((name[: -len(s)] for s in IN_FLIGHT if name.lower().endswith(s)), name)


def _problem(entry: os.DirEntry[str], name: str, contract: Contract | None, settle_seconds: float) -> str | None:
    """The first reason why this can't be received now, judged without opening it."""
    status = entry.stat(follow_symlinks=False)
    in_flight = name.lower().endswith(IN_FLIGHT)
    if any(mark in name for mark in SECRET):
        return "secret_mark"
    if not stat.S_ISREG(status.st_mode):
        return "unknown_feed" if contract is None and stat.S_ISDIR(status.st_mode) else "unreadable"
    if in_flight or (contract and settle_seconds and abs(time.time() - status.st_mtime) < settle_seconds):
        return "still_writing"
    if contract is None:
        return "unknown_feed"
    may_be_blank = contract.delivery.may_be_empty and contract.source.format == "jsonl"
    return "empty_file" if status.st_size == 0 and not may_be_blank else None


def _cannot_open(path: Path, error: OSError) -> Exception:
    where = readable(path.name)
    if error.errno == errno.ENOENT:
        return Retry(where, "the file is gone", "run again when the department has sent it")
    if error.errno in (errno.EACCES, errno.EPERM):
        return Stop(where, "the file may not be read", "give the account that runs Huilian read access to the inbox")
    return Quarantine(where, "not a regular file", "ask the department to send a file", "unreadable")
