from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import contracts
from contracts.errors import Stop
from contracts.model import Check, Contract
from quality.checks import BatchFacts, Measured, empty, measure, probe

Build = Callable[..., pa.Table]
Facts = Callable[..., BatchFacts]


def counts(measured: Measured) -> dict[str, tuple[int, int]]:
    return {m["rule"]: (m["failed"], m["total"]) for m in measured.metrics.to_pylist()}


def percents(measured: Measured) -> dict[str, float]:
    return {m["rule"]: m["percent"] for m in measured.metrics.to_pylist()}


def with_check(contract: Contract, good: str, **rest: Any) -> Contract:
    check = Check.model_validate({"name": "odd", "good": good, "text": "应如此", **rest})
    return contract.model_copy(update={"checks": (check,)})


def test_a_clean_batch_fails_nothing(
    contract: Contract, make_rows: Build, make_mentions: Build, facts_of: Facts
) -> None:
    measured = measure(make_rows(30), make_mentions(30), contract, facts_of(30))

    failing = {rule for rule, (failed, _) in counts(measured).items() if failed}
    assert failing == {"present:ended_at"}
    assert measured.bad_rows.num_rows == 0


CELLS: list[tuple[dict[str, dict[int, Any]], str, int]] = [
    ({"name": {4: None}}, "required:name", 1),
    ({"name": dict.fromkeys(range(20))}, "required_most:name", 20),
    ({"order": {4: None, 5: None}}, "present:order", 2),
    ({"record_key": {4: "T0003", 5: "T0003"}}, "key_unique", 3),
    ({"record_key": {4: None, 5: None}}, "key_unique", 0),
    ({"started_on": {0: date(1899, 12, 31), 1: date(9999, 12, 31), 2: None}}, "date_range:started_on", 2),
    ({"started_on": {0: date(1900, 1, 1)}}, "date_range:started_on", 0),
    ({"ended_at": {0: datetime(2206, 1, 1, tzinfo=UTC)}}, "date_range:ended_at", 1),
    ({"paid_month": {0: date(2026, 9, 1), 1: None}}, "month:paid_month", 1),
    ({"state": {0: "其他", 1: None}}, "category:state", 1),
    ({"amount_fen": {0: 49, 1: None}}, "check:enough", 1),
    ({"amount_fen": {0: 0}, "least_fen": {0: 0}}, "check:positive", 1),
    ({"state": {0: "stopped"}}, "check:stopped_has_end", 1),
]


@pytest.mark.parametrize(("cells", "rule", "failed"), CELLS)
def test_a_rule_counts_the_rows_that_break_it_and_no_others(
    contract: Contract, make_rows: Build, facts_of: Facts, cells: Any, rule: str, failed: int
) -> None:
    measured = measure(make_rows(30, **cells), empty(contract)[1], contract, facts_of(30))

    assert counts(measured)[rule] == (failed, 30)


FACTS: list[tuple[dict[str, Any], str, tuple[int, int]]] = [
    ({"lines": 33}, "line_balance", (3, 33)),
    ({"parsed": 33, "lines": 33}, "line_balance", (3, 33)),
    ({"lines": 0, "parsed": 0}, "line_balance", (30, 1)),
    ({"lines": 33, "parsed": 32, "rejected": 1, "quarantined": 2}, "bad_rows", (3, 33)),
    ({"lines": 33, "parsed": 32, "rejected": 1, "quarantined": 2}, "line_balance", (0, 33)),
    ({"previous": 100, "deleted": 31}, "deleted", (31, 100)),
    ({"same_bytes_as": "2026-09"}, "same_bytes", (1, 1)),
    ({"unknown": 2}, "columns_unknown", (2, 13)),
    ({"refused": 1}, "columns_refused", (1, 12)),
    ({"objections": (("code_unknown", "state", 4), ("date_invalid", "state", 9))}, "category:state", (4, 30)),
    ({"objections": (("code_unknown", "nowhere", 4),)}, "category:state", (0, 30)),
]


@pytest.mark.parametrize(("facts", "rule", "expected"), FACTS)
def test_facts_of_the_delivery_become_metrics(
    contract: Contract, make_rows: Build, facts_of: Facts, facts: Any, rule: str, expected: tuple[int, int]
) -> None:
    measured = measure(make_rows(30), empty(contract)[1], contract, facts_of(30, **facts))

    assert counts(measured)[rule] == expected


