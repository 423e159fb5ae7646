"""Batches for the engine for any tables: departments one after the other, a pair told afterwards, what does not fit."""

import io
import json
import random
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
import yaml

from benchmarks.linkage.measure import accuracy
from contracts.errors import Stop
from pipeline import adding, batches_any, linkage
from pipeline.linkage_progress import Progress
from tests.latin import KINDS, people
from tests.pipeline.tables import config, delivered, heading, huilian, ids, members

PARTS = 10
SAME = 0.99  # of the pairs, in the mean of precision and recall: what the order of tables may cost
UNLEARNED = 0.95  # the same when nothing is ever learned from but the first sixty records
EXAMPLES = Path(__file__).parents[2] / "examples" / "linkage"
KEPT = linkage.Stays(True)


def quiet() -> Progress:
    return Progress(io.StringIO())


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four records each of 150 people as whole.yml, and as ten tables 0.yml to 9.yml; `whole` has it linked at once."""
    folder = tmp_path_factory.mktemp("register")
    table, whose = people(150, 4, 5)
    table = table.append_column("person", pa.array(whose))
    config(folder, "whole", table, KINDS)
    for i in range(PARTS):
        config(folder, str(i), table.take(pa.array(range(i, table.num_rows, PARTS))), KINDS)
    config(folder, "early", table.slice(60), KINDS)
    config(folder, "late", table.slice(0, 60), KINDS)
    linkage.link(folder / "whole.yml", folder / "whole", None, quiet(), KEPT)
    return folder


def shuffled(seed: int) -> list[int]:
    return random.Random(seed).sample(range(PARTS), PARTS)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_order_of_tables_hardly_matters_and_events_tell_every_id(register: Path, tmp_path: Path, seed: int) -> None:
    assert delivered(register, shuffled(seed), tmp_path / "out") == ids(tmp_path / "out")
    whole, found = members(register / "whole"), members(tmp_path / "out")
    assert accuracy(found["entity_id"].to_numpy(), whole["entity_id"].to_numpy()).f1 >= SAME


def test_nor_does_it_without_ever_learning_anew(
    register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches_any, "GROWN", 100.0)
    delivered(register, shuffled(3), tmp_path / "out")
    whole, found = members(register / "whole"), members(tmp_path / "out")
    assert accuracy(found["entity_id"].to_numpy(), whole["entity_id"].to_numpy()).f1 >= UNLEARNED


@pytest.fixture
def linked(register: Path, tmp_path: Path) -> Path:
    """A directory with nine in ten records linked; the others are those of late.yml."""
    for path in register.glob("*-*.parquet"):
        shutil.copyfile(path, tmp_path / path.name)
    for name in ("early.yml", "late.yml"):
        shutil.copyfile(register / name, tmp_path / name)
    linkage.link(tmp_path / "early.yml", tmp_path / "out", None, quiet(), KEPT)
    return tmp_path


def test_the_order_of_rows_in_a_batch_does_not_matter(linked: Path) -> None:
    out = linked / "out"
    shutil.copytree(out, linked / "other")
    adding.run(linked / "late.yml", out, False, quiet())
    for path in linked.glob("late-*.parquet"):
        pq.write_table(pq.read_table(path)[::-1], path)
    adding.run(linked / "late.yml", linked / "other", False, quiet())
    assert ids(out) == ids(linked / "other")
    assert pq.read_table(out / "pairs.parquet").equals(pq.read_table(linked / "other" / "pairs.parquet"))


def test_copies_stay_one_where_the_first_of_them_changes(tmp_path: Path) -> None:
    """The third copy and all later ones had been compared with that one alone."""
    table, whose = people(60, 3, 5)
    table = table.append_column("person", pa.array(map(str, whose)))
    named = [pa.array(["a"] * 5), pa.array([f"!{i}" for i in range(5)])]
    copies = pa.concat_tables([table.slice(0, 1)] * 5).set_column(0, "source", named[0])
    copies = copies.set_column(1, "record_key", named[1])
    other = table.slice(7, 1).set_column(0, "source", named[0][:1]).set_column(1, "record_key", named[1][:1])
    linkage.link(
        config(tmp_path, "all", pa.concat_tables([table, copies]), KINDS), tmp_path / "out", None, quiet(), KEPT
    )
    adding.run(config(tmp_path, "then", other, KINDS), tmp_path / "out", False, quiet())
    found = ids(tmp_path / "out")
    assert len({found["a", f"!{i}"] for i in range(1, 5)}) == 1
    assert found["a", "!0"] != found["a", "!1"]


def test_a_kept_pair_of_a_new_and_an_old_record_is_told_by_the_model_it_was_scored_with(
    linked: Path, register: Path
) -> None:
    out = linked / "out"
    model, before = (out / "model.json").read_bytes(), set(ids(out))
    adding.run(linked / "late.yml", out, False, quiet())
    assert (out / "model.json").read_bytes() == model
    found = [
        (left, right, row)
        for row in pq.read_table(out / "pairs.parquet").to_pylist()
        for left, right in [((row["left_source"], row["left_key"]), (row["right_source"], row["right_key"]))]
        if (left in before) != (right in before) and row["state"] == "merged"
    ]
    left, right, row = found[0]
    told = huilian(str(register / "whole.yml"), "--out", str(out), "--explain", ":".join(left), ":".join(right))
    assert (told["source"], told["together"], told["state"]) == ("kept", True, "merged")
    assert told["odds"] == pytest.approx(row["odds"], abs=0.01)
    assert told["rules"] == row["rules"].split()


def test_a_config_with_other_rules_is_refused(linked: Path) -> None:
    path = linked / "late.yml"
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(told | {"blocking": ["surname"]}), encoding="utf-8")
    with pytest.raises(Stop, match="differs in blocking"):
        adding.run(path, linked / "out", False, quiet())
    path.write_text(json.dumps(told | {"threshold": 0.9}), encoding="utf-8")
    with pytest.raises(Stop, match="differs in threshold"):
        adding.run(path, linked / "out", False, quiet())


def test_a_model_of_another_version_is_refused(linked: Path) -> None:
    (path,) = (linked / "out" / "kept").glob("*/*-model.json")
    path.write_text(path.read_text(encoding="utf-8").replace('"version": 1', '"version": 0'), encoding="utf-8")
    with pytest.raises(Stop, match="not this program's"):
        adding.run(linked / "late.yml", linked / "out", False, quiet())


@pytest.mark.parametrize("name", ["people", "organisations", "addresses"])
def test_every_kind_of_entity_can_be_added_to(name: str, tmp_path: Path) -> None:
    """Every third record of the examples comes later: what is found is what linking all at once finds."""
    wanted = yaml.safe_load((EXAMPLES / f"{name}.yml").read_text(encoding="utf-8"))
    for late in (False, True):
        for table in wanted["tables"]:
            rows = pa_csv.read_csv(EXAMPLES / table["path"])
            some = rows.filter(pa.array([(i % 3 == 2) == late for i in range(rows.num_rows)]))
            pa_csv.write_csv(some, tmp_path / f"{late}-{table['path']}")
        tables = [table | {"path": f"{late}-{table['path']}"} for table in wanted["tables"]]
        (tmp_path / f"{late}.yml").write_text(json.dumps(wanted | {"tables": tables}), encoding="utf-8")
    huilian(str(tmp_path / "False.yml"), "--out", str(tmp_path / "out"), "--keep")
    done = huilian(str(tmp_path / "True.yml"), "--out", str(tmp_path / "out"), "--add")
    assert done["new"] + done["joined"] == done["records"]
    huilian(str(EXAMPLES / f"{name}.yml"), "--out", str(tmp_path / "whole"))
    whole, found = members(tmp_path / "whole"), members(tmp_path / "out")
    assert accuracy(found["entity_id"].to_numpy(), whole["entity_id"].to_numpy()).f1 > 0.95


@pytest.mark.parametrize("empty", list(KINDS))
def test_a_batch_may_lack_a_field_altogether(linked: Path, empty: str) -> None:
    """A whole run with such a field is refused, for nothing is to be learned of it."""
    for path in linked.glob("late-*.parquet"):
        table = pq.read_table(path)
        at = table.schema.get_field_index(empty)
        pq.write_table(table.set_column(at, empty, pa.nulls(table.num_rows, pa.string())), path)
    done = adding.run(linked / "late.yml", linked / "out", False, quiet()).counts
    assert done["new"] + done["joined"] == 60
    assert done["joined"] > 30
    with pytest.raises(Stop, match=f"field {empty}: no record has a value"):
        linkage.link(linked / "late.yml", linked / "alone", None, quiet())


def test_a_batch_comes_to_a_run_that_found_no_rule(tmp_path: Path) -> None:
    """Where so many are alike that no two are compared, it says so, and goes on."""
    text = heading("b.csv").replace("a.csv, key: id", "a.csv, key: id, unique: true")
    (tmp_path / "c.yml").write_text(f"{text}  born: {{kind: birth_date}}\n", encoding="utf-8")

    def table(name: str, first: int, last: int) -> None:
        rows = [f"{name}{i},19{i % 2}0-01-01" for i in range(first, last)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["id,born", *rows]), encoding="utf-8")

    table("a", 0, 40)
    table("b", 0, 1)
    said = io.StringIO()
    linkage.link(tmp_path / "c.yml", tmp_path / "out", None, Progress(said), KEPT)
    assert "no two records were compared" in said.getvalue()
    table("b", 1, 3)
    table("a", 40, 42)
    added = adding.run(tmp_path / "c.yml", tmp_path / "out", False, quiet())
    assert (added.counts["new"], added.counts["entities"]) == (4, 45)
