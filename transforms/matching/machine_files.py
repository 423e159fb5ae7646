"""Files of machine code: beside the source, or where that can't be written in the user's cache directory.

A file is named by all that its code was made from and is never replaced by something else, so that processes that start
together, or of two versions, can't read one another's code. What is no longer asked for goes when something new comes.
"""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

MARK = b"huilian: machine code 1\n"  # another number for another content, or for words in another order
FORGOTTEN = 30 * 24 * 3600  # seconds after which code of another version is no longer thought to be in use beside this


class Place(NamedTuple):
    """What the code is of: a source file and a function in it; and a digest of all that it is made from."""

    source: str
    function: str
    key: str

    @property
    def stem(self) -> str:
        """What the names of the files of all versions begin with."""
        return f"{Path(self.source).stem}.{self.function}-"

    def files(self) -> Iterator[Path]:
        """Where it may be, the best place first."""
        name = f"{self.stem}{self.key}.machine"
        yield Path(self.source).parent / "__pycache__" / name
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "huilian" / name


def read(place: Place) -> bytes | None:
    """What was kept, if it is there and whole."""
    for path in place.files():
        with suppress(OSError):
            kept = path.read_bytes()
            content = kept[len(MARK) + 32 :]
            if kept == _sealed(content):
                return content
    return None


def write(place: Place, content: bytes) -> None:
    """Keep `content` in the first place that takes it, whole or not at all; where none does, it is not kept."""
    for path in place.files():
        passing = path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                passing.write_bytes(_sealed(content))
                passing.replace(path)
            finally:
                passing.unlink(missing_ok=True)
            return _clear(path.parent, place.stem)
    return None


@cache
def compiler() -> str:
    """Which numba there is, without loading it; nothing where there is none."""
    found = find_spec("numba")
    if found is None or found.origin is None:
        return ""
    return Path(found.origin).with_name("_version.py").read_text(encoding="utf-8")


def _sealed(content: bytes) -> bytes:
    return MARK + sha256(content).digest() + content


def _clear(folder: Path, stem: str) -> None:
    """Remove what former versions of a function left."""
    before = time.time() - FORGOTTEN
    for path in folder.glob(f"{stem}*"):
        with suppress(OSError):
            if path.stat().st_mtime < before:
                path.unlink()
