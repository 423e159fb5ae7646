"""Small invented registers on a real server, for the rules to be asked about."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import pytest
from psycopg import sql

import contracts
from tests.servers import private_server
from transforms import crosscheck
from warehouse.migrate import migrate
from warehouse.server import Connection, Server

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
HOW = {3: ("spine", 1.0), 2: ("pair", 0.995), 1: ("kin", 0.93)}  # how a mention was recognised, by agreement


class Said(NamedTuple):
    level: str
    evidence: list[tuple[str, str, str]]
    facts: dict[str, Any]
    grace_until: date | None


@dataclass
class County:
    """Registers somebody filled by hand. A record is put with the months it was valid in and whom it names."""

    conn: Connection
    server: Server
    tables: set[str] = field(default_factory=set)
    people: dict[str, int] = field(default_factory=dict)

    def put(self, feed: str, key: str, since: date = SEPTEMBER, until: date | None = None, **content: Any) -> None:
        row = {"record_key": key, **content, "delivery_id": "d", "row_hash": b"h", "valid_from": since}
        row |= {"valid_to": until, "recorded_from": "2026-11-01"}
        self._insert(sql.Identifier("content", feed), row)
        self.tables.add(f"content.{feed}")

    def names(self, feed: str, key: str, who: str, role: str = "person", agreement: int = 3, **history: Any) -> None:
        self.person(who)
        method, score = HOW[agreement]
        row = {"feed": feed, "record_key": key, "role": role, "entity": "person", "person_id": who, "score": score}
        row |= {"method": method, "model_version": "1", "recorded_from": "2026-11-01", **history}
        self._insert(sql.Identifier("identity", "member"), row)

    def doubt(self, left: tuple[str, str, str], right: tuple[str, str, str]) -> None:
        """Recognition could not tell whether two mentions, (feed, key, role) each, are one person."""
        sides = dict(zip(("left_feed", "left_key", "left_role"), left, strict=True))
        sides |= zip(("right_feed", "right_key", "right_role"), right, strict=True)
        self._insert(
            sql.Identifier("identity", "pair"), {**sides, "score": 0.6, "evidence": "{}", "model_version": "1"}
        )

    def person(self, who: str, born: str | None = None, precision: str = "day") -> None:
        if who not in self.people:
            self.people[who] = len(self.people) + 1
            row = {"person_id": who, "number": self.people[who], "entity": "person", "minted_at": "2026-11-01"}
            row |= {"born_on": born, "born_precision": precision if born else None}
            self._insert(sql.Identifier("identity", "person"), row)

    def registered(self, who: str, status: str = "normal", agreement: int = 3, **content: Any) -> None:
        self.put("gongan_hukou", f"HK-{who}", register_status=status, **content)
        self.names("gongan_hukou", f"HK-{who}", who, agreement=agreement)

    def died(self, who: str, on: str, feed: str = "weijian_siwang", agreement: int = 3, **history: Any) -> None:
        self.put(feed, f"SW-{who}", died_on=on, **history)
        self.names(feed, f"SW-{who}", who, agreement=agreement)

    def ask(self, rule: str, month: date = SEPTEMBER) -> dict[str, Said]:
        with self.server.connect("analyst") as conn:
            rows: list[Any] = conn.execute(crosscheck.load(rule).query.encode(), {"period": month}).fetchall()
        found = {r[0]: Said(r[1], [(e["feed"], e["record_key"], e["role"]) for e in r[2]], r[3], r[4]) for r in rows}
        assert len(found) == len(rows)
        return found

    def _insert(self, table: sql.Identifier, row: dict[str, Any]) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, row))
        values = sql.SQL(", ").join(map(sql.Placeholder, row))
        self.conn.execute(sql.SQL("insert into {} ({}) values ({})").format(table, names, values), row)


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    with private_server() as started:
        migrate(started, contracts.load_all())
        yield started


@pytest.fixture
def county(server: Server) -> Iterator[County]:
    with server.connect("owner") as conn:
        conn.autocommit = True
        made = County(conn, server)
        yield made
        for table in made.tables:
            conn.execute(f"truncate {table}".encode())
        conn.execute("delete from identity.pair")
        conn.execute("delete from identity.member")
        conn.execute("delete from identity.person")
