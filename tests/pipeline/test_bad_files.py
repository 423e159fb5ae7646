"""What lies in a drop folder beside good files: each gets its receipt, and the others go on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.settings import Settings
from tests.factory import small_county
from tests.pipeline.conftest import County, look, through


@pytest.fixture(scope="module")
def county(installation: Callable[[Path], Settings], tmp_path_factory: pytest.TempPathFactory) -> County:
    """September, with all kinds of trouble."""
    inbox = small_county(tmp_path_factory.mktemp("bad"))
    september = inbox / "2026-09"
    (september / "公安局" / "流动人口登记表2026-09.xlsx").write_bytes(b"PK\x03\x04 this is no workbook")
    (september / "民政局" / "HH202609.dbf").write_bytes(b"")
    (september / "民政 局").mkdir()
    (september / "民政 局" / "HH2026年9月.dbf").write_bytes(b"something else")
    (september / "beside.csv").write_bytes(b"something else")
    (september / "民政局" / f"{'说明' * 40}.docx").write_bytes(b"something else")
    (september / "民政局" / "a\\b.csv").write_bytes(b"something else")
    (september / "民政局" / "说明.docx").write_bytes(b"something else")
    pensions = september / "人社局" / "YLJFF202609.txt"
    pensions.write_bytes(pensions.read_bytes()[:-400])  # cut off in the middle of a record
    (september / "卫健委" / "家庭医生签约_2026-09.csv.part").write_bytes("签约编号,姓名".encode("gbk"))
    register = september / "公安局" / "户籍人口_2026-09.csv"
    lines = register.read_bytes().split(b"\r\n")
    lines[5] = lines[5] + b",one,too,many"
    register.write_bytes(b"\r\n".join(lines))
    return through(installation(inbox), "2026-09")


def receipts_of(county: County, month: str) -> dict[str, dict[str, object]]:
    found = [json.loads(p.read_text(encoding="utf-8")) for p in county.settings.outbox.rglob("*.json")]
    return {r["delivery"]["source_name"]: r for r in found if r["delivery"]["period"] == month}


def test_each_bad_file_has_a_receipt_that_says_why(county: County) -> None:
    found = receipts_of(county, "2026-09")
    why = {name: (r["reason"] or {}).get("code") for name, r in found.items()}  # type: ignore[attr-defined]
    assert why["流动人口登记表2026-09.xlsx"] in ("unreadable", "truncated")
    assert why["HH202609.dbf"] == "empty_file"
    assert why["说明.docx"] == "unknown_feed"
    assert found["说明.docx"]["reason"]["detail"] == (  # type: ignore[index]
        "该目录约定接收的文件：HH202609.dbf、低保发放台账2026-09.txt、婚姻登记202609.xlsx、高龄津贴2026-09.xls"
    )
    odd = ("HH2026年9月.dbf", "beside.csv", f"{'说明' * 40}.docx", "a\\b.csv")
    assert {why[name] for name in odd} == {"unknown_feed"}
    assert "约定的文件（HH202609.dbf）收到不止一份" in found["HH2026年9月.dbf"]["reason"]["detail"]  # type: ignore[index]
    assert why["家庭医生签约_2026-09.csv.part"] == "still_writing"


def test_a_cut_off_file_is_told_so_and_a_bad_line_does_not_take_the_others_along(county: County) -> None:
    found = receipts_of(county, "2026-09")
    pensions, register = found["YLJFF202609.txt"], found["户籍人口_2026-09.csv"]
    assert pensions["verdict"] in ("退回", "接收并提示")
    equation = register["equation"]
    assert isinstance(equation, dict)
    assert (equation["lines"], equation["parsed"], equation["rejected"]) == (40, 39, 1)
    assert [d["line"] for d in register["details"] if d["reason"] == "field_count"] == [6]  # type: ignore[attr-defined]


def test_the_others_went_on(county: County) -> None:
    published = {row for row in look(county.settings)["ledger.delivery"] if "published" in row}
    feeds = {row[1] for row in published}
    assert {"gongan_hukou", "minzheng_dibao", "weijian_siwang", "wangge_zoufang"} <= feeds
    assert county.outcome.exit_code == 1


def test_nothing_of_the_supplier_is_renamed_or_deleted(county: County) -> None:
    names = {p.name for p in (county.settings.inbox / "2026-09").rglob("*") if p.is_file()}
    assert {"说明.docx", "HH202609.dbf", "流动人口登记表2026-09.xlsx", "家庭医生签约_2026-09.csv.part"} <= names
