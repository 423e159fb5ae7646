"""The town of an address that leaves it out: given where registers agree on such doors, open where they do not."""

import pytest

from transforms.matching.address_places import Place, with_towns


def place(town: str | None, name: str, door: str) -> Place:
    return Place(town, name, door, None, (None,))


def told(*said: tuple[Place, str]) -> tuple[list[str | None], dict[int, float]]:
    places, sure = with_towns([p for p, _ in said], [s for _, s in said])
    return [p.town for p in places], sure


def agreed(doors: int) -> list[tuple[Place, str]]:
    """Doors that two feeds put in one town, of a village that is in another town too."""
    return [(place("云溪镇", "石坑", f"1/{i}"), "police grid") for i in range(doors)] + [
        (place("上坪乡", "石坑", "9/9"), "police")
    ]


def test_a_door_known_in_one_town_is_there_as_often_as_registers_agree() -> None:
    towns, sure = told(*agreed(20), (place(None, "石坑", "1/7"), "visits"))
    assert towns[-1] == "云溪镇"
    assert sure == {21: pytest.approx(41 / 42)}


def test_where_nothing_was_compared_or_registers_disagree_it_stays_open() -> None:
    towns, sure = told(*agreed(2), (place(None, "石坑", "1/1"), "visits"))
    assert (towns[-1], sure) == (None, {})
    elsewhere = [(place("上坪乡", "石坑", f"1/{i}"), "visits") for i in range(12)]
    open_ = told(*agreed(20), *elsewhere, (place(None, "石坑", "1/19"), "school"))
    assert open_[0][-1] is None


def test_a_door_of_two_towns_and_one_of_none_stay_open() -> None:
    both = (place("上坪乡", "石坑", "1/7"), "grid")
    assert told(*agreed(60), both, (place(None, "石坑", "1/7"), "visits"))[0][-1] is None
    assert told(*agreed(60), (place(None, "石坑", "5/5"), "visits"))[0][-1] is None


def test_a_village_of_one_town_is_there_whatever_the_door() -> None:
    one = [(place("云溪镇", "大湾", f"2/{i}"), "police") for i in range(9)]
    towns, sure = told(*one, (place(None, "大湾", "8/8"), "visits"))
    assert towns[-1] == "云溪镇"
    assert sure == {9: pytest.approx(10 / 11)}
    assert told(*one[:7], (place(None, "大湾", "8/8"), "visits"))[0][-1] is None
