from datetime import date

import pytest

from tests.transforms.crosscheck.conftest import OCTOBER, SEPTEMBER, County


def test_eighty_on_the_first_of_the_month_and_no_allowance_is_a_lead(county: County) -> None:
    born = {"A": "1946-09-01", "B": "1946-09-02", "C": "1940-01-01", "D": "1940-01-01", "E": "1940-01-01"}
    for who, day in born.items():
        county.person(who, day)
        county.registered(who, "moved_out" if who == "E" else "normal", agreement=2)
    county.put("minzheng_gaoling", "1")
    county.names("minzheng_gaoling", "1", "C")
    county.died("D", "2026-09-30", "minzheng_binzang")
    assert {who: said.level for who, said in county.ask("eligible_elderly_allowance_unclaimed").items()} == {"A": "E2"}
    assert set(county.ask("eligible_elderly_allowance_unclaimed", OCTOBER)) == {"A", "B"}


def test_who_came_on_the_allowance_list_in_october_was_missing_in_september(county: County) -> None:
    county.person("A", "1940-01-01")
    county.registered("A")
    county.put("minzheng_gaoling", "1", since=OCTOBER)
    county.names("minzheng_gaoling", "1", "A")
    assert set(county.ask("eligible_elderly_allowance_unclaimed")) == {"A"}
    assert county.ask("eligible_elderly_allowance_unclaimed", OCTOBER) == {}


ALLOWANCE, DEATH = ("minzheng_gaoling", "1", "person"), ("weijian_siwang", "SW-D", "person")


@pytest.mark.parametrize("explains", [ALLOWANCE, DEATH])
def test_who_may_be_one_that_would_explain_it_is_a_presumption(county: County, explains: tuple[str, str, str]) -> None:
    for who in "AB":
        county.person(who, "1940-01-01")
        county.registered(who)
    county.put("minzheng_gaoling", "1")
    county.names("minzheng_gaoling", "1", "C", agreement=2)
    county.died("D", "2026-09-03")
    county.doubt(explains, ("gongan_hukou", "HK-A", "person"))
    county.doubt(("gongan_hukou", "HK-B", "person"), ("wangge_zoufang", "1", "person"))
    found = county.ask("eligible_elderly_allowance_unclaimed")
    assert {who: said.level for who, said in found.items()} == {"A": "E1", "B": "E3"}
    assert found["A"].facts["counter_evidence"] == [dict(zip(("feed", "record_key", "role"), explains, strict=True))]
    assert found["B"].facts["counter_evidence"] == []


def test_an_allowance_that_began_later_explains_nothing_before(county: County) -> None:
    county.person("A", "1940-01-01")
    county.registered("A")
    county.put("minzheng_gaoling", "1", since=OCTOBER)
    county.names("minzheng_gaoling", "1", "C")
    county.doubt(("gongan_hukou", "HK-A", "person"), ALLOWANCE)
    levels = [county.ask("eligible_elderly_allowance_unclaimed", month)["A"].level for month in (SEPTEMBER, OCTOBER)]
    assert levels == ["E3", "E1"]


@pytest.mark.parametrize(
    ("born", "precision", "leads"),
    [("1946-01-01", "year", 0), ("1945-01-01", "year", 1), ("1946-09-01", "month", 0), ("1946-08-01", "month", 1)],
)
def test_an_age_known_by_year_or_month_must_be_reached_for_certain(
    county: County, born: str, precision: str, leads: int
) -> None:
    county.person("A", born, precision)
    county.registered("A")
    assert len(county.ask("eligible_elderly_allowance_unclaimed")) == leads


def test_a_person_without_a_birth_date_is_of_no_age(county: County) -> None:
    county.registered("A")
    assert county.ask("eligible_elderly_allowance_unclaimed") == {}
    assert county.ask("school_age_not_enrolled") == {}


@pytest.mark.parametrize(
    ("born", "leads"), [("2020-08-31", 1), ("2020-09-01", 0), ("2011-08-31", 0), ("2011-09-01", 1), ("2015-05-05", 1)]
)
def test_school_age_is_six_by_the_end_of_august_and_under_fifteen(county: County, born: str, leads: int) -> None:
    county.person("A", born)
    county.registered("A")
    assert len(county.ask("school_age_not_enrolled")) == leads


