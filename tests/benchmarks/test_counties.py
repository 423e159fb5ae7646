"""The invented county: every file is what its contract promises, and the truth follows from the definitions."""

import csv
import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

import contracts
from benchmarks.counties import __main__ as command
from benchmarks.counties import clerk, numbers, trials, words
from benchmarks.counties.build import Built, Dirt, build
from benchmarks.counties.findings import findings
from benchmarks.counties.people import Person
from benchmarks.counties.places import Map, Place
from benchmarks.counties.registers import Entry
from connectors.databases import pull
from connectors.readers import read
from contracts.model import Contract
from transforms.clean.addresses import parse_address
from transforms.clean.credit_codes import clean_credit_code
from transforms.clean.id_numbers import clean_id_number, is_valid
from transforms.conform import conform, deduplicate

MONTHS = [date(2026, 9, 1), date(2026, 10, 1)]
NOWHERE = Place("某镇")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Built]:
    out = tmp_path_factory.mktemp("county")
    return out, build(out, 300, 5, Dirt(3.0), MONTHS)


def delivered(out: Path, contract: Contract, month: date, landing: Path) -> Path:
    """The file that the readers get: a database is pulled, an interface's items are lines."""
    folder = out / "drops" / f"{month:%Y-%m}"
    if contract.delivery.drop:
        return folder / contract.delivery.drop.format(month=f"{month:%Y-%m}", yyyymm=f"{month:%Y%m}")
    if contract.source.format == "database":
        return pull(contract, f"sqlite:///{folder}/交通局/laonianka.db", None, landing).landed.path
    path = landing / f"{contract.feed}-{month}.jsonl"
    page = json.loads((folder / contract.delivery.not_ours[0]).read_text(encoding="utf-8"))
    assert page["total"] == len(page["items"])
    path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in page["items"]), encoding="utf-8")
    return path


@pytest.mark.parametrize("feed", sorted(contracts.by_feed()))
def test_every_row_written_is_read_and_only_unusable_ones_are_set_aside(
    county: tuple[Path, Built], feed: str, tmp_path: Path
) -> None:
    out, built = county
    contract = contracts.get(feed)
    for month in MONTHS:
        rows = built.written[month, feed]
        parsed = read(delivered(out, contract, month, tmp_path), contract)
        conformed = conform(parsed.table, contract, month)
        unusable = sum(entry.broken for entry, _ in rows)
        assert parsed.lines == len(rows)
        assert parsed.rejects.num_rows + conformed.quarantined.num_rows == unusable
        assert not parsed.unknown
        kept = deduplicate(conformed)[0]
        keys = {entry.key for entry, _ in rows if not entry.broken}
        assert set(kept.rows.column("record_key").to_pylist()) == keys


def test_every_mention_of_the_truth_is_a_mention_of_the_rows(county: tuple[Path, Built], tmp_path: Path) -> None:
    out, built = county
    with (out / "truth" / "records.csv").open(encoding="utf-8") as file:
        told = {(r["feed"], r["month"], r["record"], r["role"]) for r in csv.DictReader(file)}
    found = set()
    for contract in contracts.load_all():
        for month in MONTHS:
            parsed = read(delivered(out, contract, month, tmp_path), contract)
            mentions = deduplicate(conform(parsed.table, contract, month))[0].mentions
            for row in mentions.filter(mentions.column("entity").is_valid()).to_pylist():
                if row["entity"] == "person":
                    found.add((contract.feed, f"{month:%Y-%m}", row["record_key"], row["role"]))
    assert told - found == set()


def test_the_same_seed_writes_the_same_county_and_dirt_does_not_change_who_is_in_it(tmp_path: Path) -> None:
    one, again, dirtier = (
        build(tmp_path / n, 150, 9, Dirt(d), MONTHS) for n, d in (("a", 1.0), ("b", 1.0), ("c", 3.0))
    )
    assert one.findings == again.findings == dirtier.findings
    name = "drops/2026-10/公安局/户籍人口_2026-10.csv"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert (tmp_path / "a" / name).read_bytes() != (tmp_path / "c" / name).read_bytes()
    assert [p.id_number for p in one.county.people] == [p.id_number for p in dirtier.county.people]


