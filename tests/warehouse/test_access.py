from collections.abc import Callable, Iterator
from datetime import date

import psycopg
import pytest
from psycopg.types.json import Jsonb

import contracts
from contracts import purposes
from contracts.purposes import Purpose
from warehouse import access
from warehouse.server import Server

FEEDS = ("renshe_yanglao", "gongan_hukou", "sifa_tiaojie", "wangge_shijian")
SCHEMAS = ("ledger", "identifiers", "content", "identity", "mart", "audit", "share", "staging_content")
RENSHE = "reader_benefit_check_renshe"
MINZHENG = "reader_entitlement_outreach_minzheng"
ZHENGFA = "reader_event_statistics_zhengfa"


@pytest.fixture(scope="module")
def warehouse(new_warehouse: Callable[..., Server]) -> Server:
    """Two people: one paid a pension after death, one old and without an allowance; and a mediation case."""
    made = new_warehouse(*[contracts.get(feed) for feed in FEEDS])
    access.grant(made)
    history = "delivery_id, row_hash, valid_from, recorded_from"
    with made.connect() as conn:
        conn.execute(
            "INSERT INTO identity.person (person_id, number, entity, minted_at, born_on, born_precision)"
            " VALUES ('P0000001X', 1, 'person', now(), '1940-02-03', 'day'),"
            " ('P0000002X', 2, 'person', now(), NULL, NULL)"
        )
        conn.execute(
            f"INSERT INTO identifiers.gongan_hukou (record_key, role, name, {history})"
            " VALUES ('H1', 'person', '测试甲', '', '', '2026-10-01', now())"
        )
        conn.execute(
            f"INSERT INTO content.sifa_tiaojie (record_key, dispute_type, accepted_at, {history})"
            " VALUES ('T1', '邻里', now(), '', '', '2026-10-01', now())"
        )
        facts = {"payments": 2, "counter_evidence": [{"feed": "wangge_zoufang", "record_key": "Z1"}]}
        died = [
            {"feed": f, "record_key": k, "role": "person"}
            for f, k in (("weijian_siwang", "W1"), ("renshe_yanglao", "Y1"))
        ]
        old = [{"feed": "gongan_hukou", "record_key": "H1", "role": "person"}]
        for lead, rule, person, evidence, extra in (
            ("L1", "pension_paid_after_death", "P0000001X", died, facts),
            ("L2", "eligible_elderly_allowance_unclaimed", "P0000002X", old, {}),
        ):
            conn.execute(
                "INSERT INTO mart.lead (lead_id, rule, person_id, period, evidence_level, evidence, facts,"
                " rule_version) VALUES (%s, %s, %s, '2026-10-01', 'E3', %s, %s, '1')",
                [lead, rule, person, Jsonb(evidence), Jsonb(extra)],
            )
    return made


def rows(warehouse: Server, role: str, query: str) -> list[tuple[object, ...]]:
    with warehouse.connect(role) as conn:
        return conn.execute(query.encode()).fetchall()


def test_a_department_sees_its_own_record_keys_and_nobodys_id(warehouse: Server) -> None:
    seen = rows(warehouse, RENSHE, "SELECT lead_id, records, facts FROM share.benefit_check_renshe_leads")
    assert seen == [("L1", [{"feed": "renshe_yanglao", "record_key": "Y1", "role": "person"}], {"payments": 2})]
    [columns] = rows(warehouse, RENSHE, "SELECT to_jsonb(l) FROM share.benefit_check_renshe_leads l")
    assert set(columns[0]) == {  # type: ignore[call-overload]
        "lead_id", "rule", "title", "period", "state", "evidence_level", "opened_at", "due_on", "records", "facts"
    }  # fmt: skip


def test_statistics_come_without_record_keys(warehouse: Server) -> None:
    assert rows(warehouse, ZHENGFA, "SELECT dispute_type FROM share.event_statistics_zhengfa_sifa_tiaojie") == [
        ("邻里",)
    ]
    with pytest.raises(psycopg.errors.UndefinedColumn):
        rows(warehouse, ZHENGFA, "SELECT record_key FROM share.event_statistics_zhengfa_sifa_tiaojie")


