import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import Quarantine, Stop
from contracts.mentions import MENTION
from contracts.model import Contract
from warehouse import ledger, load, migrate, staging, tables
from warehouse.history import Change
from warehouse.load import Published
from warehouse.server import Connection, Server

JUNE = date(2026, 6, 1)
JULY = date(2026, 7, 1)
AUGUST = date(2026, 8, 1)
Rows = dict[str, tuple[str | None, tuple[str, ...]]]  # key -> (value, names of the people in the record)


def contract(mode: str, feed: str = "") -> Contract:
    """A register of numbered records with one value and any number of people."""
    return Contract.model_validate(
        {
            "feed": feed or f"test_{mode}",
            "title": "测试登记",
            "department": "测试局",
            "contact_office": "测试科",
            "legal_basis": ("测试办法第一条",),
            "sharing": "conditional",
            "purposes": ("benefit_check",),
            "delivery": {"mode": mode, "drop": "测试局/{month}.csv", "may_be_empty": True},
            "source": {"format": "csv"},
            "key": "no",
            "fields": (
                {"name": "no", "source": "编号", "kind": "code", "required": True},
                {"name": "value", "source": "值", "kind": "text"},
                {"name": "paid_fen", "source": "金额", "kind": "amount_yuan"},
                {"name": "updated_at", "source": "时间", "kind": "timestamp"},
            ),
        }
    )


SNAPSHOT, INCREMENT = contract("snapshot"), contract("increment")


@pytest.fixture(scope="module")
def warehouse(new_warehouse: Callable[..., Server]) -> Server:
    return new_warehouse(SNAPSHOT, INCREMENT)


@pytest.fixture(autouse=True)
def empty(warehouse: Server) -> None:
    with warehouse.connect() as conn:
        conn.execute(
            "TRUNCATE ledger.delivery, ledger.arrival, ledger.metric, ledger.reason_count, ledger.named_key,"
            " content.test_snapshot, identifiers.test_snapshot, content.test_increment, identifiers.test_increment"
        )


def as_tables(rows: Rows) -> tuple[pa.Table, pa.Table]:
    """What conform would make of `rows`."""
    kinds = {"string": pa.string(), "date32": pa.date32()}
    content = {
        "record_key": pa.array(list(rows), pa.string()),
        "no": pa.array(list(rows), pa.string()),
        "value": pa.array([value for value, _ in rows.values()], pa.string()),
        "paid_fen": pa.array([len(value or "") for value, _ in rows.values()], pa.int64()),
        "updated_at": pa.nulls(len(rows), pa.timestamp("us", tz="Asia/Shanghai")),
    }
    people = [
        {"record_key": key, "role": f"当事人{n}", "entity": "person", "name": name}
        for key, (_, names) in rows.items()
        for n, name in enumerate(names, 1)
    ]
    columns = {c: pa.array([p.get(c) for p in people], kinds[kind]) for c, kind in MENTION.items()}
    return pa.table(content), pa.table(columns)


def checked(warehouse: Server, feed: Contract, period: date, label: str, rows: int) -> str:
    """A registered delivery whose steps before loading are done."""
    digest = sha256(label.encode()).hexdigest()
    found = ledger.register(warehouse, feed.feed, period, label, ledger.Landed(digest, 1, digest)).delivery
    ledger.advance(warehouse, found.delivery_id, "parsed", lines=rows, parsed=rows, rejected=0)
    ledger.advance(warehouse, found.delivery_id, "checked", typed=rows, quarantined=0, verdict="pass")
    return found.delivery_id


def publish(warehouse: Server, feed: Contract, period: date, rows: Rows, label: str = "") -> Published:
    name = checked(warehouse, feed, period, label or repr((period, rows)), len(rows))
    return load.publish(warehouse, feed, name, *as_tables(rows))


def people(*keys: str, value: str | None = "a") -> Rows:
    return {key: (value, (f"测试{key}",)) for key in keys}


# --- the rules of time, in plain words -----------------------------------------------------------------------------

Version = tuple[str, date, date | None, Any]


def model(mode: str, published: Iterable[tuple[date, dict[str, Any]]]) -> set[Version]:
    """What is held to be so after these deliveries, in the order they were published: (key, from, to, said)."""
    said: dict[date, dict[str, Any]] = {}
    for period, rows in published:
        said[period] = rows if mode == "snapshot" else said.get(period, {}) | rows
    out: set[Version] = set()
    for key in {k for rows in said.values() for k in rows}:
        current: Version | None = None
        for period in sorted(said):
            if mode == "increment" and key not in said[period]:
                continue
            value = said[period].get(key)
            if current and value != current[3]:
                out.add((current[0], current[1], period, current[3]))
                current = None
            if value is not None and current is None:
                current = (key, period, None, value)
        out |= {current} if current else set()
    return out


