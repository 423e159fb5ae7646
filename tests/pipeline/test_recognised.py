"""Organisations and places of every feed under ids that last, doubts asked, decisions obeyed: on a real warehouse."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import Stop
from pipeline import people, review, review_words, steps
from pipeline.settings import Settings
from transforms.clean.addresses import parse_address
from transforms.clean.credit_codes import ALPHABET
from warehouse.decisions import Mention

MONTH = "2026-10"
REGISTER, HAZARDS = "shichang_qiye", "yingji_yinhuan"
PLACE = "石坑市云溪镇大湾村3组{}号"


def code(serial: int) -> str:
    """A made-up credit code that checks, of an area that was never assigned."""
    body = f"91990101{serial:09d}"
    return body + ALPHABET[-sum(pow(3, i, 31) * ALPHABET.index(c) for i, c in enumerate(body)) % 31]


class World:
    """A warehouse into which mentions are written as if departments had delivered them."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.server = settings, steps.server(settings)

    def say(self, feed: str, key: str, name: str, number: str | None = None, address: str | None = None) -> None:
        """One organisation in one record."""
        parsed = parse_address(address)._asdict() if address else {}
        row = {"record_key": key, "role": "x", "entity": "organisation", "name": name, "credit_code": number,
               "address": address, **parsed, "delivery_id": "d", "row_hash": key.encode(), "valid_from": "2026-09-01",
               "recorded_from": "2026-10-01"}  # fmt: skip
        row["address_key"] = row.pop("key", None)
        columns, marks = ", ".join(row), ", ".join(["%s"] * len(row))
        with self.server.connect() as conn:
            query = f"insert into identifiers.{feed} ({columns}) values ({marks})"
            conn.execute(query.encode(), list(row.values()))

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """Rows as the linker sees them."""
        with self.server.connect("linker") as conn:
            return conn.execute(query.encode(), values).fetchall()

    def organisation(self, feed: str, key: str) -> str:
        """The id of who is named in a record."""
        [(found,)] = self.ask(
            "select person_id from identity.current_organisation_member where (feed, record_key) = (%s, %s)",
            [feed, key],
        )
        return str(found)

    def address(self, feed: str, key: str) -> str:
        """The id of the place named in a record."""
        [(found,)] = self.ask(
            "select address_id from identity.current_address_member where (feed, record_key) = (%s, %s)", [feed, key]
        )
        return str(found)


@pytest.fixture(scope="module")
def made(installation: Callable[[Path], Settings], tmp_path_factory: pytest.TempPathFactory) -> World:
    settings = installation(tmp_path_factory.mktemp("inbox"))
    steps.prepare(settings)
    return World(settings)


@pytest.fixture
def world(made: World) -> World:
    """Thirty companies of an invented register, some with hazards."""
    with made.server.connect() as conn:
        tables = ["person", "run", "pair", "address_mention", "decision", "decision_ground"]
        listed = [f"identity.{t}" for t in tables] + [f"identifiers.{t}" for t in (REGISTER, HAZARDS)]
        conn.execute(f"truncate {', '.join(listed)} cascade".encode())
    for i in range(30):
        name = f"石坑市{'明恒嘉瑞安金永华东长'[i % 10]}{'远丰禾'[i // 10]}{'化工运输粮油'[i % 3 * 2 :][:2]}有限公司"
        made.say(REGISTER, f"Q{i}", name, code(i), PLACE.format(i + 1))
        if i % 2:
            made.say(HAZARDS, f"H{i}", name, code(i), f"云溪镇大湾村委会第3村民小组{i + 1}")
    return made


def test_a_name_alone_finds_its_company_and_ids_last(world: World) -> None:
    world.say(HAZARDS, "X", "明远化工")
    first = people.link(world.server, MONTH)
    assert world.organisation(HAZARDS, "X") == world.organisation(REGISTER, "Q0")
    assert (first["organisations"], first["addresses"]) == (30, 30)
    again = people.link(world.server, MONTH)
    assert (again["opened"], again["closed"]) == (0, 0)


def test_one_door_in_two_spellings_is_one_place_and_its_id_lasts(world: World) -> None:
    people.link(world.server, MONTH)
    before = world.address(REGISTER, "Q1")
    assert before == world.address(HAZARDS, "H1") != world.address(REGISTER, "Q2")
    world.say(HAZARDS, "Z", "大唐纸业", None, "石坑市云溪镇大湾村3组2号")
    people.link(world.server, MONTH)
    assert world.address(HAZARDS, "Z") == world.address(REGISTER, "Q1") == before


def test_a_slip_in_a_name_is_asked_about_decided_and_counted(world: World) -> None:
    world.say(HAZARDS, "X", "石坑市明运化工有限公司")
    people.link(world.server, MONTH)
    [asked] = [r for r in review.pairs(world.settings, 9, True, "organisation") if r["left"].record_key == "X"
               or r["right"].record_key == "X"]  # fmt: skip
    assert {asked["left_says"]["name"], asked["right_says"]["name"]} == {
        "石坑市明运化工有限公司", "石坑市明远化工有限公司"}  # fmt: skip
    number = asked["left_says"]["credit_code"] or asked["right_says"]["credit_code"]
    assert "*" in number
    assert "疑似" in review_words.listed([asked], {})
    review.decide(world.settings, (asked["left"], asked["right"]), "same", "审核员", "同一家企业")
    people.link(world.server, MONTH)
    assert world.organisation(HAZARDS, "X") == world.organisation(REGISTER, "Q0")
    report = review.report(world.settings)
    [band] = report["bands"]
    assert (band["entity"], band["decided"], band["same"], report["without_score"]) == ("organisation", 1, 1, 0)
    assert band["least"] < band["observed"] == band["most"] == 1
    assert "单位" in review_words.reported(report)


def test_another_companys_code_is_a_conflict(world: World) -> None:
    [(other,)] = world.ask(f"select name from identifiers.{REGISTER} where record_key = 'Q4'")
    world.say(HAZARDS, "X", str(other), code(2))
    counts = people.link(world.server, MONTH)
    assert counts["conflicts"] == 1
    assert world.ask("select kind, entity from identity.conflict") == [("code_conflict", "organisation")]
    assert world.organisation(HAZARDS, "X") == world.organisation(REGISTER, "Q4")


def test_a_decision_about_a_text_holds_for_whoever_writes_it(world: World) -> None:
    world.say(HAZARDS, "A", "甲店铺", None, "云溪镇大湾村上屋7号")
    world.say(HAZARDS, "B", "乙店铺", None, "云溪镇大湾村下屋7号")
    people.link(world.server, MONTH)
    assert world.address(HAZARDS, "A") != world.address(HAZARDS, "B")
    said = {k: s for k, s in world.ask("select record_key, said from identity.address_mention")}
    sides = [Mention("address", said[k], "text") for k in "AB"]
    review.decide(world.settings, (sides[0], sides[1]), "same", "审核员", "一处两名")
    people.link(world.server, MONTH)
    assert world.address(HAZARDS, "A") == world.address(HAZARDS, "B")


def test_pairs_of_something_else_are_not_asked_for(world: World) -> None:
    with pytest.raises(Stop, match="no pairs of house"):
        review.pairs(world.settings, 1, False, "house")


def test_nothing_in_the_identity_schema_is_an_address_in_words(world: World) -> None:
    people.link(world.server, MONTH)
    for table in ("member", "pair", "address_mention", "run", "event"):
        assert world.ask(f"select 1 from identity.{table} t where t::text like '%%大湾%%' limit 1") == []