def test_floor_and_ceiling_count_the_rows_short_and_over(contract: Contract, make_rows: Build, facts_of: Facts) -> None:
    short = measure(make_rows(1), empty(contract)[1], contract, facts_of(1))
    over = measure(make_rows(403), empty(contract)[1], contract, facts_of(403))

    assert counts(short)["rows_floor"] == (1, 2)
    assert counts(over)["rows_ceiling"] == (3, 403)


@pytest.mark.parametrize(("may_be_empty", "lines", "short"), [(True, 0, 0), (False, 0, 1), (True, 5, 1)])
def test_an_empty_batch_is_right_only_when_an_empty_file_was_promised(
    contract: Contract, facts_of: Facts, may_be_empty: bool, lines: int, short: int
) -> None:
    delivery = contract.delivery.model_copy(update={"may_be_empty": may_be_empty})
    rows = contract.rows.model_copy(update={"floor": 0})
    feed = contract.model_copy(update={"delivery": delivery, "rows": rows})
    measured = measure(*empty(feed), feed, facts_of(0, lines=lines, rejected=lines))

    assert counts(measured)["rows_floor"][0] == short


def test_rows_that_break_a_row_rule_are_named_and_counted_as_bad(
    contract: Contract, make_rows: Build, facts_of: Facts
) -> None:
    rows = make_rows(30, amount_fen={3: 1, 7: 2, 9: None})
    measured = measure(rows, empty(contract)[1], contract, facts_of(30, lines=31, rejected=1))

    assert measured.bad_rows.to_pylist() == [
        {"_line": 5, "record_key": "T0003", "rule": "check:enough"},
        {"_line": 9, "record_key": "T0007", "rule": "check:enough"},
    ]
    assert counts(measured)["bad_rows"] == (3, 31)


def test_a_percentage_of_a_handful_of_rows_is_not_judged(contract: Contract, make_rows: Build, facts_of: Facts) -> None:
    for bad, total, judged in ((1, 3, False), (3, 3, False), (4, 30, False), (5, 30, True)):
        rows = make_rows(total, amount_fen=dict.fromkeys(range(bad), 1))
        measured = measure(rows, empty(contract)[1], contract, facts_of(total))
        assert counts(measured)["bad_rows"] == (bad, total)
        assert percents(measured)["bad_rows"] == pytest.approx(100 * bad / total if judged else 0.0)


def test_a_key_given_to_many_rows_counts_what_gets_lost(contract: Contract, make_rows: Build, facts_of: Facts) -> None:
    rows = make_rows(30, record_key=dict.fromkeys(range(5), "T0009"))
    got = counts(measure(rows, empty(contract)[1], contract, facts_of(30)))
    assert (got["key_unique"], got["key_unique_most"]) == ((6, 30), (5, 30))


def test_id_shares_are_counted_by_role_and_among_those_given(
    contract: Contract, make_rows: Build, make_mentions: Build, facts_of: Facts
) -> None:
    person = make_mentions(30, id_status={0: "missing", 1: "missing", 2: "invalid", 3: "masked"})
    owners = pa.concat_tables([make_mentions(5, role="权利人1", id_status={0: "invalid"}), make_mentions(3, "权利人2")])
    got = counts(measure(make_rows(30), pa.concat_tables([person, owners]), contract, facts_of(30)))

    assert got["id_missing:person"] == (2, 30)
    assert got["id_invalid:person"] == (1, 28)
    assert got["id_masked:person"] == (1, 28)
    assert got["id_invalid:权利人"] == (1, 8)


def test_a_column_cut_by_a_spreadsheet_shows_in_its_last_three_digits(
    contract: Contract, make_rows: Build, make_mentions: Build, facts_of: Facts
) -> None:
    numbers: dict[int, Any] = dict.fromkeys(range(4), "990101199001011000") | {9: None, 10: "9901011990"}
    measured = measure(make_rows(30), make_mentions(30, id_number=numbers), contract, facts_of(30))

    assert counts(measured)["id_truncated"] == (4, 28)


