"""`huilian link CONFIG.yml --out DIR`, as anybody would run it: the examples, and every mistake named."""

import io
import json
from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from contracts.errors import Stop
from contracts.linkage import load
from pipeline import linkage
from pipeline.linkage_progress import Progress
from tests.pipeline.commands import said
from tests.pipeline.tables import heading

EXAMPLES = Path(__file__).parents[2] / "examples" / "linkage"
CONFIG = (
    heading("b.parquet, unique: true")
    + """\
  surname: {kind: surname}
  born: {kind: birth_date, column: {b: birth}}
"""
)
NAMES = ["anders", "bergmann", "castell", "dorn", "ebert", "falk", "grau", "hansen", "iven", "jost"]


def _groups(out: Path) -> list[list[str]]:
    groups = defaultdict(list)
    for row in pq.read_table(out / "members.parquet").to_pylist():
        groups[row["entity_id"]].append(row["record_key"][1:])
    return list(groups.values())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A config with two tables."""
    born = [f"19{60 + i}-0{1 + i % 9}-1{i % 10}" for i in range(10)]
    pa_csv.write_csv(pa.table({"id": [f"a{i}" for i in range(10)], "surname": NAMES, "born": born}), tmp_path / "a.csv")
    ids = pa.array(range(10))
    pq.write_table(pa.table({"id": ids, "surname": NAMES, "birth": born}), tmp_path / "b.parquet")
    (tmp_path / "c.yml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "least"),
    [("people", 105), ("organisations", 76), ("addresses", 112), ("residents", 102)],
)
def test_the_examples_work(tmp_path: Path, name: str, least: int) -> None:
    """Keys of one entity end alike there; `least` entities are found in both tables, and none is mixed up."""
    done = linkage.link(EXAMPLES / f"{name}.yml", tmp_path, None, Progress(io.StringIO()))
    groups = _groups(tmp_path)
    assert sum(len(g) == 2 and len(set(g)) == 1 for g in groups) >= least
    assert sum(len(set(g)) > 1 for g in groups) <= 1
    assert done.counts["entities"] == len(groups)


def test_the_command_writes_everything_and_explains_it(folder: Path) -> None:
    """Members, pairs and a model; the model explains a pair, in words and as JSON, and is used again."""
    out = folder / "out"
    done = said(["link", str(folder / "c.yml"), "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    assert pq.read_table(out / "members.parquet").column_names == ["source", "record_key", "entity_id"]
    pairs = pq.read_table(out / "pairs.parquet")
    assert {"left_source", "left_key", "right_source", "right_key", "score", "rules"} <= set(pairs.column_names)
    assert json.loads((out / "model.json").read_text(encoding="utf-8"))["version"] == 1
    assert len(_groups(out)) == 10
    words = ["link", str(folder / "c.yml"), "--out", str(out), "--explain", "a:a3", "b:3"]
    told = said(words)
    assert told.exit_code == 0
    assert "surname" in told.stdout
    assert "dorn" not in told.stdout
    steps = json.loads(said([*words, "--json"]).stdout)["steps"]
    assert {s["name"]: s["level"] for s in steps}["surname"] == "same"
    again = said(["link", str(folder / "c.yml"), "--out", str(folder / "2"), "--model", str(out / "model.json")])
    assert again.exit_code == 0
    assert pq.read_table(folder / "2" / "members.parquet").equals(pq.read_table(out / "members.parquet"))


@pytest.mark.parametrize("text", [None, "", "[]", '{"version": 0}', '{"levels_m_f_u": {}}', '{"version": 1}'])
def test_a_model_that_is_none_is_refused_before_any_table_is_read(folder: Path, text: str | None) -> None:
    if text is not None:
        (folder / "odd.json").write_text(text, encoding="utf-8")
    (folder / "a.csv").unlink()
    talk = io.StringIO()
    with pytest.raises(Stop, match=r"model|odd\.json"):
        linkage.link(folder / "c.yml", folder / "out", folder / "odd.json", Progress(talk))
    assert talk.getvalue() == ""
    assert not (folder / "out").exists()


def test_chinese_people_go_to_their_own_engine(tmp_path: Path) -> None:
    """Names of Han characters and identity numbers, in columns of one's own."""
    people = [("王", "建国", "1"), ("李", "秀英", "2"), ("张", "春梅", "2"), ("陈", "志强", "1"), ("赵", "玉兰", "2")]
    rows = [
        (f"{s}{g}", f"9901011970010{i}{i}{i}{sex}0"[:17] + "X", f"1970-01-0{i}")
        for i, (s, g, sex) in enumerate(people, 1)
    ]
    for source in "ab":
        columns = [list(c) for c in zip(*rows, strict=True)]
        table = pa.table(
            {"id": [f"{source}{i}" for i in range(5)], "xm": columns[0], "sfz": columns[1], "born": columns[2]}
        )
        pa_csv.write_csv(table, tmp_path / f"{source}.csv")
    (tmp_path / "c.yml").write_text(
        "entity: person\ntables:\n  - {source: a, path: a.csv, key: id}\n  - {source: b, path: b.csv, key: id}\n"
        "fields:\n  name: {kind: name, column: xm}\n  id_number: {kind: number, column: sfz}\n"
        "  born: {kind: birth_date}\n",
        encoding="utf-8",
    )
    linkage.link(tmp_path / "c.yml", tmp_path / "out", None, Progress(io.StringIO()))
    assert sorted(map(tuple, _groups(tmp_path / "out"))) == [(str(i), str(i)) for i in range(5)]


