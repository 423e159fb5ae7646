"""A register's key passes from one person to another: each month is asked about who held it then."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from pipeline import review, steps
from pipeline.settings import Settings
from tests.factory import Someone, address, dibao, hukou, no_news, people, write_lines
from tests.pipeline.conftest import County, errors, fresh, look, through
from warehouse import identity
from warehouse.decisions import Mention

RULE = "dibao_owns_two_homes"
EVERYONE = people()
SELLER, BUYER, STAYS, LEAVES, FIRST, SECOND, COUSIN = EVERYONE[10:17]
BEFORE = {
    "U1": [SELLER],  # sold to BUYER
    "U2": [SELLER],
    "U3": [BUYER],
    "U4": [STAYS, LEAVES],  # LEAVES is struck off
    "U5": [STAYS, LEAVES],
    "U6": [FIRST, SECOND],  # FIRST is struck off, so SECOND moves up
    "U7": [COUSIN, SECOND],
}
AFTER = {**BEFORE, "U1": [BUYER], "U4": [STAYS], "U6": [SECOND]}


def chanquan(folder: Path, month: str, owned: Mapping[str, Sequence[Someone]]) -> Path:
    """The property register; a unit is the home of who was entered last as its owner before the sales."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<不动产登记 期次="{month}">']
    for unit, owners in owned.items():
        place = address(BEFORE[unit][-1])
        lines.append(f'<单元 不动产单元号="{unit}"><坐落>{place}</坐落><面积>80</面积><权利人列表>')
        for one in owners:
            cells = f"<姓名>{one.name}</姓名><证件种类>身份证</证件种类><证件号>{one.number}</证件号>"
            lines.append(f"<权利人>{cells}</权利人>")
        lines.append("</权利人列表></单元>")
    return write_lines(folder / month / "房管局" / f"bdc_{month}.xml", [*lines, "</不动产登记>"])


def month(folder: Path, name: str, owned: Mapping[str, Sequence[Someone]]) -> None:
    hukou(folder, name, EVERYONE)
    dibao(folder, name, [SELLER, BUYER, STAYS, LEAVES, SECOND])
    chanquan(folder, name, owned)
    no_news(folder, name)


@pytest.fixture(scope="module")
def september(installation: Callable[[Path], Settings], tmp_path_factory: pytest.TempPathFactory) -> County:
    """The month before the sales, taken through."""
    inbox = tmp_path_factory.mktemp("sold")
    month(inbox, "2026-09", BEFORE)
    done = through(installation(inbox), "2026-09")
    assert errors(done) == []
    return done


@pytest.fixture(scope="module")
def sold(september: County, copied: Callable[[Settings], Settings]) -> County:
    """Two months taken through, between which a flat was sold and two owners were struck off. To be looked at only."""
    settings = copied(september.settings)
    month(settings.inbox, "2026-10", AFTER)
    done = through(settings, "2026-10")
    assert errors(done) == []
    return done


def elsewhere(of: Settings, copied: Callable[[Settings], Settings], inbox: Path) -> Settings:
    """The same installation with an inbox of its own, where departments may drop other files."""
    shutil.copytree(of.inbox, inbox, dirs_exist_ok=True)
    return fresh(copied(of), inbox=inbox)


def person(settings: Settings, one: Someone) -> str:
    """The person id of somebody, by the police's entry."""
    key = f"HK{EVERYONE.index(one) + 1:07d}"
    with steps.server(settings).connect("linker") as conn:
        row = conn.execute(
            "select person_id from identity.current_member where feed = 'gongan_hukou' and record_key = %s", [key]
        ).fetchone()
    assert row is not None
    return str(row[0])


def two_homes(settings: Settings, period: str) -> set[str]:
    with steps.server(settings).connect("analyst") as conn:
        rows = conn.execute(
            "select person_id from mart.current_lead where rule = %s and period = %s", [RULE, f"{period}-01"]
        ).fetchall()
    return {str(row[0]) for row in rows}


def spans(settings: Settings, unit: str, role: str) -> list[tuple[str, str, str]]:
    with steps.server(settings).connect("analyst") as conn:
        rows = conn.execute(
            "select person_id, valid_from::text, coalesce(valid_to::text, '') from identity.member_span"
            " where feed = 'fangguan_chanquan' and record_key = %s and role = %s order by valid_from",
            [unit, role],
        ).fetchall()
    return [(str(a), str(b), str(c)) for a, b, c in rows]


def current(settings: Settings, unit: str, role: str) -> list[str]:
    with steps.server(settings).connect("analyst") as conn:
        rows = conn.execute(
            "select person_id from identity.current_member"
            " where feed = 'fangguan_chanquan' and record_key = %s and role = %s",
            [unit, role],
        ).fetchall()
    return [str(row[0]) for row in rows]


def test_the_month_before_a_sale_is_about_the_seller_and_the_month_after_about_the_buyer(sold: County) -> None:
    seller, buyer = person(sold.settings, SELLER), person(sold.settings, BUYER)
    before, after = two_homes(sold.settings, "2026-09"), two_homes(sold.settings, "2026-10")
    assert (seller in before, buyer in before) == (True, False)
    assert (seller in after, buyer in after) == (False, True)


def test_an_owner_who_was_struck_off_owned_until_then_and_not_after(sold: County) -> None:
    gone = person(sold.settings, LEAVES)
    assert gone in two_homes(sold.settings, "2026-09")
    assert gone not in two_homes(sold.settings, "2026-10")
    assert spans(sold.settings, "U4", "权利人2") == [(gone, "2026-09-01", "2026-10-01")]


