from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import psycopg
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Retry, Stop
from contracts.mentions import MENTION
from warehouse import decisions, identity
from warehouse.decisions import Mention
from warehouse.identity import CONFLICT, MEMBER, PAIR, PERSON, VERSION, Entity, Found, Run
from warehouse.server import Server

FIRST, SECOND, THIRD = (identity.person_id("person", n) for n in (1, 2, 3))


@pytest.fixture(scope="module")
def empty_warehouse(with_mentions: Callable[..., Server]) -> Server:
    return with_mentions("one", "two")


@pytest.fixture
def warehouse(empty_warehouse: Server) -> Server:
    with empty_warehouse.connect() as conn:
        conn.execute(
            "TRUNCATE identity.person, identity.run, identity.member, identity.event, identity.pair, identity.conflict,"
            " identity.decision, identifiers.one, identifiers.two CASCADE"
        )
    return empty_warehouse


def said(mention: str) -> dict[str, str]:
    feed, key = mention.split("/")
    return {"feed": feed, "record_key": key, "role": "person"}


def found(people: Mapping[str, str], score: float | None = 0.999, **other: pa.Table) -> Found:
    """Members from {"one/7": person}: feed, record key; the role is person."""
    rows = [
        {**said(mention), "person_id": p, "score": score, "method": "number", "is_last": True}
        for mention, p in people.items()
    ]
    empty = {"persons": PERSON, "pairs": PAIR, "conflicts": CONFLICT}
    return Found(pa.Table.from_pylist(rows, MEMBER), *[other.get(n, s.empty_table()) for n, s in empty.items()])


Span = tuple[str, str, date | None, date | None]  # mention, person id, valid_from, valid_to


def hold(warehouse: Server, run: str, *spans: Span, pairs: pa.Table | None = None) -> identity.Written:
    """Write `spans`, of each mention in order."""
    last = {mention: i for i, (mention, *_) in enumerate(spans)}
    rows = [
        {**said(m), "person_id": p, "method": "pair", "valid_from": a, "valid_to": b, "is_last": last[m] == i}
        for i, (m, p, a, b) in enumerate(spans)
    ]
    return identity.write(
        warehouse,
        Run(run, "person", "m1"),
        found({}, pairs=PAIR.empty_table() if pairs is None else pairs)._replace(
            members=pa.Table.from_pylist(rows, MEMBER)
        ),
    )


def held(warehouse: Server) -> list[tuple[object, ...]]:
    with warehouse.connect("analyst") as conn:
        return conn.execute(
            "SELECT feed || '/' || record_key, person_id, nullif(valid_from, '-infinity'), valid_to"
            " FROM identity.member_span ORDER BY 1, 3"
        ).fetchall()


def events(warehouse: Server, run: str) -> list[tuple[object, ...]]:
    with warehouse.connect("linker") as conn:
        return conn.execute(
            "SELECT kind, person_id, other_id, record_key FROM identity.event WHERE run_id = %s ORDER BY event_id",
            [run],
        ).fetchall()


def write(warehouse: Server, run: str, people: Mapping[str, str], entity: Entity = "person") -> identity.Written:
    return identity.write(warehouse, Run(run, entity, "m1"), found(people))


def current(warehouse: Server) -> dict[str, str]:
    rows = identity.members(warehouse).to_pylist()
    return {f"{r['feed']}/{r['record_key']}": r["person_id"] for r in rows}


def merged(warehouse: Server) -> dict[str, str | None]:
    with warehouse.connect("linker") as conn:
        rows = conn.execute(
            "SELECT person_id, merged_into FROM identity.person WHERE retired_at IS NOT NULL"
        ).fetchall()
    return {str(a): b and str(b) for a, b in rows}


