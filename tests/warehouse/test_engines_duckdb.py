"""The engine runs a query over the tables it is given, and keeps nothing."""

import duckdb
import pyarrow as pa
import pytest

from warehouse.engines.duckdb import DuckDBEngine

PEOPLE = pa.table({"id": [1, 2, 3], "home": ["a", "a", None]})


def test_a_self_join_of_an_arrow_table() -> None:
    with DuckDBEngine(memory_limit="256MB", threads=1) as engine:
        found = engine.sql("select l.id a, r.id b from t l join t r on l.home = r.home and l.id < r.id", t=PEOPLE)
    assert found.to_pylist() == [{"a": 1, "b": 2}]


def test_tables_are_gone_after_the_query() -> None:
    with DuckDBEngine() as engine:
        engine.sql("select * from t", t=PEOPLE)
        with pytest.raises(duckdb.CatalogException):
            engine.sql("select * from t")


def test_a_wrong_query_leaves_the_engine_usable() -> None:
    with DuckDBEngine() as engine:
        with pytest.raises(duckdb.Error):
            engine.sql("select nothing from t", t=PEOPLE)
        assert engine.sql("select count(*) n from t", t=PEOPLE)["n"].to_pylist() == [3]


def test_an_empty_answer_keeps_its_columns() -> None:
    with DuckDBEngine() as engine:
        assert engine.sql("select id from t where id > 9", t=PEOPLE).schema.names == ["id"]
