"""Tables read a column at a time are the tables."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from contracts.errors import Stop
from contracts.linkage import Linkage, checked
from pipeline.linkage_tables import PARTS, read

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