def test_ids_are_minted_in_the_order_of_first_mention_whatever_new_ones_are_called(warehouse: Server) -> None:
    done = write(warehouse, "r1", {"two/1": "+a", "one/9": "+z", "one/1": "+m", "two/2": "+z"})
    assert current(warehouse) == {"one/1": FIRST, "one/9": SECOND, "two/2": SECOND, "two/1": THIRD}
    assert done == identity.Written(4, 3, 4, 0, {"minted": 3})


def test_a_run_that_finds_the_same_touches_nothing(warehouse: Server) -> None:
    write(warehouse, "r1", {"one/1": "+a", "two/1": "+a"})
    again = write(warehouse, "r2", current(warehouse))
    assert again == identity.Written(2, 1, 0, 0, {})
    moved = identity.write(warehouse, Run("r3", "person", "m2"), found(current(warehouse), score=0.9988))
    assert (moved.opened, moved.closed) == (0, 0)


def test_a_run_written_twice_is_written_once(warehouse: Server) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: write(warehouse, "r1", {"one/1": "+a", "two/1": "+b"}), range(2)))
    assert both[0] == both[1]
    assert current(warehouse) == {"one/1": FIRST, "two/1": SECOND}


def test_a_merger_keeps_the_older_id_and_the_other_one_points_to_it(warehouse: Server) -> None:
    write(warehouse, "r1", {"one/1": "+a", "one/2": "+b", "one/3": "+c"})
    second = write(warehouse, "r2", {"one/1": FIRST, "one/2": SECOND, "one/3": SECOND})
    assert second.events == {"merged": 1}
    write(warehouse, "r3", {"one/1": FIRST, "one/2": FIRST, "one/3": FIRST})
    assert merged(warehouse) == {SECOND: FIRST, THIRD: FIRST}
    assert set(current(warehouse).values()) == {FIRST}


def test_a_split_mints_and_says_from_whom(warehouse: Server) -> None:
    write(warehouse, "r1", {"one/1": "+a", "one/2": "+a", "one/3": "+b"})
    done = write(warehouse, "r2", {"one/1": FIRST, "one/2": "+new", "one/3": SECOND, "one/4": SECOND})
    assert done.events == {"minted": 1, "split": 1, "moved": 1, "joined": 1}
    assert current(warehouse)["one/2"] == THIRD
    with warehouse.connect("linker") as conn:
        split = conn.execute("SELECT person_id, other_id FROM identity.event WHERE kind = 'split'").fetchall()
    assert split == [(THIRD, FIRST)]


def test_a_mention_that_is_gone_retires_who_has_no_other(warehouse: Server) -> None:
    write(warehouse, "r1", {"one/1": "+a", "one/2": "+b"})
    assert write(warehouse, "r2", {"one/1": FIRST}).events == {"retired": 1}
    assert merged(warehouse) == {SECOND: None}


def test_former_memberships_can_still_be_told(warehouse: Server) -> None:
    write(warehouse, "r1", {"one/1": "+a", "one/2": "+b"})
    write(warehouse, "r2", {"one/1": FIRST, "one/2": FIRST})
    with warehouse.connect("linker") as conn:
        then = conn.execute(
            "SELECT record_key, person_id FROM identity.member JOIN identity.run ON run_id = 'r1'"
            " WHERE recorded_from <= at AND (recorded_to IS NULL OR recorded_to > at) ORDER BY 1"
        ).fetchall()
    assert then == [("1", FIRST), ("2", SECOND)]


def test_people_and_organisations_do_not_touch_each_other(warehouse: Server) -> None:
    write(warehouse, "r1", {"one/1": "+a"})
    write(warehouse, "r2", {"two/1": "+a"}, "organisation")
    assert current(warehouse) == {"one/1": FIRST}
    [organisation] = identity.members(warehouse, "organisation").to_pylist()
    assert organisation["person_id"] == identity.person_id("organisation", 1)
    with warehouse.connect("analyst") as conn:
        assert conn.execute("SELECT record_key FROM identity.current_member").fetchall() == [("1",)]
        assert len(conn.execute("SELECT * FROM identity.current_organisation_member").fetchall()) == 1


