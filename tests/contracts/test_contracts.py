"""A contract is validated when it is loaded, and an error says where and what to do."""

import json
import pickle
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import contracts
from contracts.errors import HuilianError, Quarantine, Retry, Stop
from contracts.kinds import FORBIDDEN, KINDS, forbidden_word
from contracts.reasons import REASONS

GOOD = """\
feed: ceshi_mingce
title: 测试名册
department: 测试局
contact_office: 测试科
legal_basis: [测试条例第一条]
sharing: conditional
purposes: [base_register]
delivery: {mode: snapshot, drop: "测试局/名册_{month}.csv"}
source: {format: csv}
key: row_no
fields:
  - {name: row_no, source: 编号, kind: code, required: true}
  - {name: name, source: 姓名, kind: person_name}
mentions:
  - {role: person, name: name}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "ceshi_mingce.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_twenty_feeds_load_and_each_says_its_legal_basis() -> None:
    every = contracts.load_all()
    assert len(every) >= 20
    assert all(c.legal_basis and c.purposes and c.contact_office for c in every)
    formats = {"csv", "workbook", "dbf", "fixed_width", "xml", "jsonl", "database", "rest"}
    assert {c.source.format for c in every} >= formats


def test_a_good_contract_loads(tmp_path: Path) -> None:
    contract = contracts.load(write(tmp_path, GOOD))
    assert contract.field("name").label == "姓名"
    assert [f.name for f in contract.content_fields()] == ["row_no"]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("sharing: conditional", "sharing: conditional\nshedule: monthly", 7, "unknown key"),
        ("kind: person_name", "kind: religion", 13, "kind"),
        ("legal_basis: [测试条例第一条]\n", "", 1, "legal_basis: required key is missing"),
        ("legal_basis: [测试条例第一条]", "legal_basis: []", 5, "legal_basis"),
        ("source: 姓名", "source: 民族", 13, "民族"),
        ("source: 姓名", "source: 政治面貌", 13, "政治面貌"),
        ("source: 姓名", "source: 宗教信仰", 13, "宗教"),
        ("key: row_no", "key: nothing", 1, "not among the fields"),
        ("name: name}\n", "name: nobody}\n", 1, "don't exist"),
        ("  - {name: name,", "  - {name: row_no,", 1, "named twice"),
        ("name: name, source", "name: Name, source", 13, "name"),
        ("title: 测试名册", "title: 0555567", 2, "title"),
        ("title: 测试名册", "title: [", 4, "not valid YAML"),
        ("sharing: conditional", "sharing: conditional\ntitle: 测试名册", 7, "title is there twice"),
        ("source: 姓名", "source: 姓名, kind: code", 13, "kind is there twice"),
        ('drop: "测试局/名册_{month}.csv"', "due_day: 3", 1, "delivery.drop"),
        ("{format: csv}", "{format: fixed_width}", 1, "width"),
        ('drop: "测试局/名册_{month}.csv"', 'drop: "名册_{month}.csv"', 8, "delivery.drop"),
        ("{format: csv}", "{format: csv}\nrows: {max_bad_percent: 400}", 10, "less than or equal to 100"),
        ('.csv"', '.csv", encoding: [big5]', 8, "'gb18030'"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    with pytest.raises(Stop) as caught:
        contracts.load(write(tmp_path, GOOD.replace(old, new, 1)))
    message = str(caught.value)
    assert message.startswith(f"contracts/feeds/ceshi_mingce.yml:{line}:")
    assert words in message
    assert "\n  next: " in message


def test_a_number_with_a_leading_zero_must_be_quoted(tmp_path: Path) -> None:
    """YAML reads 0555567 as octal; the advice says so."""
    with pytest.raises(Stop, match="quotes"):
        contracts.load(write(tmp_path, GOOD.replace("title: 测试名册", "title: 0555567")))


def test_the_feed_is_named_like_its_file(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="name both alike"):
        contracts.load(write(tmp_path, GOOD.replace("feed: ceshi_mingce", "feed: other")))


def test_an_unknown_feed_is_a_stop() -> None:
    with pytest.raises(Stop, match="no contract"):
        contracts.get("nobody_nothing")


def test_the_json_schema_accepts_every_shipped_contract() -> None:
    validator = Draft202012Validator(contracts.json_schema())
    for path in contracts.FEEDS.glob("*.yml"):
        errors = list(validator.iter_errors(yaml.safe_load(path.read_text(encoding="utf-8"))))
        assert not errors, path.name


def test_the_json_schema_refuses_an_unknown_key() -> None:
    data = yaml.safe_load(GOOD) | {"shedule": "monthly"}
    assert list(Draft202012Validator(contracts.json_schema()).iter_errors(data))


def test_one_broken_contract_takes_no_other_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "broken.yml").write_text("feed: broken\n", encoding="utf-8")
    monkeypatch.setattr(contracts, "FEEDS", tmp_path)
    feeds = {f["feed"]: f for f in json.loads(contracts.compile_all())["feeds"]}
    assert "error" in feeds["broken"]
    assert feeds["ceshi_mingce"]["department"] == "测试局"


def test_region_codes_are_quoted_in_every_contract() -> None:
    """A lint: a bare number with a leading zero changes its value in YAML."""
    for path in contracts.FEEDS.glob("*.yml"):
        assert not re.search(r"[:\[{,]\s*0\d+\s*[,}\]\n]", path.read_text(encoding="utf-8")), path.name


def test_what_says_who_never_goes_to_content() -> None:
    for contract in contracts.load_all():
        for column in contract.content_fields():
            assert not KINDS[column.kind].identifies, (contract.feed, column.name)


def test_abbreviations_of_forbidden_columns_are_known_where_they_are_the_whole_name() -> None:
    assert [forbidden_word(n) for n in ("MZ", "ZZMM", "zjxy", "MZ_DM")] == ["mz", "zzmm", "zjxy", "mzdm"]
    assert [forbidden_word(n) for n in ("MZRQ", "XMZ", "BDCDYH")] == [None, None, None]


@pytest.mark.parametrize(
    "column", ["宗教\n信仰", "聲紋", "ＤＮＡ", "車輛卡口", "涉穩人员", "是否重点人口", "民 族(代码)"]
)
def test_forbidden_columns_are_known_however_they_are_written(column: str) -> None:
    assert forbidden_word(column) is not None


@given(st.sampled_from(FORBIDDEN), st.text(alphabet="人员的是否 _", max_size=4), st.text(max_size=3))
def test_a_forbidden_column_is_found_inside_any_name(word: str, before: str, after: str) -> None:
    assert forbidden_word(before + word + after) is not None


@pytest.mark.parametrize("column", ["姓名", "户籍地址", "民宿名称", "教育程度", "与户主关系", "位置"])
def test_ordinary_columns_are_not_refused(column: str) -> None:
    assert forbidden_word(column) is None


@pytest.mark.parametrize("column", ["黨員", "信 訪", "民 族", "人臉", "Minzu"])
def test_traditional_and_spaced_forms_are_refused_too(column: str) -> None:
    assert forbidden_word(column) is not None


@pytest.mark.parametrize("kind", [Retry, Quarantine, Stop])
def test_errors_survive_a_process_border(kind: type[HuilianError]) -> None:
    error = kind("feed", "what", "next")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    assert (type(again), str(again), again.exit_code) == (kind, str(error), kind.exit_code)


def test_a_quarantine_keeps_its_reason_through_pickling() -> None:
    error = pickle.loads(pickle.dumps(Quarantine("feed", "what", "next", "encoding")))  # noqa: S301  our own bytes
    assert error.reason == "encoding"


def test_every_reason_tells_the_clerk_what_to_do() -> None:
    assert all(r.text and r.remedy and r.scope in {"file", "row", "cell"} for r in REASONS.values())
