from datetime import date

import pytest

from tests.transforms.crosscheck.conftest import OCTOBER, County


def pay(county: County, who: str, month: str = "2026-09-01", agreement: int = 3, status: str | None = "paid") -> None:
    county.put("renshe_yanglao", f"YL-{who}", paid_fen=1, paid_month=month, pay_status=status)
    county.names("renshe_yanglao", f"YL-{who}", who, agreement=agreement)


def test_a_payment_for_a_month_that_begins_after_the_death_is_a_lead(county: County) -> None:
    county.died("A", "2026-08-31")
    pay(county, "A")
    found = county.ask("pension_paid_after_death")["A"]
    assert found.level == "E3"
    assert found.evidence == [("weijian_siwang", "SW-A", "person"), ("renshe_yanglao", "YL-A", "person")]
    assert found.facts["payments"] == 1
    assert found.facts["within_grace"] is True
    assert found.grace_until == date(2026, 10, 1)


@pytest.mark.parametrize("died", ["2026-09-01", "2026-09-30"])
def test_the_payment_of_the_month_of_death_is_not_a_lead(county: County, died: str) -> None:
    county.died("A", died)
    pay(county, "A")
    assert county.ask("pension_paid_after_death") == {}


@pytest.mark.parametrize(("status", "leads"), [("not_paid", 0), ("returned", 0), ("suspended", 0), (None, 1)])
def test_money_that_did_not_go_out_is_not_a_lead(county: County, status: str | None, leads: int) -> None:
    county.died("A", "2026-06-01")
    pay(county, "A", status=status)
    assert len(county.ask("pension_paid_after_death")) == leads


def test_a_death_delivered_in_october_is_not_known_in_september(county: County) -> None:
    county.died("A", "2026-08-20", since=OCTOBER)
    pay(county, "A")
    assert county.ask("pension_paid_after_death") == {}
    assert set(county.ask("pension_paid_after_death", OCTOBER)) == {"A"}


def test_a_death_dated_after_the_month_does_not_count_in_it(county: County) -> None:
    county.died("A", "2026-10-02")
    county.registered("A")
    assert county.ask("deceased_not_deregistered") == {}
    assert set(county.ask("deceased_not_deregistered", OCTOBER)) == {"A"}


def test_a_payment_list_counts_only_in_its_month(county: County) -> None:
    county.died("A", "2026-08-31")
    county.put("renshe_yanglao", "YL-A", until=OCTOBER, paid_month="2026-09-01", pay_status="paid")
    county.names("renshe_yanglao", "YL-A", "A")
    assert set(county.ask("pension_paid_after_death")) == {"A"}
    assert county.ask("pension_paid_after_death", OCTOBER) == {}


def test_a_cancelled_register_entry_dates_a_death_no_earlier_than_its_cancellation(county: County) -> None:
    county.registered("A", "deceased", cancelled_on="2026-09-10")
    county.registered("B", "deceased")  # no date: known in September, so dead by its end
    county.registered("C", "moved_out", cancelled_on="2026-01-10")
    for who in "ABC":
        pay(county, who, "2026-10-01")
    found = county.ask("pension_paid_after_death", OCTOBER)
    assert set(found) == {"A", "B"}
    assert found["A"].facts["death_date_stated"] is False
    assert found["B"].grace_until == date(2026, 10, 31)


def test_where_sources_disagree_on_the_day_the_later_one_counts(county: County) -> None:
    county.died("A", "2026-08-31")
    county.died("A", "2026-09-01", "minzheng_binzang")
    pay(county, "A")
    assert county.ask("pension_paid_after_death") == {}


def test_the_level_follows_sources_and_numbers(county: County) -> None:
    for who, agreement in (("A", 3), ("B", 1), ("C", 1), ("D", 3), ("E", 3)):
        county.died(who, "2026-06-01", "minzheng_binzang" if who == "E" else "weijian_siwang", agreement)
        pay(county, who, agreement=2 if who == "D" else 3)
    county.died("C", "2026-06-01", "minzheng_binzang", 1)
    levels = {who: said.level for who, said in county.ask("pension_paid_after_death").items()}
    # B: one doubtful certificate; C: two sources; D: the payee is recognised without the number; E: cremation alone.
    assert levels == {"A": "E3", "B": "E1", "C": "E2", "D": "E2", "E": "E1"}


