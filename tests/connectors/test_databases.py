"""Pulling a department's database: changed rows, same bytes for the same rows, nothing written there."""

import datetime as dt
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors import databases, readers
from contracts.errors import HuilianError, Quarantine, Retry, Stop
from contracts.model import Contract

Feed = Callable[..., Contract]
SOURCE = {"format": "database", "url": "sqlite:///{inbox}/x.db", "table": "bus_card", "watermark": "update_time"}
COLUMNS = (
    {"name": "card_no", "source": "card_no", "kind": "code", "required": True},
    {"name": "name", "source": "holder", "kind": "person_name"},
    {"name": "status", "source": "status", "kind": "category"},
    {"name": "updated_at", "source": "update_time", "kind": "timestamp"},
)
ROWS = [
    ("c2", "李四", 0, "2026-10-02 08:00:00", "金丝雀"),
    ("c1", "张三", 1, "2026-10-02 08:00:00", "金丝雀"),
    ("c3", None, 1, "2026-09-01 08:00:00", "金丝雀"),
]


@pytest.fixture
def cards(feed: Feed) -> Contract:
    return feed(SOURCE, *COLUMNS, delivery={"mode": "increment", "may_be_empty": True})


@pytest.fixture
def url(tmp_path: Path) -> str:
    path = tmp_path / "交通局" / "老年卡 100%#.db"
    path.parent.mkdir()
    with sqlite3.connect(path) as database:
        database.execute("create table bus_card(card_no text, holder text, status int, update_time text, minzu text)")
        database.executemany("insert into bus_card values (?, ?, ?, ?, ?)", ROWS)
    database.close()
    return f"sqlite:///{path}"


def items(pulled: databases.Pulled) -> list[dict[str, Any]]:
    return [json.loads(line) for line in pulled.landed.path.read_text(encoding="utf-8").splitlines()]


def test_promised_columns_land_ordered_by_change_and_key(cards: Contract, url: str, tmp_path: Path) -> None:
    pulled = databases.pull(cards, url, None, tmp_path / "landing")
    assert [i["card_no"] for i in items(pulled)] == ["c3", "c1", "c2"]
    assert list(items(pulled)[0]) == ["card_no", "holder", "status", "update_time"]
    assert (pulled.rows, pulled.watermark) == (3, "2026-10-02 08:00:00")
    assert "金丝雀" not in pulled.landed.path.read_text(encoding="utf-8")


def test_only_rows_changed_since_come_and_those_of_that_second_again(cards: Contract, url: str, tmp_path: Path) -> None:
    pulled = databases.pull(cards, url, "2026-10-02 08:00:00", tmp_path / "landing")
    assert [i["card_no"] for i in items(pulled)] == ["c1", "c2"]


def test_the_same_rows_are_the_same_delivery(cards: Contract, url: str, tmp_path: Path) -> None:
    first = databases.pull(cards, url, None, tmp_path / "landing")
    assert databases.pull(cards, url, None, tmp_path / "landing") == first


def test_nothing_new_is_no_rows_and_keeps_the_watermark(cards: Contract, url: str, tmp_path: Path) -> None:
    pulled = databases.pull(cards, url, "2026-11-01", tmp_path / "landing")
    assert (pulled.rows, pulled.watermark, pulled.landed.bytes) == (0, "2026-11-01", 0)
    assert readers.read(pulled.landed.path, cards).lines == 0


def test_what_landed_is_read_by_the_contract(cards: Contract, url: str, tmp_path: Path) -> None:
    got = readers.read(databases.pull(cards, url, None, tmp_path / "landing").landed.path, cards)
    assert got.table.to_pylist()[0] == {
        "_line": 1, "card_no": "c3", "name": None, "status": "1", "updated_at": "2026-09-01 08:00:00",
    }  # fmt: skip


