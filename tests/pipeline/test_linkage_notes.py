"""What is to be told of a config has words in both languages, and the page has its own in Chinese."""

import re
from pathlib import Path

import pytest

from pipeline import linkage, linkage_words
from pipeline.linkage_notes import CHINESE, ENGLISH, chinese, english
from transforms.matching.generic import hints, routing
from transforms.matching.generic.keys import PARTS, RARE

KINDS = {"given": "given_name", "born": "birth_date", "home_address": "address", "a_door": "text"}


def test_every_note_has_words_in_both_languages_of_the_same_facts() -> None:
    sources = [Path(str(m.__file__)).read_text(encoding="utf-8") for m in (hints, routing, linkage)]
    codes = {code for text in sources for code in re.findall(r'"note": "(\w+)"', text)}
    assert codes == set(ENGLISH) == set(CHINESE)
    for code in codes:
        facts = [set(re.findall(r"{(\w+)", words[code])) for words in (ENGLISH, CHINESE)]
        assert facts[0] == {name.removesuffix("_said") for name in facts[1]}


def test_a_note_is_a_sentence() -> None:
    note = {"note": "looks_like", "field": "born", "like": "birth_date", "kind": "text"}
    assert "try `kind: birth_date`" in english(note)
    assert chinese(note) == "字段 born：值看起来像出生日期，配置里写的是 text；可以改成 kind: birth_date"
    few = {"note": "sparse", "field": "fax", "filled": 12, "records": 34567}
    assert "34,567 条记录中只有 12 条" in chinese(few)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("given.begin+born.year", "名（given）的开头加出生日期的年份"),
        ("home_address_place", "地址（home_address）的村或小区"),
        ("a_door", "文字（a_door）"),
        ("name_birth", "姓名加出生日期"),
    ],
)
def test_rules_over_any_fields_are_told_in_words(rule: str, words: str) -> None:
    assert linkage_words.rule(rule, KINDS) == words


def test_whatever_a_rule_may_take_of_a_field_has_words() -> None:
    assert {part for parts in PARTS.values() for part in parts if part} | set(RARE) == set(linkage_words.TAKEN)


@pytest.mark.parametrize(
    ("share", "words"),
    [(None, "—"), (0.0, "0.00%"), (0.5, "50.00%"), (0.99985, "99.98%"), (0.99999, "> 99.99%"), (1.0, "100.00%")],
)
def test_a_share_is_never_rounded_to_all(share: float | None, words: str) -> None:
    assert linkage_words.percent(share, 2) == words
