import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import psycopg
import pytest

import contracts
from contracts.errors import Stop
from warehouse import leads
from warehouse.leads import Decision, Outcome
from warehouse.server import Server

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
ON = date(2026, 11, 2)  # a Monday


@dataclass(frozen=True)
class Trial:
    """A rule that answers with the people it is given."""

    people: dict[str, str]
    name: str = "trial"
    title: str = "疑点线索：试"
    version: str = "1+aaaa"
    benefit: bool = False
    due_working_days: int = 10
    complete: Sequence[str] = ()
    grace_until: str | None = None
    sql: str | None = None

    @property
    def query(self) -> str:
        """Answers as the compiled rule would."""
        grace = f"date '{self.grace_until}'" if self.grace_until else "null::date"
        rows = [
            f"select '{who}', '{level}', jsonb_build_array(jsonb_build_object('feed', 'f', 'record_key', '{who}',"
            f" 'role', 'person')), jsonb_build_object('units', 2), {grace} where %(period)s::date is not null"
            for who, level in self.people.items()
        ]
        return self.sql or " union all ".join(rows) or "select '', '', '', '', null where %(period)s::date is null"


@pytest.fixture(scope="module")
def empty(new_warehouse: Callable[..., Server]) -> Server:
    return new_warehouse(contracts.get("jiaoyu_xueji"))


@pytest.fixture
def mart(empty: Server) -> Server:
    with empty.connect() as conn:
        conn.execute("truncate mart.rule, mart.lead, mart.lead_event, identity.person cascade")
        conn.execute("truncate content.jiaoyu_xueji")
        for number, who in enumerate("ABC", 1):
            conn.execute(
                "insert into identity.person (person_id, number, entity, minted_at) values (%s, %s, 'person', now())",
                [who, number],
            )
    return empty


def rows(mart: Server, query: str) -> list[tuple[Any, ...]]:
    with mart.connect("analyst") as conn:
        return conn.execute(query.encode()).fetchall()


def states(mart: Server) -> dict[str, str]:
    return {str(who): str(state) for who, state in rows(mart, "select person_id, state from mart.lead")}


def run(mart: Server, *trials: Trial, period: date = OCTOBER) -> list[Outcome]:
    return leads.evaluate(mart, trials, period, on=ON)


def lead_of(mart: Server, who: str) -> str:
    return str(rows(mart, f"select lead_id from mart.lead where person_id = '{who}'")[0][0])


def go(mart: Server, who: str, *to: str, **closing: Any) -> None:
    for state in to:
        last = closing if state == "closed" else {}
        leads.decide(mart, lead_of(mart, who), state, Decision("王科长", "已与本人核实", **last))


def merge(mart: Server, old: str, into: str) -> None:
    with mart.connect() as conn:
        conn.execute(
            "update identity.person set retired_at = now(), merged_into = %s where person_id = %s", [into, old]
        )


def test_what_a_rule_finds_becomes_a_lead_to_verify(mart: Server) -> None:
    assert run(mart, Trial({"A": "E3", "B": "E1"})) == [Outcome("trial", False, found=2, new=2)]
    found = rows(
        mart,
        "select rule, person_id, period, state, evidence_level, evidence, facts, due_on, title, benefit"
        " from mart.current_lead order by person_id",
    )
    evidence = [{"feed": "f", "record_key": "A", "role": "person"}]
    assert found[0][:7] == ("trial", "A", OCTOBER, "suspected", "E3", evidence, {"units": 2})
    assert found[0][7:] == (date(2026, 11, 16), "疑点线索：试", False)
    events = rows(mart, "select who, from_state, to_state, note from mart.lead_event")
    assert events == [("huilian", None, "suspected", "疑点线索：试")] * 2


def test_asking_again_changes_nothing(mart: Server) -> None:
    run(mart, Trial({"A": "E3"}))
    everything = "select to_jsonb(l), to_jsonb(e), to_jsonb(r) from mart.lead l, mart.lead_event e, mart.rule r"
    before = rows(mart, everything)
    assert run(mart, Trial({"A": "E3"})) == [Outcome("trial", False, found=1)]
    assert rows(mart, everything) == before


def test_a_lead_has_the_same_number_wherever_it_is_found(mart: Server) -> None:
    run(mart, Trial({"A": "E3", "B": "E3"}))
    first = {who: lead_of(mart, who) for who in "AB"}
    with mart.connect() as conn:
        conn.execute("truncate mart.lead, mart.lead_event")
    run(mart, Trial({"B": "E3", "A": "E1"}))
    assert {who: lead_of(mart, who) for who in "AB"} == first
    assert all(number.startswith("L202610-") for number in first.values())


