import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from contracts.model import Contract
from contracts.reasons import REASONS
from quality.objections import Objections
from quality.report import Finding, Report, Severity
from quality.statement import Came, Counts, Happened, Previous, Receipt, compose, shown_columns
from quality.workdays import Listed

CAME = Came(
    "ceshi_butie-202610-0123456789ab",
    "测试局",
    "2026-10",
    "补贴2026-10.csv",
    "0123456789ab" + "c" * 52,
    1234,
    datetime(2026, 10, 30, 17, 0, tzinfo=UTC),  # already Saturday in Beijing
    "gb18030",
    "utf-8 strict failed at byte 12; gb18030 strict ok",
)
COUNTS = Counts(100, 99, 1, 97, 2, 96, 1)


def issues(*rows: tuple[int, str, str, str]) -> Objections:
    columns = ("_line", "record_key", "field", "reason")
    return Objections(issues=pa.Table.from_pylist([dict(zip(columns, r, strict=True)) for r in rows]))


def judged(severity: Severity, reason: str = "") -> Report:
    found = Finding("rows_floor", severity, "failed", 3, 9, 33.3, 0.0, "行数不应少于约定下限", reason)
    return Report("ceshi_butie", "2026-10", "by hand", (found,))


def receipt(contract: Contract | None, **happened: Any) -> Receipt:
    return compose(CAME, contract, Happened(**happened))


ONE_ISSUE = issues((5, "K5", "id_number", "id_check_digit"))
OUTCOMES: list[tuple[dict[str, Any], str]] = [
    ({}, "接收"),
    ({"objections": ONE_ISSUE}, "接收并提示"),
    ({"report": judged("warn")}, "接收并提示"),
    ({"report": judged("stop", "too_few_rows")}, "退回"),
    ({"reason": "encoding"}, "退回"),
    ({"same_as": "ceshi_butie-202609-0123456789ab"}, "重复"),
    ({"same_as": "ceshi_butie-202609-0123456789ab", "objections": ONE_ISSUE}, "重复"),
]


@pytest.mark.parametrize(("happened", "verdict"), OUTCOMES)
def test_the_verdict_in_one_word(contract: Contract, happened: dict[str, Any], verdict: str) -> None:
    assert receipt(contract, **happened).verdict == verdict


def test_what_came_and_the_equation(contract: Contract) -> None:
    got = receipt(contract, counts=COUNTS).as_dict()

    assert (got["title"], got["office"]) == ("测试补贴发放", "测试局信息科")
    assert got["delivery"]["received_at"] == "2026-10-31T01:00:00+08:00"
    assert got["delivery"]["evidence"].startswith("utf-8 strict failed")
    assert got["equation_text"] == [
        "收到 100 条 = 可解析 99 条 + 无法解析 1 条",
        "可解析 99 条 = 合格 97 条 + 不合格 2 条",
        "合格 97 条 = 入库 96 条 + 编号重复未入库 1 条",
    ]


def test_a_returned_delivery_says_why_and_what_to_do_by_when(contract: Contract) -> None:
    counts = COUNTS._replace(published=0, deduplicated=0)
    got = receipt(contract, counts=counts, report=judged("stop", "too_few_rows")).as_dict()

    assert got["reason"]["code"] == "too_few_rows"
    assert got["due_on"] == "2026-11-13"
    assert got["next"] == [
        "本次数据未入库。上期数据继续有效。",
        REASONS["too_few_rows"].remedy + "。",
        "更正后请投放到原目录，系统自动接收。",
        "请于 2026-11-13 前（10 个工作日内）完成。",
    ]
    assert len(got["equation_text"]) == 2  # nothing was published, so nothing is said to have been
    assert [f["text"] for f in got["findings"]] == ["行数不应少于约定下限"]


def test_the_deadline_knows_the_calendar(contract: Contract) -> None:
    monday_off = Listed(holidays=frozenset({date(2026, 11, 2)}))

    assert compose(CAME, contract, Happened(reason="encoding"), monday_off).due_on == date(2026, 11, 16)


@pytest.mark.parametrize("happened", [{}, {"same_as": "x"}, {"reason": "secret_mark"}, {"reason": "unknown_feed"}])
def test_no_deadline_where_nothing_is_to_be_corrected(contract: Contract, happened: dict[str, Any]) -> None:
    got = receipt(contract, **happened)

    assert got.due_on is None
    assert "系统自动接收" not in " ".join(got.as_dict()["next"])


def test_a_file_nobody_announced_gets_a_receipt_too() -> None:
    got = receipt(None, reason="unknown_feed").as_dict()

    assert (got["verdict"], got["title"], got["equation"]) == ("退回", "", None)
    assert got["delivery"]["department"] == "测试局"
    assert got["next"][1].startswith("请核对文件名和投放目录")


def test_a_check_that_broke_on_our_side_asks_nothing_of_the_department(contract: Contract) -> None:
    broken = replace(judged("stop").findings[0], state="errored")
    got = receipt(contract, report=Report("ceshi_butie", "2026-10", "by hand", (broken,)))

    assert got.due_on is None
    assert "贵单位暂无需重新报送" in got.as_dict()["next"][0]


