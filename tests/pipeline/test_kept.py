"""What a whole run leaves of what was kept, and who may change it meanwhile."""

import io
import re
import shutil
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contracts.errors import Retry, Stop
from pipeline import adding, kept
from pipeline.linkage import Stays, link
from pipeline.linkage_progress import Progress
from tests.pipeline.tables import Row, ids, someone, two_tables

KEPT = Stays(batches=True)


def _rows(source: str) -> list[Row]:
    return [{"id": f"{source}{i}", **someone(i, date(1970, 1 + i // 28, 1 + i % 28))} for i in range(40)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two tables of forty people, linked into its folder out."""
    return two_tables(tmp_path, _rows)


def _run(config: Path, out: Path, stays: Stays = KEPT) -> list[str]:
    said = io.StringIO()
    link(config, out, None, Progress(said), stays)
    return said.getvalue().splitlines()


def test_nobody_links_into_a_directory_at_which_another_is_at_work(folder: Path) -> None:
    """Neither what is kept nor ids are pulled from under a command; where nothing is kept there is nothing to guard."""
    _run(folder / "c.yml", folder / "out")
    with kept.locked(folder / "out"), pytest.raises(Retry, match="at work there"):
        _run(folder / "c.yml", folder / "out", Stays(batches=False))
    with kept.held(folder / "new", None) as keep:
        assert not keep
    assert not (folder / "new").exists()


def test_a_run_that_keeps_nothing_leaves_no_events_of_the_one_before(folder: Path) -> None:
    out = folder / "out"
    _run(folder / "c.yml", out)
    assert (out / "events.parquet").is_file()
    _run(folder / "c.yml", out, Stays(batches=False))
    assert not (out / "events.parquet").exists()
    assert not kept.there(out)


def test_a_whole_run_goes_on_from_what_a_killed_command_decided(folder: Path) -> None:
    """It counted, though its results were not in their place yet: nobody gets an id that was given already."""
    out = folder / "out"
    _run(folder / "c.yml", out)
    before = ids(out)
    shutil.copyfile(out / "members.parquet", folder / "before.parquet")
    (folder / "more.csv").write_text("id,xm,sfz,born\nz1,欧阳不同,,1990-01-01\n", encoding="utf-8")
    config = (folder / "c.yml").read_text(encoding="utf-8")
    begin, stop = config.index("  - {source: a"), config.index("fields:")
    more = config[:begin] + "  - {source: a, path: more.csv, key: id}\n" + config[stop:]
    (folder / "more.yml").write_text(more, encoding="utf-8")
    adding.run(folder / "more.yml", out, False, Progress(io.StringIO()))
    fresh = ids(out)["a", "z1"]
    # as a kill leaves it between the moment it counts and the moving of its results
    state = kept.opened(out)
    assert state is not None
    for name in state.results:
        if name != "model.json":
            (out / name).rename(out / "kept" / f"{state.run:06d}" / f"{state.generation:06d}-{name}")
    shutil.copyfile(folder / "before.parquet", out / "members.parquet")
    _run(folder / "c.yml", out)
    assert ids(out) == before
    adding.run(folder / "more.yml", out, False, Progress(io.StringIO()))
    assert ids(out)["a", "z1"] > fresh


def test_what_cannot_be_kept_there_is_named(folder: Path) -> None:
    """A file where the folder should be, and one that is gone."""
    (folder / "out" / "kept").write_text("x", encoding="utf-8")
    with pytest.raises(Stop, match="kept"):
        _run(folder / "c.yml", folder / "out")
    (folder / "out" / "kept").unlink()
    _run(folder / "c.yml", folder / "out")
    (folder / "out" / "kept" / "000001" / "words").unlink()
    with pytest.raises(Stop, match="words"):
        adding.run(folder / "c.yml", folder / "out", False, Progress(io.StringIO()))


def test_a_kept_file_that_is_damaged_is_named(folder: Path) -> None:
    """Whichever it is that a batch reads: half of it is never taken for the whole."""
    out = folder / "out"
    _run(folder / "c.yml", out)
    (folder / "more.csv").write_text("id,xm,sfz,born\na1,欧阳不同,,1990-01-01\n", encoding="utf-8")
    config = (folder / "c.yml").read_text(encoding="utf-8").replace("a.csv", "more.csv")
    (folder / "c.yml").write_text(config, encoding="utf-8")
    named = set()
    for path in sorted((out / "kept" / "000001").iterdir()):
        whole = path.read_bytes()
        path.unlink()  # the command before may have it mapped still
        path.write_bytes(whole[: len(whole) // 2])
        try:
            adding.run(folder / "c.yml", out, True, Progress(io.StringIO()))
        except Stop as error:
            named.add(Path(error.where).name)
        path.unlink()
        path.write_bytes(whole)
    assert {"words", "index", "index.json", "base.json", "000001-whose.arrow", "mentions-000000.arrow"} <= named


@pytest.mark.parametrize("stays", [KEPT, Stays(batches=False)])
def test_records_that_a_whole_run_finds_no_longer_are_counted(folder: Path, stays: Stays) -> None:
    """They may have been withdrawn, or have come by a batch that this config does not name."""
    assert not any("no longer there" in line for line in _run(folder / "c.yml", folder / "out", stays))
    lines = (folder / "b.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "b.csv").write_text("".join(lines[:-3]), encoding="utf-8")
    said = _run(folder / "c.yml", folder / "out", stays)
    assert [line.split("s  ")[1].split(" records")[0] for line in said if "no longer there" in line] == ["3"]


def _met(out: Path) -> bool:
    """Whether a pair of a0 and b0 is kept."""
    pairs = pq.read_table(out / "pairs.parquet").to_pylist()
    return any({p["left_key"], p["right_key"]} == {"a0", "b0"} for p in pairs)


def test_pairs_of_a_version_that_was_replaced_are_gone(tmp_path: Path) -> None:
    """Also with somebody who has nothing to do with the new version, and is not recognised again."""
    other = {"a": "1950-03-04", "b": "1957-05-06"}
    two_tables(tmp_path, lambda source: [_rows(source)[0] | {"sfz": "", "born": other[source]}, *_rows(source)[1:]])
    out = tmp_path / "out"
    _run(tmp_path / "c.yml", out)
    assert _met(out)
    (tmp_path / "a.csv").write_text("id,xm,sfz,born\na0,欧阳不同,,1990-01-01\n", encoding="utf-8")
    config = re.sub(r"\n  - \{source: b,.*", "", (tmp_path / "c.yml").read_text(encoding="utf-8"))
    (tmp_path / "c.yml").write_text(config, encoding="utf-8")
    assert adding.run(tmp_path / "c.yml", out, False, Progress(io.StringIO())).counts["replaced"] == 1
    assert not _met(out)
