"""`--dry-run`: what would be done, and nothing done."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from contracts.errors import Stop
from pipeline import linkage_files, linkage_preview
from pipeline.linkage_preview import preview
from tests.pipeline.commands import said
from tests.pipeline.tables import heading

CONFIG = (
    heading("b.parquet")
    + """\
  surname: {kind: surname}
  born: {kind: birth_date}
  seen: {kind: birth_date, column: {b: null}}
"""
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A config with two tables of forty records, and a column that holds no dates."""
    names = [f"name{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(40)]
    born = [f"19{60 + i % 30}-0{1 + i % 9}-1{i % 10}" for i in range(40)]
    keys = [str(i) for i in range(40)]
    rows = {"id": keys, "surname": names, "born": [*born[:30], *[""] * 10], "seen": ["yes"] * 40}
    pa_csv.write_csv(pa.table(rows), tmp_path / "a.csv")
    pq.write_table(pa.table({"id": keys, "surname": names, "born": born}), tmp_path / "b.parquet")
    (tmp_path / "c.yml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def test_it_says_what_is_there_and_writes_nothing(folder: Path) -> None:
    """Records, how fields are filled and whether they hold their kind, rules with their pairs."""
    before = sorted(folder.rglob("*"))
    done = said(["link", str(folder / "c.yml"), "--dry-run", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["records"], found["looked_at"], found["engine"]) == (80, 80, "any tables")
    fields = {f["field"]: f for f in found["fields"]}
    assert fields["born"]["filled"] == pytest.approx(70 / 80)
    assert fields["born"]["fits"] == 1.0
    assert (fields["seen"]["distinct"], fields["seen"]["fits"]) == (1, 0.0)
    assert all(r["pairs"] == r["estimated_pairs"] for r in found["rules"])
    assert found["rules"]
    text = said(["link", str(folder / "c.yml"), "--dry-run"]).stdout
    assert "does the column hold this?" in text
    assert "nothing was written" in text
    assert "namea" not in text
    assert sorted(folder.rglob("*")) == before


def test_of_large_tables_only_the_heads_are_looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of Parquet the count is exact, of CSV it is what the first bytes promise; pairs grow as squares do."""
    monkeypatch.setattr(linkage_preview, "ROWS", 20)
    monkeypatch.setattr(linkage_files, "HEAD", 500)
    found = preview(folder / "c.yml", lambda _: None)
    assert 30 <= found["looked_at"] < 40
    counts = {t["source"]: t["records"] for t in found["tables"]}
    assert counts["b"] == 40
    assert counts["a"] == pytest.approx(40, abs=6)
    assert all(r["estimated_pairs"] >= r["pairs"] for r in found["rules"])


def test_what_can_not_be_used_is_named(folder: Path) -> None:
    """As in a real run, but heads too thin to choose rules by are told, not refused."""
    (folder / "c.yml").write_text(CONFIG.replace("column: {b: null}", "column: nowhere"), encoding="utf-8")
    with pytest.raises(Stop, match="column nowhere"):
        preview(folder / "c.yml", lambda _: None)
    (folder / "a.csv").write_text("id,surname,born,seen\n1,x,,\n1,y,,\n", encoding="utf-8")
    (folder / "c.yml").write_text(CONFIG, encoding="utf-8")
    with pytest.raises(Stop, match="come more than once"):
        preview(folder / "c.yml", lambda _: None)
    (folder / "a.csv").write_text("id,surname,born,seen\n1,x,,\n", encoding="utf-8")
    (folder / "c.yml").write_text(CONFIG, encoding="utf-8")
    found = preview(folder / "c.yml", lambda _: None)
    assert "seen" in found["trouble"]
    assert found["rules"] == []