def test_each_month_has_leads_of_its_own_and_they_stay(mart: Server) -> None:
    run(mart, Trial({"A": "E3", "B": "E3"}))
    run(mart, Trial({"A": "E3"}), period=NOVEMBER)
    open_leads = rows(mart, "select person_id, period from mart.current_lead order by period, person_id")
    assert open_leads == [("A", OCTOBER), ("B", OCTOBER), ("A", NOVEMBER)]


def test_what_no_longer_holds_is_withdrawn_and_opens_again_when_it_does(mart: Server) -> None:
    run(mart, Trial({"A": "E3", "B": "E3"}))
    go(mart, "B", "sent")
    assert run(mart, Trial({})) == [Outcome("trial", False, withdrawn=2)]
    assert states(mart) == {"A": "withdrawn", "B": "withdrawn"}
    assert rows(mart, "select 1 from mart.current_lead") == []
    assert run(mart, Trial({})) == [Outcome("trial", False)]
    assert run(mart, Trial({"A": "E3"})) == [Outcome("trial", False, found=1, updated=1)]
    assert states(mart)["A"] == "suspected"
    steps = rows(mart, f"select from_state, to_state from mart.lead_event where lead_id = '{lead_of(mart, 'A')}'")
    assert steps == [(None, "suspected"), ("suspected", "withdrawn"), ("withdrawn", "suspected")]


def test_what_a_human_found_is_not_overruled_by_the_registers(mart: Server) -> None:
    run(mart, Trial({"A": "E3", "B": "E3", "C": "E3"}))
    go(mart, "A", "sent", "confirmed")
    go(mart, "B", "sent", "refuted")
    go(mart, "C", "sent", "refuted", "closed", outcome="correct_data")
    after = {"A": "confirmed", "B": "refuted", "C": "closed"}
    for answer in ({}, {"A": "E1", "B": "E1", "C": "E1"}):
        assert run(mart, Trial(answer)) == [Outcome("trial", False, found=len(answer))]
        assert states(mart) == after


def test_evidence_follows_the_registers_until_the_lead_is_sent(mart: Server) -> None:
    run(mart, Trial({"A": "E1", "B": "E1"}))
    go(mart, "B", "sent")
    assert run(mart, Trial({"A": "E3", "B": "E3"})) == [Outcome("trial", False, found=2, updated=1)]
    levels = dict(rows(mart, "select person_id, evidence_level from mart.lead"))
    assert levels == {"A": "E3", "B": "E1"}
    assert rows(mart, "select count(*) from mart.lead_event where note like '%证据随之更新'") == [(1,)]


def test_a_lead_of_somebody_merged_since_is_kept_under_who_they_are_now(mart: Server) -> None:
    run(mart, Trial({"B": "E3"}))
    merge(mart, "B", "A")
    assert run(mart, Trial({"A": "E3"}))[0].new == 0
    assert rows(mart, "select person_id, state from mart.current_lead") == [("A", "suspected")]


def test_two_leads_of_people_merged_since_become_the_one_a_human_worked_on(mart: Server) -> None:
    run(mart, Trial({"A": "E3", "B": "E3", "C": "E3"}))
    go(mart, "C", "sent")
    merge(mart, "B", "A")
    merge(mart, "C", "A")
    assert run(mart, Trial({"A": "E3"})) == [Outcome("trial", False, found=1, withdrawn=2)]
    assert states(mart) == {"A": "withdrawn", "B": "withdrawn", "C": "sent"}
    assert rows(mart, "select person_id, state from mart.current_lead") == [("A", "sent")]


def test_rules_that_bring_people_their_due_are_reported_first(mart: Server) -> None:
    trials = [Trial({}, "a"), Trial({}, "z", benefit=True), Trial({}, "b"), Trial({}, "y", benefit=True)]
    assert [(o.rule, o.benefit) for o in run(mart, *trials)] == [
        ("y", True),
        ("z", True),
        ("a", False),
        ("b", False),
    ]


def test_absence_means_nothing_while_the_list_itself_has_not_come(mart: Server) -> None:
    trial = Trial({"A": "E3"}, complete=["jiaoyu_xueji"])
    run(mart, replace(trial, complete=()))
    assert run(mart, replace(trial, people={})) [0].missing == "jiaoyu_xueji"  # fmt: skip
    assert states(mart) == {"A": "suspected"}
    with mart.connect() as conn:
        conn.execute(
            "insert into content.jiaoyu_xueji (record_key, delivery_id, row_hash, valid_from, valid_to, recorded_from)"
            " values ('X', 'd', '', '2026-10-01', '2026-11-01', now())"
        )
    assert run(mart, replace(trial, people={}))[0] == Outcome("trial", False, withdrawn=1)
    assert run(mart, trial, period=NOVEMBER)[0].missing == "jiaoyu_xueji"


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select 'A', 'E3', '[]'::jsonb, '{}'::jsonb, null::date from generate_series(1, 2), (select %(period)s) p",
         "names a person twice"),
        ("select 1 / 0, %(period)s", "its SQL failed (22012)"),
        ("select 'A', %(period)s", "its SQL failed (TypeError)"),
    ],
)  # fmt: skip
def test_a_rule_that_fails_is_named_and_nothing_is_kept(mart: Server, sql: str, says: str) -> None:
    with pytest.raises(Stop) as caught:
        run(mart, Trial({"A": "E3"}, "good"), Trial({}, "wrong", sql=sql))
    assert caught.value.where == "rule wrong"
    assert says in caught.value.what
    assert states(mart) == {}


