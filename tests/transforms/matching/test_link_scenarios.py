"""Who is recognised as whom: invented people in the situations that registers get wrong."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from transforms.matching.evidence import STATES
from transforms.matching.link import Linked

Linker = Callable[..., Linked]
FATHER, MOTHER = date(1984, 8, 3), date(1986, 1, 9)
CHILD, BABY = date(2015, 4, 2), date(2026, 8, 2)


@pytest.fixture
def parents(write: Any) -> list[dict[str, Any]]:
    """唐志远 and 苗青荷, man and wife, in the police register."""
    home = {"household": "T1", **write.RURAL, "phone": "13900000001"}
    man, woman = {**write.number(FATHER, 731), **write.day(FATHER)}, {**write.number(MOTHER, 742), **write.day(MOTHER)}
    return [
        write.mention("police_register", "t1", "唐志远", sex="1", **man, relation="02", **home),
        write.mention("police_register", "t2", "苗青荷", sex="2", **woman, relation="10", **home),
    ]


def registered(write: Any, key: str, name: str, born: date, order: int) -> dict[str, Any]:
    """A child of theirs in the register: odd orders are boys."""
    sex = "1" if order % 2 else "2"
    home = {"household": "T1", "relation": "20" if sex == "1" else "30", **write.RURAL}
    return write.mention("police_register", key, name, sex=sex, **write.number(born, order), **write.day(born), **home)


def certificate(write: Any, key: str, sex: str, name: str | None = None, place: bool = True) -> list[dict[str, Any]]:
    """A birth certificate: child, mother with her number, father without one."""
    home = write.RURAL if place else {}
    child, of = write.kin(("mother", "child"), ("father", "child")), ("newborn", "parent")
    mother, father = write.kin(of, ("father", "spouse")), write.kin(of, ("mother", "spouse"))
    return [
        write.mention("births", key, name, "newborn", sex=sex, **write.day(BABY), **home, kin=child),
        write.mention("births", key, "苗青荷", "mother", **write.number(MOTHER, 742), **home, kin=mother),
        write.mention("births", key, "唐志远", "father", kin=father),
    ]


def who(write: Any, found: Linked, *keys: str) -> dict[str, int]:
    return write.groups(found, list(keys))


def test_twins_stay_two_whatever_they_share(write: Any, linked: Linker, parents: list[dict[str, Any]]) -> None:
    twins = [registered(write, "a", "唐子昂", CHILD, 751), registered(write, "b", "唐子轩", CHILD, 753)]
    seen = [
        write.mention("grid_visits", f"v{t['record_key']}", t["name"], sex="1", **write.day(CHILD), **write.RURAL)
        for t in twins
    ]
    ward, guardian = write.kin(("guardian", "ward")), write.kin(("person", "guardian"))
    school = [
        m
        for t in twins
        for m in (
            write.mention("pupils", f"x{t['record_key']}", t["name"], sex="1", **write.RURAL, kin=ward),
            write.mention("pupils", f"x{t['record_key']}", "苗青荷", "guardian", kin=guardian),
        )
    ]
    ids = who(write, linked([*parents, *twins, *seen, *school]), "a", "b", "va", "vb", "xa", "xb", "t2")
    assert ids["a person"] == ids["va person"] == ids["xa person"]
    assert ids["b person"] == ids["vb person"] == ids["xb person"]
    assert ids["a person"] != ids["b person"]
    assert ids["xa guardian"] == ids["xb guardian"] == ids["t2 person"]


def test_twins_without_numbers_stay_two_by_their_given_names(
    write: Any, linked: Linker, parents: list[dict[str, Any]]
) -> None:
    def bare(feed: str, key: str, name: str | None) -> dict[str, Any]:
        return write.mention(feed, key, name, sex="1", **write.day(CHILD), **write.RURAL)

    listed = [
        (feed, feed[0] + key, name) for feed in ("police", "visits") for key, name in (("a", "唐子昂"), ("b", "唐子轩"))
    ]
    found = linked([*parents, *(bare(*row) for row in listed), bare("visits", "nameless", None)])
    ids = who(write, found, "pa", "pb", "va", "vb", "nameless")
    assert ids["pa person"] == ids["va person"]
    assert ids["pb person"] == ids["vb person"]
    assert len(set(ids.values())) == 3
    assert [r for r in found.pairs.to_pylist() if "nameless" in (r["left_key"], r["right_key"])]


def test_a_nameless_visit_is_the_twin_that_was_not_visited_yet(
    write: Any, linked: Linker, parents: list[dict[str, Any]]
) -> None:
    def bare(feed: str, key: str, name: str | None) -> dict[str, Any]:
        return write.mention(feed, key, name, sex="1", **write.day(CHILD), **write.RURAL)

    children = [bare("police_register", "a", "唐子昂"), bare("police_register", "b", "唐子轩")]
    visits = [bare("grid_visits", "va", "唐子昂"), bare("grid_visits", "n", None)]
    ids = who(write, linked([*parents, *children, *visits]), "a", "b", "va", "n")
    assert ids["a person"] == ids["va person"] != ids["b person"]
    assert ids["n person"] == ids["b person"]


@pytest.mark.parametrize("place", [True, False])
def test_a_nameless_newborn_is_the_child_that_was_registered(
    write: Any, linked: Linker, parents: list[dict[str, Any]], place: bool
) -> None:
    siblings = [registered(write, "s", "唐子昂", CHILD, 751), registered(write, "n", "唐一诺", BABY, 762)]
    ids = who(
        write, linked([*parents, *siblings, *certificate(write, "c", "2", place=place)]), "s", "n", "c", "t1", "t2"
    )
    assert ids["c newborn"] == ids["n person"] != ids["s person"]
    assert ids["c mother"] == ids["t2 person"]
    assert ids["c father"] == ids["t1 person"]


def test_newborn_twins_go_by_sex_or_by_order(write: Any, linked: Linker, parents: list[dict[str, Any]]) -> None:
    def run(second_sex: str, order: int) -> dict[str, int]:
        papers = certificate(write, "c1", "2") + certificate(write, "c2", second_sex)
        children = [registered(write, "n1", "唐一诺", BABY, 762), registered(write, "n2", "唐一言", BABY, order)]
        return who(write, linked([*parents, *papers, *children]), "c1", "c2", "n1", "n2")

    for ids in (run("1", 765), run("2", 764)):
        assert ids["c1 newborn"] == ids["n1 person"] != ids["n2 person"]
        assert ids["c2 newborn"] == ids["n2 person"]


def test_one_certificate_and_two_children_is_a_question(
    write: Any, linked: Linker, parents: list[dict[str, Any]]
) -> None:
    children = [registered(write, "n1", "唐一诺", BABY, 762), registered(write, "n2", "唐一言", BABY, 764)]
    found = linked([*parents, *certificate(write, "c", "2"), *children])
    ids = who(write, found, "c", "n1", "n2")
    assert ids["c newborn"] not in (ids["n1 person"], ids["n2 person"])
    asked = [r for r in found.pairs.to_pylist() if "c" in (r["left_key"], r["right_key"])]
    assert {r["reason"] for r in asked} == {"rival"}
    assert all(0.4 < r["score"] < 0.6 for r in asked)


def test_spouses_are_found_by_each_other(write: Any, linked: Linker, parents: list[dict[str, Any]]) -> None:
    rows = [
        write.mention("marriages", "y", "唐志远", "husband", kin=write.kin(("wife", "spouse"))),
        write.mention(
            "marriages", "y", "苗青荷", "wife", **write.number(MOTHER, 742), kin=write.kin(("husband", "spouse"))
        ),
    ]
    ids = who(write, linked([*parents, *rows]), "y", "t1", "t2")
    assert (ids["y husband"], ids["y wife"]) == (ids["t1 person"], ids["t2 person"])


def test_another_wife_speaks_against_one_being_the_same_man(
    write: Any, linked: Linker, parents: list[dict[str, Any]]
) -> None:
    def sure(wife: dict[str, Any]) -> float:
        man = write.mention("marriages", "y", "唐志远", "husband", kin=write.kin(("wife", "spouse")))
        found = linked([*parents, man, {**wife, "role": "wife", "kin": write.kin(("husband", "spouse"))}])
        return next(
            r["score"] or 0.0 for r in found.members.to_pylist() if (r["record_key"], r["role"]) == ("y", "husband")
        )

    same = write.mention("marriages", "y", "苗青荷", **write.number(MOTHER, 742))
    other = write.mention("marriages", "y", "简文秀", **write.number(date(1979, 3, 1), 902))
    assert sure(same) > 0.99 > sure(other)


def test_an_infant_under_its_mothers_number_is_itself_and_a_conflict(
    write: Any, linked: Linker, parents: list[dict[str, Any]]
) -> None:
    rows = [
        registered(write, "n", "唐一诺", BABY, 762),
        write.mention("doctor_contracts", "q1", "唐一诺", **write.number(MOTHER, 742), **write.RURAL),
        write.mention("doctor_contracts", "q2", "苗青荷", **write.number(MOTHER, 742), **write.RURAL),
    ]
    found = linked([*parents, *rows])
    ids = who(write, found, "n", "q1", "q2", "t2")
    assert ids["q1 person"] == ids["n person"]
    assert ids["q2 person"] == ids["t2 person"] != ids["n person"]
    conflict = [r for r in found.conflicts.to_pylist() if r["right_key"] == "q1"]
    assert [r["kind"] for r in conflict] == ["id_conflict"]


def test_two_people_under_one_number_are_not_merged(write: Any, linked: Linker, parents: list[dict[str, Any]]) -> None:
    stranger = write.mention("pensions", "p", "简文秀", **write.number(FATHER, 731))
    found = linked([*parents, stranger, write.mention("insured", "i", "唐志远", **write.number(FATHER, 731))])
    ids = who(write, found, "p", "i", "t1")
    assert ids["i person"] == ids["t1 person"] != ids["p person"]
    assert "p" in {r["right_key"] for r in found.conflicts.to_pylist()}


def test_a_masked_number_counts_by_what_it_shows(write: Any, linked: Linker, parents: list[dict[str, Any]]) -> None:
    number = write.number(FATHER, 731)["id_number"]
    mine = write.mention("firms", "f1", "唐志远", id_number=f"{number[:6]}********{number[14:]}", id_status="masked")
    other = write.mention("firms", "f2", "唐志远", id_number=f"{number[:6]}********0019", id_status="masked")
    ids = who(write, linked([*parents, mine, other]), "f1", "f2", "t1")
    assert ids["f1 person"] == ids["t1 person"] != ids["f2 person"]


def test_a_mistyped_number_still_points_to_its_owner(write: Any, linked: Linker, parents: list[dict[str, Any]]) -> None:
    n = write.number(FATHER, 731)["id_number"]
    wrong = {"swapped": n[:9] + n[10] + n[9] + n[11:], "dropped": n[:9] + n[10:], "digit": n[:3] + "7" + n[4:]}
    rows = [
        write.mention("pensions", key, "唐志远", id_number=text, id_status="invalid") for key, text in wrong.items()
    ]
    ids = who(write, linked([*parents, *rows]), "t1", *wrong)
    assert len(set(ids.values())) == 1


def test_one_who_is_entered_twice_is_found_out_when_enough_agrees(
    write: Any, linked: Linker, parents: list[dict[str, Any]]
) -> None:
    rows = [
        write.mention("allowance", "d1", "唐志远", **write.number(FATHER, 731), **write.RURAL),
        write.mention("allowance", "d2", "唐志远", **write.number(FATHER, 731), **write.RURAL),
        write.mention("allowance", "d3", "唐志远", **write.day(FATHER), **write.RURAL),
    ]
    assert len(set(who(write, linked([*parents, *rows]), "d1", "d2", "d3", "t1").values())) == 1


def test_a_father_and_son_of_one_name_on_one_form_are_two(
    write: Any, linked: Linker, parents: list[dict[str, Any]]
) -> None:
    rows = [
        write.mention("pupils", "x", "唐志远", **write.RURAL, kin=write.kin(("guardian", "ward"))),
        write.mention(
            "pupils",
            "x",
            "唐志远",
            "guardian",
            phone="13900000001",
            **write.RURAL,
            kin=write.kin(("person", "guardian")),
        ),
    ]
    ids = who(write, linked([*parents, *rows]), "x", "t1")
    assert ids["x guardian"] == ids["t1 person"] != ids["x person"]


def test_a_village_office_telephone_ties_nobody(write: Any, linked: Linker) -> None:
    names = ("甘露", "苗圃", "柯南", "詹妮", "冉冉", "阮玲", "温馨", "简单")
    rows = [write.mention("doctor_contracts", f"q{i}", name, phone="13900000099") for i, name in enumerate(names)]
    rows += [write.mention("grid_visits", "v0", "甘霖", phone="13900000099", **write.RURAL)]
    ids = who(write, linked(rows), "v0", *(f"q{i}" for i in range(len(names))))
    assert len(set(ids.values())) == len(ids)


def test_one_who_moved_is_found_by_name_and_birth(write: Any, linked: Linker, parents: list[dict[str, Any]]) -> None:
    moved = write.mention("grid_visits", "v", "唐志远", sex="1", **write.day(FATHER), **write.FLAT)
    ids = who(write, linked([*parents, moved]), "v", "t1")
    assert ids["v person"] == ids["t1 person"]


@pytest.mark.parametrize("numbered", [False, True])
def test_two_slips_at_one_full_door_are_one_person(write: Any, linked: Linker, numbered: bool) -> None:
    more = write.number(FATHER, 731) if numbered else {}
    rows = [
        write.mention("allowance", "x", "唐志远", sex="1", **write.day(FATHER), **write.RURAL, **more),
        write.mention("grid_visits", "y", "唐志坚", sex="1", **write.day(FATHER.replace(month=9)), **write.RURAL),
    ]
    assert len(set(who(write, linked(rows), "x", "y").values())) == 1


def test_brothers_a_year_apart_at_one_door_are_two(write: Any, linked: Linker) -> None:
    rows = [
        write.mention("allowance", "x", "唐志远", sex="1", **write.day(FATHER), **write.RURAL),
        write.mention("grid_visits", "y", "唐志坚", sex="1", **write.day(FATHER.replace(year=1985)), **write.RURAL),
    ]
    assert len(set(who(write, linked(rows), "x", "y").values())) == 2


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("阿卜来提·如则托合提", "阿卜来堤·如则托合提"),
        ("古丽·买买提", "古莉·买买提"),
        ("古丽·买买提", "古丽·买买"),
    ],
)
def test_a_long_name_with_one_wrong_character_under_its_number(
    write: Any, linked: Linker, name: str, wrong: str
) -> None:
    rows = [
        write.mention("police_register", "x", name, **write.number(), **write.RURAL),
        write.mention("insured", "y", wrong, **write.number()),
        write.mention("pensions", "z", name, **write.number()),
    ]
    assert len(set(who(write, linked(rows), "x", "y", "z").values())) == 1


def test_another_long_name_under_a_number_is_another_person(write: Any, linked: Linker) -> None:
    rows = [
        write.mention("police_register", "x", "古丽·买买提", **write.number(), **write.RURAL),
        write.mention("insured", "y", "阿里木·买买提", **write.number()),
        write.mention("pensions", "z", "古丽·买买提", **write.number()),
    ]
    ids = who(write, linked(rows), "x", "y", "z")
    assert ids["x person"] == ids["z person"] != ids["y person"]


@pytest.mark.parametrize("name", ["苗青荷", "苗清荷"])
@pytest.mark.parametrize("year_only", [False, True])
def test_a_mistyped_sex_keeps_nobody_apart_whose_name_and_telephone_agree(
    write: Any, linked: Linker, name: str, year_only: bool
) -> None:
    born = {"born_on": MOTHER.replace(month=1, day=1), "born_precision": "year"} if year_only else write.day(MOTHER)
    rows = [
        write.mention("insured", "x", "苗青荷", sex="2", **write.number(MOTHER, 742), phone="13900000001"),
        write.mention("grid_visits", "y", name, sex="1", **born, phone="13900000001"),
    ]
    assert len(set(who(write, linked(rows), "x", "y").values())) == 1


def test_brother_and_sister_who_are_twins_stay_two(write: Any, linked: Linker, parents: list[dict[str, Any]]) -> None:
    rows = [
        write.mention("pupils", key, name, sex=sex, **write.day(CHILD), **write.RURAL, phone="13900000001")
        for key, name, sex in (("x", "唐伟", "1"), ("y", "唐薇", "2"))
    ]
    assert len(set(who(write, linked([*parents, *rows]), "x", "y").values())) == 2


def test_a_name_misheard_and_a_sex_mistyped_are_a_question(
    write: Any, linked: Linker, parents: list[dict[str, Any]]
) -> None:
    child = registered(write, "t4", "唐欣涵", BABY, 322)
    found = linked([*parents, child, *certificate(write, "c1", "1", name="唐心涵")])
    cluster = who(write, found, "t4", "c1")
    assert cluster["t4 person"] != cluster["c1 newborn"]
    asked = [row for row in found.pairs.to_pylist() if {row["left_key"], row["right_key"]} == {"t4", "c1"}]
    assert [json.loads(row["evidence"])["fields"]["sex"]["level"] for row in asked] == ["differs"]
    told = found.edges().to_pylist()
    assert [e["veto"] for e in told if e["state"] == STATES.index("grey")] == [0] * found.pairs.num_rows


def test_a_nameless_newborn_of_another_sex_is_a_question_and_not_refused(
    write: Any, linked: Linker, parents: list[dict[str, Any]]
) -> None:
    child = registered(write, "n", "唐一诺", BABY, 762)
    found = linked([*parents, *certificate(write, "c", "1"), child])
    asked = [{r["left_key"], r["right_key"]} for r in found.pairs.to_pylist()]
    assert {"c", "n"} in asked


def test_a_common_name_alone_is_not_enough_and_a_rare_one_is(write: Any, linked: Linker) -> None:
    surnames = "甘苗柯詹冉阮温简王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜"
    names = ["唐" + a + b for a in "志青文一明建国" for b in "春海林秀玉晨阳"]
    names += [surname + "伟" for surname in surnames] + ["唐伟", "岑逸舟"]
    rows = [
        write.mention("police_register", f"r{i}", name, **write.number(order=100 + i)) for i, name in enumerate(names)
    ]
    rows += [write.mention("grid_visits", "common", "唐伟"), write.mention("grid_visits", "rare", "岑逸舟")]
    common, rare = f"r{len(names) - 2}", f"r{len(names) - 1}"
    found = linked(rows)
    ids = who(write, found, "common", "rare", common, rare)
    assert ids["rare person"] == ids[f"{rare} person"]
    assert ids["common person"] != ids[f"{common} person"]
    asked = {frozenset((r["left_key"], r["right_key"])): r["score"] for r in found.pairs.to_pylist()}
    assert 0.7 < asked[frozenset(("common", common))] < 0.9, "more likely than not, and a person is asked"
