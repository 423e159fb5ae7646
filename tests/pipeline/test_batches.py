"""`huilian link NEW.yml --out DIR --add`, as anybody would run it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks.linkage.measure import accuracy
from pipeline import batches, batches_any
from pipeline.kept import FORMAT
from pipeline.settings import ROOT
from tests.pipeline.tables import ANY, FIELDS, config, huilian, ids, members, names, records


def state(out: Path) -> dict[str, bytes]:
    """Everything in `out` by its content."""
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def everybody() -> pa.Table:
    return records(350, 11)


@pytest.fixture(scope="module")
def late(everybody: pa.Table) -> np.ndarray:
    """Which records come later: one in six."""
    return np.random.default_rng(2).permutation(everybody.num_rows) % 6 == 0


@pytest.fixture(scope="module", params=[FIELDS, ANY], ids=["people", "any tables"])
def fields(request: pytest.FixtureRequest) -> dict[str, str]:
    """By what records are compared: so that the one engine takes them, and the other."""
    return request.param


@pytest.fixture(scope="module")
def once(
    tmp_path_factory: pytest.TempPathFactory, everybody: pa.Table, late: np.ndarray, fields: dict[str, str]
) -> Path:
    """A directory with most of the records linked, and new.yml beside it for the others."""
    folder = tmp_path_factory.mktemp("linked")
    config(folder, "old", everybody.filter(pa.array(~late)), fields)
    config(folder, "new", everybody.filter(pa.array(late)), fields)
    huilian(str(folder / "old.yml"), "--out", str(folder / "out"), "--keep")
    return folder


def test_a_batch_is_added_and_every_changed_id_has_its_event(
    linked: Path, everybody: pa.Table, fields: dict[str, str]
) -> None:
    out = linked / "out"
    before = ids(out)
    done = huilian(str(linked / "new.yml"), "--out", str(out), "--add")
    after = ids(out)
    assert done["new"] + done["joined"] == done["records"]
    assert set(after) > set(before)
    assert done["entities"] == len(set(after.values()))
    rows = pq.read_table(out / "events.parquet").to_pylist()
    told = {(r["source"], r["record_key"]): (r["was"], r["entity_id"]) for r in rows}
    assert told == {n: (before.get(n), i) for n, i in after.items() if before.get(n) != i}
    assert sum(before[n] != after[n] for n in before) <= 4
    huilian(str(config(linked, "all", everybody, fields)), "--out", str(linked / "whole"))
    whole = members(linked / "whole")
    assert accuracy(members(out)["entity_id"].to_numpy(), whole["entity_id"].to_numpy()).f1 > 0.995


def test_the_same_batch_again_is_nothing_new_and_a_dry_run_writes_nothing(linked: Path) -> None:
    out, words = linked / "out", (str(linked / "new.yml"), "--out", str(linked / "out"), "--add")
    before = state(out)
    would = huilian(*words, "--dry-run")
    assert state(out) == before
    done = huilian(*words)
    assert done == would
    after = state(out)
    again = huilian(*words)
    assert again["unchanged"] == again["records"]
    assert again["report"]["nothing_new"] is True
    assert state(out) == after


def test_a_whole_run_into_the_same_directory_keeps_ids(
    linked: Path, everybody: pa.Table, fields: dict[str, str]
) -> None:
    out = linked / "out"
    huilian(str(linked / "new.yml"), "--out", str(out), "--add")
    before = ids(out)
    huilian(str(config(linked, "all", everybody, fields)), "--out", str(out))
    changed = [n for n, i in ids(out).items() if before[n] != i]
    rows = pq.read_table(out / "events.parquet").to_pylist()
    assert sorted((r["source"], r["record_key"]) for r in rows) == sorted(changed)
    assert len(changed) < 8
    assert (out / "kept" / "state.json").exists()
    huilian(str(linked / "all.yml"), "--out", str(out), "--no-keep")
    assert pq.read_table(out / "members.parquet").num_rows == everybody.num_rows
    assert not (out / "kept" / "state.json").exists()


@pytest.mark.parametrize("keep", ["--keep", "--no-keep"])
def test_ids_are_given_to_nobody_else_though_the_results_were_moved_away(linked: Path, keep: str) -> None:
    out = linked / "out"
    before = set(ids(out).values())
    (out / "members.parquet").unlink()
    huilian(str(linked / "new.yml"), "--out", str(out), keep)
    assert not before & set(ids(out).values())


def test_ids_last_through_learning_anew_though_the_results_were_moved_away(
    linked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine in (batches, batches_any):
        monkeypatch.setattr(engine, "GROWN", 1.0)
    out, other = linked / "out", linked / "other"
    shutil.copytree(out, other)
    (other / "members.parquet").unlink()
    for where in (out, other):
        done = huilian(str(linked / "new.yml"), "--out", str(where), "--add")
        assert done["report"]["learned_anew"]
    assert ids(other) == ids(out)
    assert pq.read_table(other / "events.parquet").equals(pq.read_table(out / "events.parquet"))


def test_a_new_version_of_a_record_takes_the_place_of_the_old(
    linked: Path, everybody: pa.Table, fields: dict[str, str]
) -> None:
    """A telephone changes: the same records, the same ids, and the old versions say nothing any more."""
    out = linked / "out"
    before = ids(out)
    known = everybody.filter(pa.array([n in before for n in names(everybody)]))
    some = known.slice(0, 30)
    place = some.schema.get_field_index("phone")
    phones = pa.array([f"1390000{i:04d}" for i in range(some.num_rows)])
    path = config(linked, "version", some.set_column(place, "phone", phones), fields)
    done = huilian(str(path), "--out", str(out), "--add")
    assert (done["replaced"], done["new"], done["joined"]) == (30, 0, 0)
    assert len(ids(out)) == len(before)
    assert sum(before[n] != i for n, i in ids(out).items()) <= 2
    assert huilian(str(path), "--out", str(out), "--add")["unchanged"] == 30


def test_a_source_that_names_everybody_once_does_so_through_batches(
    linked: Path, everybody: pa.Table, fields: dict[str, str]
) -> None:
    """A second entry of the register's own for somebody it has is somebody else, number or not."""
    out = linked / "out"
    once = everybody.filter(pc.equal(everybody["source"], "police_register_person"))
    known = [n in ids(out) for n in names(once)]
    some = once.filter(pa.array(known)).slice(0, 20)
    keys = pa.array([f"again-{i}" for i in range(some.num_rows)])
    twice = some.set_column(some.schema.get_field_index("record_key"), "record_key", keys)
    path = config(linked, "twice", twice, fields)
    told = json.loads(path.read_text(encoding="utf-8"))
    told["tables"][0]["unique"] = True
    path.write_text(json.dumps(told), encoding="utf-8")
    huilian(str(path), "--out", str(out), "--add")
    found = ids(out)
    source = "police_register_person"
    assert all(found[source, f"again-{i}"] != found[name] for i, name in enumerate(names(some)))


