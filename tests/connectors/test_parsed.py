"""The tables every reader hands back."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from connectors import parsed
from connectors.parsed import Learnt
from contracts.errors import Quarantine
from contracts.model import Contract

Feed = Callable[..., Contract]
LEARNT = Learnt("utf-8", "utf-8 strict ok")


def test_text_stays_as_delivered_and_only_nothing_becomes_null(feed: Feed) -> None:
    rows = parsed.Rows(feed({"format": "csv"}))
    rows.add(2, ["0012", " 张 三 ", "", None])
    got = rows.finish(LEARNT)
    assert got.table.to_pylist() == [{"_line": 2, "no": "0012", "name": " 张 三 ", "id_number": None, "address": None}]
    assert set(map(str, got.table.schema.types[1:])) == {"string"}


def test_an_empty_delivery_has_the_columns_all_the_same(feed: Feed) -> None:
    got = parsed.Rows(feed({"format": "csv"})).finish(LEARNT)
    assert got.table.column_names == ["_line", "no", "name", "id_number", "address"]
    assert (got.table.num_rows, got.rejects.num_rows, got.lines) == (0, 0, 0)
    assert got.rejects.schema == parsed.REJECTS


def test_batches_join_to_one_table(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsed, "BATCH", 2)
    rows = parsed.Rows(feed({"format": "csv"}))
    for n in range(5):
        rows.add(n, [str(n), "张三", None, "\ue863" if n == 3 else "某村"])
    rows.reject(9, "field_count")
    got = rows.finish(LEARNT)
    assert got.table.column("no").to_pylist() == list("01234")
    assert got.table.column("address").to_pylist() == ["某村", "某村", "某村", "䶮", "某村"]
    assert (got.lines, got.rejects.to_pylist()) == (6, [{"_line": 9, "reason": "field_count"}])


def test_a_row_with_nul_is_set_aside(feed: Feed) -> None:
    rows = parsed.Rows(feed({"format": "csv"}))
    rows.reject(7, "field_count")
    rows.add(2, ["1", "张\0三", None, "\0"])
    rows.add(3, ["2", "李四", None, None])
    got = rows.finish(LEARNT)
    assert got.table.column("no").to_pylist() == ["2"]
    assert got.rejects.to_pylist() == [{"_line": 2, "reason": "bad_bytes"}, {"_line": 7, "reason": "field_count"}]


def test_lost_records_are_never_let_through(feed: Feed) -> None:
    contract = feed({"format": "csv"})
    empty = pa.Table.from_batches([], schema=parsed.schema(contract))
    with pytest.raises(Quarantine) as caught:
        parsed.finish(contract, empty, [], 1, LEARNT)
    assert caught.value.reason == "line_balance"
