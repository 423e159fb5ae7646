"""Short of memory, `huilian link` comes to the same, byte for byte; with enough of it nothing is different."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from contracts.errors import Stop
from pipeline import linkage_memory, spilled
from pipeline.linkage_memory import Job, enough, put_away
from tests.pipeline.commands import said
from tests.pipeline.tables import ANY, FIELDS, config, records

EXACT = ("members.parquet", "pairs.parquet", "model.json")


@pytest.fixture
def handing_out(monkeypatch: pytest.MonkeyPatch) -> list[spilled.Spill]:
    """Small arrays count as large, that small tables show the difference; what was made to give them memory."""
    made: list[spilled.Spill] = []

    class Noted(spilled.Spill):
        def __init__(self, folder: Path, allowed: int) -> None:
            super().__init__(folder, allowed)
            made.append(self)

    monkeypatch.setattr(spilled, "LARGE", 1 << 12)
    monkeypatch.setattr(spilled, "Spill", Noted)
    return made


def link(*words: str) -> str:
    """What is said on stderr; it must go well."""
    done = said(["link", *words])
    assert done.exit_code == 0, done.output
    return done.stderr


def report(out: Path) -> dict[str, Any]:
    """Without the time it took."""
    return {k: v for k, v in json.loads((out / "report.json").read_text(encoding="utf-8")).items() if k != "seconds"}


@pytest.mark.parametrize("fields", [FIELDS, ANY], ids=["people", "any"])
@pytest.mark.parametrize("memory", ["1", "400MiB"])
def test_in_files_or_not_it_comes_to_the_same(
    fields: dict[str, str], memory: str, tmp_path: Path, handing_out: list[spilled.Spill]
) -> None:
    """A run that keeps its records, then a batch; each in little memory, of which nothing stays but the results."""
    table = records(60, 5)
    late = np.arange(table.num_rows) % 9 == 0
    early = config(tmp_path, "early", table.filter(pa.array(~late)), fields)
    batch = config(tmp_path, "late", table.filter(pa.array(late)), fields)
    for name, more in (("plain", []), ("files", ["--memory", memory])):
        talk = link(str(early), "--out", str(tmp_path / name), "--keep", *more)
        assert ("the rest goes to files" in talk) == (memory == "1" and name == "files")
        first = [(tmp_path / name / f).read_bytes() for f in EXACT]
        link(str(batch), "--out", str(tmp_path / name), "--add", *more)
        handed = (first, [(tmp_path / name / f).read_bytes() for f in EXACT], report(tmp_path / name))
        if name == "plain":
            expected = handed
    assert handed == expected
    assert [spill.in_files > 0 for spill in handing_out] == ([True, True] if memory == "1" else [])
    names = [sorted(str(p.relative_to(tmp_path / n)) for p in (tmp_path / n).rglob("*")) for n in ("plain", "files")]
    assert names[0] == names[1]


def test_a_table_of_text_may_be_read_piece_by_piece(tmp_path: Path, handing_out: list[spilled.Spill]) -> None:
    table = records(30, 2).drop_columns(["person", "source", "record_key"])
    keys = pa.array(map(str, range(table.num_rows)), pa.string())
    pa_csv.write_csv(table.append_column("record_key", keys), tmp_path / "a.csv")
    kinds = {f: {"kind": k} for f, k in FIELDS.items()}
    tables = [{"source": "a", "path": "a.csv", "key": "record_key"}]
    wanted = {"entity": "person", "tables": tables, "fields": kinds}
    (tmp_path / "c.yml").write_text(json.dumps(wanted), encoding="utf-8")
    link(str(tmp_path / "c.yml"), "--out", str(tmp_path / "plain"))
    link(str(tmp_path / "c.yml"), "--out", str(tmp_path / "files"), "--memory", "1MiB")
    assert len(handing_out) == 1
    for name in EXACT:
        assert (tmp_path / "plain" / name).read_bytes() == (tmp_path / "files" / name).read_bytes()


def job(folder: Path, memory: int | None = None, text: str = "id,x\n1,a\n2,b\n") -> Job:
    (folder / "a.csv").write_text(text, encoding="utf-8")
    config = {"entity": "person", "tables": [{"source": "a", "path": "a.csv", "key": "id"}]}
    (folder / "c.yml").write_text(json.dumps(config | {"fields": {"x": {"kind": "name"}}}), encoding="utf-8")
    return Job(folder / "c.yml", folder / "out", memory)


def test_with_enough_of_it_nothing_is_said_nor_done(tmp_path: Path) -> None:
    column = pa.chunked_array([["a"]])
    with enough(job(tmp_path, 1 << 40), pytest.fail):
        assert put_away(column) is column
        assert np._core.multiarray.get_handler_name() == "default_allocator"
    assert not (tmp_path / "out").exists()


def test_what_is_not_there_to_be_added_to_is_told_by_who_adds(tmp_path: Path) -> None:
    with enough(job(tmp_path, 1)._replace(add=True), pytest.fail):
        pass
    with pytest.raises(Stop, match="there is no such directory"):
        said(["link", str(tmp_path / "c.yml"), "--out", str(tmp_path / "out"), "--add", "--memory", "1"])


def test_a_disk_without_room_is_told_before_the_work(tmp_path: Path) -> None:
    wanted = job(tmp_path, 1 << 20)
    with (tmp_path / "a.csv").open("r+b") as handle:  # it takes no room itself
        try:
            handle.truncate(shutil.disk_usage(tmp_path).free + (1 << 30))
        except OSError:
            pytest.skip("no file can be larger than what this disk has free")
    with pytest.raises(Stop, match=r"(?s)of its disk.*next: give a directory"), enough(wanted, pytest.fail):
        pytest.fail("it was begun")


@pytest.mark.parametrize("make", [lambda: np.ones(1 << 18), lambda: put_away(pa.chunked_array([["a"]]))])
def test_no_room_later_is_told_too(make: Callable[[], Any], tmp_path: Path) -> None:
    def short() -> None:
        with enough(job(tmp_path, 1), io.StringIO().write):
            (tmp_path / "out").rmdir()
            make()

    with pytest.raises(Stop, match=r"(?s)out: .* no room .*next: make room"):
        short()


def test_memory_that_runs_out_all_the_same_is_told() -> None:
    with pytest.raises(Stop, match="was not enough"), linkage_memory._in_files(Path(), 1):
        raise MemoryError


def test_the_preview_says_what_is_needed_and_what_there_is(tmp_path: Path) -> None:
    wanted = job(tmp_path)
    told = json.loads(said(["link", str(wanted.config), "--dry-run", "--memory", "2MiB", "--json"]).stdout)
    assert told["memory"]["available"] == 2 << 20
    assert told["memory"]["needed"] > 2 << 20
    text = said(["link", str(wanted.config), "--dry-run", "--memory", "2MiB"]).stdout
    assert "2 MiB there: the rest would go to files" in text
    assert "would go" not in said(["link", str(wanted.config), "--dry-run", "--memory", "1TiB"]).stdout


def test_a_size_that_is_none_and_one_that_does_nothing_are_refused(tmp_path: Path) -> None:
    done = said(["link", str(job(tmp_path).config), "--out", str(tmp_path / "out"), "--memory", "much"])
    assert (done.exit_code, "give a size like 4GiB" in done.stderr) == (2, True)
    assert "goes with a CONFIG.yml" in said(["link", "--memory", "4GiB"]).stderr


def test_rows_are_counted_without_being_read(tmp_path: Path) -> None:
    """Of a file of either kind; what can't be read is told by who reads it."""
    wanted = job(tmp_path, text="id,x\n" + "1,a\n" * 1000)
    pq.write_table(pa.table({"id": ["1"] * 777, "x": ["a"] * 777}), tmp_path / "a.parquet")
    assert linkage_memory._rows(tmp_path / "a.parquet") == 777
    assert linkage_memory._rows(tmp_path / "a.csv") == 1001
    wanted.config.write_text(wanted.config.read_text(encoding="utf-8").replace("a.csv", "gone.csv"), encoding="utf-8")
    with pytest.raises(Stop, match="there is no such file"):
        said(["link", str(wanted.config), "--out", str(tmp_path / "out")])
