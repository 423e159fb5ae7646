"""What a process cost, and how accurate a clustering is against the truth."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

EVERY = 0.02  # seconds between looks at the process tree


class Usage(NamedTuple):
    """What one process and its children took.

    `cpu_s` is user and system time of the process and of every child it waited for, from the kernel (wait4).
    `peak_mib` is the high-water mark of the largest process in the tree (VmHWM), `tree_mib` the largest sum of resident
    memory seen at one moment, `anonymous_mib` the most of one process that no file backs, which the system can't take
    back; all are read every EVERY seconds, so growth in the last of them can be missed.
    `load` is the machine's one-minute load when the process ended: wall time counts only when it is near 1.
    """

    code: int
    wall_s: float
    cpu_s: float
    peak_mib: float
    tree_mib: float
    processes: int
    load: float
    anonymous_mib: float


def run(words: Sequence[str], cwd: Path, env: Mapping[str, str], log: Path, limit_s: float = 7200.0) -> Usage:
    """Run `words` to its end, its talk going to `log`; one that takes more than `limit_s` is killed (code -9)."""
    started = time.perf_counter()
    with log.open("wb") as sink:
        process = subprocess.Popen(list(words), cwd=cwd, env=dict(env), stdout=sink, stderr=subprocess.STDOUT)
    peak = tree = anonymous = processes = 0
    while True:
        pid, status, spent = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        seen = [memory(each) for each in descendants(process.pid)]
        peak = max([peak, *(high for high, _, _ in seen)])
        tree = max(tree, sum(now for _, now, _ in seen))
        anonymous = max([anonymous, *(own for _, _, own in seen)])
        processes = max(processes, len(seen))
        if time.perf_counter() - started > limit_s:
            process.kill()
        time.sleep(EVERY)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    cpu = spent.ru_utime + spent.ru_stime
    mib = [kib / 1024 for kib in (peak, tree, anonymous)]
    return Usage(process.returncode, wall, cpu, *mib[:2], processes, os.getloadavg()[0], mib[2])


def descendants(pid: int) -> list[int]:
    """`pid` and every process below it that is alive, as far as the kernel tells."""
    found, open_ = [], [pid]
    while open_:
        each = open_.pop()
        found.append(each)
        try:
            tasks = list(Path(f"/proc/{each}/task").iterdir())
            open_ += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def memory(pid: int) -> tuple[int, int, int]:
    """KiB of `pid`: the highest it ever was, now, and of that what no file backs. Zeros when the process is gone or the
    system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0, 0, 0
    said = {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}
    high, now, own = (int(said[name][0]) if name in said else 0 for name in ("VmHWM", "VmRSS", "RssAnon"))
    return high, now, own


def median(values: Sequence[float]) -> float:
    """The middle value; of an even number, the mean of the two in the middle."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


class Accuracy(NamedTuple):
    """Precision, recall and their harmonic mean over pairs of mentions, and averaged over mentions (B-cubed)."""

    precision: float
    recall: float
    f1: float
    b3_precision: float
    b3_recall: float
    b3_f1: float


def accuracy(found: NDArray[np.int64], truth: NDArray[np.int64]) -> Accuracy:
    """Compare two labellings of the same mentions (Bagga and Baldwin 1998 for B-cubed)."""
    _, f = np.unique(found, return_inverse=True)
    _, t = np.unique(truth, return_inverse=True)
    cell, each = np.unique(f.astype(np.int64) * (t.max() + 1) + t, return_inverse=True)
    both = np.bincount(each).astype(float)
    in_f, in_t = np.bincount(f).astype(float), np.bincount(t).astype(float)

    def pairs(n: NDArray[np.float64]) -> float:
        return float((n * (n - 1) / 2).sum())

    precision = pairs(both) / max(pairs(in_f), 1)
    recall = pairs(both) / max(pairs(in_t), 1)
    b3p, b3r = float((both[each] / in_f[f]).mean()), float((both[each] / in_t[t]).mean())
    return Accuracy(precision, recall, _mean(precision, recall), b3p, b3r, _mean(b3p, b3r))


def _mean(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0
