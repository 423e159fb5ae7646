"""The receipt a department gets for every delivery, good or bad: one workbook to read, one JSON for its own systems.

`compose` says what is in it (quality.statement), `write` puts it into the outbox.
"""

import json
import os
from pathlib import Path

from contracts.errors import Stop
from quality.objections import Objections
from quality.statement import Came, Counts, Happened, Previous, Receipt, compose, shown_columns
from quality.workbook import render

__all__ = [
    "Came",
    "Counts",
    "Happened",
    "Objections",
    "Previous",
    "Receipt",
    "compose",
    "shown_columns",
    "write",
]


def write(receipt: Receipt, outbox: Path) -> list[Path]:
    """Write ``<outbox>/<department>/<delivery id>.xlsx`` and ``.json``; returns both paths.

    Each file appears whole or not at all, and the same receipt is the same bytes, so a step that died can run again.
    Raises Stop when the department's or the delivery's name is not a plain file name.
    """
    folder = outbox / _plain_name(receipt.came.department)
    stem = _plain_name(receipt.stem)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(receipt.as_dict(), ensure_ascii=False, indent=1) + "\n"
    paths = [folder / f"{stem}.xlsx", folder / f"{stem}.json"]
    for path, content in zip(paths, (render(receipt), text.encode()), strict=True):
        _replace(path, content)
    return paths


def _plain_name(name: str) -> str:
    if not name or name.startswith(".") or any(c in name for c in "/\\\0") or len(name.encode()) > 200:
        raise Stop("outbox", "a department or delivery is not called like a file", "rename the department's folder")
    return name


def _replace(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one step that a crash can't cut in two, nor another process that does the same."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(0o640)
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
