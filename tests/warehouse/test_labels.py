"""Pairs in doubt with what hangs on them, and what decisions leave behind."""

import json
from collections.abc import Callable

import pyarrow as pa
import pytest

from warehouse import decisions, identity, labels
from warehouse.decisions import Mention
from warehouse.identity import CONFLICT, PAIR, PERSON, Found, Run
from warehouse.server import Server

LEFT, RIGHT = Mention("one", "1", "person"), Mention("two", "9", "person")
EVIDENCE = json.dumps({"fields": {"name": {"level": "exact", "strangers": 9.0}}})


@pytest.fixture(scope="module")
def made(new_warehouse: Callable[..., Server]) -> Server:
    return new_warehouse()


@pytest.fixture
def warehouse(made: Server) -> Server:
    """Two records of one person, one of another, and a pair between them in doubt, written the other way round."""
    with made.connect() as conn:
        conn.execute("TRUNCATE identity.person, identity.run, identity.member, identity.event, identity.pair,"
                     " identity.decision, identity.decision_ground, mart.rule, mart.lead CASCADE")  # fmt: skip
    members = pa.Table.from_pylist(
        [
            {"feed": f, "record_key": k, "role": "person", "person_id": p, "score": 1.0, "method": "spine",
             "valid_from": None, "valid_to": None, "is_last": True}
            for f, k, p in (("one", "1", "+a"), ("one", "2", "+a"), ("two", "9", "+b"))
        ],
        pa.schema([*[(c, pa.string()) for c in ("feed", "record_key", "role", "person_id")], ("score", pa.float64()),
                   ("method", pa.string()), ("valid_from", pa.date32()), ("valid_to", pa.date32()),
                   ("is_last", pa.bool_())]),
    )  # fmt: skip
    sides = dict(zip(identity.SIDES, (*RIGHT, *LEFT), strict=True))
    pair = pa.Table.from_pylist([{**sides, "score": 0.4, "evidence": EVIDENCE}], PAIR)
    found = Found(members, PERSON.empty_table(), pair, CONFLICT.empty_table())
    identity.write(made, Run("r1", "person", "m1"), found)
    return made


def test_a_pair_in_doubt_knows_whose_it_is_and_how_many_records_hang_on_it(warehouse: Server) -> None:
    [row] = labels.undecided(warehouse).to_pylist()
    assert (row["left_key"], row["right_key"], row["entity"], row["score"]) == ("9", "1", "person", 0.4)
    assert (row["left_records"], row["right_records"]) == (1, 2)
    assert row["right_id"] == identity.person_id("person", 1)
    assert json.loads(row["evidence"]) == json.loads(EVIDENCE)


def test_a_decided_pair_is_asked_no_more_and_keeps_what_was_held_of_it(warehouse: Server) -> None:
    number = decisions.decide(warehouse, (LEFT, RIGHT), "different", "审核员", "两人")
    labels.remember(warehouse, number)
    labels.remember(warehouse, number)
    assert labels.undecided(warehouse).num_rows == 0
    nothing = [s.empty_table() for s in (PERSON, PAIR, CONFLICT)]
    members = identity.members(warehouse).drop_columns(["number"])
    identity.write(warehouse, Run("r2", "person", "m1"), Found(members, *nothing))
    [label] = labels.labels(warehouse).to_pylist()
    assert (label["entity"], label["score"], label["verdict"]) == ("person", 0.4, "different")
    decisions.undo(warehouse, number, "审核员")
    assert labels.labels(warehouse).num_rows == 0


def test_a_decision_nobody_was_asked_for_has_no_score(warehouse: Server) -> None:
    number = decisions.decide(warehouse, (LEFT, Mention("one", "2", "person")), "different", "审核员", "两人")
    labels.remember(warehouse, number)
    assert labels.labels(warehouse).to_pylist() == [
        {"entity": None, "score": None, "evidence": None, "verdict": "different"}
    ]


def test_open_leads_are_counted_and_benefits_told_apart(warehouse: Server) -> None:
    person = identity.person_id("person", 1)
    with warehouse.connect() as conn:
        conn.execute("INSERT INTO mart.rule VALUES ('due', '应享', true, '1'), ('doubt', '疑点', false, '1')")
        conn.execute(
            "INSERT INTO mart.lead (lead_id, rule, person_id, period, state, evidence_level, evidence, rule_version)"
            " SELECT rule || state, rule, %s, period::date, state, 'E3', '[]', '1' FROM (VALUES"
            " ('due', 'suspected', '2026-10-01'), ('doubt', 'sent', '2026-10-01'), ('doubt', 'closed', '2026-09-01'))"
            " AS x (rule, state, period)",
            [person],
        )
    assert labels.leads(warehouse, [person, "P0000002X"]) == {person: (2, 1)}
    assert labels.leads(warehouse, []) == {}