def held(conn: Connection, feed: Contract, at: datetime | None = None) -> set[Version]:
    """What the tables say as known at `at` (None: now), with the people of a record beside its value."""
    known = "recorded_from <= %(at)s AND (recorded_to IS NULL OR recorded_to > %(at)s)"
    query = (
        f"SELECT record_key, '', valid_from, valid_to, value FROM content.{feed.feed} WHERE {known}"
        f" UNION ALL SELECT record_key, role, valid_from, valid_to, name FROM identifiers.{feed.feed} WHERE {known}"
    )
    rows = conn.execute(query.encode(), {"at": at or datetime(9999, 1, 1, tzinfo=UTC)}).fetchall()
    return {(f"{key}{role}", since, until, value) for key, role, since, until, value in rows}  # type: ignore[misc]


def now(warehouse: Server, feed: Contract = SNAPSHOT) -> set[Version]:
    with warehouse.connect() as conn:
        return held(conn, feed)


def expected(mode: str, published: list[tuple[date, Rows]]) -> set[Version]:
    """The model's answer for content and, role by role, for the people."""
    content = [(p, {k: (v,) for k, (v, _) in rows.items()}) for p, rows in published]
    out = {(k, a, b, said[0]) for k, a, b, said in model(mode, content)}
    roles = [f"当事人{n}" for n in (1, 2)]
    for n, role in enumerate(roles):
        # A record that was delivered without the role says that nobody has it: "" stands for that here.
        one = [(p, {k: (*names, "", "")[n] for k, (_, names) in rows.items()}) for p, rows in published]
        out |= {(f"{k}{role}", a, b, name) for k, a, b, name in model(mode, one) if name}
    return out


record = st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([(), ("甲",), ("乙",), ("甲", "乙")]))
deliveries = st.lists(
    st.tuples(st.sampled_from([JUNE, JULY, AUGUST]), st.dictionaries(st.sampled_from("xyz"), record, max_size=3)),
    min_size=2,
    max_size=5,
)


def put_in_force(conn: Connection, feed: Contract, period: date, rows: Rows, label: str) -> None:
    """What `load.publish` does, but for the driver that fills staging: it takes longer to connect than all the rest."""
    name = ledger.delivery_id(feed.feed, period, sha256(label.encode()).hexdigest())
    conn.execute(
        "INSERT INTO ledger.delivery (delivery_id, feed, period, source_name, sha256, bytes, landed, state,"
        " lines, parsed, rejected, typed, quarantined) VALUES (%s, %s, %s, '', %s, 0, '', 'checked', %s, %s, 0, %s, 0)",
        [name, feed.feed, period, sha256(label.encode()).hexdigest(), *[len(rows)] * 3],
    )
    for table, data in zip((tables.content(feed), tables.identifiers(feed)), as_tables(rows), strict=True):
        ready = staging.prepare(table, data)
        columns, staged = ", ".join(ready.column_names), f"staging_{table.schema}.{table.feed}"
        conn.execute(f"CREATE TABLE {staged} AS SELECT {columns} FROM {table.schema}.{table.feed} LIMIT 0".encode())
        with conn.cursor().copy(f"COPY {staged} ({columns}) FROM STDIN".encode()) as copy:
            for row in ready.to_pylist():
                copy.write_row(list(row.values()))
    load.put_in_force(conn, feed, name, period, len(rows))


@pytest.mark.parametrize("feed", [SNAPSHOT, INCREMENT], ids=lambda c: c.delivery.mode)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=deliveries)
def test_any_order_of_months_and_corrections_comes_to_what_the_rules_say(
    warehouse: Server, feed: Contract, sent: list[tuple[date, Rows]]
) -> None:
    known: list[tuple[datetime, set[Version]]] = []
    with warehouse.connect("loader") as conn:
        for n, (period, rows) in enumerate(sent, 1):
            put_in_force(conn, feed, period, rows, f"delivery {n}")
            wanted = expected(feed.delivery.mode, sent[:n])
            assert held(conn, feed) == wanted
            at = conn.execute("SELECT max(published_at) FROM ledger.delivery").fetchone()
            known.append((at[0], wanted))  # type: ignore[index,arg-type]
        for at, wanted in known:  # and what was known at any earlier time can still be told
            assert held(conn, feed, at) == wanted
        assert tables.overlaps(conn, tables.content(feed)) == tables.overlaps(conn, tables.identifiers(feed)) == 0
        conn.rollback()


