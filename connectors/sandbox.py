"""Parse a file where it can do no harm: in a child process with limits, whose death is a verdict on the file."""

import atexit
import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any, NamedTuple

from contracts import errors
from contracts.errors import HuilianError, Quarantine, Retry, Stop
from contracts.model import Contract

MIB = 1 << 20
START_SECONDS = 120  # a cold start takes one; a machine under load, many
READY = b"ready"
# All a parser needs of the caller's environment: the rest may hold passwords and tokens.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
# One thread: the server forks, and a fork copies no other thread. The system's allocator, for the address space counts.
FIXED = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system", "PYTHONUTF8": "1"}
OUT_OF_BOUNDS = frozenset({signal.SIGKILL, signal.SIGXCPU, signal.SIGALRM, signal.SIGABRT, signal.SIGXFSZ})


class Limits(NamedTuple):
    """What parsing one file may use: a base, plus a share for each byte or MiB the file has."""

    memory: int = 1536 * MIB  # bytes of address space; the libraries take a third of the base
    memory_per_byte: int = 10
    cpu: int = 60  # seconds
    cpu_per_mib: int = 2
    disk: int = 16 << 30  # bytes of one Parquet file

    def of(self, size: int) -> dict[str, int]:
        """The limits for a file of `size` bytes; `wall` leaves room for a machine that is busy elsewhere."""
        cpu = self.cpu + self.cpu_per_mib * (size // MIB)
        memory = self.memory + self.memory_per_byte * size
        return {"memory": memory, "cpu": cpu, "wall": 60 + 5 * cpu, "disk": self.disk}


class ParseReport(NamedTuple):
    """What parsing found: Parsed with counts in place of its tables. lines == parsed + rejected."""

    parsed: int
    rejected: int
    lines: int
    encoding: str
    evidence: str
    unknown: tuple[str, ...]
    refused: tuple[str, ...]


class _Server(NamedTuple):
    pid: int
    control: socket.socket


_lock = threading.Lock()
_server: _Server | None = None


def parse(path: Path, contract: Contract, out: Path, limits: Limits = Limits()) -> ParseReport:  # noqa: B008  frozen
    """Parse a landed file in a child process; writes `out`/raw.parquet and `out`/rejects.parquet, complete or absent.

    Raises Quarantine with the reader's reason, or too_large when the child broke a limit, or unreadable when a reader
    crashed; Stop when no child can be started; Retry when child or disk failed for reasons that aren't the file's.
    Works from threads, forked and daemonic processes.
    """
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    bounds = limits.of(path.stat().st_size)
    request = {
        "path": str(path.resolve()),
        "contract": contract.model_dump_json(),
        "out": str(out.resolve()),
        "limits": bounds,
    }
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            _hand_over(theirs)
        ours.settimeout(bounds["wall"] + START_SECONDS)
        try:
            ours.sendall(json.dumps(request).encode())
            ours.shutdown(socket.SHUT_WR)
            with ours.makefile("rb") as stream:
                answers = [json.loads(line) for line in stream]
        except OSError:
            answers = []
    return _judge(answers, contract.feed)


def _judge(answers: list[dict[str, Any]], where: str) -> ParseReport:
    """The report in the worker's words, or the error that its end amounts to."""
    said: dict[str, Any] = {k: v for answer in answers for k, v in answer.items()}
    if "report" in said:
        report = said["report"]
        return ParseReport(**{**report, "unknown": tuple(report["unknown"]), "refused": tuple(report["refused"])})
    if "error" in said:
        name, *args = said["error"]
        kind: type[HuilianError] = getattr(errors, name)
        raise kind(*args)
    if "memory" in said or -said.get("ended", 0) in OUT_OF_BOUNDS:
        raise Quarantine(
            where,
            "reading the file took more memory or time than a file of its size may take",
            "ask the department to split it or to export it afresh; don't open it by hand on a server",
            "too_large",
        )
    if "failed" in said or said.get("ended", 0) < 0:
        kind_name, place, code = said.get("failed") or ("a crash", "native code", "")
        if code:
            raise Retry(where, f"{code} at {place}", "check the disk under the data directory, then run again")
        raise Quarantine(
            where,
            f"the reader failed on the file ({kind_name} at {place})",
            "ask the department to export it afresh; keep the landed file, it shows a case the reader doesn't know",
            "unreadable",
        )
    raise Retry(where, "the parsing process vanished", "run again")


def _hand_over(descriptor: socket.socket) -> None:
    """Send one end of a file's own socket to the server, starting one when there is none or it died."""
    global _server
    with _lock:
        for _ in range(2):
            if _server is None:
                _server = _start()
            try:
                socket.send_fds(_server.control, [b"1"], [descriptor.fileno()])
                return
            except OSError:
                _stop()
    raise Retry("sandbox", "the parsing process can't be reached", "run again")


def _start() -> _Server:
    root = Path(__file__).resolve().parents[1]
    path = os.pathsep.join(p for p in (str(root), os.environ.get("PYTHONPATH", "")) if p)
    environment = {k: os.environ[k] for k in KEPT if k in os.environ} | FIXED | {"PYTHONPATH": path}
    ours, theirs = socket.socketpair()
    with theirs:
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-P", "-m", "connectors.worker", "3"],  # -P: nothing from the working directory
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, theirs.fileno(), 3),
            ],
        )
    server = _Server(pid, ours)
    ours.settimeout(START_SECONDS)
    try:
        ready = ours.recv(len(READY))
    except OSError:
        ready = b""
    if ready != READY:
        _end(server)
        raise Stop("sandbox", "the parsing process doesn't start", f"run `{sys.executable} -m connectors.worker 0`")
    return server


def _stop() -> None:
    """Forget the server; it ends by itself once its socket is closed."""
    global _server
    if _server is not None:
        _end(_server)
        _server = None


def _end(server: _Server) -> None:
    server.control.close()
    try:
        os.waitpid(server.pid, 0)
    except ChildProcessError:  # a caller that ignores SIGCHLD has no children to wait for
        return


def _forget() -> None:
    """A forked child must not talk on its parent's socket: it starts a server of its own when it needs one."""
    global _server, _lock
    if _server is not None:
        _server.control.close()
    _server, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)
atexit.register(_stop)
