"""XML: nested owners, attributes, and files that try to get out."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.parsed import Parsed
from connectors.readers import xml
from contracts.errors import Quarantine
from contracts.model import Contract

Feed = Callable[..., Contract]
COLUMNS = (
    {"name": "no", "source": "@单元号", "kind": "code", "required": True},
    {"name": "address", "source": "坐落", "kind": "address"},
    {"name": "area", "source": "房屋/面积", "kind": "decimal"},
)
OWNERS = {
    "name": "owners",
    "source": "权利人列表/权利人",
    "role": "权利人{n}",
    "fields": [
        {"name": "name", "source": "姓名", "kind": "person_name"},
        {"name": "share", "source": "@份额", "kind": "text"},
    ],
}
UNIT = "<单元 单元号='B1'><坐落>某村</坐落><权利人列表><权利人 份额='1'><姓名>张三</姓名></权利人></权利人列表></单元>"


@pytest.fixture
def units(feed: Feed) -> Contract:
    return feed({"format": "xml", "record": "单元"}, *COLUMNS, groups=[OWNERS], ignore=("备注",))


def read(tmp_path: Path, contract: Contract, text: str | bytes) -> Parsed:
    (tmp_path / "drop.xml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return xml.read(tmp_path / "drop.xml", contract)


def test_records_become_rows_and_owners_a_group(units: Contract, tmp_path: Path) -> None:
    second = (
        "<单元 单元号='B2'><房屋><面积 单位='平方米'> 80.5 </面积></房屋><坐落/><权利人列表>"
        "<权利人><姓名>李四</姓名></权利人><权利人><姓名>王五</姓名></权利人></权利人列表></单元>"
    )
    got = read(tmp_path, units, f"<?xml version='1.0'?><登记>{UNIT}<!-- 注 -->{second}</登记>")
    one, two = got.table.to_pylist()
    assert json.loads(one.pop("owners")) == [{"name": "张三", "share": "1"}]
    assert one == {"_line": 1, "no": "B1", "address": "某村", "area": None}
    assert [o["name"] for o in json.loads(two.pop("owners"))] == ["李四", "王五"]
    assert two == {"_line": 2, "no": "B2", "address": None, "area": "80.5"}


def test_namespaces_do_not_matter(units: Contract, tmp_path: Path) -> None:
    got = read(tmp_path, units, f"<a:登记 xmlns:a='urn:a' xmlns='urn:b'>{UNIT}</a:登记>")
    assert got.table.column("no").to_pylist() == ["B1"]


@pytest.mark.parametrize("declared", ["GB2312", "UTF-8"])
def test_our_decoding_holds_and_not_the_declaration(units: Contract, tmp_path: Path, declared: str) -> None:
    text = f"<?xml version='1.0' encoding='{declared}'?><登记>{UNIT.replace('张三', '镕䶮')}</登记>"
    got = read(tmp_path, units, text.encode("gb18030"))
    assert (got.encoding, json.loads(got.table.column("owners")[0].as_py())[0]["name"]) == ("gb18030", "镕䶮")


def test_tags_nobody_promised_are_named_but_not_read(units: Contract, tmp_path: Path) -> None:
    extra = "<抵押>金丝雀</抵押><民族>金丝雀</民族><备注>金丝雀</备注>"
    got = read(tmp_path, units, f"<登记>{UNIT.replace('<坐落>', extra + '<坐落>')}</登记>")
    assert (got.unknown, got.refused) == (("抵押",), ("民族",))
    assert "金丝雀" not in str(got)


def test_two_values_where_one_is_promised_reject_the_record(units: Contract, tmp_path: Path) -> None:
    doubled = UNIT.replace("</坐落>", "</坐落><坐落>别处</坐落>")
    got = read(tmp_path, units, f"<登记>{doubled}{UNIT}</登记>")
    assert (got.rejects.to_pylist(), got.table.num_rows) == ([{"_line": 1, "reason": "field_count"}], 1)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (f"<登记>{UNIT}<单元 单元号='B2'><坐落>某", "truncated"),
        (f"<登记>{UNIT}", "truncated"),
        (f"<登记>{UNIT}</别的>", "unreadable"),
        (f"<登记>{UNIT}&nbsp;</登记>", "unreadable"),
        ("no xml", "unreadable"),
        ("<!DOCTYPE 登记 [<!ENTITY a '金丝雀'>]><登记>" + UNIT.replace("某村", "&a;") + "</登记>", "unreadable"),
        ("<!DOCTYPE 登记 [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><登记>&a;" + UNIT + "</登记>", "unreadable"),
        (f"<!DOCTYPE 登记 SYSTEM 'http://127.0.0.1:9/x.dtd'><登记>{UNIT}</登记>", "unreadable"),
        ("<登记>" + "<a>" * 9999 + "</a>" * 9999 + "</登记>", "unreadable"),
        ("<登记><房屋/></登记>", "missing_columns"),
        (f"<登记>{UNIT.replace('单元号', '编号')}</登记>", "missing_columns"),
    ],
)
def test_what_cannot_be_trusted_is_refused(units: Contract, tmp_path: Path, document: str, reason: str) -> None:
    with pytest.raises(Quarantine) as caught:
        read(tmp_path, units, document)
    assert caught.value.reason == reason
    assert not any(secret in str(caught.value) for secret in ("张三", "金丝雀", "root:"))


def test_a_document_without_records_is_empty_where_that_is_agreed(feed: Feed, tmp_path: Path) -> None:
    contract = feed({"format": "xml", "record": "单元"}, *COLUMNS, delivery={"may_be_empty": True})
    assert read(tmp_path, contract, "<登记/>").lines == 0