def test_a_duplicate_names_the_delivery_it_repeats(contract: Contract) -> None:
    got = receipt(contract, same_as="ceshi_butie-202609-0123456789ab")

    assert got.stem == CAME.delivery_id + "_重复"
    assert "ceshi_butie-202609-0123456789ab 内容完全相同" in got.as_dict()["next"][0]


def test_objections_are_counted_and_listed_in_the_clerks_words(contract: Contract) -> None:
    got = receipt(contract, objections=issues((5, "K5", "id_number", "id_check_digit"), (3, "K3", "", "key_repeated")))

    assert [(d.line, d.record_key, d.field, d.text) for d in got.details] == [
        (3, "K3", "", "同一编号重复出现，保留最后一行"),
        (5, "K5", "身份证号", "证件号码校验位不符"),
    ]
    assert {(t.field, t.rows, t.remedy) for t in got.tallies} == {
        ("", 1, "请核对重复编号"),
        ("身份证号", 1, "请核对证件号码"),
    }


def test_what_does_not_fit_is_counted(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quality.statement.DETAILS", 2)
    got = receipt(contract, objections=issues(*((n, "K", "name", "name_unusual") for n in range(5))))

    assert (len(got.details), got.details_left_out, got.tallies[0].rows) == (2, 3, 5)


@pytest.mark.parametrize("key", ["990101199001011232", "99010119900101123X", "990101900101123", "13800000000"])
def test_a_key_that_is_a_persons_number_is_not_repeated(contract: Contract, key: str) -> None:
    got = receipt(contract, objections=issues((5, key, "name", "name_unusual")))

    assert got.details[0].record_key == ""
    assert key not in json.dumps(got.as_dict())


def test_keys_are_withheld_where_the_contract_says_they_identify(contract: Contract) -> None:
    by_number = contract.model_copy(update={"key": "id_number"})

    assert receipt(by_number, objections=ONE_ISSUE).details[0].record_key == ""


COLUMNS = [
    (("新列", "202610发放金额"), ("新列", "202610发放金额")),
    (("测试人", "990101199001011232"), ()),
    (("测试人", "990101********1232"), ()),
    (("测试人", "１３８００００００００"), ()),
    (("长" * 50,), ("长" * 40 + "…",)),
]


@pytest.mark.parametrize(("given", "shown"), COLUMNS)
def test_a_record_taken_for_a_header_is_not_repeated(given: tuple[str, ...], shown: tuple[str, ...]) -> None:
    assert shown_columns(given) == shown


def test_refused_columns_are_counted_and_never_named(contract: Contract) -> None:
    got = receipt(contract, refused=("民族", "宗教信仰"), unknown=("新列",)).as_dict()

    assert got["columns"] == {"unknown": ["新列"], "unknown_count": 1, "refused_count": 2}
    assert "民族" not in json.dumps(got, ensure_ascii=False)


COMPARISONS = [
    (90, "上期（2026-09）90 条，本期 96 条，增加 6 条（6.7%）；不合格率上期 1.5%，本期 3.0%。"),
    (100, "上期（2026-09）100 条，本期 96 条，减少 4 条（4.0%）；不合格率上期 1.5%，本期 3.0%。"),
    (96, "上期（2026-09）96 条，本期 96 条，条数相同；不合格率上期 1.5%，本期 3.0%。"),
    (0, "上期（2026-09）0 条，本期 96 条，增加 96 条；不合格率上期 1.5%，本期 3.0%。"),
]


@pytest.mark.parametrize(("rows", "sentence"), COMPARISONS)
def test_comparison_with_the_previous_period(contract: Contract, rows: int, sentence: str) -> None:
    got = receipt(contract, counts=COUNTS, previous=Previous("2026-09", rows, 1.5)).as_dict()

    assert got["comparison"] == sentence


def test_huilian_promises_to_change_nothing(contract: Contract) -> None:
    assert "不改动贵单位系统中的任何内容" in receipt(contract).as_dict()["promise"]


def test_a_time_without_a_zone_is_refused(contract: Contract) -> None:
    with pytest.raises(ValueError, match="time zone"):
        compose(CAME._replace(received_at=datetime(2026, 10, 30)), contract, Happened())  # noqa: DTZ001


def test_a_reason_nobody_defined_is_an_error_here_not_a_blank_there(contract: Contract) -> None:
    with pytest.raises(KeyError):
        receipt(contract, objections=issues((5, "K5", "name", "no_such_reason")))
    with pytest.raises(KeyError):
        receipt(contract, reason="no_such_reason")


def test_nothing_but_the_inputs_is_in_it(contract: Contract) -> None:
    one, two = (receipt(contract, counts=COUNTS, objections=ONE_ISSUE) for _ in range(2))

    assert one == two
    assert replace(one, outcome="accepted") != two
