from datetime import date

import pytest

from contracts.errors import Stop
from warehouse import decisions
from warehouse.decisions import Mention
from warehouse.server import Server

ONE, TWO, THREE = (Mention("gongan_hukou", str(n), "person") for n in (1, 2, 3))


@pytest.fixture
def warehouse(blank: Server) -> Server:
    """Nobody is known, nothing is decided."""
    with blank.connect() as conn:
        conn.execute("TRUNCATE identity.person, identity.member, identity.decision CASCADE")
    return blank


def test_a_decision_holds_until_it_is_undone(warehouse: Server) -> None:
    first = decisions.decide(warehouse, (TWO, ONE), "same", "张三（测试）", "同一户号")
    assert decisions.decide(warehouse, (ONE, TWO), "same", "李四（测试）", "同意") == first
    [row] = decisions.in_force(warehouse).to_pylist()
    assert (row["left_key"], row["right_key"], row["verdict"]) == ("1", "2", "same")
    with pytest.raises(Stop, match="opposite"):
        decisions.decide(warehouse, (ONE, TWO), "different", "李四（测试）", "不是")
    decisions.undo(warehouse, first, "李四（测试）")
    second = decisions.decide(warehouse, (ONE, TWO), "different", "李四（测试）", "两个人")
    assert [r["verdict"] for r in decisions.in_force(warehouse).to_pylist()] == ["different"]
    assert second != first
    with pytest.raises(Stop, match="not in force"):
        decisions.undo(warehouse, first, "李四（测试）")


def test_nobody_decides_without_a_name_a_reason_and_two_mentions(warehouse: Server) -> None:
    for pair, who, why in (((ONE, THREE), "", "x"), ((ONE, THREE), "x", " "), ((ONE, ONE), "x", "x")):
        with pytest.raises(Stop, match="two mentions, a name and a reason"):
            decisions.decide(warehouse, pair, "same", who, why)
    with pytest.raises(Stop, match="needs a name"):
        decisions.undo(warehouse, 1, "")


def test_a_decision_stays_with_who_held_the_keys_then(warehouse: Server) -> None:
    """The next to hold a key can be decided about anew, and the other way round."""
    columns = "feed, record_key, role, entity, person_id, method, model_version, valid_from, recorded_from"
    row = (*TWO, "person", "P-7", "pair", "m1", "2026-09-01", "2026-09-30")
    with warehouse.connect() as conn:
        conn.execute("INSERT INTO identity.person VALUES ('P-7', 7, 'person', now())")
        conn.execute(f"INSERT INTO identity.member ({columns}) VALUES ({', '.join(['%s'] * 9)})".encode(), row)
    first = decisions.decide(warehouse, (TWO, THREE), "same", "张三（测试）", "同一户号")
    with warehouse.connect() as conn:
        conn.execute("UPDATE identity.member SET is_last = false, valid_to = '2026-10-01'")
        row = (*row[:7], "2026-10-01", "2026-10-31")
        conn.execute(f"INSERT INTO identity.member ({columns}) VALUES ({', '.join(['%s'] * 9)})".encode(), row)
    second = decisions.decide(warehouse, (THREE, TWO), "different", "张三（测试）", "已转让")
    assert second != first
    said = [r for r in decisions.in_force(warehouse).to_pylist() if r["right_key"] == "3"]
    assert [(r["verdict"], r["left_from"], r["right_from"]) for r in said] == [
        ("same", date(2026, 9, 1), None),
        ("different", date(2026, 10, 1), None),
    ]
