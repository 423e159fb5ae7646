import pytest

from contracts.errors import Stop
from warehouse import decisions
from warehouse.decisions import Mention
from warehouse.server import Server

ONE, TWO, THREE = (Mention("gongan_hukou", str(n), "person") for n in (1, 2, 3))


@pytest.fixture
def warehouse(blank: Server) -> Server:
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
