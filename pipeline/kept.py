"""What a run of `huilian link` leaves for later batches under DIR/kept, and how DIR changes from one state to the next.

kept/state.json names everything that counts, and its renaming is the moment a command happens: whatever a killed one
left beside it counts for nothing. Mentions and their words only grow: a batch is written behind what state.json vouches
for. The rest (whose each row is, what is left in doubt, how frequencies and pairs changed) is small and written anew.
The results (members.parquet and so on) are written whole beside it before, and moved into DIR after; a command that
was killed in between leaves that to the next one (`opened`).
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from contracts.errors import Retry, Stop
from pipeline.linkage_files import write_parquet

FORMAT = 7
CHINESE, ANY = "Chinese people", "any tables"  # the engines
FOLDER, STATE, LOCK, HISTORY, EVENTS = "kept", "state.json", "lock", "history", "events.parquet"
AGAIN = "link everything again, without --add"
LISTS = ("unique", "segments", "results", "blocking", "further", "finer")
Arrays = Mapping[str, NDArray[Any]]
Results = Mapping[str, pa.Table | pa.RecordBatchReader]


@dataclass(frozen=True)
class State:
    """What counts. `fields` are those of the config, with their kinds. `run` counts whole runs, `generation` commands.

    `rows` mentions are kept, those of each `segment` (file, rows) after those before it; `living` of them are not
    replaced, and `learned` there were when the model was trained; the first `indexed` are in an index. `people` and
    `numbered` belong to the frequencies. `results` are files of this generation whose place is in DIR. `threshold`,
    `unique` sources and rules of `blocking` are the config's. `birthdays` are those of the kept mentions (births).
    `lone`, `further` and `finer` belong to the engine for any tables (increments.Before).
    """

    entity: str
    fields: dict[str, str]
    run: int
    generation: int = 0
    rows: int = 0
    living: int = 0
    learned: int = 0
    indexed: int = 0
    next_id: int = 1
    people: int = 0
    numbered: float = 0.0
    threshold: float | None = None
    unique: tuple[str, ...] = ()
    engine: str = CHINESE
    blocking: tuple[tuple[str, ...], ...] = ()
    lone: float = 1.0
    further: tuple[tuple[str, ...], ...] = ()
    finer: tuple[str, ...] = ()
    birthdays: Mapping[str, Sequence[int]] = field(default_factory=dict)
    segments: tuple[tuple[str, int], ...] = ()
    results: tuple[str, ...] = ()
    format: int = FORMAT

    def to_json(self) -> str:
        """The document."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Nobody else changes `out` meanwhile. Raises Retry when somebody does, Stop when its files can't be used."""
    folder = out / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder / LOCK).open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Retry(str(out), "another huilian link is at work there", "wait for it to end") from error
            yield
    except OSError as error:
        where = str(error.filename or folder)
        raise Stop(where, error.strerror or "can't be used", f"make room, or give files back; else {AGAIN}") from error


@contextmanager
def held(out: Path, keep: bool | None) -> Iterator[bool]:
    """Nobody else changes `out` while everything is linked into it, where anything is kept there or is to be: whether
    it is to be, which is as before unless `keep` says. Results of a killed command are put in their place before.
    """
    if not (keep or there(out)):
        yield False
        return
    with locked(out):
        with suppress(Stop):  # what another version kept: nothing of it is needed
            opened(out)
        yield there(out) if keep is None else keep


def opened(out: Path) -> State | None:
    """What `out` holds, None when nothing is kept there; results that a killed command left behind are moved first.

    Raises Stop for what another version of the program kept.
    """
    path = out / FOLDER / STATE
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("format") != FORMAT:
            raise Stop(str(path), f"format {data.get('format')}, this program keeps {FORMAT}", AGAIN)
        lists = {k: tuple(tuple(v) if isinstance(v, list) else v for v in data[k]) for k in LISTS if k in data}
        state = State(**data | lists)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Stop(str(path), "is not what this program keeps", AGAIN) from error
    _published(out, state)
    return state


def there(out: Path) -> bool:
    """Does `out` keep what a batch needs, or did a killed command leave it on its way there?"""
    return (out / FOLDER / STATE).exists()


