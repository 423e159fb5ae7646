import re

import pytest

import contracts
from contracts.errors import Stop
from transforms import crosscheck
from transforms.crosscheck import rules
from transforms.crosscheck.rules import Rule

HEAD = """/*
title: 疑点线索：试
question: 试？
owner: 民政局
legal_basis: [《政务数据共享条例》第二十六条]
purposes: [benefit_check]
evidence_levels: {E1: 须核实}
needs: [minzheng_dibao]
revision: 1
*/
"""
SELECT = "select 1 as person_id from minzheng_dibao where town like '%镇'"


def parse(text: str) -> Rule:
    return rules.parse("trial", text, contracts.by_feed())


def test_the_ten_rules_load_and_the_ones_that_bring_people_their_due_come_first() -> None:
    found = crosscheck.load_all()
    assert [(r.name, r.benefit) for r in found] == [
        ("birth_not_registered", True),
        ("eligible_elderly_allowance_unclaimed", True),
        ("school_age_not_enrolled", True),
        ("bus_card_used_after_death", False),
        ("deceased_not_deregistered", False),
        ("dibao_owns_business", False),
        ("dibao_owns_two_homes", False),
        ("dibao_paid_twice", False),
        ("pension_paid_after_death", False),
        ("public_rental_owns_home", False),
    ]


@pytest.mark.parametrize("rule", crosscheck.load_all(), ids=lambda r: r.name)
def test_a_rule_asks_and_never_judges(rule: Rule) -> None:
    said = rule.title + rule.question + "".join(rule.evidence_levels.values())
    assert rule.title.startswith("疑点线索")
    assert rule.question.endswith("？")
    assert not re.search("骗|冒领|违规|违法|停发|追回|虚假", said)
    assert set(rule.evidence_levels) == {"E1", "E2", "E3"}


@pytest.mark.parametrize("rule", crosscheck.load_all(), ids=lambda r: r.name)
def test_a_rule_belongs_to_a_department_that_delivers(rule: Rule) -> None:
    assert rule.owner in {c.department for c in contracts.load_all()}


def test_every_feed_is_read_as_of_the_month_and_as_known_today() -> None:
    query = crosscheck.compile(crosscheck.load("dibao_owns_two_homes"))
    for feed in ("minzheng_dibao", "fangguan_chanquan"):
        assert f"select h.* from content.{feed} h" in query
    assert query.count("h.recorded_to is null and h.valid_from <= p.first_day") == 2
    assert set(re.findall(r"%\((\w+)\)s", query)) == {crosscheck.PERIOD}


def test_a_per_cent_sign_of_the_rule_reaches_the_server_as_one() -> None:
    query = crosscheck.load("public_rental_owns_home").query % {"period": "'2026-09-01'"}
    assert "like '权利人%'" in query


def test_no_rule_sees_who_people_are() -> None:
    for rule in crosscheck.load_all():
        assert not re.search(r"\b(identifiers|ledger|mart|share)\.", rule.query)
        assert set(re.findall(r"identity\.(\w+)", rule.query)) == {"member_span", "person_birth", "doubt"}


def test_the_version_moves_with_the_question_and_with_what_it_builds_on() -> None:
    first, second = parse(HEAD + SELECT), parse(HEAD + SELECT + " and true")
    grace = parse(HEAD.replace("revision: 1", "revision: 1\ngrace_days: 31") + SELECT)
    shared = first.model_copy(update={"shared": crosscheck.load("pension_paid_after_death").shared})
    versions = {r.version for r in (first, second, grace, shared)}
    assert len(versions) == 4
    assert all(v.startswith("1+") for v in versions)


def test_a_shared_question_comes_after_what_it_builds_on() -> None:
    rule = crosscheck.load("bus_card_used_after_death")
    assert [s.name for s in rule.shared] == ["death_record", "death"]
    assert "weijian_siwang" in rule.feeds


def test_a_rule_that_finds_somebody_missing_says_only_where() -> None:
    rule = parse(HEAD.replace("revision", "absent_from: minzheng_gaoling\nrevision") + SELECT)
    assert [s.name for s in rule.shared] == ["death_record", "absence"]
    assert rule.feeds == ("gongan_hukou", "minzheng_binzang", "minzheng_dibao", "minzheng_gaoling", "weijian_siwang")
    assert "doubted as (" in rule.query
    assert rule.version != parse(HEAD + SELECT).version


WRONG = {
    "unknown key": (HEAD.replace("owner:", "onwer:") + SELECT, "owner: field required"),
    "no legal basis": (re.sub("legal_basis: .*", "legal_basis: []", HEAD) + SELECT, "legal_basis"),
    "unknown level": (HEAD.replace("E1", "E9") + SELECT, "evidence_levels"),
    "no head": (SELECT, "does not open with a"),
    "broken head": ("/*\ntitle: [\n*/\n" + SELECT, "not valid YAML"),
    "a key that is there twice": (HEAD.replace("title:", "title: 1\ntitle:") + SELECT, "title is there twice"),
    "a list for a head": ("/*\n- title\n*/\n" + SELECT, "not a mapping"),
    "unknown feed": (HEAD.replace("minzheng_dibao", "minzheng_nobody") + SELECT, "no contract promises"),
    "a feed not listed": (HEAD + SELECT + " and exists (select from gongan_hukou)", "gongan_hukou"),
    "a feed not used": (HEAD.replace("[minzheng_dibao]", "[minzheng_dibao, shichang_qiye]") + SELECT, "shichang_qiye"),
    "a feed shared for something else": (
        HEAD.replace("[minzheng_dibao]", "[sifa_tiaojie]") + SELECT.replace("minzheng_dibao", "sifa_tiaojie"),
        "not shared for any of",
    ),
    "completeness of a feed it doesn't read": (
        HEAD.replace("revision: 1", "revision: 1\ncomplete: [gongan_hukou]") + SELECT,
        "not among its feeds",
    ),
    "a shared question that isn't there": (HEAD.replace("revision", "uses: [deth]\nrevision") + SELECT, "deth"),
    "missing from a register nobody keeps": (
        HEAD.replace("revision", "absent_from: minzheng_nobody\nrevision") + SELECT,
        "no contract promises",
    ),
    "no SQL": (HEAD, "sql"),
    "two statements": (HEAD + SELECT + "; " + SELECT, "one plain SELECT"),
    "a change": (HEAD + "with x as (delete from minzheng_dibao returning 1) " + SELECT, "one plain SELECT"),
    "another command": (HEAD + "copy minzheng_dibao to stdout", "one plain SELECT"),
    "a schema": (HEAD + SELECT + " and exists (select from identifiers.minzheng_dibao)", "names a schema"),
}


@pytest.mark.parametrize("case", WRONG, ids=lambda c: c.replace(" ", "_"))
def test_a_rule_that_is_wrong_is_refused_by_name(case: str) -> None:
    text, says = WRONG[case]
    with pytest.raises(Stop) as caught:
        parse(text)
    assert says in str(caught.value)
    assert "transforms/crosscheck/" in caught.value.where
    assert caught.value.next_action


def test_words_in_comments_and_texts_are_not_commands() -> None:
    text = HEAD + "-- delete; drop\n" + SELECT + " and town <> 'drop; delete from content.x'"
    assert parse(text).sql.endswith("content.x'")


def test_a_rule_that_is_not_there_is_said() -> None:
    with pytest.raises(Stop, match="there is no nobody.sql"):
        crosscheck.load("nobody")
    with pytest.raises(Stop, match="there is no"):
        crosscheck.load("../shared/death")