def test_birth_and_sex_follow_what_was_settled(warehouse: Server) -> None:
    people = {"one/1": "+a", "one/2": "+b"}
    born = pa.table(
        {"person_id": ["+a"], "born_on": [date(1946, 5, 1)], "born_precision": ["month"], "sex": ["2"]}, schema=PERSON
    )
    identity.write(warehouse, Run("r1", "person", "m1"), found(people, persons=born))
    with warehouse.connect("analyst") as conn:
        rows = conn.execute("SELECT * FROM identity.person_birth ORDER BY 1").fetchall()
    assert rows == [(FIRST, date(1946, 5, 1), "month", "2"), (SECOND, None, None, None)]


SIDES = {"left_feed": "one", "left_key": "1", "left_role": "person"} | {
    "right_feed": "two", "right_key": "1", "right_role": "person"
}  # fmt: skip


def test_pairs_in_doubt_and_conflicts_are_those_of_the_last_run(warehouse: Server) -> None:
    pair = pa.Table.from_pylist([{**SIDES, "score": 0.6, "evidence": '{"name": 2}'}], PAIR)
    conflict = pa.Table.from_pylist([{"kind": "id_conflict", **SIDES, "detail": "{}"}], CONFLICT)
    people = {"one/1": "+a", "two/1": "+b"}
    identity.write(warehouse, Run("r1", "person", "m1"), found(people, pairs=pair, conflicts=conflict))
    with warehouse.connect("linker") as conn:
        assert conn.execute("SELECT score, evidence, state FROM identity.pair").fetchall() == [
            (0.6, {"name": 2}, "grey")
        ]
        [(people_, mentions)] = conn.execute("SELECT person_ids, mentions FROM identity.conflict").fetchall()
        assert people_ == [FIRST, SECOND]
        assert mentions[1] == {"feed": "two", "record_key": "1", "role": "person"}  # type: ignore[index]
        conn.rollback()
        write(warehouse, "r2", current(warehouse))
        assert conn.execute(
            "SELECT (SELECT count(*) FROM identity.pair), count(*) FROM identity.conflict"
        ).fetchone() == (0, 0)


def test_ids_in_doubt_are_each_others_until_somebody_finds_them_different(warehouse: Server) -> None:
    pair = pa.Table.from_pylist([{**SIDES, "score": 0.6, "evidence": "{}"}], PAIR)
    identity.write(warehouse, Run("r1", "person", "m1"), found({"one/1": "+a", "two/1": "+b"}, pairs=pair))
    both = [(FIRST, SECOND), (SECOND, FIRST)]
    sides = Mention("two", "1", "person"), Mention("one", "1", "person")
    assert doubts(warehouse) == both
    same = decisions.decide(warehouse, sides, "same", "clerk", "seen")
    assert doubts(warehouse) == both, "until recognition has followed"
    decisions.undo(warehouse, same, "clerk")
    decisions.decide(warehouse, sides, "different", "clerk", "seen")
    assert doubts(warehouse) == []


def test_a_decision_about_who_held_the_key_before_leaves_the_doubt(warehouse: Server) -> None:
    hold(warehouse, "r1", ("one/1", "+a", JUNE, None), ("two/1", "+b", JUNE, None))
    decisions.decide(
        warehouse, (Mention("one", "1", "person"), Mention("two", "1", "person")), "different", "clerk", "seen"
    )
    pair = pa.Table.from_pylist([{**SIDES, "score": 0.6, "evidence": "{}"}], PAIR)
    spans = [("one/1", FIRST, JUNE, JULY), ("one/1", "+c", JULY, None), ("two/1", SECOND, JUNE, None)]
    hold(warehouse, "r2", *spans, pairs=pair)
    assert doubts(warehouse) == [(SECOND, THIRD), (THIRD, SECOND)]