def test_who_moves_up_a_place_stays_one_person(sold: County) -> None:
    second = person(sold.settings, SECOND)
    assert second in two_homes(sold.settings, "2026-09") & two_homes(sold.settings, "2026-10")
    first = person(sold.settings, FIRST)
    assert spans(sold.settings, "U6", "权利人1") == [(first, "2026-09-01", "2026-10-01"), (second, "2026-10-01", "")]


def test_the_others_leads_are_as_they_would_be_without_any_change(sold: County) -> None:
    stays = person(sold.settings, STAYS)
    assert two_homes(sold.settings, "2026-09") == {person(sold.settings, p) for p in (SELLER, STAYS, LEAVES, SECOND)}
    assert two_homes(sold.settings, "2026-10") == {stays, person(sold.settings, BUYER), person(sold.settings, SECOND)}


def test_the_crosswalk_names_the_holder_of_now_once(sold: County) -> None:
    assert current(sold.settings, "U1", "权利人1") == [person(sold.settings, BUYER)]
    assert spans(sold.settings, "U1", "权利人1") == [
        (person(sold.settings, SELLER), "2026-09-01", "2026-10-01"),
        (person(sold.settings, BUYER), "2026-10-01", ""),
    ]


def test_nobody_loses_an_id_or_takes_another_persons_when_a_key_passes_on(sold: County) -> None:
    with steps.server(sold.settings).connect("linker") as conn:
        kinds = conn.execute("select kind, count(*) from identity.event group by 1").fetchall()
    assert {kind for kind, _ in kinds} <= {"minted", "joined"}
    assert identity.members(steps.server(sold.settings)).num_rows > 0


def test_taking_both_months_through_again_changes_nothing(sold: County) -> None:
    before = look(sold.settings)
    assert through(sold.settings).outcome.exit_code == 0
    after = look(sold.settings)
    assert {t for t in before if before[t] != after[t]} == set()


def test_the_order_in_which_months_arrive_does_not_matter(
    sold: County, installation: Callable[[Path], Settings]
) -> None:
    later = installation(sold.settings.inbox)
    for name in ("2026-10", "2026-09"):
        for feed in ("gongan_hukou", "minzheng_dibao", "fangguan_chanquan"):
            steps.publish(later, steps.check(later, steps.receive(later, feed, name)))
        steps.link(later, name)
    ids = {person(later, p): person(sold.settings, p) for p in EVERYONE}
    for unit, role in (("U1", "权利人1"), ("U4", "权利人2"), ("U6", "权利人1"), ("U6", "权利人2")):
        assert [(ids[p], a, b) for p, a, b in spans(later, unit, role)] == spans(sold.settings, unit, role)


def test_what_an_earlier_program_found_gets_its_spans_and_nobody_another_id(
    sold: County, copied: Callable[[Settings], Settings]
) -> None:
    settings = copied(sold.settings)
    before = look(settings)
    with steps.server(settings).connect() as conn:
        conn.execute("delete from identity.member where recorded_to is not null or not is_last")
        conn.execute("update identity.member set valid_from = '-infinity', valid_to = null")
    steps.link(settings, "2026-10")
    after = look(settings)
    for table in ("identity.person", "identity.event"):
        kept = [row for row in after[table] if "joined" not in row]
        assert kept == [row for row in before[table] if "joined" not in row]
    assert {row[:-1] for row in after["identity.member"]} >= {
        row[:-1] for row in before["identity.member"] if row[-1] == "t"
    }


def test_a_decision_binds_who_held_the_key_and_not_who_came_after(
    september: County, copied: Callable[[Settings], Settings], tmp_path: Path
) -> None:
    settings = elsewhere(september.settings, copied, tmp_path)
    entry = Mention("gongan_hukou", f"HK{EVERYONE.index(SELLER) + 1:07d}", "person")
    review.decide(settings, (Mention("fangguan_chanquan", "U1", "权利人1"), entry), "different", "审核员", "同名")
    steps.link(settings, "2026-09")
    owner = current(settings, "U1", "权利人1")
    assert owner != [person(settings, SELLER)]
    month(tmp_path, "2026-10", {**AFTER, "U1": [BUYER]})
    through(settings, "2026-10")
    assert spans(settings, "U1", "权利人1") == [
        (*owner, "2026-09-01", "2026-10-01"),
        (person(settings, BUYER), "2026-10-01", ""),
    ]
    with steps.server(settings).connect() as conn:
        sides = (*entry, "fangguan_chanquan", "U1", "权利人1")
        conn.execute("insert into identity.pair values (%s, %s, %s, %s, %s, %s, 0.5, '{}', 'm1')", sides)
    assert [pair["left"] for pair in review.pairs(settings, 9, show=False)] == [entry]
    again = review.decide(settings, (Mention("fangguan_chanquan", "U1", "权利人1"), entry), "same", "审核员", "另一人")
    assert again > 1, "about another holder, so it is no opposite of the first"
    assert review.pairs(settings, 9, show=False) == []


def test_a_correction_that_takes_the_sale_back_gives_the_flat_back(
    sold: County, copied: Callable[[Settings], Settings], tmp_path: Path
) -> None:
    settings = elsewhere(sold.settings, copied, tmp_path)
    seller, buyer = person(settings, SELLER), person(settings, BUYER)
    chanquan(tmp_path, "2026-10", {**AFTER, "U1": [SELLER]})
    through(settings, "2026-10")
    assert spans(settings, "U1", "权利人1") == [(seller, "2026-09-01", "")]
    assert seller in two_homes(settings, "2026-10")
    assert buyer not in two_homes(settings, "2026-10")
    assert (person(settings, SELLER), person(settings, BUYER)) == (seller, buyer)
