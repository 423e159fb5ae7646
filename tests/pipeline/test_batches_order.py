"""Departments that deliver one after the other, in any order; and a few records more: what may change, and what not."""

import random
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks.linkage.measure import accuracy
from pipeline import adding, batches, linkage
from pipeline.linkage_progress import Progress
from tests.pipeline.tables import config, delivered, ids, members, records

DEPARTMENTS = 10
SAME = 0.998  # of the pairs, in the mean of precision and recall: what the order of deliveries may cost
UNLEARNED = 0.985  # the same when nothing is ever learned from but the first department


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county of 400 people as whole.yml, and as ten deliveries 0.yml to 9.yml; `whole` has it linked at once."""
    folder = tmp_path_factory.mktemp("county")
    everybody = records(400, 21)
    feed = pc.replace_substring_regex(everybody["source"], "_[a-z]+$", "")
    feeds = sorted(set(feed.to_pylist()))
    for i in range(DEPARTMENTS):
        some = pc.is_in(feed, pa.array(feeds[i::DEPARTMENTS]))
        part = everybody.filter(some)
        config(folder, str(i), part)
        if part["id_number"].null_count < part.num_rows / 3:
            (folder / f"numbers-{i}").touch()
    linkage.link(config(folder, "whole", everybody), folder / "whole", None, Progress(StringIO()), linkage.Stays(True))
    return folder


def shuffled(county: Path, seed: int) -> list[int]:
    """The departments in an order that `seed` decides."""
    order = list(range(DEPARTMENTS))
    random.Random(seed).shuffle(order)
    while not (county / f"numbers-{order[0]}").exists():  # the first must show that these are Chinese people
        order.append(order.pop(0))
    return order


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_order_of_departments_hardly_matters_and_events_tell_every_id(
    county: Path, tmp_path: Path, seed: int
) -> None:
    told = delivered(county, shuffled(county, seed), tmp_path / "out")
    assert told == ids(tmp_path / "out")
    whole, found = members(county / "whole"), members(tmp_path / "out")
    assert accuracy(found["entity_id"].to_numpy(), whole["entity_id"].to_numpy()).f1 >= SAME
    assert len(list((tmp_path / "out" / "kept" / "history").glob("*.parquet"))) == DEPARTMENTS


def test_nor_does_it_without_ever_learning_anew(county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "GROWN", np.inf)
    delivered(county, shuffled(county, 3), tmp_path / "out")
    whole, found = members(county / "whole"), members(tmp_path / "out")
    assert accuracy(found["entity_id"].to_numpy(), whole["entity_id"].to_numpy()).f1 >= UNLEARNED


@pytest.mark.parametrize("seed", [3, 4])
def test_when_200_records_join_800_no_id_changes_without_a_cause(tmp_path: Path, seed: int) -> None:
    """Who gets another id is told by an event, and a record of the batch is in the entity that was left or joined."""
    everybody = records(280, seed)
    order = np.random.default_rng(seed).permutation(everybody.num_rows)[:1000]
    out = tmp_path / "out"
    for name, rows in (("old", order[:800]), ("new", order[800:])):
        config(tmp_path, name, everybody.take(pa.array(rows)))
    linkage.link(tmp_path / "old.yml", out, None, Progress(StringIO()), linkage.Stays(True))
    before = ids(out)
    adding.run(tmp_path / "new.yml", out, False, Progress(StringIO()))
    after = ids(out)
    rows = pq.read_table(out / "events.parquet").to_pylist()
    fresh = {row["entity_id"] for row in rows if row["was"] is None}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {(r["source"], r["record_key"]) for r in rows if r["was"] is not None}
    assert all({before[name], after[name]} & fresh for name in changed)
    assert len(changed) <= 4