def test_two_evaluations_at_once_find_each_lead_once(mart: Server) -> None:
    threads = [threading.Thread(target=run, args=(mart, Trial({"A": "E3", "B": "E3"}))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(mart, "select count(*) from mart.lead_event") == [(2,)]


def test_the_department_is_not_asked_before_the_grace_of_the_law_is_over(mart: Server) -> None:
    run(mart, Trial({"A": "E3"}, grace_until="2026-11-13"))
    assert rows(mart, "select due_on from mart.lead") == [(date(2026, 11, 27),)]


def test_a_lead_goes_its_way_with_a_name_and_a_reason_at_every_step(mart: Server) -> None:
    run(mart, Trial({"A": "E3"}))
    go(mart, "A", "sent", "confirmed")
    closing = Decision("王科长", " 已听取意见 ", "reduce", date(2026, 11, 3), "昌南民救〔2026〕7号")
    leads.decide(mart, lead_of(mart, "A"), "closed", closing)
    last = rows(
        mart,
        "select who, from_state, to_state, note, outcome, hearing_on, notice_no"
        " from mart.lead_event order by event_id desc limit 1",
    )
    assert last == [("王科长", "confirmed", "closed", "已听取意见", *closing[2:])]
    assert rows(mart, "select 1 from mart.current_lead") == []


@pytest.mark.parametrize(
    ("path", "to", "decision", "says"),
    [
        ((), "confirmed", Decision("王", "因"), "can't become confirmed"),
        ((), "closed", Decision("王", "因", "no_change"), "can't become closed"),
        (("sent",), "withdrawn", Decision("王", "因"), "can't become withdrawn"),
        ((), "sent", Decision(" ", "因"), "nobody's name"),
        ((), "sent", Decision("huilian", "因"), "nobody's name"),
        ((), "sent", Decision("王", ""), "no reason"),
        ((), "sent", Decision("王", "证件 990101199001010003"), "looks like a person's"),
        ((), "sent", Decision("王", "电话13800000000未接"), "looks like a person's"),
        ((), "sent", Decision("王", "因", "grant"), "belong to closing"),
        (("sent", "confirmed"), "closed", Decision("王", "因"), "closes with an outcome"),
        (("sent", "refuted"), "closed", Decision("王", "因", "reduce", date(2026, 1, 5), "7号"), "closes with"),
        (("sent", "confirmed"), "closed", Decision("王", "因", "reduce"), "can't be reduced"),
        (("sent", "confirmed"), "closed", Decision("王", "因", "reduce", date(2026, 1, 5), " "), "can't be reduced"),
        (("sent", "confirmed"), "closed", Decision("王", "因", "reduce", None, "7号"), "can't be reduced"),
        (("sent", "confirmed"), "closed", Decision("王", "因", "reduce", date(2999, 1, 5), "7号"), "can't be reduced"),
    ],
)  # fmt: skip
def test_a_step_the_law_or_the_order_forbids_is_refused(
    mart: Server, path: tuple[str, ...], to: str, decision: Decision, says: str
) -> None:
    run(mart, Trial({"A": "E3"}))
    go(mart, "A", *path)
    with pytest.raises(Stop, match=says):
        leads.decide(mart, lead_of(mart, "A"), to, decision)
    assert states(mart) == {"A": path[-1] if path else "suspected"}


def test_there_is_nothing_to_decide_about_a_lead_that_is_not_there(mart: Server) -> None:
    with pytest.raises(Stop, match="no such lead"):
        leads.decide(mart, "L202610-0", "sent", Decision("王", "因"))


def test_whoever_writes_leads_can_rewrite_no_event_and_see_no_name(mart: Server) -> None:
    run(mart, Trial({"A": "E3"}))
    for statement in ("delete from mart.lead_event", "update mart.lead_event set who = 'x'", "delete from mart.lead"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows(mart, statement)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(mart, "select name from identifiers.jiaoyu_xueji")
