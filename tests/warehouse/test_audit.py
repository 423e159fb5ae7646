from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from warehouse import audit
from warehouse.audit import Head
from warehouse.server import Server

KEY = b"a key for tests"


@pytest.fixture
def warehouse(blank: Server) -> Server:
    """A log of four entries."""
    meddle(blank, "TRUNCATE audit.entry")
    for n in range(4):
        audit.append(blank, KEY, "huilian", "publish", {"delivery": f"d{n}", "rows": n})
    return blank


def meddle(warehouse: Server, statement: str) -> None:
    with warehouse.connect("owner") as conn:
        conn.execute(statement.encode())


def test_an_untouched_log_is_whole(warehouse: Server) -> None:
    assert audit.verify(warehouse, KEY) is None
    assert audit.head(warehouse).seq == 4


def test_an_empty_log_is_whole_too(blank: Server) -> None:
    meddle(blank, "TRUNCATE audit.entry")
    assert audit.verify(blank, KEY, [audit.head(blank)]) is None
    assert audit.head(blank) == Head(0, audit.START)


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("UPDATE audit.entry SET who = 'nobody' WHERE seq = 2", 2),
        ("UPDATE audit.entry SET detail = '{}' WHERE seq = 1", 1),
        ("UPDATE audit.entry SET at = at + interval '1 second' WHERE seq = 4", 4),
        ("DELETE FROM audit.entry WHERE seq = 3", 3),
        ("UPDATE audit.entry SET who = 'hui', action = 'lianpublish' WHERE seq = 2", 2),
    ],
)
def test_a_changed_or_missing_entry_is_found(warehouse: Server, statement: str, first: int) -> None:
    meddle(warehouse, statement)
    assert audit.verify(warehouse, KEY) == first


def test_a_cut_off_end_is_found_by_a_head_kept_elsewhere(warehouse: Server) -> None:
    kept = audit.head(warehouse)
    meddle(warehouse, "DELETE FROM audit.entry WHERE seq > 2")
    assert audit.verify(warehouse, KEY) is None
    assert audit.verify(warehouse, KEY, [kept]) == 4
    audit.append(warehouse, KEY, "huilian", "forge", {})
    audit.append(warehouse, KEY, "huilian", "forge", {})
    assert audit.verify(warehouse, KEY, [kept]) == 4


def test_without_the_key_nothing_can_be_forged(warehouse: Server) -> None:
    audit.append(warehouse, b"another key", "huilian", "forge", {})
    assert audit.verify(warehouse, KEY) == 5


def test_entries_added_at_once_make_one_chain(warehouse: Server) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: audit.append(warehouse, KEY, "huilian", "at once", {"n": n}), range(12)))
    assert audit.verify(warehouse, KEY) is None
    assert audit.head(warehouse).seq == 16


@pytest.mark.parametrize("word", ["SELECT * FROM", "DELETE FROM", "TRUNCATE"])
def test_who_writes_the_log_can_neither_read_nor_change_it(warehouse: Server, word: str) -> None:
    with warehouse.connect("auditor") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(f"{word} audit.entry".encode())
    with warehouse.connect("auditor") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("UPDATE audit.entry SET who = 'x'")