def test_the_departments_file_is_opened_to_read_only(cards: Contract, url: str, tmp_path: Path) -> None:
    path = Path(url.removeprefix("sqlite:///"))
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    databases.pull(cards, url, None, tmp_path / "landing")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    with pytest.raises(Exception, match="readonly"):
        databases._engine(url, cards).connect().exec_driver_sql("delete from bus_card")


def test_a_watermark_that_is_not_promised_orders_without_landing(feed: Feed, url: str, tmp_path: Path) -> None:
    contract = feed(SOURCE, *COLUMNS[:2])
    pulled = databases.pull(contract, url, None, tmp_path / "landing")
    assert list(items(pulled)[0]) == ["card_no", "holder"]
    assert pulled.watermark == "2026-10-02 08:00:00"


def test_typed_columns_become_text_in_one_way(feed: Feed, tmp_path: Path) -> None:
    path = tmp_path / "typed.db"
    with sqlite3.connect(path) as database:
        database.execute("create table bus_card(card_no text, holder decimal(8,2), status date, update_time timestamp)")
        database.execute("insert into bus_card values ('c1', 1.5, '2026-10-01', '2026-10-02 08:00:00.000000')")
    database.close()
    pulled = databases.pull(feed(SOURCE, *COLUMNS), f"sqlite:///{path}", "2026-10-02 08:00:00", tmp_path / "landing")
    assert pulled.rows == 1
    with pytest.raises(Stop, match="watermark"):
        databases.pull(feed(SOURCE, *COLUMNS), f"sqlite:///{path}", "not a time", tmp_path / "landing")
    assert databases._plain(dt.datetime(2026, 10, 2, 8, tzinfo=dt.UTC), "f") == "2026-10-02 08:00:00+00:00"


@pytest.mark.parametrize("column", ['x"; DROP TABLE bus_card; --', "holder]", "nosuch"])
def test_a_column_that_is_gone_or_wicked_is_named_and_does_nothing(
    feed: Feed, url: str, tmp_path: Path, column: str
) -> None:
    contract = feed(SOURCE, COLUMNS[0], {"name": "x", "source": column, "kind": "text"})
    with pytest.raises(Quarantine, match="promised columns are missing") as caught:
        databases.pull(contract, url, None, tmp_path / "landing")
    assert caught.value.reason == "missing_columns"


def test_a_wicked_column_that_exists_is_quoted(feed: Feed, tmp_path: Path) -> None:
    path, column = tmp_path / "a.db", 'x"; DROP TABLE bus_card; --'
    with sqlite3.connect(path) as database:
        database.execute('create table bus_card(card_no text, update_time text, "x""; DROP TABLE bus_card; --" text)')
        database.execute("insert into bus_card values ('c1', '2026', 'v')")
    database.close()
    contract = feed(SOURCE, COLUMNS[0], {"name": "x", "source": column, "kind": "text"})
    pulled = databases.pull(contract, f"sqlite:///{path}", None, tmp_path / "landing")
    assert items(pulled) == [{"card_no": "c1", column: "v"}]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("sqlite:////nowhere/x.db", Retry),
        ("sqlite:///{damaged}", Quarantine),
        ("sqlite:///{link}", Quarantine),
        ("sqlite:///{bare}", Stop),
        ("nosuchdb://user:hunter2@host/db", Stop),
        ("hunter2", Stop),
        ("postgresql+psycopg://user:hunter2@127.0.0.1:9/db", Retry),
    ],
)
def test_each_failure_says_who_acts_next_and_no_secret(
    cards: Contract, tmp_path: Path, url: str, kind: type[HuilianError]
) -> None:
    (tmp_path / "damaged").write_bytes(b"SQLite format 3\0" + b"hunter2" * 300)
    (tmp_path / "link").symlink_to(tmp_path / "damaged")
    sqlite3.connect(tmp_path / "bare").close()
    (tmp_path / "bare").touch()
    filled = url.format(**{n: tmp_path / n for n in ("damaged", "link", "bare")})
    with pytest.raises(kind) as caught:
        databases.pull(cards, filled, None, tmp_path / "landing")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
