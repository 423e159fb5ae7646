from datetime import date, datetime

import pyarrow as pa
import pytest

from contracts.kinds import KINDS
from transforms import masking
from transforms.clean.dates import ZONE
from transforms.masking import MASKS, mask


def test_every_mask_a_kind_names_exists() -> None:
    assert {kind.mask for kind in KINDS.values()} <= set(MASKS)
    assert all(f(None) is None for f in MASKS.values())


@pytest.mark.parametrize(("name", "shown"), [("甲山", "甲*"), ("甲小山", "甲**"), ("甲", "甲"), ("阿试·提", "阿***")])
def test_a_name_shows_its_first_character(name: str, shown: str) -> None:
    assert masking.name(name) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("360299197001010013", "3602**********0013"),
        ("36029970", "********"),
        ("360299********0013", "3602**********0013"),
    ],
)
def test_an_identity_number_hides_birth_and_order(number: str, shown: str) -> None:
    assert masking.id_number(number) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [("13800138000", "138****8000"), ("07988321234", "079****1234"), ("8321234", "*****34")]
)
def test_a_phone_hides_its_middle(number: str, shown: str) -> None:
    assert masking.phone(number) == shown


def test_an_address_shows_no_more_than_the_township() -> None:
    assert masking.town("江西省景德镇市昌南市涌泉镇大田村3组4号") == "涌泉镇"
    assert masking.town("大田村3组4号") is None


def test_dates_lose_what_a_reader_does_not_need() -> None:
    assert masking.month(date(2026, 9, 17)) == date(2026, 9, 1)
    assert masking.day(datetime(2026, 9, 17, 23, 30, tzinfo=ZONE)) == date(2026, 9, 17)


@pytest.mark.parametrize(
    ("kind", "values", "shown"),
    [
        ("person_name", ["甲小山", None], ["甲**", None]),
        ("code", ["T001", None], ["T001", None]),
        ("text", ["土地", None], [None, None]),
        ("amount_fen", [61000, None], [None, None]),
        ("date", [date(2026, 9, 17), None], [date(2026, 9, 1), None]),
        ("timestamp", [datetime(2026, 9, 17, 8, tzinfo=ZONE), None], [date(2026, 9, 17), None]),
    ],
)
def test_a_column_is_masked_by_its_kind(kind: str, values: list[object], shown: list[object]) -> None:
    column = pa.chunked_array([pa.array(values)])
    assert mask(kind, column).to_pylist() == shown