ACTS = {
    "minzheng_hunyin": {"registered_on": "2026-07-02"},
    "gongan_liudong": {"registered_on": "2026-07-02"},
    "jiaotong_laonianka": {"issued_on": "2026-07-02"},
    "weijian_qianyue": {"signed_on": "2026-07-02"},
}


@pytest.mark.parametrize("feed", ACTS)
def test_a_later_act_in_person_lowers_the_level_and_is_shown(county: County, feed: str) -> None:
    county.died("A", "2026-07-01")
    county.registered("A")
    county.put(feed, "ACT", **ACTS[feed])
    county.names(feed, "ACT", "A", role="女方" if feed == "minzheng_hunyin" else "person")
    found = county.ask("deceased_not_deregistered")["A"]
    assert found.level == "E2"
    assert [e["feed"] for e in found.facts["counter_evidence"]] == [feed]


def test_an_act_before_the_death_is_no_doubt(county: County) -> None:
    county.died("A", "2026-07-02")
    county.registered("A")
    county.put("weijian_qianyue", "ACT", signed_on="2026-07-02")
    county.names("weijian_qianyue", "ACT", "A")
    assert county.ask("deceased_not_deregistered")["A"].facts["counter_evidence"] == []


def test_a_death_on_record_and_a_normal_register_is_a_lead_inside_the_grace_too(county: County) -> None:
    county.died("A", "2026-09-30")
    county.registered("A")
    county.died("B", "2026-02-01")
    county.registered("B", "deceased", cancelled_on="2026-03-01")
    county.registered("C")
    found = county.ask("deceased_not_deregistered")
    assert set(found) == {"A"}
    assert found["A"].facts["within_grace"] is True
    assert found["A"].grace_until == date(2026, 10, 31)


def test_the_lead_ends_in_the_month_the_register_was_put_right(county: County) -> None:
    county.died("A", "2026-08-15")
    county.put("gongan_hukou", "HK-A", until=OCTOBER, register_status="normal")
    county.put("gongan_hukou", "HK-A", since=OCTOBER, register_status="deceased", cancelled_on="2026-10-08")
    county.names("gongan_hukou", "HK-A", "A")
    assert set(county.ask("deceased_not_deregistered")) == {"A"}
    assert county.ask("deceased_not_deregistered", OCTOBER) == {}


def test_what_was_corrected_since_is_not_counted(county: County) -> None:
    county.died("A", "2026-08-15")
    county.registered("A")
    county.conn.execute("update content.weijian_siwang set recorded_to = '2026-11-02'")
    assert county.ask("deceased_not_deregistered") == {}


def test_a_card_used_after_the_day_of_death_is_a_lead(county: County) -> None:
    for who, used in (("A", "2026-09-02"), ("B", "2026-09-01"), ("C", None)):
        county.died(who, "2026-09-01")
        county.put("jiaotong_laonianka", f"K-{who}", last_used_on=used, card_status="active", issued_on="2020-01-01")
        county.names("jiaotong_laonianka", f"K-{who}", who)
    found = county.ask("bus_card_used_after_death")
    assert set(found) == {"A"}
    assert found["A"].facts["active_cards"] == 1
    assert ("jiaotong_laonianka", "K-A", "person") in found["A"].evidence


def test_of_a_pulled_card_the_version_of_the_month_counts(county: County) -> None:
    county.died("A", "2026-09-01")
    county.put("jiaotong_laonianka", "K", until=OCTOBER, last_used_on="2026-08-30")
    county.put("jiaotong_laonianka", "K", since=OCTOBER, last_used_on="2026-10-05")
    county.names("jiaotong_laonianka", "K", "A")
    assert county.ask("bus_card_used_after_death") == {}
    assert set(county.ask("bus_card_used_after_death", OCTOBER)) == {"A"}


def test_no_answer_carries_a_date_a_name_or_an_amount(county: County) -> None:
    county.died("A", "2026-06-01")
    county.registered("A")
    pay(county, "A")
    for rule in ("pension_paid_after_death", "deceased_not_deregistered"):
        facts = county.ask(rule)["A"].facts
        assert all(isinstance(v, bool | int) or v == [] for v in facts.values()), facts
