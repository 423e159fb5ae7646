import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

import contracts
from contracts.errors import Stop
from contracts.model import Contract
from warehouse import decisions, migrate
from warehouse.server import Server


@pytest.fixture(scope="module")
def county(new_warehouse: Callable[..., Server]) -> Server:
    """A warehouse with the tables of every shipped contract."""
    return new_warehouse(*contracts.by_feed().values())


def test_every_contract_gets_its_two_tables_and_a_second_run_changes_nothing(county: Server) -> None:
    with county.connect() as conn:
        rows = conn.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_schema IN ('identifiers', 'content')"
        ).fetchall()
    assert set(rows) == {(s, f) for s in ("identifiers", "content") for f in contracts.by_feed()}
    assert migrate.migrate(county, contracts.by_feed().values()) == []


def test_two_runs_at_once_apply_everything_once(new_warehouse: Callable[..., Server]) -> None:
    fresh = new_warehouse(migrated=False)
    feeds = [contracts.get("minzheng_dibao")]
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: migrate.migrate(fresh, feeds), range(2)))
    assert sorted(map(len, runs)) == [0, len(list(migrate.MIGRATIONS.glob("*.sql"))) + 2]


def test_a_failing_migration_leaves_nothing_behind(new_warehouse: Callable[..., Server], tmp_path: Path) -> None:
    fresh = new_warehouse(migrated=False)
    (tmp_path / "0001_good.sql").write_text("CREATE TABLE public.made (n int);")
    (tmp_path / "0002_bad.sql").write_text("CREATE TABLE public.more (n int); SELECT 1 / 0;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate.migrate(fresh, [], tmp_path)
    with fresh.connect() as conn:
        assert conn.execute("SELECT to_regclass('public.made'), to_regclass('ledger.migration')").fetchone() == (
            None,
            None,
        )


def test_an_applied_migration_may_not_change_and_an_unknown_one_stops(
    new_warehouse: Callable[..., Server], tmp_path: Path
) -> None:
    fresh = new_warehouse()
    shutil.copytree(migrate.MIGRATIONS, tmp_path, dirs_exist_ok=True)
    last = sorted(tmp_path.glob("*.sql"))[-1]
    text = last.read_text(encoding="utf-8")
    last.write_text(text + "\n-- a later thought", encoding="utf-8")
    with pytest.raises(Stop, match="edited after it was applied"):
        migrate.migrate(fresh, [], tmp_path)
    last.unlink()
    with pytest.raises(Stop, match="newer than this program"):
        migrate.migrate(fresh, [], tmp_path)


def test_file_names_carry_the_order_without_gaps(new_warehouse: Callable[..., Server], tmp_path: Path) -> None:
    fresh = new_warehouse(migrated=False)
    (tmp_path / "0002_late.sql").write_text("SELECT 1;")
    with pytest.raises(Stop, match="numbers are missing"):
        migrate.migrate(fresh, [], tmp_path)
    (tmp_path / "first.sql").write_text("SELECT 1;")
    with pytest.raises(Stop, match=r"0001_what\.sql"):
        migrate.migrate(fresh, [], tmp_path)


def test_roles_get_the_password_of_a_given_server(new_warehouse: Callable[..., Server]) -> None:
    fresh = new_warehouse()
    given = Server({**fresh.settings, "user": "huilian_owner"}, role_password="for tests")
    assert migrate.migrate(given, []) == []
    assert fresh.cluster is not None
    with psycopg.connect(fresh.cluster.conninfo()) as conn:
        secrets = conn.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'huilian_loader'").fetchone()
        assert secrets is not None
        assert str(secrets[0]).startswith("SCRAM-SHA-256$")


def test_columns_carry_chinese_titles(county: Server) -> None:
    with county.connect() as conn:
        missing = conn.execute(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
            " AND attrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace IN ('content'::regnamespace, 'identifiers'::regnamespace))"
            " AND col_description(attrelid, attnum) IS NULL"
        ).fetchall()
        title = conn.execute("SELECT col_description('content.minzheng_dibao'::regclass, 1)").fetchone()
    assert missing == []
    assert title == ("低保编号",)


def with_fields(contract: Contract, *fields: dict[str, object]) -> Contract:
    """`contract` with `fields` added, or put in place of those of the same name."""
    data = contract.model_dump()
    names = {f["name"] for f in fields}
    data["fields"] = [f for f in data["fields"] if f["name"] not in names] + list(fields)
    return Contract.model_validate(data)


def test_a_new_field_becomes_a_column_and_a_changed_kind_stops(new_warehouse: Callable[..., Server]) -> None:
    old = contracts.get("minzheng_dibao")
    warehouse = new_warehouse(old)
    wider = with_fields(old, {"name": "bank_name", "source": "开户行", "kind": "text"})
    assert migrate.migrate(warehouse, [wider]) == ["content.minzheng_dibao.bank_name"]
    assert migrate.migrate(warehouse, [wider, old]) == []
    other = with_fields(old, {"name": "covered_people", "source": "保障人数", "kind": "text"})
    with pytest.raises(Stop, match="covered_people"):
        migrate.migrate(warehouse, [other])
    ours = with_fields(old, {"name": "valid_from", "source": "起始", "kind": "date"})
    with pytest.raises(Stop, match="names of our own"):
        migrate.migrate(warehouse, [ours])


def test_memberships_and_decisions_of_before_spans_hold_as_they_did(
    new_warehouse: Callable[..., Server], tmp_path: Path
) -> None:
    for path in sorted(migrate.MIGRATIONS.glob("*.sql"))[:6]:
        shutil.copy(path, tmp_path)
    warehouse = new_warehouse(migrated=False)
    migrate.migrate(warehouse, [], tmp_path)
    with warehouse.connect() as conn:
        conn.execute("INSERT INTO identity.person VALUES ('P-1', 1, 'person', now()), ('P-2', 2, 'person', now())")
        rows = "('f', '1', 'person', 'person', 'P-1', 1, 'spine', 'm', '2026-09-01', '2026-09-02'),"
        rows += "('f', '1', 'person', 'person', 'P-2', 1, 'spine', 'm', '2026-09-02', NULL)"
        conn.execute(f"INSERT INTO identity.member VALUES {rows}".encode())
        columns = "left_feed, left_key, left_role, right_feed, right_key, right_role, verdict, who, why"
        values = "'f', '1', 'person', 'g', '1', 'person', 'same', 'who', 'why'"
        conn.execute(f"INSERT INTO identity.decision ({columns}) VALUES ({values})".encode())
        before = conn.execute("SELECT * FROM identity.current_member").fetchall()
    assert "0007_member_spans" in migrate.migrate(warehouse, [])
    with warehouse.connect("analyst") as conn:
        assert conn.execute("SELECT * FROM identity.current_member").fetchall() == before
        always = "valid_from = '-infinity' AND valid_to IS NULL"
        spans = conn.execute(f"SELECT person_id FROM identity.member_span WHERE {always}".encode()).fetchall()
    assert spans == [("P-2",)]
    assert decisions.in_force(warehouse)["left_from"].to_pylist() == [None]


def test_what_says_who_is_in_no_content_table(county: Server) -> None:
    with county.connect() as conn:
        rows = conn.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'content'"
        ).fetchall()
    stored = {(str(t), str(c)) for t, c in rows}
    for contract in contracts.by_feed().values():
        who = contract.mentioned() - {f.name for f in contract.fields if f.keep_in_content} - {contract.key}
        assert not {(contract.feed, name) for name in who} & stored
