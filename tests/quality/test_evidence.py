"""What was found out about a file, as its clerk reads it: from what connectors really say."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from connectors import readers
from connectors.encoding import decode
from contracts.errors import Quarantine
from contracts.model import Contract
from quality.evidence import in_words, why_refused
from tests.connectors.conftest import build

HEADER = "编号,姓名,身份证号,住址\r\n"


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", data)
    return out.getvalue()


def workbook(*rows: list[str]) -> bytes:
    out, book = io.BytesIO(), openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("甲乙".encode("utf-8-sig"), "UTF-8（带 BOM） 全文相符"),
        ("甲乙".encode("utf-16"), "UTF-16 全文相符"),
        ("甲乙".encode("gb18030"), "UTF-8 自第 0 字节起不符（第 1 行）；GB18030 全文相符"),
        (
            "甲".encode("gb18030") + b"\x80",
            "UTF-8 自第 0 字节起不符（第 1 行）；GB18030 全文相符，字节 0x80 读作欧元符号",
        ),
    ],
)
def test_a_clerk_reads_how_a_file_was_decoded(data: bytes, words: str) -> None:
    assert in_words(decode(data, ("utf-8", "gb18030"), "x").evidence) == words
    assert in_words("gb18030 strict, 1 of 9 records undecodable") == "GB18030，9 条记录中有 1 条无法解码"
    assert (
        in_words("a workbook instead of delimited text; x") == "收到“Excel 工作簿”，约定“分隔文本”，已按收到的读取；x"
    )
    assert in_words("separated by tab; x") == "各列以制表符分隔（与约定不同），已按此读取；x"
    assert in_words("1 of 2 visible worksheets read") == "共 2 个可见工作表，读取 1 个"


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("csv", "编号,人员名称,身份证号,住址\r\n".encode(), "缺少的列：姓名；约定以外的列：人员名称"),
        ("csv", "1,张三,无,某村\r\n".encode(), "缺少的列：编号、姓名、身份证号、住址"),
        ("csv", HEADER.replace("住址", "姓名").encode(), "缺少的列：住址"),
        ("csv", HEADER.replace("住址", "住址,姓名").encode(), "重复的列：姓名"),
        ("csv", zipped(HEADER.encode()), "文件实际是ZIP 压缩包，不是约定的格式"),
        ("jsonl", zipped(HEADER.encode()), "文件实际是压缩包或 Excel 工作簿，不是约定的格式"),
        ("csv", HEADER.encode() + b"\0" * 600, "文件中有未写入的空白块，传输可能没有完成"),
        ("csv", b"\xff\xff", "UTF-8 自第 0 字节起不符（第 1 行）；GB18030 自第 0 字节起不符（第 1 行）"),
        ("workbook", zipped(HEADER.encode()), "文件实际是ZIP 压缩包，不是约定的格式"),
        ("workbook", b"\0\1", "文件不是 Excel 工作簿，可能只改了扩展名"),
        ("workbook", b"1,2", "缺少的列：编号、姓名、身份证号、住址"),
        ("workbook", workbook(["编号", "姓名", "证件", "住址"]), "缺少的列：身份证号；约定以外的列：证件"),
        ("workbook", b"PK\x03\x04 cut", "工作簿已损坏"),
        ("dbf", b"\3cut", "文件不是有效的 DBF 文件"),
        ("jsonl", b'[{"a": 1},', "JSON 数组没有结尾"),
    ],
)
def test_a_clerk_reads_what_is_wrong_with_a_file(kind: str, data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "drop"
    path.write_bytes(data)
    contract: Callable[..., Contract] = build
    with pytest.raises(Quarantine) as caught:
        readers.read(path, contract({"format": kind}))
    assert why_refused(caught.value.what) == words


def test_what_nobody_found_words_for_is_not_shown_in_another_language() -> None:
    assert why_refused("the reader failed on the file (KeyError at csv.py:1)") == ""
    assert why_refused("") == ""
