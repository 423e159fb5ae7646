"""Life of the private PostgreSQL cluster under the data directory: make, start, recover, stop.

    data/pg     the cluster, 0700, with its log      data/run     the socket's folder, 0700
    data/pg.lock     held while anything here changes the cluster

Authentication is `trust`, and the only way in is a socket inside a 0700 folder: whoever reaches it could read the files
themselves. There is no TCP port.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from contracts.errors import Retry, Stop
from warehouse import binaries

SUPERUSER = "postgres"
PORT = 5432  # no port is opened: it is part of the socket's file name
PATIENCE = 60.0  # seconds: a recovery after kill -9 took up to 28 on a busy machine
ROOM = 32 << 20  # bytes: two segments of its log, without which it does not recover
SOCKET = f".s.PGSQL.{PORT}"
LONGEST = 100 - len(SOCKET) - 1  # bytes; a socket's path ends at 107
LOCALES = ("C.UTF-8", "C.utf8", "en_US.UTF-8", "zh_CN.UTF-8")
WHERE = "warehouse"

# Sized for a small box. A statement's text and the detail of an error can hold a person's data: neither is logged.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "synchronous_commit": "on",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "datestyle": "ISO, YMD",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "logging_collector": "off",
}


class Cluster:
    """One private cluster. Nothing runs until `ensure`; the server then outlives this process."""

    def __init__(self, data: Path, bin_dir: Path | None = None) -> None:
        self.data = data.expanduser().absolute()
        self.bin_dir = bin_dir
        self.pg = self.data / "pg"
        self.log = self.pg / "server.log"
        self.run = socket_folder(self.data)

    def conninfo(self, user: str = SUPERUSER, dbname: str = "postgres") -> str:
        """libpq settings for the socket."""
        return psycopg.conninfo.make_conninfo(
            host=str(self.run), port=PORT, user=user, dbname=dbname, connect_timeout=10
        )

    def answers(self, user: str = SUPERUSER, dbname: str = "postgres") -> bool:
        """Whether `user` gets into `dbname` now, through a socket folder owned by whoever owns the cluster."""
        try:
            if self.run.lstat().st_uid != self.pg.lstat().st_uid:
                return False
            psycopg.connect(self.conninfo(user, dbname)).close()
        except (psycopg.OperationalError, FileNotFoundError):
            return False
        return True

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of this data directory, so that two processes never make or start one cluster at once.

        Raises Stop when the directory is somebody else's.
        """
        try:
            self.data.mkdir(mode=0o711, parents=True, exist_ok=True)
            file = (self.data / "pg.lock").open("a")
        except PermissionError as error:
            raise Stop(WHERE, f"{self.data} can't be written", "set HUILIAN_DATA to a folder of your own") from error
        with file as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def start(self) -> None:
        """Make the cluster if there is none and start it if it does not run; hold `locked()` while calling.

        Raises Stop when no programs or no account fit or the disk is full, Retry when the server does not come up in a
        minute.
        """
        programs = binaries.find(self.bin_dir, self._major())
        who = binaries.account(self.data, self.pg, programs)
        if not self.pg.exists():
            self._make(programs, who)
        folder(self.run, who)
        deadline, pause = time.monotonic() + PATIENCE, 0.1
        while not self.answers():
            if time.monotonic() > deadline:
                raise self._late()
            if not self._alive():
                self._configure(who)
                self._pg_ctl(programs, who, "start", "--log", str(self.log))
            elif not (self.run / SOCKET).exists():
                # It runs, but its socket was swept away or the data directory was moved: nobody can reach it.
                self._pg_ctl(programs, who, "stop", "--mode", "fast")
            time.sleep(pause)
            pause = min(pause * 2, 1.0)

    def _late(self) -> Stop | Retry:
        """Why the server does not come up."""
        if shutil.disk_usage(self.pg).free < ROOM:
            return Stop("the warehouse's disk", "it is full", "free space as docs/runbook.md says, then run again")
        return Retry(WHERE, f"PostgreSQL did not start within {PATIENCE:.0f} s", f"read {self.log}, then again")

    def stop(self) -> None:
        """Stop the server if it runs, ending open sessions. Raises Retry when it does not end within a minute."""
        with self.locked():
            if not self.pg.exists() or not self._alive():
                return
            programs = binaries.find(self.bin_dir, self._major())
            who = binaries.account(self.data, self.pg, programs)
            if not self._pg_ctl(programs, who, "stop", "--mode", "fast") and self._alive():
                raise Retry(WHERE, "PostgreSQL did not stop", f"read {self.log}, then again")

    def _make(self, programs: binaries.Binaries, who: binaries.Account) -> None:
        """Create the cluster aside and rename it, so that a killed process leaves no half of one behind."""
        for leftover in self.data.glob("pg.making.*"):
            shutil.rmtree(leftover, ignore_errors=True)
        said = ""
        for locale in LOCALES:
            made = Path(tempfile.mkdtemp(prefix="pg.making.", dir=self.data))
            folder(made, who)
            # Trigrams of Chinese are empty under LC_CTYPE=C and under the builtin provider: libc's UTF-8 it must be.
            provider = ["--locale-provider=libc"] if programs.major >= 15 else []
            done = who.run(
                *(programs.folder / "initdb", "--pgdata", made, "--username", SUPERUSER, "--encoding", "UTF8"),
                *("--auth", "trust", "--data-checksums", "--locale", "C", "--lc-ctype", locale),
                *("--text-search-config", "simple", *provider),
                timeout=300,
            )
            if done.returncode == 0:
                made.rename(self.pg)
                return
            shutil.rmtree(made, ignore_errors=True)
            said = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else f"status {done.returncode}"
            if "locale" not in done.stdout:
                break
        raise Stop(WHERE, f"initdb failed: {said}", f"check space and rights of {self.data}, then run again")

    def _configure(self, who: binaries.Account) -> None:
        """Write the settings and access rules anew at each start: the program decides them, not an edited file."""
        settings = SETTINGS | {"unix_socket_directories": str(self.run)}
        text = "".join(f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items())
        self._write(self.pg / "postgresql.conf", text, who)
        self._write(self.pg / "pg_hba.conf", "local all all trust\n", who)

    def _write(self, path: Path, text: str, who: binaries.Account) -> None:
        partial = path.with_name(f"{path.name}.new")
        with partial.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(0o600)
        if who.uid is not None:
            os.chown(partial, who.uid, who.gid if who.gid is not None else -1)
        partial.replace(path)

    def _pg_ctl(self, programs: binaries.Binaries, who: binaries.Account, *words: str) -> bool:
        wait = ("--wait", "--timeout", f"{PATIENCE:.0f}")
        try:
            done = who.run(programs.folder / "pg_ctl", *words, "--pgdata", self.pg, *wait, timeout=PATIENCE + 10)
            return done.returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def _major(self) -> int | None:
        """The version the cluster was made with; None while there is none."""
        try:
            return int((self.pg / "PG_VERSION").read_text(encoding="ascii"))
        except FileNotFoundError:
            return None

    def _alive(self) -> bool:
        """Whether the postmaster of this cluster runs. A pid file that now names someone else's process is defused.

        PostgreSQL takes any living process of that number for its own, which after a restart of a container is the
        rule; a zombie counts as living too. The file is not deleted: it also tells the server to wait for orphans.
        """
        file = self.pg / "postmaster.pid"
        try:
            first, rest = file.read_text(encoding="utf-8").split("\n", 1)
            pid = int(first)
            os.kill(pid, 0)
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return False
        except PermissionError:
            pass
        if not Path("/proc/self").exists():
            return True
        try:
            if Path(f"/proc/{pid}/cwd").readlink().samefile(self.pg):
                return True
        except PermissionError:
            return True
        except OSError:
            pass
        with file.open("r+", encoding="utf-8") as handle:
            handle.write(f"{2**31 - 1}\n{rest}")
        return False


def socket_folder(data: Path) -> Path:
    """Where the socket of `data` lives: ``data/run``, or a short folder of its own when that path is too long."""
    run = data / "run"
    if len(os.fsencode(run)) <= LONGEST:
        return run
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    # Not gettempdir(): TMPDIR may differ between the processes that must meet here.
    return Path("/tmp") / f"huilian-{digest}"  # noqa: S108


def folder(path: Path, who: binaries.Account) -> None:
    """Make `path` a 0700 folder of the account's. Raises Stop when somebody else's folder or link is in its place."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    mine = os.geteuid() if who.uid is None else who.uid
    if path.is_symlink() or found.st_uid not in (os.geteuid(), mine):
        raise Stop(WHERE, f"{path} belongs to another user or is a link", "remove it, then run again")
    if found.st_uid != mine:
        os.chown(path, mine, who.gid if who.gid is not None else -1)
    path.chmod(0o700)
