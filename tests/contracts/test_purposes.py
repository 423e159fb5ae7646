from pathlib import Path

import pytest

import contracts
from contracts import purposes
from contracts.errors import Stop

GOOD = """
purpose: test
title: 测试
serves: benefit_check
department: 人社局
read_by: 人社局测试科
legal_basis: [测试办法第一条]
rules: [pension_paid_after_death]
records_of: [renshe_yanglao]
ends_on: 2028-12-31
"""


def load(tmp_path: Path, text: str) -> purposes.Purpose:
    path = tmp_path / "test.yml"
    path.write_text(text, encoding="utf-8")
    return purposes.load(path)


def test_the_shipped_purposes_load_and_ask_only_for_what_is_shared() -> None:
    shipped = purposes.load_all()
    assert len(shipped) >= 3
    for purpose in shipped:
        assert purpose.department in {c.department for c in contracts.by_feed().values()}


def test_a_good_purpose_loads(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD).records_of == ("renshe_yanglao",)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("legal_basis: [测试办法第一条]", "legal_basis: []", "legal_basis"),
        ("ends_on: 2028-12-31", "", "ends_on"),
        ("title: 测试", "title: 测试\nuntil: 2028-12-31", "until"),
        ("rules: [pension_paid_after_death]\nrecords_of: [renshe_yanglao]", "", "neither"),
        ("rules: [pension_paid_after_death]", "content: {renshe_yanglao: [paid_month]}", "belong to leads"),
        ("records_of: [renshe_yanglao]", "records_of: [renshe_nothing]", "no contract promises"),
        ("records_of: [renshe_yanglao]", "records_of: [sifa_tiaojie]", "司法局 does not share"),
        ("records_of: [renshe_yanglao]", "content: {renshe_yanglao: [bank_card]}", "not content"),
        ("records_of: [renshe_yanglao]", "content: {renshe_yanglao: [name]}", "not content"),
        ("purpose: test", "purpose: other", "alike"),
        ("purpose: test", "purpose: [", "not valid YAML"),
        ("purpose: test", "purpose: test\npurpose: test", "purpose is there twice"),
    ],
)
def test_what_is_wrong_is_named_with_the_file(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(Stop, match=words) as raised:
        load(tmp_path, GOOD.replace(old, new))
    assert raised.value.where.startswith("contracts/purposes/test.yml")
