"""Every rule against small invented registers on a real server: who it finds, who it must not, and in which month."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from psycopg import sql

import contracts
from transforms import crosscheck
from warehouse import server as servers
from warehouse.migrate import migrate
from warehouse.server import Connection, Server

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
HOW = {3: ("spine", 1.0), 2: ("pair", 0.995), 1: ("kin", 0.93)}  # how a mention was recognised, by agreement


class Said(NamedTuple):
    level: str
    evidence: list[tuple[str, str, str]]
    facts: dict[str, Any]
    grace_until: date | None


@dataclass
class County:
    """Registers somebody filled by hand. A record is put with the months it was valid in and whom it names."""

    conn: Connection
    server: Server
    tables: set[str] = field(default_factory=set)
    people: dict[str, int] = field(default_factory=dict)

    def put(self, feed: str, key: str, since: date = SEPTEMBER, until: date | None = None, **content: Any) -> None:
        row = {"record_key": key, **content, "delivery_id": "d", "row_hash": b"h", "valid_from": since}
        row |= {"valid_to": until, "recorded_from": "2026-11-01"}
        self._insert(sql.Identifier("content", feed), row)
        self.tables.add(f"content.{feed}")

    def names(self, feed: str, key: str, who: str, role: str = "person", agreement: int = 3) -> None:
        self.person(who)
        method, score = HOW[agreement]
        row = {"feed": feed, "record_key": key, "role": role, "entity": "person", "person_id": who, "score": score}
        row |= {"method": method, "model_version": "1", "recorded_from": "2026-11-01"}
        self._insert(sql.Identifier("identity", "member"), row)

    def person(self, who: str, born: str | None = None, precision: str = "day") -> None:
        if who not in self.people:
            self.people[who] = len(self.people) + 1
            row = {"person_id": who, "number": self.people[who], "entity": "person", "minted_at": "2026-11-01"}
            row |= {"born_on": born, "born_precision": precision if born else None}
            self._insert(sql.Identifier("identity", "person"), row)

    def registered(self, who: str, status: str = "normal", agreement: int = 3, **content: Any) -> None:
        self.put("gongan_hukou", f"HK-{who}", register_status=status, **content)
        self.names("gongan_hukou", f"HK-{who}", who, agreement=agreement)

    def died(self, who: str, on: str, feed: str = "weijian_siwang", agreement: int = 3, **history: Any) -> None:
        self.put(feed, f"SW-{who}", died_on=on, **history)
        self.names(feed, f"SW-{who}", who, agreement=agreement)

    def ask(self, rule: str, month: date = SEPTEMBER) -> dict[str, Said]:
        with self.server.connect("analyst") as conn:
            rows: list[Any] = conn.execute(crosscheck.load(rule).query.encode(), {"period": month}).fetchall()
        found = {r[0]: Said(r[1], [(e["feed"], e["record_key"], e["role"]) for e in r[2]], r[3], r[4]) for r in rows}
        assert len(found) == len(rows)
        return found

    def _insert(self, table: sql.Identifier, row: dict[str, Any]) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, row))
        values = sql.SQL(", ").join(map(sql.Placeholder, row))
        self.conn.execute(sql.SQL("insert into {} ({}) values ({})").format(table, names, values), row)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    data = Path(tempfile.mkdtemp(prefix="huilian-test-"))
    data.chmod(0o711)
    started = servers.ensure(data)
    migrate(started, contracts.load_all())
    yield started
    started.stop()
    shutil.rmtree(data, ignore_errors=True)


@pytest.fixture
def county(server: Server) -> Iterator[County]:
    with server.connect("owner") as conn:
        conn.autocommit = True
        made = County(conn, server)
        yield made
        for table in made.tables:
            conn.execute(f"truncate {table}".encode())
        conn.execute("delete from identity.member")
        conn.execute("delete from identity.person")


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


def test_no_answer_carries_a_date_a_name_or_an_amount(county: County) -> None:
    county.died("A", "2026-06-01")
    county.registered("A")
    pay(county, "A")
    for rule in ("pension_paid_after_death", "deceased_not_deregistered"):
        facts = county.ask(rule)["A"].facts
        assert all(isinstance(v, bool | int) or v == [] for v in facts.values()), facts