def test_traps_change_what_is_written_and_neither_who_is_in_it_nor_what_is_true(tmp_path: Path) -> None:
    plain, trapped = (build(tmp_path / f"{t}", 400, 9, Dirt(1.0, t), MONTHS) for t in (False, True))
    assert plain.findings == trapped.findings
    for month in MONTHS:
        assert [c["序号"] for e, c in trapped.written[month, "minzheng_gaoling"] if not e.broken][:3] == ["1", "2", "3"]
    said = [(e.who["person"], c) for e, c in trapped.written[MONTHS[0], "gongan_hukou"]]
    lunar = [(p.born - date.fromisoformat(c["出生日期"])).days for p, c in said if p.born.year < 1966]
    assert sum(19 <= days <= 50 for days in lunar) > 1
    phones = Counter(c["手机"] for _, c in trapped.written[MONTHS[0], "wangge_zoufang"] if c["手机"])
    assert phones.most_common(1)[0][1] > 5
    towns = {town.removesuffix("镇") + "乡" for town in trapped.county.map.towns if town.endswith("镇")}
    assert any(town in c["户籍地址"] for _, c in said for town in towns)


def test_numbers_check_and_belong_to_counties_that_were_never_assigned(county: tuple[Path, Built]) -> None:
    people = county[1].county.people
    assert len({p.id_number for p in people}) == len(people)
    assert all(is_valid(p.id_number) for p in people)
    assert all(p.id_number[4:6] == "99" or p.id_number.startswith("990101") for p in people)
    codes = [numbers.credit_code(words.PROFILES[0].region, n) for n in range(1, 60)]
    assert [clean_credit_code(code) for code in codes] == [(code, None) for code in codes]


@pytest.mark.parametrize("profile", words.PROFILES, ids=lambda p: p.county)
def test_every_spelling_of_a_door_is_read_as_that_door(profile: words.Profile) -> None:
    r = Random(1)
    county = Map(profile, 4000, r)
    for _ in range(300):
        place = county.somewhere()
        found = parse_address(county.spelled(place, r, 0.6, 0.1))
        assert found.town in (place.town, None)
        door = (place.village, place.group, place.house) if place.village else (place.building, place.unit, place.room)
        read = (found.village, found.village_group, found.house_no)
        assert (read if place.village else (found.building, found.unit, found.room)) == tuple(
            str(part) for part in door
        )


def test_slips_of_the_pen_are_slips() -> None:
    r = Random(2)
    number = numbers.id_number("360299", date(1980, 5, 17), 12)
    wrong = {clerk.mistyped(number, r) for _ in range(200)}
    assert sum(clean_id_number(w).status == "valid" for w in wrong - {number}) == 0
    assert {abs(len(w) - 18) for w in wrong} == {0, 1}
    names = {clerk.misspelled("阎国华", r) for _ in range(200)}
    assert names >= {"闫国华", "阎國華", "阎华", "阎国", "阎华国"}


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words_ = ["--out", str(tmp_path), "--people", "60", "--seed", "3", "--dirt", "2", "--months", "2026-10"]
    assert command.main(words_) == 0
    said = capsys.readouterr().out
    assert said.count("rows,") == 20
    assert len(list((tmp_path / "drops" / "2026-10").rglob("*.*"))) == 20
    assert sorted(p.name for p in (tmp_path / "truth").iterdir()) == ["findings.csv", "people.csv", "records.csv"]


def test_a_trial_is_one_line_under_its_head() -> None:
    who = {"mentions": 9, "f1": 0.99, "precision": 1.0, "recall": 0.98}
    leads = {"tp": 3, "fp": 1, "fn": 0, "precision": 0.75, "recall": 1.0}
    said = trials.line(7, 2.0, {"linkage": who, "totals": {"all": leads}, "seconds": 61.04, "code": 0})
    assert " ".join(said.split()) == "7 2 9 0.9900 1.0000 0.9800 | 3 0.7500 1.0000 1 0 | 61.0 0"
    assert len(said.split()) == len(trials.HEAD.split())


def test_the_page_has_a_row_a_county_and_one_a_rule() -> None:
    who = {"mentions": 9000, "f1": 0.99, "precision": 1.0, "recall": 0.98}
    cell = {"tp": 3, "fp": 1, "fn": 0}
    done = {"seed": 7, "dirt": 2.0, "people": 2500, "commit": "abc", "measured": "2026-11-22", "linkage": who,
            "totals": {"all": cell | {"precision": 0.75, "recall": 1.0}},
            "findings": {"dibao_paid_twice": {"2026-09": cell, "2026-10": cell}}}  # fmt: skip
    said = trials.page([done | {"seed": 8}, done])
    counties = [line for line in said.splitlines() if "abc" in line]
    assert [line.split(" | ")[0] for line in counties] == ["| 7", "| 8"]
    assert "| 2 | 2,500 | 9,000 | 0.9900 | 1.0000 | 0.9800 | 3 | 0.7500 | 1.0000 | 1 | 0 | abc, 2026-11-22 |" in said
    assert "| dibao_paid_twice | 12 | 4 | 0 | 0.7500 | 1.0000 |" in said