@pytest.mark.parametrize(
    ("was", "becomes", "where", "says"),
    [
        ("kind: surname", "kind: lastname", "c.yml:6", "fields.surname.kind"),
        ("entity: person", "entity: person\nentitty: x", "c.yml:2", "unknown key"),
        ("source: b", "source: a", "c.yml:4", "twice"),
        ("{b: birth}", "{c: birth}", "c.yml", "no source"),
        ("fields:", "blocking: ['given, born']\nfields:", "c.yml", "no field"),
        ("tables:", "tables: [", "c.yml:", "not valid YAML"),
    ],
)
def test_a_wrong_config_is_named_by_line(folder: Path, was: str, becomes: str, where: str, says: str) -> None:
    """File, line, key, and what to do."""
    (folder / "c.yml").write_text(CONFIG.strip().replace(was, becomes), encoding="utf-8")
    with pytest.raises(Stop, match=says) as raised:
        load(folder / "c.yml")
    assert str(raised.value).startswith(where)
    assert "next:" in str(raised.value)


def test_a_wrong_table_is_named(folder: Path) -> None:
    """A column or file that is not there, an empty table, missing keys, a model of another program."""
    config, out = folder / "c.yml", folder / "out"
    config.write_text(CONFIG.replace("{b: birth}", "{b: birthday}"), encoding="utf-8")
    with pytest.raises(Stop, match="birthday"):
        linkage.link(config, out, None, Progress(io.StringIO()))
    config.write_text(CONFIG, encoding="utf-8")
    (folder / "m.json").write_text("{}", encoding="utf-8")
    with pytest.raises(Stop, match="m.json"):
        linkage.link(config, out, folder / "m.json", Progress(io.StringIO()))
    (folder / "a.csv").write_text("id,surname,born\n,anders,1960-01-10\n", encoding="utf-8")
    with pytest.raises(Stop, match="keys are missing"):
        linkage.link(config, out, None, Progress(io.StringIO()))
    for text in ("", "id,surname,born\n"):
        (folder / "a.csv").write_text(text, encoding="utf-8")
        with pytest.raises(Stop, match="empty"):
            linkage.link(config, out, None, Progress(io.StringIO()))
    (folder / "a.csv").unlink()
    with pytest.raises(Stop, match="no such file"):
        linkage.link(config, out, None, Progress(io.StringIO()))