def doubts(warehouse: Server) -> list[tuple[object, ...]]:
    """Who may be whom, as rules are told."""
    with warehouse.connect("analyst") as conn:
        return conn.execute("SELECT person_id, other_id FROM identity.doubt ORDER BY 1, 2").fetchall()


def test_an_id_that_is_not_current_is_refused(warehouse: Server) -> None:
    write(warehouse, "r1", {"one/1": "+a"})
    for stranger in (THIRD, "somebody"):
        with pytest.raises(Retry, match="isn't current"):
            write(warehouse, "r2", {"one/1": stranger})
    assert current(warehouse) == {"one/1": FIRST}


def test_a_mention_of_two_persons_or_without_columns_is_refused(warehouse: Server) -> None:
    one = found({"one/1": "+a"})
    with pytest.raises(Stop, match="two persons"):
        identity.write(warehouse, Run("r1", "person", "m1"), one._replace(members=pa.concat_tables([one.members] * 2)))
    with pytest.raises(Stop, match="method"):
        identity.write(warehouse, Run("r1", "person", "m1"), one._replace(members=one.members.drop_columns("method")))


def test_a_leads_person_is_found_under_who_they_are_now(warehouse: Server) -> None:
    write(warehouse, "r1", {"one/1": "+a", "one/2": "+b"})
    with warehouse.connect("analyst") as conn:
        conn.execute(
            "INSERT INTO mart.lead (lead_id, rule, person_id, period, evidence_level, evidence, rule_version)"
            " VALUES ('L1', 'some_rule', %s, '2026-10-01', 'E3', '[]', '1')",
            [SECOND],
        )
    write(warehouse, "r2", {"one/1": FIRST, "one/2": FIRST})
    with warehouse.connect("analyst") as conn:
        assert conn.execute("SELECT person_id FROM mart.current_lead").fetchall() == [(FIRST,)]
        conn.execute("UPDATE mart.lead SET state = 'refuted'")
        assert conn.execute("SELECT person_id FROM mart.current_lead").fetchall() == []


JUNE, JULY, AUGUST = (date(2026, month, 1) for month in (6, 7, 8))


def test_a_key_that_passes_on_is_each_holders_in_their_time(warehouse: Server) -> None:
    hold(warehouse, "r1", ("one/1", "+a", JUNE, None), ("two/1", "+b", JUNE, None))
    done = hold(
        warehouse,
        "r2",
        *(("one/1", FIRST, JUNE, JULY), ("one/1", SECOND, JULY, None)),
        ("two/1", SECOND, JUNE, None),
    )
    assert (done.mentions, done.persons, done.opened, done.closed) == (2, 2, 2, 1)
    assert events(warehouse, "r2") == [("joined", SECOND, None, "1")]
    assert held(warehouse)[:2] == [("one/1", FIRST, JUNE, JULY), ("one/1", SECOND, JULY, None)]
    with warehouse.connect("analyst") as conn:
        now = conn.execute("SELECT record_key, person_id FROM identity.current_member WHERE feed = 'one'").fetchall()
    assert now == [("1", SECOND)]
    assert merged(warehouse) == {}, "who held a key once is somebody still"


def test_a_span_that_only_gets_other_days_is_no_event(warehouse: Server) -> None:
    hold(warehouse, "r1", ("one/1", "+a", JULY, None), ("one/2", "+b", JULY, AUGUST), ("one/2", "+c", AUGUST, None))
    spans: list[Span] = [("one/1", FIRST, JUNE, AUGUST)]
    spans += [("one/2", SECOND, JUNE, JULY), ("one/2", THIRD, JULY, None)]
    assert hold(warehouse, "r2", *spans).events == {}
    assert held(warehouse) == spans
    assert hold(warehouse, "r3", *spans) == identity.Written(2, 3, 0, 0, {})