DENIED = [
    ("linker", "SELECT * FROM content.renshe_yanglao"),
    ("linker", "SELECT * FROM mart.lead"),
    ("linker", "SELECT * FROM ledger.delivery"),
    ("linker", "INSERT INTO identifiers.gongan_hukou (record_key) VALUES ('x')"),
    ("analyst", "SELECT * FROM identifiers.gongan_hukou"),
    ("analyst", "SELECT count(*) FROM identifiers.gongan_hukou"),
    ("analyst", "SELECT * FROM identity.member"),
    ("analyst", "SELECT * FROM identity.decision"),
    ("analyst", "SELECT * FROM identity.pair"),
    ("analyst", "UPDATE identity.person SET sex = '1'"),
    ("analyst", "INSERT INTO content.renshe_yanglao (record_key) VALUES ('x')"),
    ("analyst", "DELETE FROM mart.lead_event"),
    ("loader", "SELECT * FROM identity.person"),
    ("loader", "SELECT * FROM mart.lead"),
    ("loader", "UPDATE content.renshe_yanglao SET paid_fen = 0"),
    ("loader", "DELETE FROM content.renshe_yanglao"),
    ("loader", "DELETE FROM ledger.delivery"),
    ("loader", "CREATE TABLE content.mine (n int)"),
    ("auditor", "SELECT * FROM audit.entry"),
    ("auditor", "SELECT * FROM ledger.delivery"),
    (RENSHE, "SELECT * FROM share.entitlement_outreach_minzheng_leads"),
    (RENSHE, "SELECT * FROM mart.current_lead"),
    (RENSHE, "SELECT * FROM mart.lead"),
    (RENSHE, "SELECT * FROM identity.person_birth"),
    (RENSHE, "SELECT * FROM identity.doubt"),
    (RENSHE, "SELECT * FROM content.renshe_yanglao"),
    (RENSHE, "SELECT * FROM identifiers.renshe_yanglao"),
    (RENSHE, "SELECT * FROM ledger.delivery"),
    (RENSHE, "SET ROLE huilian_analyst"),
    (RENSHE, "SET ROLE huilian_owner"),
    (RENSHE, "SET SESSION AUTHORIZATION huilian_owner"),
    (RENSHE, "SELECT pg_read_file('/etc/hostname')"),
    (RENSHE, "COPY (SELECT 1) TO PROGRAM 'true'"),
    (RENSHE, "SELECT lo_import('/etc/hostname')"),
    *[
        (role, f"SET transaction_read_only = off; {statement}")
        for role in (RENSHE, MINZHENG, ZHENGFA)
        for statement in (
            "CREATE TABLE public.mine (n int)",
            "CREATE TABLE share.mine (n int)",
            "CREATE TEMP TABLE mine (n int)",
            "CREATE SCHEMA mine",
            "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE VIEW share.mine AS SELECT 1",
        )
    ],
]


@pytest.mark.parametrize(("role", "statement"), DENIED)
def test_what_is_not_granted_is_denied(warehouse: Server, role: str, statement: str) -> None:
    with warehouse.connect(role) as conn:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement.encode())
        conn.rollback()


CROSSWALKS = (
    *("current_member", "current_organisation_member", "current_address_member"),
    *("member_span", "address_span"),
)
# role -> schema -> what it may do with tables and views there; "." stands for column rights
RIGHTS = {
    "huilian_loader": {
        "ledger": {"delivery": "SIU", "arrival": "SIU", "named_key": "SIU", "metric": "SID", "reason_count": "SID"},
        "content": dict.fromkeys(FEEDS, "SIu"),
        "identifiers": dict.fromkeys(FEEDS, "SIu"),
    },
    "huilian_linker": {
        "identifiers": dict.fromkeys(FEEDS, "S"),
        "identity": {
            **{"person": "SIU", "member": "SIu", "run": "SI", "event": "SI", "decision": "SIu", "pair": "SID"},
            **{"conflict": "SID", "current_member": "S", "current_organisation_member": "S", "person_birth": "S"},
            **{"member_span": "S", "address_span": "S", "current_address_member": "S"},
            **{"address_mention": "SIUD", "decision_ground": "SI"},
        },
    },
    "huilian_analyst": {
        "content": dict.fromkeys(FEEDS, "S"),
        "identity": dict.fromkeys(("person", "person_birth", "doubt", *CROSSWALKS), "S"),
        "mart": {"rule": "SIU", "lead": "SIU", "lead_event": "SI", "current_lead": "S"},
    },
    "huilian_auditor": {"audit": {"entry": "I", "head": "S"}},
    f"huilian_{RENSHE}": {"share": {"benefit_check_renshe_leads": "S"}},
    f"huilian_{MINZHENG}": {"share": {"entitlement_outreach_minzheng_leads": "S"}},
    f"huilian_{ZHENGFA}": {"share": dict.fromkeys([f"event_statistics_zhengfa_{f}" for f in FEEDS[2:]], "S")},
}  # fmt: skip


def rights(warehouse: Server, role: str) -> Iterator[tuple[str, str, str]]:
    """Every relation of ours `role` can do anything with: S select, I insert, U (u: some columns) update, D, T."""
    query = """
      SELECT n.nspname, c.relname,
        concat(CASE WHEN has_any_column_privilege(%(role)s, c.oid, 'SELECT') THEN 'S' END,
               CASE WHEN has_any_column_privilege(%(role)s, c.oid, 'INSERT') THEN 'I' END,
               CASE WHEN has_table_privilege(%(role)s, c.oid, 'UPDATE') THEN 'U'
                    WHEN has_any_column_privilege(%(role)s, c.oid, 'UPDATE') THEN 'u' END,
               CASE WHEN has_table_privilege(%(role)s, c.oid, 'DELETE') THEN 'D' END,
               CASE WHEN has_table_privilege(%(role)s, c.oid, 'TRUNCATE') THEN 'T' END) AS may
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ANY (%(schemas)s) AND c.relkind IN ('r', 'v')"""
    with warehouse.connect() as conn:
        for schema, name, may in conn.execute(query, {"role": role, "schemas": list(SCHEMAS)}):
            if may:
                yield str(schema), str(name), str(may)


