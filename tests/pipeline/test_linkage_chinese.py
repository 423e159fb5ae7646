"""What a config says is obeyed by the engine for Chinese people, or refused; what becomes of each field is told."""

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from contracts.errors import Stop
from contracts.linkage import load
from pipeline import linkage
from pipeline.linkage_pairs import named
from pipeline.linkage_progress import Progress

PEOPLE = [("王建国", "1"), ("李秀英", "2"), ("张春梅", "2"), ("陈志强", "1"), ("赵玉兰", "2"), ("孙桂珍", "2")]
CONFIG = """entity: person
tables:
  - {source: a, path: a.csv, key: id, unique: true}
  - {source: b, path: b.csv, key: id}
fields:
  name: {kind: name}
  id_number: {kind: number}
"""


def _number(at: int, sex: str) -> str:
    first = f"9901011970010{at}{at}{at}{sex}"[:17]
    return (
        first
        + "10X98765432"[
            sum(w * int(d) for w, d in zip((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), first, strict=True))
            % 11
        ]
    )


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Two tables of the same people; the first has one of them twice."""
    rows = [(name, _number(i, sex)) for i, (name, sex) in enumerate(PEOPLE, 1)]
    for source, held in (("a", [*rows, rows[0]]), ("b", rows)):
        columns = {"id": [f"{source}{i}" for i in range(len(held))]}
        columns |= {n: [r[i] for r in held] for i, n in enumerate(("name", "id_number"))}
        columns |= {"family": [r[0][:1] for r in held], "own": [r[0][1:] for r in held], "note": ["x"] * len(held)}
        pa_csv.write_csv(pa.table(columns), tmp_path / f"{source}.csv")
    (tmp_path / "c.yml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def _entities(folder: Path, config: str = CONFIG, model: Path | None = None) -> dict[str, Any]:
    (folder / "c.yml").write_text(config, encoding="utf-8")
    linkage.link(folder / "c.yml", folder / "out", model, Progress(io.StringIO()))
    return {r["record_key"]: r["entity_id"] for r in pq.read_table(folder / "out" / "members.parquet").to_pylist()}


def test_a_table_that_lists_everybody_once_is_believed(people: Path) -> None:
    """Two of its records never meet, not even under one number; without the promise they do."""
    entity = _entities(people)
    assert entity["a0"] != entity["a6"]
    assert all(entity[f"a{i}"] == entity[f"b{i}"] for i in range(1, 6))
    assert entity["b0"] in (entity["a0"], entity["a6"])
    entity = _entities(people, CONFIG.replace(", unique: true", ""))
    assert entity["a0"] == entity["a6"] == entity["b0"]


def test_a_threshold_that_nothing_reaches_leaves_the_numbers(people: Path) -> None:
    """What a valid number and its name say is not a matter of probability; all else is."""
    table = pa_csv.read_csv(people / "b.csv").to_pydict()
    table["id_number"] = [None if i < 3 else n for i, n in enumerate(table["id_number"])]
    pa_csv.write_csv(pa.table(table), people / "b.csv")
    strict = _entities(people, CONFIG + "threshold: 0.999999999\n")
    assert strict["a4"] == strict["b4"]
    assert strict["a1"] != strict["b1"]


def test_rules_of_blocking_are_told_to_be_of_no_use(people: Path) -> None:
    """The engine has rules of its own; people are found all the same, and the report says so too."""
    (people / "c.yml").write_text(CONFIG + "blocking: [name]\n", encoding="utf-8")
    said = io.StringIO()
    linkage.link(people / "c.yml", people / "out", None, Progress(said))
    notes = json.loads((people / "out" / "report.json").read_text(encoding="utf-8"))["notes"]
    assert [note["says"] for note in notes if note["says"].startswith("blocking: not used")]
    assert "blocking: not used" in said.getvalue()


def test_a_model_of_the_other_engine_is_named(people: Path) -> None:
    _entities(people, CONFIG.replace("kind: number", "kind: text"))
    with pytest.raises(Stop, match="not of the engine for Chinese people"):
        _entities(people, CONFIG, people / "out" / "model.json")


def test_fields_of_other_kinds_keep_nobody_from_it(people: Path) -> None:
    """Surname and given name in two columns, a second number, a remark; what is not used is said."""
    config = CONFIG.replace("  name: {kind: name}\n", "  family: {kind: surname}\n  own: {kind: given_name}\n")
    (people / "c.yml").write_text(config + "  note: {kind: text}\n", encoding="utf-8")
    said = io.StringIO()
    done = linkage.link(people / "c.yml", people / "out", None, Progress(said))
    assert "note: not used" in said.getvalue()
    assert done.report["engine"] == "Chinese people"
    assert done.counts["entities"] == 7


def test_what_no_report_is_made_of_is_let_go_unless_batches_are_to_follow(people: Path) -> None:
    """And the same is found either way."""
    wanted = load(people / "c.yml")
    found = []
    for keep in (True, False):
        given = linkage.records(wanted, people, lambda _: None)
        given.tables = given.tables.append_column("village", pa.array(["x"] * 13).dictionary_encode())
        found.append(linkage.recognise(given, wanted, None, keep=keep))
        assert ("village" in given.tables.column_names) == keep
        assert (found[-1].inside is not None) == keep
    kept, gone = found
    assert kept.inside is not None
    linked = kept.inside[1]
    assert kept.members.equals(gone.members)
    assert named(kept.pairs, kept.members).equals(gone.pairs)
    assert kept.members["record_key"].to_pylist() == linked.members["record_key"].to_pylist()
    assert kept.members["entity_id"].to_pylist() == linked.members["cluster"].to_pylist()
