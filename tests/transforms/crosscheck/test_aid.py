from typing import Any

from tests.transforms.crosscheck.conftest import OCTOBER, SEPTEMBER, County


def aid(county: County, who: str, *keys: str, agreement: int = 3) -> None:
    for key in keys:
        county.put("minzheng_dibao", key, town="涌泉镇")
        county.names("minzheng_dibao", key, who, agreement=agreement)


def own(county: County, who: str, unit: str, role: str = "权利人1", agreement: int = 3, **history: Any) -> None:
    county.put("fangguan_chanquan", unit, **history)
    county.names("fangguan_chanquan", unit, who, role, agreement)


def test_two_units_owned_alone_or_together_are_a_lead_and_one_entered_twice_is_not(county: County) -> None:
    aid(county, "A", "D1")
    own(county, "A", "U1")
    own(county, "A", "U2", "权利人3", agreement=1)
    aid(county, "B", "D2")
    own(county, "B", "U3")
    county.names("fangguan_chanquan", "U3", "B", "权利人2")
    own(county, "C", "U4")
    own(county, "C", "U5")
    found = county.ask("dibao_owns_two_homes")
    assert set(found) == {"A"}
    assert (found["A"].level, found["A"].facts) == ("E1", {"units": 2})
    assert found["A"].evidence[1:] == [("fangguan_chanquan", "U1", "权利人1"), ("fangguan_chanquan", "U2", "权利人3")]


def test_a_unit_bought_in_october_does_not_count_in_september(county: County) -> None:
    aid(county, "A", "D1")
    own(county, "A", "U1")
    own(county, "A", "U2", since=OCTOBER)
    assert county.ask("dibao_owns_two_homes") == {}
    assert set(county.ask("dibao_owns_two_homes", OCTOBER)) == {"A"}


def test_a_unit_counts_for_who_held_it_in_the_month_asked_about(county: County) -> None:
    for who in "AB":
        aid(county, who, f"D-{who}")
        own(county, who, f"U-{who}")
    county.put("fangguan_chanquan", "U1")
    county.names("fangguan_chanquan", "U1", "A", "权利人1", valid_from=SEPTEMBER, valid_to=OCTOBER, is_last=False)
    county.names("fangguan_chanquan", "U1", "B", "权利人1", valid_from=OCTOBER)
    assert set(county.ask("dibao_owns_two_homes")) == {"A"}
    assert set(county.ask("dibao_owns_two_homes", OCTOBER)) == {"B"}


def test_a_third_and_doubtful_unit_does_not_weaken_two_certain_ones(county: County) -> None:
    aid(county, "A", "D1")
    for unit, agreement in (("U1", 3), ("U2", 3), ("U3", 1)):
        own(county, "A", unit, agreement=agreement)
    assert county.ask("dibao_owns_two_homes")["A"].level == "E3"


def test_the_legal_representative_of_an_active_business_is_a_lead(county: County) -> None:
    for who, status in (("A", "active"), ("B", "deregistered"), ("C", "revoked"), ("D", None)):
        aid(county, who, f"D-{who}")
        county.put("shichang_qiye", f"Q-{who}", registration_status=status)
        county.names("shichang_qiye", f"Q-{who}", who, "法定代表人", 2)
    found = county.ask("dibao_owns_business")
    assert set(found) == {"A"}
    assert found["A"].level == "E2"


def test_a_business_closed_in_october_counts_in_september(county: County) -> None:
    aid(county, "A", "D1")
    county.put("shichang_qiye", "Q", until=OCTOBER, registration_status="active")
    county.put("shichang_qiye", "Q", since=OCTOBER, registration_status="deregistered")
    county.names("shichang_qiye", "Q", "A", "法定代表人")
    assert set(county.ask("dibao_owns_business")) == {"A"}
    assert county.ask("dibao_owns_business", OCTOBER) == {}


def test_two_entries_of_one_person_on_the_aid_list_are_a_lead(county: County) -> None:
    aid(county, "A", "D1", "D2")
    aid(county, "B", "D3")
    aid(county, "C", "D4")
    county.put("minzheng_dibao", "D5", until=OCTOBER)
    county.names("minzheng_dibao", "D5", "C", agreement=1)
    found = county.ask("dibao_paid_twice")
    assert {who: said.level for who, said in found.items()} == {"A": "E3", "C": "E1"}
    assert set(county.ask("dibao_paid_twice", OCTOBER)) == {"A"}


def test_a_tenant_of_public_housing_who_owns_a_unit_is_a_lead(county: County) -> None:
    for who in "AB":
        county.put("fangguan_gongzu", f"G-{who}")
        county.names("fangguan_gongzu", f"G-{who}", who)
    own(county, "A", "U1", "权利人2")
    own(county, "B", "U2", since=OCTOBER)
    own(county, "C", "U3")
    found = county.ask("public_rental_owns_home")
    assert {who: said.evidence for who, said in found.items()} == {
        "A": [("fangguan_gongzu", "G-A", "person"), ("fangguan_chanquan", "U1", "权利人2")]
    }
    assert set(county.ask("public_rental_owns_home", OCTOBER)) == {"A", "B"}
