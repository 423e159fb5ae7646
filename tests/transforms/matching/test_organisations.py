"""Names of organisations taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.organisations import NAMELESS, core_name, parse_name


def test_legal_form_and_punctuation_are_set_aside() -> None:
    assert core_name("石坑（北渡）陶瓷有限责任公司") == core_name("石坑北渡陶瓷公司") == "石坑北渡陶瓷"
    assert core_name("（）") is None


@pytest.mark.parametrize(
    ("name", "region", "town", "core"),
    [
        ("江西省石坑市乐丰化工有限公司", "石坑市", None, "乐丰化工"),
        ("江西乐丰化工有限责任公司", None, None, "乐丰化工"),
        ("石坑市涌泉镇王家农资店（个体工商户）", "石坑市", "涌泉镇", "王家农资店"),
        ("石坑市惠民超市有限公司第二分店", "石坑市", None, "惠民超市2分店"),
        ("大田种植农民专业合作社", None, None, "大田种植合作社"),
        ("天成会计师事务所（普通合伙）", None, None, "天成会计师事务所"),
        ("浮石县鑫源礦業集团有限公司", "浮石县", None, "鑫源矿业"),
    ],
)
def test_a_name_is_region_township_and_core(name: str, region: str | None, town: str | None, core: str) -> None:
    found = parse_name(name)
    assert (found.region, found.town, found.core) == (region, town, core)


@pytest.mark.parametrize(
    "name",
    [
        "便民超市",
        "城市花园物业",
        "市场服务中心",
        "上海路百货店",
        "老街夜市烧烤店",
        "北京大酒店",
        "幸福社区卫生服务站",
        "古镇酒楼",
    ],
)
def test_words_that_look_like_regions_stay(name: str) -> None:
    assert parse_name(name).core == name


def test_a_branch_is_none_of_its_companys_spellings() -> None:
    branches = ["石坑市惠民超市有限公司接龙分公司", "惠民超市接龙分公司"]
    assert {parse_name(n).core for n in branches} == {"惠民超市接龙分公司"}
    assert all(parse_name(n).branch and not parse_name(n).corporate for n in branches)
    assert parse_name("惠民超市有限公司第三门市部").numbers == ("3",)
    assert not parse_name("惠民超市有限公司").branch


def test_only_forms_of_legal_persons_make_a_name_unique() -> None:
    assert parse_name("石坑市乐丰化工有限公司").corporate
    assert not parse_name("石坑市王家农资店").corporate


@pytest.mark.parametrize("name", [None, "", "（）", "-"])
def test_nothing_is_nameless(name: str | None) -> None:
    assert parse_name(name) == NAMELESS


@given(st.text(alphabet="石坑市县镇第一二三分公司店有限责任社区（）12 省", max_size=14))
def test_any_text_is_taken_apart_and_keeps_something(name: str) -> None:
    found = parse_name(name)
    assert (found.core is None) == (not name.strip(" （）"))