def test_until_september_the_school_year_is_the_last_one(county: County) -> None:
    county.person("A", "2020-03-01")
    county.registered("A", since=date(2026, 1, 1))
    assert county.ask("school_age_not_enrolled", date(2026, 8, 1)) == {}
    assert set(county.ask("school_age_not_enrolled")) == {"A"}
    assert set(county.ask("school_age_not_enrolled", date(2027, 8, 1))) == {"A"}


def test_a_pupil_is_enrolled_and_a_guardian_is_not(county: County) -> None:
    for who in "ABC":
        county.person(who, "2015-05-05")
        county.registered(who, "deceased" if who == "C" else "normal")
    county.put("jiaoyu_xueji", "X1", school="实验小学")
    county.names("jiaoyu_xueji", "X1", "A")
    county.names("jiaoyu_xueji", "X1", "B", "监护人")
    assert set(county.ask("school_age_not_enrolled")) == {"B"}


def test_a_child_who_may_be_a_pupil_is_a_presumption(county: County) -> None:
    county.person("A", "2015-05-05")
    county.registered("A")
    county.put("jiaoyu_xueji", "X1", school="实验小学")
    county.names("jiaoyu_xueji", "X1", "B")
    county.names("jiaoyu_xueji", "X1", "C", "监护人")
    county.doubt(("gongan_hukou", "HK-A", "person"), ("jiaoyu_xueji", "X1", "监护人"))
    assert county.ask("school_age_not_enrolled")["A"].level == "E3"
    county.doubt(("gongan_hukou", "HK-A", "person"), ("jiaoyu_xueji", "X1", "person"))
    assert county.ask("school_age_not_enrolled")["A"].level == "E1"


def birth(county: County, baby: str, mother: str, at: str, agreement: int = 3) -> None:
    county.put("weijian_chusheng", f"Z-{baby}", born_at=at)
    county.names("weijian_chusheng", f"Z-{baby}", baby, "新生儿", 1)
    county.names("weijian_chusheng", f"Z-{baby}", mother, "母亲", agreement)


def test_thirty_days_after_birth_a_local_mothers_child_should_be_registered(county: County) -> None:
    county.registered("M")
    birth(county, "A", "M", "2026-08-31 23:59+08")
    birth(county, "B", "M", "2026-09-01 00:01+08")
    birth(county, "C", "N", "2026-08-01 10:00+08")
    birth(county, "D", "M", "2026-08-01 10:00+08")
    county.registered("D")
    found = county.ask("birth_not_registered")
    assert set(found) == {"A"}
    assert found["A"].evidence == [("gongan_hukou", "HK-M", "person"), ("weijian_chusheng", "Z-A", "新生儿")]
    assert found["A"].level == "E3"
    assert set(county.ask("birth_not_registered", OCTOBER)) == {"A", "B"}


def test_a_child_registered_in_october_was_missing_in_september(county: County) -> None:
    county.registered("M", agreement=2)
    birth(county, "A", "M", "2026-07-01 10:00+08", agreement=1)
    county.registered("A", since=OCTOBER)
    assert {who: said.level for who, said in county.ask("birth_not_registered").items()} == {"A": "E1"}
    assert county.ask("birth_not_registered", OCTOBER) == {}


def test_a_newborn_who_may_be_on_the_register_is_a_presumption(county: County) -> None:
    county.registered("M")
    county.registered("B")
    birth(county, "A", "M", "2026-07-01 10:00+08")
    county.doubt(("gongan_hukou", "HK-B", "person"), ("weijian_chusheng", "Z-A", "新生儿"))
    found = county.ask("birth_not_registered")["A"]
    assert (found.level, [e["record_key"] for e in found.facts["counter_evidence"]]) == ("E1", ["HK-B"])


def test_nobody_is_reminded_of_a_child_that_died(county: County) -> None:
    county.registered("M")
    birth(county, "A", "M", "2026-07-01 10:00+08")
    county.died("A", "2026-07-03")
    assert county.ask("birth_not_registered") == {}


def test_a_mother_who_died_was_local_and_one_who_moved_away_is_not(county: County) -> None:
    county.registered("M", "deceased", cancelled_on="2026-07-20")
    county.registered("N", "moved_out")
    birth(county, "A", "M", "2026-07-01 10:00+08")
    birth(county, "B", "N", "2026-07-01 10:00+08")
    assert set(county.ask("birth_not_registered")) == {"A"}