def person(born: date, **more: object) -> Person:
    return Person(1, "某甲", "F", born, "", True, NOWHERE, NOWHERE, **more)  # type: ignore[arg-type]


def kinds(*entries: Entry) -> Counter[tuple[str, str]]:
    return Counter((f.kind, f"{f.month:%Y-%m}") for f in findings(list(entries), MONTHS))


def registered(who: Person, month: date, status: str = "正常") -> Entry:
    return Entry("gongan_hukou", month, "HK1", {"person": who}, {"status": status})


@pytest.mark.parametrize(
    ("born", "months"),
    [(date(1946, 9, 1), ["2026-09", "2026-10"]), (date(1946, 9, 2), ["2026-10"]), (date(1946, 10, 2), [])],
)
def test_eighty_on_the_first_of_the_month_is_due_the_allowance(born: date, months: list[str]) -> None:
    who = person(born)
    found = kinds(*(registered(who, m) for m in MONTHS))
    assert sorted(found) == [("eligible_elderly_allowance_unclaimed", m) for m in months]


@pytest.mark.parametrize(
    ("born", "due"),
    [
        (date(2020, 8, 31), True),
        (date(2020, 9, 1), False),
        (date(2011, 9, 1), True),
        (date(2011, 8, 31), False),
    ],
)
def test_six_and_not_yet_fifteen_on_31_august_is_due_at_school(born: date, due: bool) -> None:
    assert ("school_age_not_enrolled", "2026-09") in kinds(registered(person(born), MONTHS[0])) or not due
    assert bool(kinds(registered(person(born), MONTHS[0]))) == due


@pytest.mark.parametrize(
    ("died", "paid"), [(date(2026, 8, 31), True), (date(2026, 9, 1), False), (date(2026, 9, 30), False)]
)
def test_a_pension_for_a_month_that_begins_after_the_death_is_found(died: date, paid: bool) -> None:
    who = person(date(1950, 1, 1))
    death = Entry("weijian_siwang", MONTHS[0], "SW1", {"person": who}, {"died": died})
    pension = Entry("renshe_yanglao", MONTHS[0], "YL1", {"person": who}, {"paid": MONTHS[0]})
    assert kinds(death, pension) == (Counter([("pension_paid_after_death", "2026-09")]) if paid else Counter())


def test_a_death_counts_from_the_month_it_was_told() -> None:
    who = person(date(1950, 1, 1))
    death = Entry("minzheng_binzang", MONTHS[1], "HH1", {"person": who}, {"died": date(2026, 9, 20)})
    found = kinds(*(registered(who, m) for m in MONTHS), death)
    assert found == Counter([("deceased_not_deregistered", "2026-10")])


@pytest.mark.parametrize(("days", "due"), [(29, False), (30, True)])
def test_a_child_of_thirty_days_is_due_on_the_register_of_its_mother(days: int, due: bool) -> None:
    mother, child = person(date(1996, 5, 5)), person(date(2026, 9, 30) - timedelta(days=days))
    birth = Entry("weijian_chusheng", MONTHS[0], "Z1", {"新生儿": child, "母亲": mother})
    found = kinds(registered(mother, MONTHS[0]), birth)
    assert found == (Counter([("birth_not_registered", "2026-09")]) if due else Counter())
    assert kinds(registered(mother, MONTHS[0], "死亡注销"), birth) == found, "who has died since was local all the same"
    assert not kinds(registered(mother, MONTHS[0], "迁出注销"), birth)
    assert not kinds(registered(mother, MONTHS[0]), registered(child, MONTHS[0]), birth)


def test_two_lines_under_one_key_are_one_entry() -> None:
    who = person(date(1980, 1, 1))
    first, second = (Entry("minzheng_dibao", MONTHS[0], key, {"person": who}) for key in ("DBA1", "DBB1"))
    assert not kinds(first, first)
    assert kinds(first, second) == Counter([("dibao_paid_twice", "2026-09")])


def test_a_unit_entered_twice_is_one_home() -> None:
    who = person(date(1980, 1, 1))
    aid = Entry("minzheng_dibao", MONTHS[0], "DBA1", {"person": who})
    units = [Entry("fangguan_chanquan", MONTHS[0], f"B{n}", {"权利人1": who, "权利人2": who}) for n in (1, 2)]
    assert not kinds(aid, units[0], units[0])
    assert kinds(aid, *units) == Counter([("dibao_owns_two_homes", "2026-09")])