def given(out: Path) -> int:
    """The first id that nobody ever had by kept/state.json, whichever version wrote it; 1 when it does not say."""
    try:
        found = json.loads((out / FOLDER / STATE).read_text(encoding="utf-8"))["next_id"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return 1
    return found if isinstance(found, int) else 1


def forgotten(out: Path) -> None:
    """Nothing is kept under `out` any more; its results stay, but for the events of its last command."""
    if (out / FOLDER / STATE).is_file():
        (out / FOLDER / STATE).unlink()
        (out / EVENTS).unlink(missing_ok=True)
        _swept(out, None)


class Store:
    """The files of one run and of the batches that came after it."""

    def __init__(self, out: Path, state: State) -> None:
        self.out, self.state = out, state
        self.folder = out / FOLDER / f"{state.run:06d}"

    def segments(self) -> list[pa.Table]:
        """The kept mentions, memory-mapped: opening costs nothing, reading what is read."""
        tables = []
        for name, rows in self.state.segments:
            table = _mapped(self.folder / name)
            if table.num_rows != rows:
                raise Stop(str(self.folder / name), "rows are missing", AGAIN)
            tables.append(table)
        return tables

    def words(self, columns: int) -> NDArray[np.uint32]:
        """The words of all kept mentions, row by row, memory-mapped."""
        return _numbers(self.folder / "words", np.uint32, self.state.rows * columns).reshape(-1, columns)

    def index(self) -> dict[str, NDArray[np.int32]]:
        """What the run wrote for its mentions to be found by, memory-mapped."""
        where = _ends(self.folder / "index.json")
        whole = _numbers(self.folder / "index", np.int32, max(stop for _, stop in where.values()))
        return {name: whole[start:stop] for name, (start, stop) in where.items()}

    def table(self, name: str) -> pa.Table:
        """What this generation wrote under `name`, memory-mapped."""
        return _mapped(self.folder / f"{self.state.generation:06d}-{name}.arrow")

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """The same as arrays."""
        found = self.table(name)
        return {key: one_array(found[key]).to_numpy(zero_copy_only=False) for key in found.column_names}

    def of_run(self, name: str) -> pa.Table:
        """What the run wrote under `name`, memory-mapped."""
        return _mapped(self.folder / f"{name}.arrow")

    def base(self) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
        """The pairs of arrays that the run wrote, memory-mapped."""
        where = _ends(self.folder / "base.json")
        with _whole(self.folder / "base"):
            one, two = (np.asarray(np.load(self.folder / f"base-{i}.npy", mmap_mode="r")) for i in range(2))
        return {name: (one[start:stop], two[start:stop]) for name, (start, stop) in where.items()}

    def text(self, name: str) -> str:
        """A text that this generation wrote."""
        return (self.folder / f"{self.state.generation:06d}-{name}").read_text(encoding="utf-8")

    def put_of_run(self, name: str, table: pa.Table) -> None:
        """A table that stays as it is until the next run."""
        with _behind(self.folder / f"{name}.arrow", 0) as handle:
            _put(table, handle)

    def put_base(self, pairs: Mapping[str, tuple[NDArray[Any], NDArray[Any]]]) -> None:
        """Pairs of arrays (64-bit words, counts) that stay as they are until the next run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for i, kind in enumerate((np.uint64, np.uint32)):
            with _behind(self.folder / f"base-{i}.npy", 0) as handle:
                np.save(handle, np.concatenate([pair[i].astype(kind) for pair in pairs.values()]), allow_pickle=False)
        self._put_ends("base", {name: len(one) for name, (one, _) in pairs.items()})

    def put_index(self, index: Arrays, size: int) -> None:
        """By what the first `size` mentions are found: integers, which stay as they are until the next run."""
        with _behind(self.folder / "index", 0) as handle:
            for numbers in index.values():
                handle.write(np.ascontiguousarray(numbers, np.int32).data)
        self._put_ends("index", {name: len(numbers) for name, numbers in index.items()})
        self.state = replace(self.state, indexed=size)

    def _put_ends(self, name: str, sizes: Mapping[str, int]) -> None:
        """Where each of several arrays of one file begins and ends."""
        ends = np.cumsum([0, *sizes.values()]).tolist()
        with _behind(self.folder / f"{name}.json", 0) as handle:
            handle.write(json.dumps({one: ends[i : i + 2] for i, one in enumerate(sizes)}).encode("utf-8"))

    def grow(self, mentions: pa.Table, words: Iterable[NDArray[np.uint32]], columns: int) -> None:
        """Put mentions and their words, a row each of so many, behind those that are there; they count from `commit`
        on."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"mentions-{len(self.state.segments):06d}.arrow"
        with _behind(self.folder / name, 0) as handle:
            _put(mentions, handle)
        with _behind(self.folder / "words", self.state.rows * columns * 4) as handle:
            for part in words:
                handle.write(np.ascontiguousarray(part, np.uint32).data)
        segments = (*self.state.segments, (name, mentions.num_rows))
        self.state = replace(self.state, rows=self.state.rows + mentions.num_rows, segments=segments)

    def commit(self, kept: Mapping[str, pa.Table], texts: Mapping[str, str], tables: Results) -> None:
        """Write the next generation: what is to be `kept`, `texts` and `tables` to be results. Then it counts."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.state = replace(self.state, generation=self.state.generation + 1)
        ahead = f"{self.state.generation:06d}-"
        for name, table in kept.items():
            with _behind(self.folder / f"{ahead}{name}.arrow", 0) as handle:
                _put(table, handle)
        for name, text in texts.items():
            with _behind(self.folder / f"{ahead}{name}", 0) as handle:
                handle.write(text.encode("utf-8"))
        for name, table in tables.items():
            with _behind(self.folder / f"{ahead}{name}.parquet", 0) as handle:
                write_parquet(table, handle)
        self.state = replace(self.state, results=(*(f"{name}.parquet" for name in tables), *texts))
        _synced(self.folder)
        target = self.out / FOLDER / STATE
        with _behind(target.with_name(f".{STATE}.part"), 0) as handle:
            handle.write(self.state.to_json().encode("utf-8"))
        target.with_name(f".{STATE}.part").replace(target)
        _synced(target.parent)
        _published(self.out, self.state)
        _swept(self.out, self.state)


def _published(out: Path, state: State) -> None:
    """Results that are still where they were written go to where they belong."""
    folder = out / FOLDER / f"{state.run:06d}"
    for name in state.results:
        source = folder / f"{state.generation:06d}-{name}"
        if name == "model.json":
            if not (out / name).is_file() or (out / name).read_bytes() != source.read_bytes():
                shutil.copyfile(source, out / f".{name}.part")
                (out / f".{name}.part").replace(out / name)
        elif source.is_file():
            if name == EVENTS:
                _remembered(out, source)
            source.replace(out / name)
    _synced(out)


def _remembered(out: Path, events: Path) -> None:
    """What happened in this generation stays in kept/history, where nothing is ever deleted."""
    folder = out / FOLDER / HISTORY
    folder.mkdir(exist_ok=True)
    target = folder / f"{events.name[:6]}.parquet"
    shutil.copyfile(events, target.with_name(f".{target.name}.part"))
    target.with_name(f".{target.name}.part").replace(target)


def _swept(out: Path, state: State | None) -> None:
    """Files that no longer count are deleted."""
    for folder in (out / FOLDER).iterdir():
        if folder.name == HISTORY:
            continue
        if folder.is_dir() and (state is None or folder.name != f"{state.run:06d}"):
            shutil.rmtree(folder)
        elif folder.is_dir() and state:
            for file in folder.iterdir():
                if file.name[:6].isdigit() and file.name[:6] != f"{state.generation:06d}":
                    file.unlink()


def _numbers(path: Path, kind: type[Any], many: int) -> NDArray[Any]:
    """So many numbers of a file, memory-mapped."""
    with _whole(path):
        return np.asarray(np.memmap(path, kind, "r", shape=(many,))) if many else np.zeros(0, kind)


def _ends(path: Path) -> dict[str, list[int]]:
    """Where each of several arrays begins and ends, as `_put_ends` wrote it."""
    with _whole(path):
        found: dict[str, list[int]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array. Of one chunk it is one; to combine that would copy it."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _put(table: pa.Table, handle: BinaryIO) -> None:
    with pa.ipc.new_file(handle, table.schema) as writer:
        writer.write_table(table)


def _mapped(path: Path) -> pa.Table:
    with _whole(path), pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Raise Stop when what is read here is not what was written: numpy, Arrow and JSON say so by a ValueError each."""
    try:
        yield
    except ValueError as error:
        raise Stop(str(path), "is damaged", AGAIN) from error


@contextmanager
def _behind(path: Path, size: int) -> Iterator[BinaryIO]:
    """Write behind the first `size` bytes of a file; they are on the disk when it is closed."""
    with path.open("r+b" if path.exists() else "w+b") as handle:
        handle.truncate(size)
        handle.seek(size)
        yield handle
        handle.flush()
        os.fsync(handle.fileno())


def _synced(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
