"""Abbreviations and slips of names."""

import pytest

from transforms.matching.organisation_names import near_names


@pytest.mark.parametrize(
    ("name", "why"),
    [("大唐造纸", "short form"), ("大唐造械", "short form"), ("大塘造纸机械", "slip"), ("大唐造纸机", "short form")],
)
def test_short_forms_and_slips(name: str, why: str) -> None:
    assert near_names([name], ["大唐造纸机械", "明远化工"]) == {name: ("大唐造纸机械", why)}


def test_what_is_near_to_two_or_too_short_is_near_to_none() -> None:
    assert near_names(["大唐造纸"], ["大唐造纸机械", "大唐造纸包装"]) == {}
    assert near_names(["大唐"], ["大唐造纸"]) == {}
    assert near_names(["明远化工"], ["大唐造纸机械", "明远化工"]) == {}
