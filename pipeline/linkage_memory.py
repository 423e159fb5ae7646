"""What memory `huilian link` needs, and what becomes of what does not fit: it goes to files in --out."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from contracts.errors import Stop
from contracts.linkage import Linkage, load
from pipeline import kept, linkage_files
from pipeline.memory import available, told
from transforms.matching.generic.routing import is_chinese, suits

Say = Callable[[str], None]
# bytes, measured: what every run takes; a record of the engine for Chinese people, and of that for any tables for each
# field; a record more for later batches
BASE, CHINESE, FIELD, KEPT = 250 << 20, 700, 400, 400
LOOKED_AT = 1 << 16  # bytes of a CSV by which its lines are estimated

_folder: ContextVar[Path | None] = ContextVar("folder", default=None)


class Job(NamedTuple):
    """What `huilian link` was asked, as far as it matters here: `memory` in bytes, by default what is there; whether to
    `keep` what batches need, by default as before; and whether to `add` to what is kept.
    """

    config: Path
    out: Path
    memory: int | None = None
    keep: bool | None = None
    add: bool = False


@contextmanager
def enough(job: Job, say: Say) -> Iterator[None]:
    """Inside this there is enough memory for the job: where it needs more than there is, large arrays and tables go to
    files without names in its directory. Raises Stop when the disk has no room for them, now or later.
    """
    allowed = job.memory or available()
    need = _of_job(job, allowed)
    if need <= allowed or (job.add and not job.out.is_dir()):
        yield
        return
    if not job.add:
        linkage_files.ready(job.out)
    what, free = f"about {told(need)} of memory needed, {told(allowed)} there", shutil.disk_usage(job.out).free
    if free < need:
        raise Stop(f"--out {job.out}", f"{what}, and {told(free)} of its disk for the rest",
                   "give a directory on a disk with more room, or link where there is more memory")  # fmt: skip
    say(f"{what}: the rest goes to files in {job.out}, which vanish by themselves")
    with _in_files(job.out, allowed):
        yield


@contextmanager
def _in_files(out: Path, allowed: int) -> Iterator[None]:
    from pipeline.spilled import spilling  # what nearly nobody needs is not loaded

    before = _folder.set(out)
    try:
        with spilling(out, allowed) as spill:
            yield
    except MemoryError as error:
        if spill.trouble:
            raise _full(out, spill.trouble) from error
        raise Stop("memory", f"{told(allowed)} was not enough, even with files in {out}",
                   "link where there is more, or fewer records at a time") from error  # fmt: skip
    finally:
        _folder.reset(before)


def put_away(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as it is; where there is not `enough` memory its values are in a file. Raises Stop for a full disk."""
    folder = _folder.get()
    if folder is None:
        return column
    from pipeline import spilled

    try:
        return spilled.put_away(pa.table([column], ["column"]), folder).column(0)
    except OSError as error:
        raise _full(folder, error) from error


def _full(out: Path, error: OSError) -> Stop:
    what = f"what memory can't hold has no room there: {error.strerror or 'the disk is full'}"
    return Stop(f"--out {out}", what, "make room on its disk, or give a directory on another")


def needed(wanted: Linkage, rows: int, folder: Path, *, chinese: bool) -> int:
    """About how many bytes of memory it takes to link so many records of tables in `folder`."""
    texts = sum(_bytes(folder / t.path) for t in wanted.tables if t.path.lower().endswith(".csv"))
    return BASE + texts + rows * (CHINESE if chinese else FIELD * len(wanted.fields))


def _of_job(job: Job, allowed: int) -> int:
    """The same for a job. What is of no consequence is not looked at: how many records there are (each takes a byte of
    its file at least), and which engine they are for.
    """
    wanted, folder = load(job.config), job.config.parent
    known, engine = _kept(job.out) if job.add else (0, None)
    keep = kept.there(job.out) if job.keep is None else job.keep
    for count in (_bytes, _rows):
        new = sum(count(folder / table.path) for table in wanted.tables)
        by = [needed(wanted, new + known // 2, folder, chinese=c) + new * KEPT * keep for c in (False, True)]
        if max(by) <= allowed:
            return max(by)
    return by[engine == kept.CHINESE if engine else _for_chinese_people(wanted, folder)]


def _kept(out: Path) -> tuple[int, str | None]:
    """How many records `out` keeps, and for which engine."""
    with suppress(OSError, ValueError, KeyError):
        state = json.loads((out / kept.FOLDER / kept.STATE).read_text(encoding="utf-8"))
        return int(state["rows"]), str(state["engine"])
    return 0, None


def _for_chinese_people(wanted: Linkage, folder: Path) -> bool:
    from pipeline.linkage_preview import heads

    kinds = {name: str(field.kind) for name, field in wanted.fields.items()}
    return wanted.entity == "person" and suits(list(kinds.values())) and is_chinese(heads(wanted, folder)[0], kinds)


def _rows(path: Path) -> int:
    """About how many records a table has; 0 for what can't be read, as reading it will say."""
    with suppress(OSError, pa.ArrowException):
        if path.suffix.lower() == ".parquet":
            return int(pq.read_metadata(path).num_rows)
        with path.open("rb") as handle:
            some = handle.read(LOOKED_AT)
        return round(_bytes(path) * some.count(b"\n") / max(len(some), 1))
    return 0


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
