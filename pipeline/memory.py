"""How much memory this process may still take: what the machine has left, and what it is limited to."""

import re
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

UNITS = {None: 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
# of a group of processes by cgroup v2 and v1: its limits, what it takes, and what of that is files that can be let go
GROUPS = (
    (("memory.max", "memory.high"), "memory.current", ("inactive_file", "active_file")),
    (("memory.limit_in_bytes",), "memory.usage_in_bytes", ("total_inactive_file", "total_active_file")),
)


def size(text: str) -> int:
    """Bytes of `4GiB`, `600 MB`, `2.5G` or a number; units are powers of 1024. Raises ValueError for anything else."""
    found = re.fullmatch(r"(\d+)(\.\d+)? ?(?:([KMGT])I?)?B?", text.strip().upper())
    unit = UNITS[found[3]] if found else 1
    bytes_ = int(found[1]) * unit + int(float(found[2] or 0) * unit) if found else 0
    if not bytes_:
        raise ValueError("give a size like 4GiB or 600MiB")
    return bytes_


def told(size: int) -> str:
    """Bytes in words."""
    return f"{size / UNITS['G']:.1f} GiB" if size >= UNITS["G"] else f"{size / UNITS['M']:.0f} MiB"


def available(root: Path = Path("/")) -> int:
    """Bytes that this process may still take: the least of what the machine has, what every group that it belongs to
    has left, and its own limit. Where the system tells nothing there is no end to it.
    """
    return max(0, min([sys.maxsize, *_machine(root), *_groups(root), *_own(root)]))


def _machine(root: Path) -> Iterator[int]:
    with suppress(OSError, KeyError):
        yield _table(root / "proc/meminfo")["MemAvailable:"] * 1024


def _groups(root: Path) -> Iterator[int]:
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _, kinds, path = line.split(":", 2)
            if kinds in ("", "memory"):
                for mount in ("sys/fs/cgroup", "sys/fs/cgroup/memory", "sys/fs/cgroup/unified"):
                    # in a container its own group is the root, whatever the path says
                    folder = root / mount / path.strip("/")
                    yield from _left([folder, *folder.parents], root / mount)


def _left(folders: list[Path], mount: Path) -> Iterator[int]:
    """What the groups from the innermost to the mount have left."""
    for folder in folders[: folders.index(mount) + 1]:
        for limits, usage, files in GROUPS:
            for limit in limits:
                with suppress(OSError, ValueError):  # no such group, or "max"
                    most = int((folder / limit).read_text())
                    known = _table(folder / "memory.stat")
                    yield most - int((folder / usage).read_text()) + sum(known.get(f, 0) for f in files)


def _own(root: Path) -> Iterator[int]:
    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    if limit != resource.RLIM_INFINITY:
        with suppress(OSError):
            yield limit - int((root / "proc/self/statm").read_text().split()[5]) * resource.getpagesize()


def _table(path: Path) -> dict[str, int]:
    """Lines of a name and a number."""
    return {line.split()[0]: int(line.split()[1]) for line in path.read_text().splitlines()}