def test_a_register_follows_its_snapshots(warehouse: Server) -> None:
    first = publish(warehouse, SNAPSHOT, JUNE, people("x", "y"))
    assert first == Published(2, 0, Change(2, 0), Change(2, 0))
    publish(warehouse, SNAPSHOT, JULY, people("y") | people("x", value="b"))
    publish(warehouse, SNAPSHOT, AUGUST, people("x", value="b"))
    assert now(warehouse) == {
        ("x", JUNE, JULY, "a"),
        ("x", JULY, None, "b"),
        ("y", JUNE, AUGUST, "a"),
        ("x当事人1", JUNE, None, "测试x"),
        ("y当事人1", JUNE, AUGUST, "测试y"),
    }


def test_an_unchanged_register_makes_no_version(warehouse: Server) -> None:
    publish(warehouse, SNAPSHOT, JUNE, people("x", "y"))
    again = publish(warehouse, SNAPSHOT, JULY, people("x", "y"))
    assert again == Published(2, 0, Change(0, 0), Change(0, 0))
    assert now(warehouse) == {
        (k, JUNE, None, v) for k, v in [("x", "a"), ("y", "a"), ("x当事人1", "测试x"), ("y当事人1", "测试y")]
    }


def test_what_goes_away_can_come_back(warehouse: Server) -> None:
    for period, rows in ((JUNE, people("x")), (JULY, {}), (AUGUST, people("x"))):
        publish(warehouse, SNAPSHOT, period, rows)
    assert {v for v in now(warehouse) if v[0] == "x"} == {("x", JUNE, JULY, "a"), ("x", AUGUST, None, "a")}


def test_publishing_twice_changes_nothing(warehouse: Server) -> None:
    name = checked(warehouse, SNAPSHOT, JUNE, "twice", 2)
    first = load.publish(warehouse, SNAPSHOT, name, *as_tables(people("x", "y")))
    entry = ledger.get(warehouse, name)
    again = load.publish(warehouse, SNAPSHOT, name, *as_tables(people("x", "y")))
    assert again == first._replace(content=Change(), identifiers=Change())
    assert ledger.get(warehouse, name) == entry
    assert ledger.advance(warehouse, name, "parsed", lines=9) == entry
    assert (entry.state, entry.published, entry.deduplicated) == ("published", 2, 0)


def test_two_processes_publishing_one_delivery_do_it_once(warehouse: Server) -> None:
    name = checked(warehouse, SNAPSHOT, JUNE, "at once", 2)
    with ThreadPoolExecutor(2) as pool:
        runs = pool.map(lambda _: load.publish(warehouse, SNAPSHOT, name, *as_tables(people("x", "y"))), range(2))
    assert sorted(run.content.opened for run in runs) == [0, 2]


def kill_who_waits(warehouse: Server) -> None:
    """End the loader's session that waits for a row."""
    assert warehouse.cluster is not None
    with psycopg.connect(warehouse.cluster.conninfo(), autocommit=True) as conn:
        for _ in range(6000):
            done = conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND usename = 'huilian_loader'"
            ).fetchall()
            if done:
                return
            time.sleep(0.01)
    pytest.fail("nobody waits")


def test_a_run_that_dies_in_its_transaction_leaves_no_trace_and_can_be_repeated(warehouse: Server) -> None:
    publish(warehouse, SNAPSHOT, JUNE, people("x", "y"))
    before = now(warehouse)
    name = checked(warehouse, SNAPSHOT, JULY, "killed", 1)
    arguments = (SNAPSHOT, name, *as_tables(people("z")))
    with warehouse.connect() as blocker, ThreadPoolExecutor(1) as pool:
        blocker.execute("SELECT 1 FROM ledger.delivery WHERE delivery_id = %s FOR UPDATE", [name])
        run = pool.submit(load.publish, warehouse, *arguments)
        kill_who_waits(warehouse)
        with pytest.raises(psycopg.OperationalError):
            run.result()
    assert now(warehouse) == before
    assert load.publish(warehouse, *arguments).content == Change(opened=3, closed=2)
    assert {v for v in now(warehouse) if len(v[0]) == 1} == {
        ("x", JUNE, JULY, "a"),
        ("y", JUNE, JULY, "a"),
        ("z", JULY, None, "a"),
    }


def test_a_late_clock_does_not_put_a_correction_before_what_it_corrects(warehouse: Server) -> None:
    publish(warehouse, SNAPSHOT, JUNE, people("x"))
    with warehouse.connect() as conn:
        conn.execute("UPDATE ledger.delivery SET published_at = published_at + interval '1 day'")
        conn.execute("UPDATE content.test_snapshot SET recorded_from = recorded_from + interval '1 day'")
        conn.execute("UPDATE identifiers.test_snapshot SET recorded_from = recorded_from + interval '1 day'")
    publish(warehouse, SNAPSHOT, JUNE, people("x", value="b"))
    assert {v for v in now(warehouse) if v[0] == "x"} == {("x", JUNE, None, "b")}


