"""A score weighs one person against relatives and strangers, by what agrees and how common it is."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from transforms.matching import kin
from transforms.matching.counts import scopes
from transforms.matching.model import shipped
from transforms.matching.score import Scored, probability, score
from transforms.matching.spine import spine
from transforms.matching.state import Pairs
from transforms.matching.values import encode
from transforms.matching.vetoes import VETOES
from transforms.matching.world import World, compact, state_of
from transforms.matching.worth import SAME_KEY, SAME_NUMBER

Weigh = Callable[..., Scored]


@pytest.fixture
def weigh(background: pa.Table, write: Any) -> Weigh:
    """Score the first two of some mentions by the shipped model, in the county; all others only set frequencies."""

    def run(*rows: dict[str, Any], rules: int = 0, kin_level: int = 0) -> Scored:
        table = pa.concat_tables([background, pa.Table.from_pylist(list(rows), schema=write.SCHEMA)])
        nodes, values = encode(table)
        based = spine(nodes, values, np.zeros(nodes.size, bool))
        places, links = scopes(values.places), kin.ties(nodes)
        world = World(shipped(), nodes, values, places, links, based.borrowed, np.empty((2, 0), np.int64))
        keys = zip(nodes.index["record_key"].to_pylist(), nodes.index["role"].to_pylist(), strict=True)
        at = {key: i for i, key in enumerate(keys)}
        entity = compact(based.entity)
        a, b = sorted(entity[at[r["record_key"], r["role"]]] for r in rows[:2])
        pair = Pairs(np.array([a]), np.array([b]), np.array([rules]))
        return score(state_of(world, entity), pair, np.array([kin_level], np.uint8))

    return run


def odds(scored: Scored) -> float:
    return float(scored.odds[0])


def test_probability_is_symmetric_and_never_overflows() -> None:
    found = probability(np.array([-1e9, -3.0, 0.0, 3.0, 1e9]))
    assert found[2] == 0.5
    assert found[1] + found[3] == pytest.approx(1.0)
    assert 0 < found[0] < 1e-15
    assert found[4] <= 1.0


def test_a_rare_name_says_more_than_a_common_one(weigh: Weigh, write: Any) -> None:
    def pair(name: str, *more: dict[str, Any]) -> float:
        return odds(weigh(write.mention("a", "l", name), write.mention("b", "r", name), *more))

    crowd = [write.mention("c", f"n{i}", "唐伟", **write.number(order=500 + i)) for i in range(9)]
    assert pair("唐志远") > pair("唐伟", *crowd) + 3


def test_a_shared_home_says_which_family_and_not_who(weigh: Weigh, write: Any) -> None:
    def at_home(left: str | None, right: str | None) -> float:
        return odds(weigh(write.mention("a", "l", left, **write.RURAL), write.mention("b", "r", right, **write.RURAL)))

    assert at_home("唐志远", "唐志远") > 5
    assert at_home("唐志远", "唐智远") > 2
    assert at_home("唐志远", "唐志强") < 0
    assert at_home("唐志远", "苗青荷") < -4


def test_missing_says_nothing_and_a_difference_speaks_against(weigh: Weigh, write: Any) -> None:
    def with_phones(*phones: str | None) -> float:
        sides = zip(("a", "b"), ("l", "r"), phones, strict=True)
        return odds(weigh(*(write.mention(f, k, "唐志远", phone=p, **write.RURAL) for f, k, p in sides)))

    same, none, differ = (
        with_phones("13900000001", "13900000001"),
        with_phones("13900000001", None),
        with_phones("13900000001", "13700000002"),
    )
    assert same > none > differ


def test_a_telephone_under_many_names_weighs_nothing(weigh: Weigh, write: Any) -> None:
    office = "13900000099"
    names = ("甘露", "苗圃", "柯南", "詹妮", "冉冉", "阮玲")
    crowd = [write.mention("c", f"n{i}", name, phone=office) for i, name in enumerate(names)]
    sides = [write.mention(f, k, "唐志远", phone=office) for f, k in (("a", "l"), ("b", "r"))]
    bare = [{**side, "phone": None} for side in sides]
    assert odds(weigh(*sides, *crowd)) == pytest.approx(odds(weigh(*bare, *crowd)), abs=0.1)


def test_a_birth_that_is_in_the_number_is_not_counted_twice(weigh: Weigh, write: Any) -> None:
    def pair(**more: Any) -> float:
        number = write.number()
        left = write.mention("a", "l", "唐志远", **number, **more)
        return odds(weigh(left, write.mention("b", "r", "苗青荷", **number, **more), rules=SAME_NUMBER))

    gain = pair(**write.day(write.BORN)) - pair()
    assert abs(gain) < 4  # on its own an agreeing birth is worth fourteen bits


def test_a_younger_version_of_a_record_needs_little_else(weigh: Weigh, write: Any) -> None:
    sides = [write.mention("a", k, "唐志远", phone=f"1390000000{i}") for i, k in enumerate("lr")]
    assert odds(weigh(*sides, rules=SAME_KEY)) > odds(weigh(*sides)) + 5


def test_kin_brings_the_nameless_together(weigh: Weigh, write: Any) -> None:
    born = write.day(date(2026, 8, 2))
    sides = [write.mention(f, k, None, sex="2", **born) for f, k in (("a", "l"), ("b", "r"))]
    assert odds(weigh(*sides, kin_level=3)) > max(4.0, odds(weigh(*sides)))


CHILD = date(2015, 4, 2)


@pytest.mark.parametrize(
    ("left", "right", "why"),
    [
        ({"sex": "1"}, {"sex": "2"}, "sex"),
        ({"born": date(1980, 5, 17)}, {"born": date(1981, 6, 18)}, "birth"),
        ({"born": date(1980, 5, 17)}, {"born": date(1980, 5, 18)}, ""),
        ({"order": 601}, {"order": 701}, "number"),
        ({"order": 601}, {}, ""),
        ({"born": date(1980, 5, 17), "sex": "1"}, {"born": date(1980, 5, 17), "sex": "2"}, ""),
    ],
)
def test_what_cannot_be_is_said(
    weigh: Weigh, write: Any, left: dict[str, Any], right: dict[str, Any], why: str
) -> None:
    def built(feed: str, key: str, given: dict[str, Any]) -> dict[str, Any]:
        more = {"sex": given["sex"]} if "sex" in given else {}
        more |= write.day(given["born"]) if "born" in given else {}
        more |= write.number(order=given["order"]) if "order" in given else {}
        return write.mention(feed, key, "唐志远", **more)

    assert VETOES[weigh(built("a", "l", left), built("b", "r", right)).veto[0]] == why


def test_a_mother_is_not_as_young_as_her_child(weigh: Weigh, write: Any) -> None:
    mother = write.mention("births", "l", "苗青荷", "mother", kin=write.kin(("newborn", "parent")))
    pupil = write.mention("pupils", "r", "苗青荷", **write.day(CHILD))
    born = write.day(date(2026, 8, 2))
    child = write.mention("births", "l", None, "newborn", **born, kin=write.kin(("mother", "child")))
    assert VETOES[weigh(mother, pupil, child).veto[0]] == "age"
    assert VETOES[weigh(mother, child).veto[0]] == "record"
