"""Large tables as Parquet: read back as they were, by more than one reader."""

import io
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import large_parquet, linkage_files

SIZE = 1000


def _coded(values: list[str], random: np.random.Generator, unknown: float = 0.0) -> pa.DictionaryArray:
    codes = random.integers(0, len(values), SIZE).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=random.random(SIZE) < unknown), values)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> pa.Table:
    """A table of every kind of column, of pages and groups that end in the midst of it."""
    for name, value in (("SMALL", 50), ("PAGE", 128), ("GROUP", 512)):
        monkeypatch.setattr(large_parquet, name, value)
    random = np.random.default_rng(1)
    keys = pa.array([f"{'值' * (i % 3)}{i}" for i in range(SIZE)])
    return pa.table(
        {
            "source": pa.chunked_array([_coded(["a", "b"], random).slice(0, 90), _coded(["b", "c", "d"], random)[90:]]),
            "record_key": pa.chunked_array([keys[:300], keys[300:]]),
            "chosen": _coded(keys.to_pylist(), random),
            "one": _coded(["always"], random),
            "veto": _coded(["sex", "birth", "number"], random, 0.7),
            "never": _coded(["a"], random, 1.0),
            "entity_id": random.integers(-(1 << 62), 1 << 62, SIZE),
            "pattern": random.integers(0, 1 << 63, SIZE).astype(np.uint64) * 2,
            "score": random.random(SIZE).astype(np.float32),
            "odds": random.normal(size=SIZE),
            "few": random.integers(-5, 5, SIZE).astype(np.int32),
        }
    ).replace_schema_metadata({"next": "7"})


def test_a_table_is_read_as_it_was_written(table: pa.Table, tmp_path: Path) -> None:
    """Texts are texts, whatever they were coded as; nothing else changes."""
    path = tmp_path / "t.parquet"
    assert large_parquet.suits(table)
    with path.open("wb") as handle:
        large_parquet.write(table, handle)
    read = pq.read_table(path)
    assert read.to_pydict() == table.to_pydict()
    assert read.schema.metadata == {b"next": b"7"}
    texts = ("source", "record_key", "chosen", "one", "veto", "never")
    assert [f.type for f in read.schema] == [pa.string() if f.name in texts else f.type for f in table.schema]
    assert duckdb.sql(f"from '{path}'").to_arrow_table().to_pydict() == table.to_pydict()
    assert pq.ParquetFile(path).metadata.num_row_groups == 2


@pytest.mark.parametrize("column", [pa.array([1, None]), pa.array(["a", None]), pa.array([True, False]),
                                    pa.array([["a"], []])])  # fmt: skip
def test_other_columns_are_left_to_others(column: pa.Array) -> None:
    assert not large_parquet.suits(pa.table({"x": column}))


@pytest.mark.parametrize("many", [0, 3, linkage_files.MANY])
def test_however_many_rows_the_file_is_the_same(many: int) -> None:
    """Of a small table with few texts out of a large dictionary, only these are written."""
    keys = pa.array([f"key-{i:07d}" for i in range(5000)])
    rows = np.arange(many, dtype=np.int32) % 5000
    wanted = pa.table({"key": pa.DictionaryArray.from_arrays(rows, keys), "n": rows})
    handle = io.BytesIO()
    linkage_files.write_parquet(wanted.replace_schema_metadata({"next": "7"}), handle)
    assert handle.tell() < 2000 + 30 * many
    read = pq.read_table(handle)
    assert read.to_pydict() == wanted.to_pydict()
    assert read.schema.metadata == {b"next": b"7"}
    assert read.schema.field("key").type == pa.string()