def test_only_a_checked_delivery_of_the_feed_is_published(warehouse: Server) -> None:
    name = checked(warehouse, SNAPSHOT, JUNE, "not yet", 1)
    ledger.advance(warehouse, name, "stopped", reason="too_few_rows")
    with pytest.raises(Stop, match="stopped, not checked"):
        load.publish(warehouse, SNAPSHOT, name, *as_tables(people("x")))
    with pytest.raises(Stop, match="no such delivery of test_increment"):
        load.publish(warehouse, INCREMENT, name, *as_tables(people("x")))


def test_rows_that_were_lost_on_the_way_are_noticed(warehouse: Server) -> None:
    name = checked(warehouse, SNAPSHOT, JUNE, "one too many", 1)
    with pytest.raises(Stop, match="deduplicated"):
        load.publish(warehouse, SNAPSHOT, name, *as_tables(people("x", "y")))
    assert now(warehouse) == set()


def without(rows: Rows, column: str) -> tuple[pa.Table, pa.Table]:
    content, mentions = as_tables(rows)
    return content.drop_columns([column]), mentions


def retyped(rows: Rows) -> tuple[pa.Table, pa.Table]:
    content, mentions = as_tables(rows)
    return content.set_column(3, "paid_fen", pa.array(["many"] * len(content))), mentions


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (without(people("x"), "value"), Stop, "missing"),
        (retyped(people("x")), Stop, "paid_fen"),
        ((as_tables(people("x"))[0], as_tables(people("y"))[1]), Stop, "mentions of records"),
        (tuple(pa.concat_tables([t, t]) for t in as_tables(people("x"))), Stop, "comes twice"),
        (as_tables(people("x", value="a\0b")), Quarantine, "NUL"),
    ],
    ids=["missing column", "wrong type", "stray mention", "repeated key", "NUL"],
)
def test_data_of_another_shape_is_refused_before_anything_is_written(
    warehouse: Server, data: tuple[pa.Table, pa.Table], error: type[Exception], words: str
) -> None:
    name = checked(warehouse, SNAPSHOT, JUNE, "shape", 1)
    with pytest.raises(error, match=words) as raised:
        load.publish(warehouse, SNAPSHOT, name, *data)
    assert "测试" not in str(raised.value)
    assert ledger.get(warehouse, name).state == "checked"


def test_values_arrive_as_they_were(warehouse: Server) -> None:
    when = datetime(2026, 10, 8, 9, 30, 15, 123456, tzinfo=ZoneInfo("Asia/Shanghai"))
    rows, mentions = as_tables({"x": ("汇联𠮷\t\\N\n", ("测试",))})
    rows = rows.set_column(4, "updated_at", pa.array([when], pa.timestamp("us", tz="Asia/Shanghai")))
    mentions = mentions.set_column(6, "born_on", pa.array([date(1926, 2, 28)], pa.date32()))
    load.publish(warehouse, SNAPSHOT, checked(warehouse, SNAPSHOT, JUNE, "values", 1), rows, mentions)
    with warehouse.connect() as conn:
        got = conn.execute("SELECT value, paid_fen, updated_at FROM content.test_snapshot").fetchone()
        born = conn.execute("SELECT born_on, phone FROM identifiers.test_snapshot").fetchone()
    assert got == ("汇联𠮷\t\\N\n", 7, when)
    assert born == (date(1926, 2, 28), None)


def test_a_field_added_to_the_contract_changes_only_rows_that_have_it(warehouse: Server) -> None:
    publish(warehouse, SNAPSHOT, JUNE, people("x", "y"))
    data = SNAPSHOT.model_dump()
    data["fields"] = [*data["fields"], {"name": "extra", "source": "新增", "kind": "text"}]
    wider = Contract.model_validate(data)
    migrate.migrate(warehouse, [wider])
    rows, mentions = as_tables(people("x", "y"))
    name = checked(warehouse, wider, JULY, "wider", 2)
    rows = rows.append_column("extra", pa.array([None, "now"], pa.string()))
    assert load.publish(warehouse, wider, name, rows, mentions).content == Change(opened=2, closed=1)


def test_versions_that_overlap_are_found(warehouse: Server) -> None:
    publish(warehouse, SNAPSHOT, JUNE, people("x"))
    with warehouse.connect() as conn:
        conn.execute(
            "INSERT INTO content.test_snapshot (record_key, delivery_id, row_hash, valid_from, valid_to, recorded_from)"
            " VALUES ('x', '', '', '2020-01-01', '2026-07-01', now())"
        )
        assert tables.overlaps(conn, tables.content(SNAPSHOT)) == 1
        with pytest.raises(psycopg.errors.UniqueViolation):
            conn.execute("UPDATE content.test_snapshot SET valid_to = NULL")
        conn.rollback()
