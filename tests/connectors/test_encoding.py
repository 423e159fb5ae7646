"""Deciding on an encoding by strict decoding, and glyphs of older GB mappings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import encoding
from contracts.errors import Quarantine, Stop

BOTH = ("utf-8", "gb18030")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("编号,姓名\n1,张三\n".encode(), "utf-8"),
        (b"\xef\xbb\xbf" + "编号,姓名\n".encode(), "utf-8-sig"),
        ("编号,姓名\n1,张三\n".encode("gbk"), "gb18030"),
        ("䶮𬱖㛃镕喆堃".encode("gb18030"), "gb18030"),
        (b"no,name\n", "utf-8"),
    ],
)
def test_the_encoding_that_decodes_the_whole_file_is_taken(data: bytes, expected: str) -> None:
    decoded = encoding.decode(data, BOTH, "feed")
    assert decoded.encoding == expected
    assert decoded.utf8.decode() == data.decode(expected)


def test_the_evidence_says_where_the_other_encoding_failed() -> None:
    data = b"no\n" + "张三".encode("gb18030")
    assert encoding.decode(data, BOTH, "feed").evidence == ("utf-8 strict failed at byte 3 (line 2); gb18030 strict ok")


def test_the_order_of_the_contract_is_respected() -> None:
    data = "姓名".encode()  # six bytes that are three GB 18030 characters as well
    assert encoding.decode(data, ("gb18030", "utf-8"), "feed").encoding == "gb18030"
    assert encoding.decode(data, BOTH, "feed").encoding == "utf-8"


def test_expected_header_names_outweigh_the_order_in_a_file_that_is_valid_both_ways() -> None:
    assert encoding.decode("姓名".encode(), ("gb18030", "utf-8"), "feed", ["姓名"]).encoding == "utf-8"


def test_a_byte_order_mark_settles_it_against_the_contract() -> None:
    decoded = encoding.decode(b"\xef\xbb\xbf" + "姓名".encode(), ("gb18030",), "feed")
    assert (decoded.encoding, decoded.utf8.decode()) == ("utf-8-sig", "姓名")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_what_spreadsheets_call_unicode_text_bears_its_mark(codec: str) -> None:
    data = "\ufeff编号\t姓名\n1\t䶮\U0002c156\n".encode(codec)
    decoded = encoding.decode(data, ("gb18030",), "feed")
    assert (decoded.encoding, decoded.utf8.decode()) == ("utf-16", "编号\t姓名\n1\t䶮\U0002c156\n")
    for cut, reason in ((data[:-1], "truncated"), (data[:4] + b"\xd8\xd8\xd8\xd8" + data[4:], "encoding")):
        with pytest.raises(Quarantine) as caught:
            encoding.decode(cut, ("gb18030",), "feed")
        assert caught.value.reason == reason


def test_blocks_that_were_never_written_mean_truncated() -> None:
    with pytest.raises(Quarantine) as caught:
        encoding.decode("编号,姓名\n1,张三\n".encode() + b"\0" * 4096, BOTH, "feed")
    assert caught.value.reason == "truncated"
    assert encoding.decode(b"1,\0\0\n", BOTH, "feed").utf8 == b"1,\0\0\n"  # a cell: its row is set aside later


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_a_character_cut_by_the_end_of_the_file_means_truncated(codec: str) -> None:
    with pytest.raises(Quarantine) as caught:
        encoding.decode("编号,姓名\n1,张三丰".encode(codec)[:-1], BOTH, "feed", ["姓名"])
    assert caught.value.reason == "truncated"
    assert "cut by the end of the file" in str(caught.value)


@pytest.mark.parametrize("data", [b"a\xffb\n", "姓名\n张三\n".encode() + b"\xd5\xc5\n\xff"])
def test_what_is_neither_is_refused_without_quoting_it(data: bytes) -> None:
    with pytest.raises(Quarantine) as caught:
        encoding.decode(data, BOTH, "feed")
    assert caught.value.reason == "encoding"
    assert "张" not in str(caught.value)


def test_an_encoding_we_do_not_read_is_the_contracts_fault() -> None:
    with pytest.raises(Stop):
        encoding.decode(b"x", ("big5",), "feed")


@pytest.mark.parametrize("tail", ["元", "5", "52", ""])
def test_the_euro_of_windows_code_page_936_is_read_wherever_it_stands(tail: str) -> None:
    data = "价".encode("gbk") + b"\x80" + tail.encode("gbk")
    decoded = encoding.decode(data, BOTH, "feed")
    assert decoded.utf8.decode() == f"价€{tail}"
    assert "0x80" in decoded.evidence


def test_0x80_as_second_byte_of_a_character_stays_part_of_it() -> None:
    text = b"\x81\x80".decode("gb18030")
    assert encoding.decode(b"\x81\x80", ("gb18030",), "feed").utf8.decode() == text


@given(st.text(alphabet="a1,\n张䶮𬱖€é", max_size=60), st.integers(1, 9))
def test_chunks_do_not_show(text: str, size: int) -> None:
    data = text.encode("gb18030")
    plain = encoding._transcode(data, "gb18030", "strict")
    whole, encoding.CHUNK = encoding.CHUNK, size
    try:
        assert encoding._transcode(data, "gb18030", "strict") == plain == (text.encode(), False)
    finally:
        encoding.CHUNK = whole


@pytest.mark.parametrize("delivered", ["䶮", "\ue863", b"\xfe\x9f".decode("gb18030")])
def test_a_rare_character_arrives_the_same_by_every_road(delivered: str) -> None:
    assert encoding.modern(delivered) == "䶮"


def test_every_legacy_glyph_has_a_modern_character_and_others_are_left() -> None:
    legacy = "".join(map(chr, encoding._GLYPHS))
    assert len(legacy) == 91
    assert not any("\ue000" <= c <= "\uf8ff" for c in encoding.modern(legacy))
    assert encoding.modern("张\ue000") == "张\ue000"


def test_cells_cut_by_bytes_are_decoded_each_for_itself() -> None:
    records = [("张三".encode("gbk"), b"1"), ("李四".encode("gbk")[:3], b"2")] + [(b"x", b"3")] * 20
    rows, name, evidence = encoding.decode_cells(records, ("gb18030",), "feed")
    assert rows[0] == ["张三", "1"]
    assert rows[1] is None  # half a character must not swallow the next cell
    assert rows[2:] == [["x", "3"]] * 20
    assert (name, evidence) == ("gb18030", "gb18030 strict, 1 of 22 records undecodable")


def test_cells_of_another_encoding_refuse_the_file() -> None:
    with pytest.raises(Quarantine) as caught:
        encoding.decode_cells([("张三丰".encode(),)] * 3, ("gb18030",), "feed")
    assert caught.value.reason == "encoding"


def test_no_cells_are_no_problem() -> None:
    assert encoding.decode_cells([], BOTH, "feed")[0] == []
