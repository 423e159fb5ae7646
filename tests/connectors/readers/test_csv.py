"""Delimited text: every physical line accounted for, no quote that swallows rows, two paths that agree."""

import csv as plain_csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.parsed import Learnt, Parsed
from connectors.readers import csv
from connectors.readers.headers import claim
from contracts.errors import Quarantine
from contracts.model import Contract

Feed = Callable[..., Contract]
HEADER = "编号,姓名,身份证号,住址"


def read(tmp_path: Path, contract: Contract, text: str | bytes) -> Parsed:
    path = tmp_path / "drop.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return csv.read(path, contract)


def numbers(got: Parsed) -> list[tuple[int, str]]:
    return [(r["_line"], r["no"]) for r in got.table.to_pylist()]


def rejected(got: Parsed) -> list[tuple[int, str]]:
    return [(r["_line"], r["reason"]) for r in got.rejects.to_pylist()]


@pytest.fixture(scope="session")
def people(feed: Feed) -> Contract:
    return feed({"format": "csv"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_come_with_their_physical_lines(people: Contract, tmp_path: Path, encoding: str, end: str) -> None:
    text = end.join([HEADER, "001,张三,无,某村3组", "", "002,䶮䶮,,"]) + end
    got = read(tmp_path, people, text.encode(encoding))
    assert got.table.to_pylist() == [
        {"_line": 2, "no": "001", "name": "张三", "id_number": "无", "address": "某村3组"},
        {"_line": 4, "no": "002", "name": "䶮䶮", "id_number": None, "address": None},
    ]
    assert (got.lines, got.encoding) == (2, encoding)


def test_columns_are_found_by_name_in_any_order_and_spelling(people: Contract, tmp_path: Path) -> None:
    got = read(tmp_path, people, "住址（选填）, 身份证号 ,*姓名（必填项）,编 号\n某村,无,张三,1\n")
    assert got.table.to_pylist() == [{"_line": 2, "no": "1", "name": "张三", "id_number": "无", "address": "某村"}]


def test_columns_nobody_promised_are_named_but_never_read(feed: Feed, tmp_path: Path) -> None:
    contract = feed({"format": "csv"}, ignore=("备注", "民族"))
    text = f"{HEADER},民族,备注,政治 面貌,手机号\n1,张三,无,某村,金丝雀族,金丝雀注,金丝雀党,金丝雀号\n"
    got = read(tmp_path, contract, text)
    assert got.table.column_names == ["_line", "no", "name", "id_number", "address"]
    assert (got.unknown, got.refused) == (("手机号",), ("民族", "政治 面貌"))
    assert "金丝雀" not in str(got)


def test_a_row_of_values_in_place_of_the_header_is_not_told(people: Contract, tmp_path: Path) -> None:
    with pytest.raises(Quarantine) as caught:
        read(tmp_path, people, "1,张三,990101199001011234,某村\n")
    assert caught.value.reason == "missing_columns"
    assert "编号, 姓名, 身份证号, 住址" in str(caught.value)
    assert "张三" not in str(caught.value)
    assert "9901" not in str(caught.value)


def test_missing_columns_are_named(people: Contract, tmp_path: Path) -> None:
    with pytest.raises(Quarantine, match="missing: 身份证号") as caught:
        read(tmp_path, people, "编号,姓名,住址\n1,张三,某村\n")
    assert caught.value.reason == "missing_columns"


@pytest.mark.parametrize("header", ["编号,姓名,姓名,身份证号,住址", "编号,姓名,身份证号,住址,身份证号 "])
def test_a_promised_column_twice_refuses_the_file(people: Contract, tmp_path: Path, header: str) -> None:
    with pytest.raises(Quarantine) as caught:
        read(tmp_path, people, header + "\n1,2,3,4,5\n")
    assert caught.value.reason == "duplicate_columns"


def test_titles_above_the_header_are_passed_over(people: Contract, tmp_path: Path) -> None:
    got = read(tmp_path, people, f"某县人员表\n填报单位：某局\n\n{HEADER}\n1,张三,无,某村\n")
    assert numbers(got) == [(5, "1")]


def test_a_mark_of_classification_above_the_header_refuses_the_file(people: Contract, tmp_path: Path) -> None:
    with pytest.raises(Quarantine) as caught:
        read(tmp_path, people, f"秘密★10年\n{HEADER}\n1,张三,无,某村\n")
    assert caught.value.reason == "secret_mark"


def test_quoted_commas_quotes_and_line_breaks_belong_to_their_value(people: Contract, tmp_path: Path) -> None:
    text = f'{HEADER}\r\n1,"张,三",无,"某村\r\n(搬""迁"")"\r\n2,李四,无,某镇\r\n'
    got = read(tmp_path, people, text.encode("gbk"))
    assert [r["name"] for r in got.table.to_pylist()] == ["张,三", "李四"]
    assert got.table.column("address").to_pylist() == ['某村\r\n(搬"迁")', "某镇"]
    assert numbers(got) == [(2, "1"), (4, "2")]


@pytest.mark.parametrize("text", ["1,张三\n", "1,张三,无,某村,多\n", "1,张三,无"])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_line_with_another_number_of_fields_is_rejected_alone(
    people: Contract, tmp_path: Path, text: str, quoted: bool
) -> None:
    other = '"2",李四,无,某村' if quoted else "2,李四,无,某村"
    got = read(tmp_path, people, f"{HEADER}\n{other}\n{text}")
    assert (numbers(got), rejected(got), got.lines) == ([(2, "2")], [(3, "field_count")], 2)


def test_one_unclosed_quote_costs_one_line(people: Contract, tmp_path: Path) -> None:
    lines = [f"{n},张三,无,某村" for n in range(500)]
    lines[100] = '100,"张三,无,某村'
    got = read(tmp_path, people, "\n".join([HEADER, *lines]))
    assert rejected(got) == [(102, "unclosed_quote")]
    assert got.table.num_rows == 499


def test_a_quote_that_closes_rows_later_swallows_none_of_them(people: Contract, tmp_path: Path) -> None:
    lines = ['1,张三,无,"某村', "2,李四,无,某村", '3,王五,无,某村"', '4,"赵,六",无,"某\n村"', "5,孙七,无,某村"]
    got = read(tmp_path, people, "\n".join([HEADER, *lines]))
    assert numbers(got) == [(3, "2"), (4, "3"), (5, "4"), (7, "5")]
    assert rejected(got) == [(2, "unclosed_quote")]


def test_text_after_a_closed_quote_is_rejected_with_its_line(people: Contract, tmp_path: Path) -> None:
    got = read(tmp_path, people, f'{HEADER}\n1,"张三"男,无,某村\n2,5"管,无,某村\n')
    assert (numbers(got), rejected(got)) == ([(3, "2")], [(2, "unclosed_quote")])
    assert got.table.column("name").to_pylist() == ['5"管']


def test_a_feed_that_never_quotes_keeps_its_quotes(feed: Feed, tmp_path: Path) -> None:
    contract = feed({"format": "csv", "quote": "", "delimiter": "|"})
    got = read(tmp_path, contract, '编号|姓名|身份证号|住址\n1|"张三|无|某村"\n')
    assert got.table.to_pylist()[0]["name"] == '"张三'


def test_the_header_once_more_and_a_mark_inside_are_no_data(people: Contract, tmp_path: Path) -> None:
    part = f"\ufeff{HEADER}\n1,张三,无,某村\n"
    for quoted in ("", '9,"张三",无,某村\n'):
        got = read(tmp_path, people, part + part + quoted)
        assert numbers(got)[:2] == [(2, "1"), (4, "1")]
        assert got.lines == got.table.num_rows


def test_lines_of_commas_alone_are_blank(people: Contract, tmp_path: Path) -> None:
    got = read(tmp_path, people, f"{HEADER}\n1,张三,无,某村\n,,,\n,,,,,,\n\n")
    assert (numbers(got), rejected(got), got.lines) == ([(2, "1")], [], 1)


@pytest.mark.parametrize("tail", ["", "\n", "\r\n\r\n", "\n\x1a"])
def test_a_header_alone_is_an_empty_delivery(people: Contract, tmp_path: Path, tail: str) -> None:
    got = read(tmp_path, people, HEADER + tail)
    assert (got.lines, got.table.num_rows, got.table.column_names[1:]) == (0, 0, ["no", "name", "id_number", "address"])


def test_only_line_ends_end_lines(people: Contract, tmp_path: Path) -> None:
    got = read(tmp_path, people, f"{HEADER}\n1,张\u2028三,无\x0b,某\x85村\n2,李四,无,某村\n")
    assert numbers(got) == [(2, "1"), (3, "2")]
    assert got.table.column("name").to_pylist() == ["张\u2028三", "李四"]


def test_a_gbk_character_whose_second_byte_is_the_delimiter_stays_whole(feed: Feed, tmp_path: Path) -> None:
    contract = feed({"format": "csv", "delimiter": "|"})
    name = b"\x8c|".decode("gb18030")
    got = read(tmp_path, contract, f"编号|姓名|身份证号|住址\n1|{name}|无|某村\n".encode("gb18030"))
    assert got.table.column("name").to_pylist() == [name]


def test_values_that_look_like_nothing_are_kept(people: Contract, tmp_path: Path) -> None:
    got = read(tmp_path, people, f"{HEADER}\nNA,null,None,NaN\n")
    assert got.table.to_pylist() == [{"_line": 2, "no": "NA", "name": "null", "id_number": "None", "address": "NaN"}]


@pytest.mark.parametrize("quote", ["", '"x",张三,无,某村\n'])
def test_a_line_longer_than_a_block_is_read(
    people: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quote: str
) -> None:
    monkeypatch.setattr(csv, "BLOCK", 64)
    long = "村" * 100
    got = read(tmp_path, people, f"{HEADER}\n1,张三,无,{long}\n2,李四,无,某村\n3,王五\n{quote}")
    assert got.table.column("address").to_pylist()[:2] == [long, "某村"]
    assert rejected(got) == [(4, "field_count")]


CELL = st.text(alphabet="张三a1 \u2028\x0c\t.", max_size=4)
LINE = st.lists(CELL, min_size=0, max_size=6).map(",".join)


@given(
    st.lists(st.one_of(LINE, st.just("1,张三,无,某村"), st.just(HEADER))),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_the_fast_path_and_the_plain_one_agree(people: Contract, lines: list[str], end: str, ended: bool) -> None:
    data = (HEADER + end + end.join(lines) + (end if ended else "")).encode()
    about = (people, Learnt("utf-8", ""))
    dialect, header = csv.Dialect(",", '"'), claim(HEADER.split(","), people)
    assert csv._plain(data, 1, dialect)
    fast, slow = csv._fast(data, 1, dialect, header, about), csv._slow(data, 1, dialect, header, about)
    assert fast.table.to_pylist() == slow.table.to_pylist()
    assert fast.rejects.to_pylist() == slow.rejects.to_pylist()
    assert fast.lines == slow.lines


QUOTED = st.text(alphabet='张三a1 "\n\r', max_size=6) | st.text(alphabet='张,"', max_size=4)


@given(
    st.lists(st.lists(QUOTED, min_size=4, max_size=4)), st.sampled_from([plain_csv.QUOTE_MINIMAL, plain_csv.QUOTE_ALL])
)
def test_well_formed_quoting_reads_like_the_standard_library(
    people: Contract, rows: list[list[str]], quoting: Any
) -> None:
    text = io.StringIO(newline="")
    plain_csv.writer(text, quoting=quoting).writerows(rows)
    data = f"{HEADER}\r\n{text.getvalue()}".encode()
    header = claim(HEADER.split(","), people)
    got = csv._slow(data, 1, csv.Dialect(",", '"'), header, (people, Learnt("utf-8", "")))
    expected = [[cell or None for cell in row] for row in rows if any(row)]
    assert [list(r.values())[1:] for r in got.table.to_pylist()] == expected
    assert got.rejects.num_rows == 0


@given(st.integers(5, 300), st.data())
def test_unclosed_quotes_cost_their_own_lines_only(people: Contract, count: int, data: st.DataObject) -> None:
    bad = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=3))
    lines = [[str(n), "张三", "", "某村"] for n in range(count)]
    for n in bad:
        at = data.draw(st.integers(0, 3))
        lines[n][at] = '"' + lines[n][at]
    text = "\n".join([HEADER, *(",".join(line) for line in lines)]).encode()
    header = claim(HEADER.split(","), people)
    got = csv._slow(text, 1, csv.Dialect(",", '"'), header, (people, Learnt("utf-8", "")))
    assert [r["_line"] for r in got.rejects.to_pylist()] == [n + 2 for n in sorted(bad)]
    assert got.table.num_rows == count - len(bad)


@pytest.mark.parametrize("mark", [";", "\t", "|", "，"])
def test_another_separator_is_found_where_every_promised_column_is(people: Contract, tmp_path: Path, mark: str) -> None:
    text = f"某局人员名册\n{HEADER}\n1,张三,无,某村\n2,李四,无,某村,多\n".replace(",", mark)
    got = read(tmp_path, people, text)
    assert got.table.to_pylist() == [{"_line": 3, "no": "1", "name": "张三", "id_number": "无", "address": "某村"}]
    assert got.rejects.to_pylist() == [{"_line": 4, "reason": "field_count"}]
    assert got.evidence == f"separated by {csv.SEPARATORS[mark]}; utf-8 strict ok"


def test_a_separator_is_not_guessed_where_a_promised_column_is_missing(people: Contract, tmp_path: Path) -> None:
    with pytest.raises(Quarantine) as caught:
        read(tmp_path, people, "编号;姓名;住址\n1;张三;某村\n")
    assert caught.value.reason == "missing_columns"


def test_a_unit_behind_a_name_is_another_column(people: Contract, tmp_path: Path) -> None:
    with pytest.raises(Quarantine, match="missing: 住址; not promised: 住址\\(万元\\)"):
        read(tmp_path, people, "编号,姓名,身份证号,住址(万元)\n1,张三,无,某村\n")


def test_a_renamed_column_is_told_beside_the_one_that_is_missing(people: Contract, tmp_path: Path) -> None:
    with pytest.raises(Quarantine) as caught:
        read(tmp_path, people, "编号,人员名称,身份证号,住址,民族\n1,金丝雀,无,某村,汉\n")
    assert "missing: 姓名; not promised: 人员名称" in str(caught.value)
    assert "金丝雀" not in str(caught.value)
    assert "民族" not in str(caught.value)


@pytest.mark.parametrize("quote", ["", '"'])
def test_rows_that_all_end_with_a_separator_have_no_more_columns(people: Contract, tmp_path: Path, quote: str) -> None:
    got = read(tmp_path, people, f"{HEADER}\n1,张三,无,{quote}某村{quote},\n2,李四,无,某村,\n3,王,五,无,某村,\n")
    assert numbers(got) == [(2, "1"), (3, "2")]
    assert rejected(got) == [(4, "field_count")]
    one = read(tmp_path, people, f"{HEADER}\n1,张三,无,某村,\n2,李四,无,某村\n")
    assert (numbers(one), rejected(one)) == ([(3, "2")], [(2, "field_count")])


def test_a_header_of_two_rows_is_one(feed: Feed, tmp_path: Path) -> None:
    fields = [{"name": n, "source": s, "kind": "text"} for n, s in
              (("no", "编号"), ("his", "男方姓名"), ("her", "女方姓名"), ("on", "日期"))]  # fmt: skip
    text = "登记表,,,,\n编号,男方,,女方,日期\n,姓名,职业,姓名,\n1,甲,工,乙,2026-10-01\n"
    got = read(tmp_path, feed({"format": "csv"}, *fields), text)
    row = {"_line": 4, "no": "1", "his": "甲", "her": "乙", "on": "2026-10-01"}
    assert (got.table.to_pylist(), got.unknown) == ([row], ("职业",))