@pytest.mark.parametrize("role", RIGHTS)
def test_each_role_has_exactly_its_rights(warehouse: Server, role: str) -> None:
    wanted = {(schema, name, may) for schema, tables in RIGHTS[role].items() for name, may in tables.items()}
    assert set(rights(warehouse, role)) == wanted


def test_the_public_has_none(warehouse: Server) -> None:
    with warehouse.connect() as conn:
        [row] = conn.execute(
            "SELECT has_database_privilege('public', current_database(), 'CONNECT'),"
            " has_database_privilege('public', current_database(), 'TEMP'),"
            " has_schema_privilege('public', 'public', 'USAGE')"
        ).fetchall()
    assert row == (False, False, False)
    assert list(rights(warehouse, "public")) == []


def test_a_barrier_keeps_a_cheap_function_from_seeing_other_rows(warehouse: Server) -> None:
    """The planner would run a cheap condition before the view's own; the barrier says no."""
    with warehouse.connect() as conn:
        conn.execute(
            "CREATE FUNCTION mart.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS"
            " $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$"
        )
        conn.execute(f"GRANT USAGE ON SCHEMA mart TO huilian_{RENSHE}".encode())
    heard: list[str] = []
    with warehouse.connect(RENSHE) as conn:
        conn.add_notice_handler(lambda d: heard.append(d.message_primary or ""))
        conn.execute("SELECT count(*) FROM share.benefit_check_renshe_leads WHERE mart.tell(lead_id)")
    with warehouse.connect() as conn:
        conn.execute(f"REVOKE USAGE ON SCHEMA mart FROM huilian_{RENSHE}".encode())
    assert heard == ["L1"]


def test_a_read_is_noted_once_a_query_and_not_once_a_row(warehouse: Server) -> None:
    for view in ("benefit_check_renshe_leads", "event_statistics_zhengfa_sifa_tiaojie"):
        reader = RENSHE if "renshe" in view else ZHENGFA
        plan = " ".join(str(line) for (line,) in rows(warehouse, reader, f"EXPLAIN SELECT * FROM share.{view}"))
        assert f"One-Time Filter: (share.noted('{view}'::text)" in plan


def test_every_read_of_a_consumer_is_in_the_servers_log_and_no_rollback_takes_it_out(warehouse: Server) -> None:
    assert warehouse.cluster is not None
    log = warehouse.cluster.log
    before = log.stat().st_size
    with psycopg.connect(warehouse.url(RENSHE)) as conn:
        conn.execute("SELECT lead_id FROM share.benefit_check_renshe_leads WHERE lead_id = 'nobody-is-quoted'")
        conn.rollback()
        conn.execute("SET client_min_messages = error")
        with conn.cursor().copy("COPY (SELECT * FROM share.benefit_check_renshe_leads) TO STDOUT") as copied:
            assert len(list(copied)) == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SET log_min_messages = panic")
    rows(warehouse, ZHENGFA, "SELECT 1 FROM share.event_statistics_zhengfa_sifa_tiaojie")
    said = log.read_text(encoding="utf-8")[before:]
    assert [line.partition("LOG:  ")[2] for line in said.splitlines() if "share." in line] == [
        *["share.benefit_check_renshe_leads read by huilian_reader_benefit_check_renshe"] * 2,
        "share.event_statistics_zhengfa_sifa_tiaojie read by huilian_reader_event_statistics_zhengfa",
    ]
    assert "nobody-is-quoted" not in said


def purpose(**changes: object) -> Purpose:
    shipped = {p.purpose: p for p in purposes.load_all()}["benefit_check_renshe"]
    return Purpose.model_validate(shipped.model_dump() | changes)


def test_granting_again_changes_nothing_and_a_purpose_that_goes_takes_its_views_along(
    new_warehouse: Callable[..., Server],
) -> None:
    fresh = new_warehouse(*[contracts.get(feed) for feed in FEEDS])
    assert len(access.grant(fresh)) == 4
    assert access.grant(fresh) == []
    assert access.grant(fresh, [purpose()]) == []
    with pytest.raises(psycopg.OperationalError, match="CONNECT"):
        psycopg.connect(fresh.url(MINZHENG))
    assert access.grant(fresh, [purpose(facts=("payments",))]) == ["benefit_check_renshe_leads"]
    assert rows(fresh, RENSHE, "SELECT * FROM share.benefit_check_renshe_leads") == []


def test_after_its_last_day_a_purpose_shows_nothing(new_warehouse: Callable[..., Server], warehouse: Server) -> None:
    access.grant(warehouse, [purpose(ends_on=date(2020, 1, 1))])
    assert rows(warehouse, RENSHE, "SELECT lead_id FROM share.benefit_check_renshe_leads") == []
    access.grant(warehouse)
    assert rows(warehouse, RENSHE, "SELECT lead_id FROM share.benefit_check_renshe_leads") == [("L1",)]