def test_what_does_not_fit_is_refused_in_words(linked: Path, everybody: pa.Table, fields: dict[str, str]) -> None:
    def refused(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "pipeline.cli", "link", *words, "--add"],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 2
        return done.stderr

    out = str(linked / "out")
    other = config(linked, "other", everybody, {k: v for k, v in fields.items() if k != "phone"})
    assert "differs in phone" in refused(str(other), "--out", out)
    assert "no such directory" in refused(str(linked / "new.yml"), "--out", str(linked / "nowhere"))
    (linked / "empty").mkdir()
    assert "nothing is kept" in refused(str(linked / "new.yml"), "--out", str(linked / "empty"))
    path = linked / "out" / "kept" / "state.json"
    path.write_text(path.read_text(encoding="utf-8").replace(f'"format": {FORMAT}', '"format": 0'), encoding="utf-8")
    assert "format 0" in refused(str(linked / "new.yml"), "--out", out)


KILLED = """
import os, pathlib, shutil, signal, sys
from pipeline import adding
import pipeline.linkage_tables, transforms.matching.generic.chinese
from pipeline.linkage_progress import quiet, Progress
folder, step = pathlib.Path(sys.argv[1]), int(sys.argv[2])

def add(out, die):
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    sync, put, left = os.fsync, os.replace, [die]
    def counted(how):
        def call(*given, **more):
            how(*given, **more)
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
        return call
    os.fsync, os.replace = counted(sync), counted(put)
    pathlib.os.replace = os.replace
    try:
        adding.run(folder / "new.yml", out, False, Progress(open(os.devnull, "w")))
    finally:
        os._exit(0)

point, status = 1, -1
while status:
    out = folder / f"killed-{point}"
    shutil.copytree(folder / "out", out)
    status = add(out, point)
    shutil.copytree(out, folder / f"after-{point}")
    add(folder / f"after-{point}", 0)
    point += step
print(point)
"""


def test_killed_anywhere_the_old_state_or_the_new_is_whole_and_the_next_command_goes_on(linked: Path) -> None:
    """Killed behind every third write to disk and renaming of a file, until one run is through."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(linked), "3"],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    points = range(1, int(done.stdout), 3)
    assert len(points) > 5
    files = ("members", "pairs", "events")
    old, new = (
        {name: pq.read_table(folder / f"{name}.parquet") for name in files}
        for folder in (linked / "out", linked / f"after-{points[-1]}")
    )
    assert old["members"].num_rows < new["members"].num_rows
    for point in points:
        for name in files:
            left = pq.read_table(linked / f"killed-{point}" / f"{name}.parquet")
            assert left.equals(old[name]) or left.equals(new[name]), (point, name)
            assert pq.read_table(linked / f"after-{point}" / f"{name}.parquet").equals(new[name]), (point, name)