def test_an_earlier_holder_who_turns_out_to_be_another_moves_alone(warehouse: Server) -> None:
    hold(warehouse, "r1", ("one/1", "+a", JUNE, JULY), ("one/1", "+b", JULY, None), ("one/2", "+c", JUNE, None))
    spans: list[Span] = [("one/1", THIRD, JUNE, JULY), ("one/1", SECOND, JULY, None), ("one/2", THIRD, JUNE, None)]
    assert hold(warehouse, "r2", *spans).events == {"merged": 1}
    assert merged(warehouse) == {FIRST: THIRD}
    assert held(warehouse) == spans


def test_what_was_found_before_anybody_counted_days_gets_them_without_an_event(warehouse: Server) -> None:
    write(warehouse, "r1", {"one/1": "+a", "one/2": "+b", "one/3": "+c"})
    spans: list[Span] = [("one/1", FIRST, JUNE, None)]
    spans += [("one/2", FIRST, JUNE, JULY), ("one/2", SECOND, JULY, None), ("one/3", FIRST, JUNE, None)]
    assert hold(warehouse, "r2", *spans).events == {"joined": 1, "merged": 1}
    assert events(warehouse, "r2") == [("joined", FIRST, None, "2"), ("merged", FIRST, THIRD, None)]
    assert held(warehouse) == spans


def test_mentions_are_all_versions_of_everything_ever_delivered(warehouse: Server) -> None:
    rows = [
        ("one", "1", "old name", "2026-06-01", "2026-07-01", None),
        ("one", "1", "new name", "2026-07-01", None, None),
        ("one", "2", "left the register", "2026-06-01", "2026-07-01", None),
        ("one", "3", "taken back", "2026-06-01", None, "2026-06-15"),
        ("two", "1", "other feed", "2026-06-01", None, None),
    ]
    with warehouse.connect() as conn:
        for feed, *row in rows:
            conn.execute(
                f"INSERT INTO identifiers.{feed} (record_key, name, valid_from, valid_to, recorded_to, role, entity)"
                " VALUES (%s, %s, %s, %s, %s, 'person', 'person')".encode(),
                row,
            )
    table = identity.mentions(warehouse)
    assert table.column_names == ["feed", *MENTION, *VERSION]
    assert table.schema.field("born_on").type == pa.date32()
    got = [(r["feed"], r["record_key"], r["name"]) for r in table.to_pylist()]
    assert got == [
        ("one", "1", "old name"),
        ("one", "1", "new name"),
        ("one", "2", "left the register"),
        ("two", "1", "other feed"),
    ]
    assert table["versions"].to_pylist() == [2, 2, 1, 1]
    assert table["record_until"].to_pylist() == [None, None, date(2026, 7, 1), None]
    assert identity.mentions(warehouse, "organisation").num_rows == 0


def test_a_warehouse_without_feeds_has_no_mentions(new_warehouse: Callable[..., Server]) -> None:
    assert identity.mentions(new_warehouse()).column_names == ["feed", *MENTION, *VERSION]


@given(st.integers(1, 9_999_999), st.integers(0, 6), st.integers(1, 9))
def test_a_mistyped_digit_is_noticed(number: int, place: int, by: int) -> None:
    good = identity.person_id("person", number)[1:]
    wrong = good[:place] + str((int(good[place]) + by) % 10) + good[place + 1 : -1]
    assert identity.person_id("person", int(wrong))[1:] != wrong + good[-1]


def test_an_id_tells_nothing_but_its_turn() -> None:
    assert identity.person_id("person", 1)[0] == "P"
    assert len(identity.person_id("organisation", 7)) == 9
    assert identity.person_id("person", 12_345_678)[1:-1] == "12345678"


def test_a_linker_may_not_rewrite_history(warehouse: Server) -> None:
    write(warehouse, "r1", {"one/1": "+a"})
    for statement in (
        "UPDATE identity.member SET person_id = 'P'",
        "DELETE FROM identity.event",
        "DELETE FROM identity.member",
    ):
        with warehouse.connect("linker") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement.encode())
