"""Tables read a column at a time are the tables."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from contracts.errors import Stop
from contracts.linkage import Linkage, checked
from pipeline import linkage_tables
from pipeline.linkage_preview import preview
from pipeline.linkage_tables import PARTS, glance, joined, opened, read
from transforms.matching.generic.routing import share_of

FIELDS = {"who": {"kind": "name"}, "no": {"kind": "number"}, "where": {"kind": "address", "column": {"b": None}}}
ROWS = {"id": ["1", "2", "3"], "who": ["张伟", None, "王芳"], "no": ["5", "5", None], "where": ["甲", "乙", "甲"]}


def _quiet(_: str) -> None:
    """Says nothing."""


def _wanted(**more: Any) -> Linkage:
    tables = [{"source": "a", "path": "a.parquet", "key": "id"}, {"source": "b", "path": "b.csv", "key": "id"}]
    return checked({"entity": "person", "tables": tables, "fields": FIELDS} | more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Parquet file of two row groups, with numbers for keys, and a CSV."""
    pq.write_table(pa.table(ROWS | {"id": [1, 2, 3]}), tmp_path / "a.parquet", row_group_size=2)
    pa_csv.write_csv(pa.table(ROWS | {"id": ["x", "y", "z"], "more": [1, 2, 3]}), tmp_path / "b.csv")
    return tmp_path


@pytest.mark.parametrize("coded", [False, True])
def test_both_kinds_of_file_and_of_column_say_the_same(folder: Path, coded: bool) -> None:
    """Text a field, null where a source has none, in the order of the tables."""
    tables = read(_wanted(), folder, _quiet, coded)
    assert tables.to_pydict() == {
        "source": ["a"] * 3 + ["b"] * 3,
        "record_key": ["1", "2", "3", "x", "y", "z"],
        "who": ["张伟", None, "王芳"] * 2,
        "no": ["5", "5", None] * 2,
        "where": ["甲", "乙", "甲", None, None, None],
    }
    types = {tables.schema.field(n).type for n in ("source", "who", "no", "where")}
    assert types == {pa.dictionary(pa.int32(), pa.string()) if coded else pa.string()}


def test_an_address_in_parts_is_not_read_as_text(folder: Path) -> None:
    """When every table that has it has the parts; else it is, and they are not."""
    parted = pa.table(ROWS | {part: ["p", None, "q"] for part in PARTS})
    pq.write_table(parted, folder / "a.parquet")
    tables = read(_wanted(), folder, _quiet, coded=True)
    assert "where" not in tables.column_names
    assert tables["room"].to_pylist() == ["p", None, "q", None, None, None]
    fields = {**FIELDS, "where": {"kind": "address"}}
    tables = read(_wanted(fields=fields), folder, _quiet, coded=True)
    assert tables["where"].to_pylist() == ["甲", "乙", "甲"] * 2
    assert "room" not in tables.column_names


def test_a_column_that_is_not_there_is_named(folder: Path) -> None:
    """With those that are."""
    with pytest.raises(Stop, match="a.parquet: column whom"):
        read(_wanted(fields={"who": {"kind": "name", "column": "whom"}}), folder, _quiet)


@pytest.mark.parametrize(
    ("header", "twice"), [('"",""', None), ('"more","more"', None), ('"no",""', "b.csv: column no: it is there twice")]
)
def test_a_column_may_be_there_twice_unless_it_is_asked_for(folder: Path, header: str, twice: str | None) -> None:
    """Spreadsheets leave columns without a name behind. A dry run says the same."""
    plain, lines = read(_wanted(), folder, _quiet), (folder / "b.csv").read_text(encoding="utf-8").splitlines()
    wider = [f"{line},{header if at == 0 else ','}\n" for at, line in enumerate(lines)]
    (folder / "b.csv").write_text("".join(wider), encoding="utf-8")
    config = {"entity": "person", "tables": [vars(t) for t in _wanted().tables], "fields": FIELDS}
    (folder / "c.yml").write_text(json.dumps(config), encoding="utf-8")
    if twice is None:
        assert read(_wanted(), folder, _quiet) == plain
        assert preview(folder / "c.yml", _quiet)["records"] == plain.num_rows
        return
    with pytest.raises(Stop, match=twice):
        read(_wanted(), folder, _quiet)
    with pytest.raises(Stop, match=twice):
        preview(folder / "c.yml", _quiet)


def test_many_records_are_joined_by_compiled_loops_to_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = read(_wanted(), folder, _quiet, coded=True)
    monkeypatch.setattr(linkage_tables, "MANY", 1)
    compiled = read(_wanted(), folder, _quiet, coded=True)
    assert compiled.to_pydict() == plain.to_pydict()
    assert compiled.schema == plain.schema


@pytest.mark.parametrize("many", [1, 50_000])
def test_keys_that_come_twice_or_are_missing_are_counted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(linkage_tables, "MANY", many)
    pq.write_table(pa.table(ROWS | {"id": ["1", "1", "1"]}), folder / "a.parquet")
    with pytest.raises(Stop, match="2 of its 3 keys come more than once"):
        read(_wanted(), folder, _quiet, coded=True)
    pq.write_table(pa.table(ROWS | {"id": ["1", None, "3"]}), folder / "a.parquet")
    with pytest.raises(Stop, match="1 keys are missing"):
        read(_wanted(), folder, _quiet, coded=True)


@pytest.mark.parametrize("rows", [1, 1999, 2000, 2001, 9000])
def test_a_glance_sees_what_is_seen_in_whole_columns(folder: Path, rows: int) -> None:
    """Whatever is missing, and wherever a table ends; what was looked at is not read again."""
    some = np.random.default_rng(rows)
    for name, size in (("a", rows), ("b", 2 * rows)):
        texts = np.where(some.random(size) < 0.3, None, np.where(some.random(size) < 0.4, "张伟", "Li"))
        table = pa.table({"id": range(size), "who": pa.array(texts), "no": pa.nulls(size, pa.string())})
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=700)
    (folder / "b.csv").unlink()
    tables = [{"source": s, "path": f"{s}.parquet", "key": "id"} for s in "ab"]
    wanted = _wanted(tables=tables, fields={f: FIELDS[f] for f in ("who", "no")})
    there = opened(wanted, folder, _quiet)
    seen = glance(there, wanted, ["who", "no"])
    assert {*there[0].early} == {*there[1].early} == {"who", "no"}
    whole = joined(there, wanted, _quiet, coded=True)
    assert not there[0].early
    assert not there[1].early
    assert whole.equals(read(wanted, folder, _quiet, coded=True))
    for name in ("who", "no"):
        assert share_of(seen[name], "^张伟$") == share_of(whole[name], "^张伟$")
