"""Organisations: what the law makes certain, what is weighed, what is never one, and that decisions are obeyed."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pytest

from transforms.clean.credit_codes import ALPHABET
from transforms.matching.generic_pairs import Linked
from transforms.matching.organisation_link import link_organisations

COLUMNS = ("feed", "record_key", "role", "name", "credit_code", "town", "phone")
TOWNS = ("石坑镇", "北渡乡", "上溪镇", "南坪街道")
TRADE_NAMES = ("明远", "恒丰", "嘉禾", "瑞泰", "安顺", "金桥", "永盛", "华美", "东升", "长青", "百川", "同心")
TRADES = ("化工", "建筑工程", "物业服务", "粮油", "运输", "电子科技")


class Org(NamedTuple):
    """One mention: who says it, name, code, township, telephone."""

    feed: str
    name: str | None
    code: str | None = None
    town: str | None = None
    phone: str | None = None


def code(serial: int) -> str:
    """A made-up credit code that checks, of an area that was never assigned."""
    body = f"91990101{serial:09d}"
    total = sum(pow(3, i, 31) * ALPHABET.index(c) for i, c in enumerate(body))
    return body + ALPHABET[-total % 31]


def register() -> list[Org]:
    """Seventy companies of an invented register, and what the insurance office writes of them."""
    found = []
    for i, (trade_name, trade) in enumerate((n, t) for n in TRADE_NAMES for t in TRADES):
        town = TOWNS[i % 4]
        found.append(Org("register", f"石坑市{trade_name}{trade}有限公司", code(1000 + i), town))
        if i % 2:
            found.append(Org("insurance", f"{trade_name}{trade}有限责任公司", code(1000 + i), town))
    return found


def linked(rows: Sequence[Org], decisions: pa.Table | None = None) -> Linked:
    return link_organisations(mentions([*rows, *register()]), decisions)


def mentions(orgs: Sequence[Org]) -> pa.Table:
    rows = ((o.feed, str(i), "x", o.name, o.code, o.town, o.phone) for i, o in enumerate(orgs))
    return pa.table([pa.array(c, pa.string()) for c in zip(*rows, strict=True)], names=COLUMNS)


def one(found: Linked, *rows: int) -> bool:
    cluster = dict(zip(found.members["record_key"].to_pylist(), found.members["cluster"].to_pylist(), strict=True))
    return len({cluster[str(row)] for row in rows}) == 1


def asked(found: Linked) -> set[frozenset[str]]:
    return {frozenset([p["left_key"], p["right_key"]]) for p in found.pairs.to_pylist()}


def decision(left: int, right: int, feeds: tuple[str, str], verdict: str) -> pa.Table:
    row = {"left_feed": feeds[0], "left_key": str(left), "left_role": "x"} | {
        "right_feed": feeds[1], "right_key": str(right), "right_role": "x", "verdict": verdict,
    }  # fmt: skip
    return pa.Table.from_pylist([row])


SAME: list[tuple[str, Org, Org]] = [
    ("the legal form is written otherwise", Org("register", "石坑市大唐纸业有限公司", code(1), "石坑镇"),
     Org("hazards", "大唐纸业有限责任公司", None, "北渡乡")),
    ("without region and legal form", Org("register", "石坑市大唐纸业有限公司", code(1)), Org("hazards", "大唐纸业")),
    ("in traditional characters", Org("register", "石坑市龙泉礦業有限公司", code(1)), Org("hazards", "龍泉矿业公司")),
    ("a branch, its head named otherwise", Org("register", "石坑市大唐纸业有限公司第二分公司", code(1)),
     Org("hazards", "大唐纸业二分公司")),
    ("one sign of the code wrong", Org("register", "石坑市大唐纸业有限公司", code(1), "石坑镇"),
     Org("hazards", "石坑市大唐纸业公司", code(1)[:-1] + "X", "石坑镇")),
    ("an old name, under the same code", Org("register", "石坑市新唐纸品有限公司", code(1)),
     Org("hazards", "石坑市大华机械厂", code(1))),
    ("the only shop of that name, in its township", Org("register", "石坑市王家农资店", code(1), "石坑镇"),
     Org("hazards", "王家农资店", None, "石坑镇")),
    ("brackets", Org("register", "大唐（石坑）纸业有限公司", code(1)), Org("hazards", "大唐(石坑)纸业公司")),
]  # fmt: skip
TWO: list[tuple[str, Org, Org]] = [
    ("two codes", Org("register", "石坑市大唐纸业有限公司", code(1)),
     Org("register", "石坑市大唐纸业有限公司", code(2))),
    ("a branch and its head office", Org("register", "石坑市大唐纸业有限公司", code(1)),
     Org("hazards", "石坑市大唐纸业有限公司分公司")),
    ("two branches", Org("register", "石坑市大唐纸业有限公司第一分公司", code(1)),
     Org("hazards", "石坑市大唐纸业有限公司第二分公司")),
    ("two regions", Org("register", "石坑市大唐纸业有限公司", code(1)), Org("hazards", "北原县大唐纸业有限公司")),
    ("shops of one name in two townships", Org("register", "王家农资店", code(1), "石坑镇"),
     Org("licences", "王家农资店", None, "北渡乡")),
    ("shops of one name, neither with a code", Org("licences", "王家农资店", None, "石坑镇"),
     Org("hazards", "王家农资店", None, "北渡乡")),
    ("counted apart", Org("register", "石坑市第一小学", None), Org("hazards", "石坑市第二小学", None)),
    ("no name, no code", Org("hazards", None), Org("hazards", None)),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), [c[1:] for c in SAME], ids=[c[0] for c in SAME])
def test_one_organisation_however_it_is_written(left: Org, right: Org) -> None:
    assert one(linked([left, right]), 0, 1)
    assert one(linked([right, left]), 0, 1)


@pytest.mark.parametrize(("left", "right"), [c[1:] for c in TWO], ids=[c[0] for c in TWO])
def test_two_organisations_whatever_they_share(left: Org, right: Org) -> None:
    assert not one(linked([left, right]), 0, 1)


KNOWN = Org("register", "石坑市大唐造纸机械有限公司", code(1), "石坑镇")


@pytest.mark.parametrize(
    "written", ["大唐造纸", "大塘造纸机械有限公司", "大唐造纸机诫公司"], ids=["short", "a slip", "another slip"]
)
def test_a_name_that_is_nearly_one_known_name_is_asked_about(written: str) -> None:
    found = linked([KNOWN, Org("hazards", written)])
    assert not one(found, 0, 1)
    assert asked(found) == {frozenset("01")}


def test_a_name_of_two_shops_goes_to_neither_and_to_a_person() -> None:
    shops = [Org("register", "王家农资店", code(n), t) for n, t in ((1, "石坑镇"), (2, "北渡乡"))]
    found = linked([*shops, Org("hazards", "王家农资店")])
    assert not one(found, 0, 2)
    assert not one(found, 1, 2)
    assert asked(found) == {frozenset("02"), frozenset("12")}


def test_the_township_tells_which_of_two_shops() -> None:
    shops = [Org("register", "王家农资店", code(n), t) for n, t in ((1, "石坑镇"), (2, "北渡乡"))]
    found = linked([*shops, Org("hazards", "王家农资店", None, "北渡乡")])
    assert one(found, 1, 2)
    assert not one(found, 0, 2)


def test_where_a_register_gives_other_places_than_the_seat_its_places_say_nothing() -> None:
    elsewhere = [
        Org("hazards", o.name, o.code, TOWNS[(TOWNS.index(o.town) + 1) % 4]) for o in register()[:40] if o.town
    ]
    rows = [Org("register", "王家农资店", code(1), "石坑镇"), Org("hazards", "王家农资店", None, "北渡乡")]
    assert not one(linked(rows), 0, 1)
    assert one(linked([*rows, *elsewhere]), 0, 1)


def test_a_code_under_another_companys_name_is_a_conflict_and_not_merged() -> None:
    other = register()[0]
    found = linked([Org("register", "石坑市大唐纸业有限公司", code(1)), Org("hazards", other.name, code(1))])
    assert not one(found, 0, 1)
    assert one(found, 1, 2)  # by its name
    [conflict] = found.conflicts.to_pylist()
    assert (conflict["kind"], conflict["left_key"], conflict["right_key"]) == ("code_conflict", "0", "1")
    assert json.loads(conflict["detail"]) == {"merged": False}


def test_one_code_with_two_unlike_names_is_one_and_is_said() -> None:
    _, left, right = next(c for c in SAME if c[0].startswith("an old name"))
    found = linked([left, right])
    assert [c["kind"] for c in found.conflicts.to_pylist()] == ["code_names"]
    assert one(linked([left, right, Org("licences", "大华机械厂")]), 0, 2)  # the old name leads to it


def test_what_a_person_decided_is_obeyed() -> None:
    rows = [KNOWN, Org("hazards", "大唐造纸"), Org("hazards", "大唐造纸机械公司")]
    assert one(linked(rows), 0, 2)
    assert one(linked(rows, decision(1, 0, ("hazards", "register"), "same")), 0, 1, 2)
    apart = linked(rows, decision(2, 0, ("hazards", "register"), "different"))
    assert not one(apart, 0, 2)
    assert frozenset("02") not in asked(apart)
    one_code = [KNOWN, KNOWN._replace(feed="insurance")]
    assert not one(linked(one_code, decision(1, 0, ("insurance", "register"), "different")), 0, 1)


def test_evidence_tells_fields_levels_and_rules_and_nobodys_data() -> None:
    shops = [Org("register", "王家农资店", code(n), t) for n, t in ((1, "石坑镇"), (2, "北渡乡"))]
    found = linked([*shops, Org("hazards", "王家农资店")])
    assert found.pairs.num_rows
    for pair in found.pairs.to_pylist():
        said: dict[str, Any] = json.loads(pair["evidence"])
        assert set(said) == {"fields", "context", "rules", "model"}
        assert set(said["fields"]["name"]) == {"level", "strangers", "relatives"}
        assert "王家" not in pair["evidence"]


def test_the_order_of_rows_does_not_matter() -> None:
    table = mentions([KNOWN, Org("hazards", "大唐造纸"), *[o for c in SAME[:4] for o in c[1:]]])
    once = link_organisations(table)
    again = link_organisations(table.take(list(range(table.num_rows))[::-1]))
    assert once.members.equals(again.members)
    assert once.pairs.equals(again.pairs)


def test_no_mentions_no_organisations() -> None:
    found = link_organisations(pa.table({c: pa.array([], pa.string()) for c in COLUMNS}))
    assert (found.members.num_rows, found.pairs.num_rows, found.conflicts.num_rows) == (0, 0, 0)
