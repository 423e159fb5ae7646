"""A person's decision is honoured by every later run, and can be taken back."""

from collections.abc import Callable

import pytest

from contracts.errors import Stop
from pipeline import review, review_words, steps
from pipeline.settings import Settings
from tests.factory import people
from tests.pipeline.conftest import County
from warehouse.decisions import Mention


@pytest.fixture(scope="module")
def settings(county: County, copied: Callable[[Settings], Settings]) -> Settings:
    """An installation of its own, because decisions change who is who."""
    return copied(county.settings)


def person(settings: Settings, mention: Mention) -> str:
    with steps.server(settings).connect("linker") as conn:
        row = conn.execute(
            "select person_id from identity.current_member where (feed, record_key, role) = (%s, %s, %s)", mention
        ).fetchone()
    assert row is not None
    return str(row[0])


def test_two_people_declared_one_become_one_and_two_again_when_it_is_undone(settings: Settings) -> None:
    left, right = (Mention("gongan_hukou", f"HK{n:07d}", "person") for n in (8, 10))
    before = person(settings, left), person(settings, right)
    assert before[0] != before[1]
    number = review.decide(settings, (left, right), "same", "审核员", "同一人两次登记")
    steps.link(settings, "2026-10")
    assert person(settings, left) == person(settings, right) == min(before)
    review.undo(settings, number, "审核员")
    steps.link(settings, "2026-10")
    assert person(settings, left) != person(settings, right)


def test_one_person_declared_two_is_kept_apart(settings: Settings) -> None:
    left = Mention("gongan_hukou", "HK0000007", "person")
    right = Mention("wangge_zoufang", "ZF0000007", "person")
    assert person(settings, left) == person(settings, right)
    review.decide(settings, (right, left), "different", "审核员", "走访登记错人")
    steps.link(settings, "2026-10")
    assert person(settings, left) != person(settings, right)


def test_the_opposite_of_what_is_in_force_is_refused(settings: Settings) -> None:
    left = Mention("gongan_hukou", "HK0000012", "person")
    right = Mention("gongan_hukou", "HK0000014", "person")
    review.decide(settings, (left, right), "different", "审核员", "两人")
    with pytest.raises(Stop, match="opposite"):
        review.decide(settings, (left, right), "same", "审核员", "一人")
    with pytest.raises(Stop, match="same or different"):
        review.decide(settings, (left, right), "maybe", "审核员", "不知道")


def test_a_feed_that_is_none_and_a_reason_with_a_number_are_refused(settings: Settings) -> None:
    left = Mention("gongan_hukou", "HK0000012", "person")
    before = review.in_force(settings)
    with pytest.raises(Stop, match="there is no feed gongan_huko\n"):
        review.decide(settings, (left, left._replace(feed="gongan_huko")), "same", "审核员", "一人")
    with pytest.raises(Stop, match="number"):
        review.decide(settings, (left, left._replace(record_key="HK0000014")), "same", "审核员", "电话 13800000000")
    assert review.in_force(settings) == before


def test_the_list_says_which_registers_and_how_the_first_pair_is_decided() -> None:
    sides = {"left": Mention("a", "1 2", "person"), "right": Mention("b", "3", "person")}
    row = {"entity": "person", **sides, "evidence": {}, "reason": "证据不足", "right_says": {"name": "金丝雀"}}
    told = review_words.listed([row], {"a": "甲册"}).splitlines()
    assert told[1:3] == ["    甲  甲册 a 1 2 person", "    乙  b 3 person：姓名或名称 金丝雀"]
    assert "same --left a '1 2' person --right b 3 person --who" in told[-1]


def test_what_follows_from_decisions_about_others_is_not_contradicted(settings: Settings) -> None:
    one, two, three = (Mention("gongan_hukou", f"HK{n:07d}", "person") for n in (16, 18, 20))
    before = len(review.in_force(settings))
    numbers = [review.decide(settings, pair, "same", "审核员", "一人") for pair in ((one, two), (three, two))]
    with pytest.raises(Stop, match="by way of others\n"):
        review.decide(settings, (one, three), "different", "审核员", "两人")
    review.undo(settings, numbers[0], "审核员")
    told = review.decide(settings, (one, three), "different", "审核员", "两人")
    with pytest.raises(Stop, match=f"decision {told} says that two"):
        review.decide(settings, (two, one), "same", "审核员", "一人")
    assert len(review.in_force(settings)) == before + 2
    for number in (numbers[1], told):
        review.undo(settings, number, "审核员")


def test_who_is_in_doubt_is_shown_without_whole_numbers(settings: Settings) -> None:
    one, other = (Mention("gongan_hukou", f"HK{n:07d}", "person") for n in (22, 24))
    with steps.server(settings).connect() as conn:
        conn.execute("insert into identity.pair values (%s, %s, %s, %s, %s, %s, 0.5, '{}', 'm1')", (*one, *other))
    [asked] = review.pairs(settings, 50, show=True)
    assert (asked["left"], asked["right"]) == (one, other)
    for side, whose in (("left", people()[21]), ("right", people()[23])):
        said = asked[f"{side}_says"]
        assert said["name"] == whose.name
        assert "*" in said["id_number"]
        assert whose.number not in str(asked)
