from datetime import date

import pytest

import contracts
from contracts.model import Contract
from quality.rules import PROPERTIES, property_of, rules

PERIOD = date(2026, 10, 1)


def test_every_shipped_contract_compiles_to_rules_named_once() -> None:
    for contract in contracts.load_all():
        names = [r.name for r in rules(contract, PERIOD)]
        assert len(names) == len(set(names)) > 10
        assert {f"check:{c.name}" for c in contract.checks} <= set(names)


def test_limits_do_not_depend_on_the_period(contract: Contract) -> None:
    judged = [[(r.name, r.severity, r.limit, r.least) for r in rules(contract, p)] for p in (PERIOD, date(2024, 2, 1))]

    assert judged[0] == judged[1]


def test_a_stopping_rule_knows_the_reason_the_file_goes_back_with(contract: Contract) -> None:
    reasons = {r.name: r.reason for r in rules(contract, PERIOD) if r.reason}

    assert reasons == {
        "line_balance": "line_balance",
        "rows_floor": "too_few_rows",
        "bad_rows": "too_many_bad_rows",
        "key_unique_most": "too_many_bad_rows",
        "required_most:name": "too_many_bad_rows",
        "deleted": "too_many_deleted",
        "id_truncated": "id_truncated_column",
    }


def test_an_increment_is_not_compared_with_the_last_one(contract: Contract) -> None:
    delivery = contract.delivery.model_copy(update={"mode": "increment"})
    names = {r.name for r in rules(contract.model_copy(update={"delivery": delivery}), PERIOD)}

    assert not names & {"deleted", "month:paid_month"}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("required:name", "完整性"), ("check:enough", "一致性"), ("present:order", ""), ("id_invalid:母亲", "准确性")],
)
def test_a_stored_rule_name_tells_its_property(rule: str, expected: str) -> None:
    assert property_of(rule) == expected
    assert expected in ("", *PROPERTIES)
