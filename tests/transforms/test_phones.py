import pytest

from transforms.clean.phones import clean_phone, phones


@pytest.mark.parametrize(
    "raw",
    [
        "13800138000",
        "+86 138-0013-8000",
        "008613800138000",
        "8613800138000",
        "17951 13800138000",
        "１３８００１３８０００",
    ]
    + [
        "138 0013 8000",
        "13800138000.0",
        "手机：13800138000",
        "13800138000（女）",
        "13800138000/13900139000",
        "13800138000、0798-8321234",
    ]
    + ["0798-8321234 13800138000", " 13800138000 "],
)
def test_a_mobile_in_any_form(raw: str) -> None:
    assert clean_phone(raw) == ("13800138000", None)


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("0798-8321234", "07988321234"),
        ("(0798)8321234", "07988321234"),
        ("0798-8321234-801", "07988321234"),
        ("0798-8321234转801", "07988321234"),
        ("010-62345678", "01062345678"),
        ("8321234", "8321234"),
        ("400-123-4567", "4001234567"),
    ],
)
def test_landlines(raw: str, number: str) -> None:
    assert clean_phone(raw) == (number, None)


@pytest.mark.parametrize("raw", [None, "", "无", "-", "0", "00000000000", "不详"])
def test_nothing_is_no_error(raw: str | None) -> None:
    assert clean_phone(raw) == (None, None)


@pytest.mark.parametrize(
    "raw",
    [
        "12800138000",
        "1064812345678",
        "11111111111",
        "99999999999",
        "110",
        "12345",
        "995",
        "138****8000",
        "1380013800",
        "07980001",
    ],
)
def test_what_reaches_nobody_is_refused(raw: str) -> None:
    assert clean_phone(raw) == (None, "phone_invalid")


def test_a_prefix_that_was_never_given_out_is_kept_and_pointed_at() -> None:
    assert clean_phone("19400000000") == ("19400000000", "phone_invalid")


def test_every_number_of_a_cell() -> None:
    assert phones("0798-8321234、13800138000 13900139000") == ["13800138000", "13900139000", "07988321234"]
    assert phones("无") == []
