"""JSON lines: nested paths, groups, numbers as written, bad lines set aside."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.parsed import Parsed
from connectors.readers import jsonl
from contracts.errors import Quarantine
from contracts.model import Contract

Feed = Callable[..., Contract]
COLUMNS = (
    {"name": "no", "source": "案件编号", "kind": "code", "required": True},
    {"name": "kind", "source": "类型", "kind": "text"},
    {"name": "mother_name", "source": "母亲/姓名", "kind": "person_name"},
)
PARTIES = {
    "name": "parties",
    "source": "当事人",
    "role": "当事人{n}",
    "fields": [
        {"name": "name", "source": "姓名", "kind": "person_name"},
        {"name": "phone", "source": "联系/电话", "kind": "phone"},
    ],
}


@pytest.fixture
def cases(feed: Feed) -> Contract:
    return feed({"format": "jsonl"}, *COLUMNS, groups=[PARTIES], ignore=("备注",))


def read(tmp_path: Path, contract: Contract, *lines: Any, raw: bytes | None = None) -> Parsed:
    text = "\n".join(x if isinstance(x, str) else json.dumps(x, ensure_ascii=False) for x in lines)
    (tmp_path / "drop.jsonl").write_bytes(text.encode() if raw is None else raw)
    return jsonl.read(tmp_path / "drop.jsonl", contract)


def test_nested_values_and_groups_become_text_columns(cases: Contract, tmp_path: Path) -> None:
    got = read(
        tmp_path,
        cases,
        {
            "案件编号": "T1",
            "母亲": {"姓名": "张三"},
            "当事人": [{"姓名": "李四", "联系": {"电话": "139"}}, {"姓名": None}],
        },
        {"案件编号": "T2", "类型": None, "母亲": None, "当事人": []},
        {"案件编号": "T3", "类型": "土地", "当事人": {"姓名": "王五"}},
    )
    assert got.table.column_names == ["_line", "no", "kind", "mother_name", "parties"]
    first, second, third = got.table.to_pylist()
    assert first["mother_name"] == "张三"
    assert json.loads(first["parties"]) == [{"name": "李四", "phone": "139"}, {"name": None, "phone": None}]
    assert second == {"_line": 2, "no": "T2", "kind": None, "mother_name": None, "parties": None}
    assert json.loads(third["parties"]) == [{"name": "王五", "phone": None}]


def test_numbers_stay_as_they_were_written(cases: Contract, tmp_path: Path) -> None:
    got = read(tmp_path, cases, '{"案件编号": 990101199001011234, "类型": 1.50}', '{"案件编号": 2, "类型": true}')
    assert got.table.column("no").to_pylist() == ["990101199001011234", "2"]
    assert got.table.column("kind").to_pylist() == ["1.50", "true"]


def test_keys_nobody_promised_are_named_wherever_they_hang(cases: Contract, tmp_path: Path) -> None:
    item = {
        "案件编号": "T1",
        "母亲": {"职业": "金丝雀", "民族": "金丝雀"},
        "当事人": [{"信访次数": "金丝雀"}],
        "备注": "金丝雀",
    }
    got = read(tmp_path, cases, item, {"案件编号": "T2", "990101199001011234": "金丝雀"})
    assert got.unknown == ("母亲/职业", "…")
    assert got.refused == ("母亲/民族", "当事人/信访次数")
    assert "金丝雀" not in str(got)


@pytest.mark.parametrize(
    "line",
    [
        '{"案件编号": "T',
        "[1]",
        '"T1"',
        '{"案件编号": ["T1"]}',
        '{"案件编号": "T1", "当事人": ["张三"]}',
        '{"案件编号": "T1", "母亲": "张三"}',
        '{"类型": NaN}',
        "[" * 9999,
    ],
)
def test_a_line_of_another_shape_is_rejected_alone(cases: Contract, tmp_path: Path, line: str) -> None:
    got = read(tmp_path, cases, {"案件编号": "T1"}, line, "", {"案件编号": "T2"})
    assert got.rejects.to_pylist() == [{"_line": 2, "reason": "bad_json"}]
    assert [(r["_line"], r["no"]) for r in got.table.to_pylist()] == [(1, "T1"), (4, "T2")]


@pytest.mark.parametrize("value", ['"a\\ud800"', '"a\\u0000"'])
@pytest.mark.parametrize("at", ['"类型": %s', '"当事人": [{"姓名": %s}]'])
def test_text_that_cannot_be_stored_is_rejected(cases: Contract, tmp_path: Path, value: str, at: str) -> None:
    got = read(tmp_path, cases, f'{{"案件编号": "T1", {at % value}}}', {"案件编号": "T2"})
    assert got.rejects.to_pylist() == [{"_line": 1, "reason": "bad_bytes"}]


def test_old_glyphs_written_as_escapes_are_modernised_too(cases: Contract, tmp_path: Path) -> None:
    got = read(tmp_path, cases, '{"案件编号": "T1", "母亲": {"姓名": "\\ue863"}, "当事人": [{"姓名": "\\ue863"}]}')
    assert got.table.column("mother_name").to_pylist() == ["䶮"]
    assert json.loads(got.table.column("parties")[0].as_py())[0]["name"] == "䶮"


def test_no_line_is_no_row(cases: Contract, tmp_path: Path) -> None:
    assert read(tmp_path, cases, raw=b"").lines == 0


def test_a_required_key_that_no_record_has_refuses_the_file(cases: Contract, tmp_path: Path) -> None:
    with pytest.raises(Quarantine, match="案件编号") as caught:
        read(tmp_path, cases, {"案号": "T1"})
    assert caught.value.reason == "missing_columns"


def test_gb18030_and_a_byte_order_mark_are_read(cases: Contract, tmp_path: Path) -> None:
    line = '{"案件编号": "T1", "母亲": {"姓名": "䶮"}}'
    for encoding in ("gb18030", "utf-8-sig"):
        got = read(tmp_path, cases, raw=line.encode(encoding))
        assert (got.encoding, got.table.column("mother_name").to_pylist()) == (encoding, ["䶮"])


@pytest.mark.parametrize("indent", [None, 2])
def test_one_list_over_the_whole_file_is_read_item_by_item(cases: Contract, tmp_path: Path, indent: int | None) -> None:
    items: list[Any] = [{"案件编号": "T1"}, ["T2"], {"案件编号": "T3", "类型": 1.5}]
    text = json.dumps(items, ensure_ascii=False, indent=indent)
    got = read(tmp_path, cases, raw=text.encode())
    assert [(r["_line"], r["no"], r["kind"]) for r in got.table.to_pylist()] == [(1, "T1", None), (3, "T3", "1.5")]
    assert got.rejects.to_pylist() == [{"_line": 2, "reason": "bad_json"}]
    with pytest.raises(Quarantine) as caught:
        read(tmp_path, cases, raw=text.encode()[:-3])
    assert caught.value.reason == "truncated"
