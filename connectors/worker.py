"""The process that parses: started once per caller, warm with every reader, it forks a limited child for each file.

Not multiprocessing's own forkserver: that one refuses to serve a daemonic process (an Airflow task may run in one) and
imports the caller's `__main__` into every child. This one is reached through an inherited socket only, has none of the
caller's secrets in its environment, and ends when its caller does.

    caller --(a descriptor per file)--> server --fork--> watcher --fork--> worker, under limits
    caller <------ the worker's report as a JSON line, then the watcher's line: how the worker ended
"""

import errno
import json
import os
import resource
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

import pyarrow.parquet as pq

from connectors import readers
from connectors.landing import atomic
from contracts.errors import HuilianError, Quarantine
from contracts.model import Contract

READY = b"ready"
STALE = 24 * 3600  # seconds after which a temporary file can't belong to a worker that lives


def serve(control: socket.socket) -> None:
    """Fork a watcher for each descriptor received, until the caller closes its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the caller; this process ends with it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps watchers
    os.umask(0o077)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # native readers print what they choke on
    control.sendall(READY)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        for descriptor in descriptors:
            if os.fork() == 0:
                control.close()
                _watch(socket.socket(fileno=descriptor))
            os.close(descriptor)


def _watch(line: socket.socket) -> NoReturn:
    """Run a worker for one request and tell the caller how it ended (an exit code, or minus the signal)."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with line.makefile("rb") as stream:
            request = json.loads(stream.read())
        worker = os.fork()
        if worker == 0:
            _work(line, request)
        _, status = os.waitpid(worker, 0)
        _say(line, {"ended": os.waitstatus_to_exitcode(status)})
    finally:
        os._exit(0)


def _work(line: socket.socket, request: dict[str, Any]) -> NoReturn:
    """Parse one file under its limits and report. What goes wrong is told by type and place, never in its own words."""
    try:
        limit(**request["limits"])
        contract = Contract.model_validate_json(request["contract"])
        _say(line, {"report": parse(Path(request["path"]), contract, Path(request["out"]))})
    except HuilianError as error:
        _say(line, {"error": [type(error).__name__, *error.args]})
    except MemoryError:
        _say(line, {"memory": True})
    except BaseException as error:  # noqa: BLE001  a panic in a native reader is no Exception
        frame = traceback.extract_tb(error.__traceback__)[-1]
        code = errno.errorcode.get(getattr(error, "errno", None) or 0, "")
        _say(line, {"failed": [type(error).__name__, f"{Path(frame.filename).name}:{frame.lineno}", code]})
    finally:
        os._exit(0)


def _say(line: socket.socket, what: dict[str, Any]) -> None:
    line.sendall(json.dumps(what).encode() + b"\n")


def limit(memory: int, cpu: int, wall: int, disk: int) -> None:
    """Limit this process: bytes of address space, CPU seconds, seconds of life, bytes of a file; no core dump."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_FSIZE, (disk, disk))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # the kernel ends it, be it in native code or waiting
    signal.alarm(wall)


def parse(path: Path, contract: Contract, out: Path) -> dict[str, Any]:
    """Read `path`, write rejects.parquet, then raw.parquet (zstd) in `out`; what was found, for JSON."""
    for old in out.glob(".*.tmp"):
        if time.time() - old.stat().st_mtime > STALE:
            old.unlink(missing_ok=True)
    found = readers.read(path, contract)
    for name, table in (("rejects", found.rejects), ("raw", found.table)):
        try:
            with atomic(out / f"{name}.parquet") as file:
                pq.write_table(table, file, compression="zstd")
        except OSError as error:
            if error.errno != errno.EFBIG:
                raise
            raise Quarantine(
                contract.feed, "its rows take more disk than a delivery may", "ask for smaller parts", "too_large"
            ) from None
    return {
        "parsed": found.table.num_rows,
        "rejected": found.rejects.num_rows,
        "lines": found.lines,
        "encoding": found.encoding,
        "evidence": found.evidence,
        "unknown": found.unknown,
        "refused": found.refused,
    }


class _NoPandas:
    """pyarrow imports pandas, if it can, when it first builds an array: half a second a file, for nothing here."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


if __name__ == "__main__":
    sys.meta_path.insert(0, _NoPandas)
    with socket.socket(fileno=int(sys.argv[1])) as inherited:
        serve(inherited)