def test_numbers_that_were_numbers_in_a_spreadsheet_are_cut_whatever_they_end_in(
    contract: Contract, make_rows: Build, make_mentions: Build, facts_of: Facts
) -> None:
    numbers: dict[int, Any] = dict.fromkeys(range(30), "3.60299E+17")
    facts = facts_of(30, objections=(("id_numeric_cell", "id_number", 30), ("id_length", "id_number", 3)))
    measured = measure(make_rows(30), make_mentions(30, id_number=numbers), contract, facts)

    assert counts(measured)["id_truncated"] == (30, 30)


def test_more_rules_than_one_mask_can_hold(contract: Contract, make_rows: Build, facts_of: Facts) -> None:
    checks = tuple(
        Check(name=f"c{i}", good=f"amount_fen <> {i}", text="应如此", severity="row") for i in range(3 * 60 + 1)
    )
    feed = contract.model_copy(update={"checks": checks})
    rows = make_rows(30, amount_fen={0: 0, 1: 59, 2: 60, 3: 180, 4: 500})
    measured = measure(rows, empty(feed)[1], feed, facts_of(30))

    broken = [(r["record_key"], r["rule"]) for r in measured.bad_rows.to_pylist() if r["record_key"] <= "T0004"]
    assert broken == [("T0000", "check:c0"), ("T0001", "check:c59"), ("T0002", "check:c60"), ("T0003", "check:c180")]
    assert counts(measured)["check:c100"] == (25, 30)  # every row not changed above is worth 100 fen


def test_a_predicate_that_is_no_sql_stops_with_its_name(contract: Contract) -> None:
    with pytest.raises(Stop, match=r"ceshi_butie.yml: check:odd can't be evaluated: Binder Error.*nobody_has_this"):
        probe(with_check(contract, "nobody_has_this > 1"))


@pytest.mark.parametrize("good", ["cast(name as integer) > 0", "amount_fen >"])
def test_a_predicate_that_breaks_never_tells_the_value(
    contract: Contract, make_rows: Build, facts_of: Facts, good: str
) -> None:
    with pytest.raises(Stop) as error:
        measure(make_rows(3), empty(contract)[1], with_check(contract, good), facts_of(3))

    assert "check:odd" in str(error.value)
    assert "测试人" not in str(error.value)
    assert error.value.__suppress_context__


@pytest.mark.parametrize("good", ["(select count(*) from '/etc/passwd') > 0", "(select count(*) from contract) > 0"])
def test_a_predicate_reaches_neither_files_nor_our_variables(contract: Contract, good: str) -> None:
    with pytest.raises(Stop):
        probe(with_check(contract, good))


def test_every_shipped_contract_can_be_evaluated() -> None:
    for contract in contracts.load_all():
        probe(contract)
        measured = measure(*empty(contract), contract, BatchFacts(date(2026, 1, 1), 0, 0, 0, 0))
        named = set(measured.metrics["rule"].to_pylist())
        assert {f"check:{check.name}" for check in contract.checks} <= named


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_counts_agree_with_a_plain_loop(
    contract: Contract, make_rows: Build, facts_of: Facts, data: st.DataObject
) -> None:
    n = data.draw(st.integers(1, 12))
    amounts = data.draw(st.lists(st.one_of(st.none(), st.integers(-2, 3)), min_size=n, max_size=n))
    keys = data.draw(st.lists(st.sampled_from(["A", "B", "C", None]), min_size=n, max_size=n))
    states = data.draw(st.lists(st.sampled_from(["paid", "stopped", "x", None]), min_size=n, max_size=n))
    rows = make_rows(
        n, amount_fen=dict(enumerate(amounts)), record_key=dict(enumerate(keys)), state=dict(enumerate(states))
    )
    got = counts(measure(rows, empty(contract)[1], contract, facts_of(n)))

    assert got["key_unique"][0] == sum(k is not None and keys.count(k) > 1 for k in keys)
    assert got["category:state"][0] == sum(s == "x" for s in states)
    assert got["check:positive"][0] == sum(a is not None and a <= 0 for a in amounts)
    assert got["check:enough"][0] == got["bad_rows"][0] == sum(a is not None and a < 50 for a in amounts)
    assert got["check:stopped_has_end"][0] == states.count("stopped")
