"""Texts of addresses out of the registers, and which record says which, since when."""

from collections.abc import Callable
from datetime import date

import pyarrow as pa
import pytest

from warehouse import addresses, identity
from warehouse.addresses import TEXTS
from warehouse.identity import CONFLICT, PAIR, PERSON, Found, Run
from warehouse.server import Server

FIRST, LATER = date(2026, 9, 1), date(2026, 10, 1)
DOOR, OTHER = "石坑村3组45号", "石坑村3组46号"


@pytest.fixture(scope="module")
def made(with_mentions: Callable[..., Server]) -> Server:
    return with_mentions("police", "grid")


@pytest.fixture
def warehouse(made: Server) -> Server:
    with made.connect() as conn:
        conn.execute(
            "TRUNCATE identity.person, identity.run, identity.member, identity.event,"
            " identity.address_mention, identifiers.police, identifiers.grid CASCADE"
        )
    return made


def says(
    warehouse: Server, feed: str, key: str, address: str | None, since: date = FIRST, until: date | None = None
) -> None:
    with warehouse.connect() as conn:
        conn.execute(
            f"INSERT INTO identifiers.{feed} (record_key, role, entity, address, village, valid_from, valid_to)"
            " VALUES (%s, 'person', 'person', %s, '石坑', %s, %s)".encode(),
            [key, address, since, until],
        )


def recognised(warehouse: Server) -> None:
    """Each text a place of its own."""
    texts = addresses.texts(warehouse)
    members = texts.select(["feed", "record_key", "role"])
    members = members.append_column("person_id", pa.array([f"+{i}" for i in range(texts.num_rows)], pa.string()))
    members = members.append_column("score", pa.array([1.0] * texts.num_rows))
    members = members.append_column("method", pa.array(["door"] * texts.num_rows))
    members = members.append_column("valid_from", pa.nulls(texts.num_rows, pa.date32()))
    members = members.append_column("valid_to", pa.nulls(texts.num_rows, pa.date32()))
    members = members.append_column("is_last", pa.array([True] * texts.num_rows))
    empty = (PERSON.empty_table(), PAIR.empty_table(), CONFLICT.empty_table())
    identity.write(warehouse, Run("r1", "address", "m1"), Found(members, *empty))


def test_a_text_is_there_once_whoever_writes_it_and_only_as_a_digest(warehouse: Server) -> None:
    says(warehouse, "police", "1", DOOR)
    says(warehouse, "grid", "7", DOOR)
    says(warehouse, "grid", "8", OTHER)
    says(warehouse, "grid", "9", None)
    found = addresses.texts(warehouse)
    assert found.schema == TEXTS
    assert dict(zip(found["address"].to_pylist(), found["source"].to_pylist(), strict=True)) == {
        DOOR: "grid police", OTHER: "grid"}  # fmt: skip
    assert {(r["feed"], r["role"], len(r["record_key"])) for r in found.to_pylist()} == {("address", "text", 32)}
    digest = next(r["record_key"] for r in found.to_pylist() if r["address"] == DOOR)
    addresses.refresh(warehouse)
    assert addresses.written(warehouse, digest) == DOOR
    assert addresses.written(warehouse, "none") is None


def test_who_moved_was_there_and_is_here(warehouse: Server) -> None:
    says(warehouse, "police", "1", DOOR, FIRST, LATER)
    says(warehouse, "police", "1", OTHER, LATER)
    assert addresses.refresh(warehouse) == 2
    recognised(warehouse)
    with warehouse.connect("analyst") as conn:
        spans = conn.execute("SELECT valid_from, valid_to, address_id FROM identity.address_span ORDER BY 1").fetchall()
        now = conn.execute("SELECT record_key, address_id FROM identity.current_address_member").fetchall()
    assert [row[:2] for row in spans] == [(FIRST, LATER), (LATER, None)]
    assert spans[0][2] != spans[1][2]
    assert now == [("1", spans[1][2])]
    assert str(now[0][1]).startswith("A")


def test_what_stays_is_not_touched_and_what_is_corrected_goes(warehouse: Server) -> None:
    says(warehouse, "police", "1", DOOR)
    says(warehouse, "grid", "7", DOOR)
    assert addresses.refresh(warehouse) == 2
    assert addresses.refresh(warehouse) == 0
    with warehouse.connect() as conn:
        conn.execute("UPDATE identifiers.grid SET recorded_to = now()")
    assert addresses.refresh(warehouse) == 1
    says(warehouse, "grid", "7", OTHER)
    assert addresses.refresh(warehouse) == 1


def test_nobody_reads_which_text_but_the_linker(warehouse: Server) -> None:
    with warehouse.connect("analyst") as conn:
        for relation in ("address_mention", "decision_ground"):
            row = conn.execute("SELECT has_table_privilege(%s, 'SELECT')", [f"identity.{relation}"]).fetchone()
            assert row == (False,)


def test_no_feeds_no_texts(new_warehouse: Callable[..., Server]) -> None:
    empty = new_warehouse()
    assert addresses.texts(empty).num_rows == 0
    assert addresses.refresh(empty) == 0
