from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.kinds import KINDS
from contracts.model import Column
from transforms import kinds
from transforms.clean.dates import ZONE, parse_timestamp
from transforms.clean.phones import clean_phone
from transforms.kinds import TYPES, cast

MONTH_END = date(2026, 9, 30)


def read(kind: str, texts: list[str | None], **spec: Any) -> tuple[list[Any], list[str | None]]:
    column = Column(name="x", source="x", kind=kind, **spec)  # type: ignore[arg-type]
    found = cast(kind, pa.array(texts, pa.string()), column, MONTH_END)
    return found.values.to_pylist(), found.reasons.to_pylist()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_its_type_even_without_rows(kind: str) -> None:
    column = Column(name="x", source="x", kind=kind)  # type: ignore[arg-type]
    for values in ([], [None, ""]):
        found = cast(kind, pa.array(values, pa.string()), column, MONTH_END)
        assert found.values.type == TYPES[KINDS[kind].arrow]
        assert found.reasons.type == pa.string()
        assert found.values.null_count == len(values)
        assert {r for r in found.reasons.to_pylist() if r} <= {"id_missing"}


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("text", " 土地\n承包 ", "土地承包"),
        ("text", "无", "无"),  # in a free text it may be the answer
        ("code", "００１２", "0012"),
        ("code", "'0012 ", "0012"),
        ("code", "HK 0000001", "HK0000001"),
        ("category", "其他", "其他"),
        ("person_name", "甲 小山(男)", "甲小山"),
        ("org_name", "试测(集团) 有限公司", "试测（集团）有限公司"),
        ("id_number", "36029918760607001x", "36029918760607001X"),
        ("credit_code", "91360299ma35abcd4m", "91360299MA35ABCD4M"),
        ("sex", "女", "2"),
        ("date", "2019年9月1日", date(2019, 9, 1)),
        ("timestamp", "2026-09-01T00:30:00Z", datetime(2026, 9, 1, 8, 30, tzinfo=ZONE)),
        ("month", "202609", date(2026, 9, 1)),
        ("phone", "138-0013-8000", "13800138000"),
        ("address", "昌南市 涌泉镇", "昌南市涌泉镇"),
        ("integer", "3人", 3),
        ("decimal", "88.5", 88.5),
        ("amount_yuan", "1,234.5", 123450),
        ("amount_fen", "0000362919", 362919),
        ("relation", "之妻", "12"),
        ("marital", "离异", "40"),
        ("bank_card", "6217 7507 0226", "621775070226"),
    ],
)
def test_each_kind_reads_its_text(kind: str, raw: str, value: object) -> None:
    spec = {"values": {"其他": "其他"}} if kind == "category" else {}
    values, reasons = read(kind, [raw, None, raw], **spec)
    assert values == [value, None, value]
    if kind != "id_number":
        assert reasons == [None, None, None]


@pytest.mark.parametrize(
    ("kind", "raw", "reason"),
    [
        ("person_name", "不详", "name_missing"),
        ("sex", "3", "sex_unknown"),
        ("date", "2025-02-30", "date_invalid"),
        ("timestamp", "2026-02-30 08:00:00", "date_invalid"),
        ("month", "2026", "date_invalid"),
        ("phone", "12800138000", "phone_invalid"),
        ("integer", "三", "number_invalid"),
        ("amount_yuan", "610.505", "number_invalid"),
        ("relation", "邻居", "code_unknown"),
        ("id_number", "不详", "id_missing"),
    ],
)
def test_what_cannot_be_read_is_null_with_a_reason(kind: str, raw: str, reason: str) -> None:
    assert read(kind, [raw]) == ([None], [reason])


def test_a_category_is_what_its_table_says() -> None:
    table = {"正常": "normal", "1": "paid"}
    values, reasons = read("category", ["正常", " 正常", "１", "normal", "别的", "无", None], values=table)
    assert values == ["normal", "normal", "paid", "normal", None, None, None]
    assert reasons == [None, None, None, None, "code_unknown", None, None]


def test_a_contract_may_rename_what_a_kind_knows() -> None:
    assert read("sex", ["甲", "女"], values={"甲": "1"}) == (["1", "2"], [None, None])


def test_dates_tell_how_exactly_they_are_known() -> None:
    found = cast("date", pa.array(["1982", "1982-05", "1982-05-01", "无"]), Column(name="x", source="x", kind="date"))
    assert found.precision is not None
    assert found.precision.to_pylist() == ["year", "month", "day", None]


def test_identity_numbers_tell_birth_sex_and_status() -> None:
    column = pa.array(["36029919700101001", "360299197001010013", "360299700101001", None])
    found = cast("id_number", column, Column(name="x", source="x", kind="id_number"), MONTH_END)
    assert (found.status, found.sex, found.born_on) != (None, None, None)
    assert [a.to_pylist() for a in (found.status, found.sex) if a is not None] == [
        ["invalid", "valid", "repaired", "missing"],
        [None, "1", "1", None],
    ]


@settings(deadline=None)
@given(
    st.lists(st.none() | st.from_regex(r"1[0-9]{10}", fullmatch=True) | st.text("1380 -/无", max_size=14), max_size=20)
)
def test_the_short_way_for_phones_gives_what_the_long_way_gives(values: list[str | None]) -> None:
    assert read("phone", values) == ([clean_phone(v)[0] for v in values], [clean_phone(v)[1] for v in values])


@settings(deadline=None)
@given(
    st.lists(
        st.none()
        | st.datetimes(datetime(1985, 1, 1), datetime(2100, 1, 1)).map(lambda m: f"{m:%Y-%m-%d %H:%M:%S}")  # noqa: DTZ001
        | st.sampled_from(["2026-02-30 08:00:00", "2026-09-01T00:30:00Z", "20260901083000", "无", "x"]),
        max_size=20,
    )
)
def test_the_short_way_for_times_gives_what_the_long_way_gives(values: list[str | None]) -> None:
    found, reasons = read("timestamp", values)
    plain = [parse_timestamp(v) for v in values]
    assert [f and f.timestamp() for f in found] == [p[0] and p[0].timestamp() for p in plain]
    assert reasons == [p[1] for p in plain]


@settings(deadline=None)
@given(st.from_regex(kinds._PLAIN["code"], fullmatch=True))
def test_the_short_way_for_codes_changes_nothing(code: str) -> None:
    assert kinds._code(code.strip("\n")) == (code.strip("\n"), None)
