from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.clean.address_text import canonical
from transforms.clean.addresses import NOWHERE, PARTS, Address, apart, clean_address, made, parse_address

REGIONS = [
    "",
    "江西省景德镇市昌南市",
    "昌南市",
    "江西省昌南市",
    "江西景德镇市昌南市",
    "内蒙古自治区锡林郭勒盟正蓝旗",
    "云南省大理白族自治州祥云县",
]


def parts(raw: str) -> dict[str, str]:
    found = parse_address(raw)
    return {name: value for name in PARTS if (value := getattr(found, name))}


@pytest.mark.parametrize(
    "door",
    [
        "3组4号",
        "第3村民小组4",
        "三组四号",
        "第三村民小组4号",
        "３组４号",
        "3组4号,近卫生室",
        '3组4号"老屋"',
        "3组4号\n(搬迁)",
    ],
)
def test_every_spelling_of_a_village_door_is_one_door(door: str) -> None:
    villages = ["大田村", "大田村委会", "大田村民委员会", "大田行政村", "大田"]
    for region, town, village in product(REGIONS, ["", "涌泉镇", "鹭鸶乡"], villages):
        found = parse_address(region + town + village + door)
        assert found == Address(town or None, "大田", "3", house_no="4", key="大田村/3/4")


@pytest.mark.parametrize("estate", ["锦绣家园", "康乐小区", "和平里", "保障房", "金山社区", "书香门第"])
@pytest.mark.parametrize(
    "door",
    ["11栋4单元1704室", "11幢4单元1704", "11号楼4单元1704", "11-4-1704", "11－4－1704", "11一4一1704", "11#4-1704"]
    + ["十一栋四单元一七〇四室"],
)
def test_every_spelling_of_a_flat_is_one_door(estate: str, door: str) -> None:
    streets = ["", "为民路84号", "为民路八十四号", "东湖大道1号"]
    for region, town, street in product(REGIONS, ["", "塔北街道", "塔北街道办事处"], streets):
        found = parse_address(region + town + street + estate + door)
        assert (found.compound, found.building, found.unit, found.room) == (estate, "11", "4", "1704")
        assert found.town == (town.removesuffix("办事处") or None)
        assert found.key == parse_address(f"{estate}11-4-1704").key


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("保障房11栋2单元893", {"compound": "保障房", "building": "11", "unit": "2", "room": "893"}),
        ("锦绣家园6栋1704", {"compound": "锦绣家园", "building": "6", "room": "1704"}),
        ("锦绣家园6栋4单元17层04室", {"compound": "锦绣家园", "building": "6", "unit": "4", "room": "1704"}),
        ("锦绣家园二期6栋101", {"compound": "锦绣家园2期", "building": "6", "room": "101"}),
        ("锦绣家园A区6栋101", {"compound": "锦绣家园A区", "building": "6", "room": "101"}),
        ("锦绣家园A栋101", {"compound": "锦绣家园", "building": "A", "room": "101"}),
        ("锦绣家园06栋0101室", {"compound": "锦绣家园", "building": "6", "room": "101"}),
        ("锦绣家园商铺12号", {"compound": "锦绣家园商铺", "house_no": "12"}),
        ("莲花北里58号602室", {"compound": "莲花北里", "building": "58", "room": "602"}),
        ("东方新村3栋2单元501", {"compound": "东方新村", "building": "3", "unit": "2", "room": "501"}),
        ("愚园路123弄45号601室", {"road": "愚园路", "road_no": "123弄", "building": "45", "room": "601"}),
        ("长安路12号院3号楼2单元501", {"road": "长安路", "road_no": "12", "building": "3", "unit": "2", "room": "501"}),
        ("长安路甲12号", {"road": "长安路", "road_no": "甲12"}),
        ("县前街5号附1号", {"road": "县前街", "road_no": "5-1"}),
        ("人民路8号302室", {"road": "人民路", "road_no": "8", "room": "302"}),
        ("海淀区中关村大街27号", {"road": "中关村大街", "road_no": "27"}),
        ("大田村张家自然村3组4号", {"village": "大田", "village_group": "3", "house_no": "4"}),
        ("青沂县前进村3组4号", {"village": "前进", "village_group": "3", "house_no": "4"}),
        ("潍坊市青沂县红旗村3组4号", {"village": "红旗", "village_group": "3", "house_no": "4"}),
        ("潍坊市城市花园6栋101", {"compound": "城市花园", "building": "6", "room": "101"}),
        ("青沂县城市之光6栋101", {"compound": "城市之光", "building": "6", "room": "101"}),
        ("大田村下屋组12号", {"village": "大田", "village_group": "下屋", "house_no": "12"}),
        ("大田村上屋12号", {"village": "大田", "village_group": "上屋", "house_no": "12"}),
        ("大田村12号附1", {"village": "大田", "house_no": "12-1"}),
        ("三门村五组8号", {"village": "三门", "village_group": "5", "house_no": "8"}),
        ("东门社区居委会8组12号", {"village": "东门", "village_group": "8", "house_no": "12"}),
        ("东门社区为民路84号", {"village": "东门", "road": "为民路", "road_no": "84"}),
        ("久胜镇久胜村张家屯18号", {"town": "久胜镇", "village": "久胜", "village_group": "张家", "house_no": "18"}),
        ("正蓝旗那日图苏木巴彦嘎查12号", {"town": "那日图苏木", "village": "巴彦", "house_no": "12"}),
        ("大田村3社4号", {"village": "大田", "village_group": "3", "house_no": "4"}),
    ],
)
def test_forms_of_town_and_country(raw: str, expected: dict[str, str]) -> None:
    assert parts(raw) == expected


@pytest.mark.parametrize(
    ("raw", "town"),
    [
        ("江西省景德镇市昌南市桥头镇", "桥头镇"),
        ("景德镇市珠山区新厂街道", "新厂街道"),
        ("济宁市市中区阜桥街道", "阜桥街道"),
        ("新乡市红旗区东街街道办事处", "东街街道"),
        ("浙江省宁波市江北区文教街道", "文教街道"),
        ("路桥区路桥街道", "路桥街道"),
        ("上海市静安区南京西路街道", "南京西路街道"),
        ("新疆维吾尔自治区阿克苏地区库车市乌恰镇", "乌恰镇"),
        ("湖南省永州市道县梅花镇", "梅花镇"),
        ("涌泉镇市场路3号", "涌泉镇"),
        ("昌南市高新技术产业开发区为民路3号", "高新技术产业开发区"),
        ("青沂县城关街道青年路130号", "城关街道"),
        ("青沂县城关镇大田村3组", "城关镇"),
        ("青沂县县城东路5号", None),
        ("青沂县路口铺街道为民路3号", "路口铺街道"),
        ("赤峰市红山区红旗街道红旗社区3-2-101", "红旗街道"),
        ("青沂县村前镇大田村3组4号", "村前镇"),
        ("重庆市市辖区渝中区解放碑街道", "解放碑街道"),
        ("昌南市老镇街12号", None),
        ("康乐小区17-1-1502", None),
    ],
)
def test_the_township_is_told_from_what_is_above_and_below(raw: str, town: str | None) -> None:
    assert parse_address(raw).town == town


@pytest.mark.parametrize(
    "raw", [None, "", "无", "不详", "涌泉镇", "大田村", "大田村3组", "锦绣家园", "锦绣家园6栋4单元", "为民路", "6栋101"]
)
def test_without_a_door_there_is_no_key(raw: str | None) -> None:
    assert parse_address(raw).key is None


ODD_TOWNS = [
    "路下镇",
    "号桥镇",
    "栋岭乡",
    "巷尾镇",
    "街心乡",
    "路塘街道",
    "大路边镇",
    "铁路坪镇",
    "老街基乡",
    "青栋岭镇",
]


@pytest.mark.parametrize("town", ODD_TOWNS)
def test_a_township_may_be_named_after_a_road_or_a_door(town: str) -> None:
    for region, (door, rest) in product(REGIONS, DOORS.items()):
        assert parts(f"{region}{town}{door}") == {"town": town, **rest}, door


DOORS = {
    "大田村3组4号": {"village": "大田", "village_group": "3", "house_no": "4"},
    "路边村3组4号": {"village": "路边", "village_group": "3", "house_no": "4"},
    "大路村4号": {"village": "大路", "house_no": "4"},
    "号营村3组4号": {"village": "号营", "village_group": "3", "house_no": "4"},
    "栋头村3组4号": {"village": "栋头", "village_group": "3", "house_no": "4"},
    "为民路84号": {"road": "为民路", "road_no": "84"},
    "金山社区11栋4单元1704室": {"compound": "金山社区", "building": "11", "unit": "4", "room": "1704"},
}


@pytest.mark.parametrize(
    ("raw", "road"),
    [
        ("为民路城镇东社区11栋4单元1704室", "为民路"), ("为民路乡村花园2栋", "为民路"),
        ("为民路新镇政府宿舍2栋", "为民路"), ("为民路84号城镇花园2栋1单元101室", "为民路"),
    ],
)  # fmt: skip
def test_a_road_is_no_township_for_a_word_behind_it(raw: str, road: str) -> None:
    found = parse_address(raw)
    assert (found.town, found.road) == (None, road)


def test_two_doors_are_two_keys() -> None:
    doors = [
        "大田村3组4号",
        "大田村4组3号",
        "古楼村3组4号",
        "大田村3组14号",
        "大田村34号",
        "锦绣家园3-4-101",
        "锦绣家园3-4-102",
        "锦绣家园34-101",
    ]
    doors += ["为民路3号", "为民路4号", "为民路3号101室", "为民路3弄4号101室", "锦绣家园1期3-4-101"]
    assert len({parse_address(d).key for d in doors}) == len(doors)


@settings(deadline=None)
@given(
    st.text("江西省昌南市镇乡村街道路号栋单元室组弄区旗苏木0123456789一十-A#, (", max_size=25) | st.text(max_size=20)
)
def test_any_text_is_parsed_without_failing(raw: str) -> None:
    found = parse_address(raw)
    assert isinstance(found, Address)
    assert all(v != "" for v in found)


WORDS = st.sampled_from(
    ["涌泉镇", "大田村", "路边村", "为民路", "锦绣家园", "康乐小区", "上屋", "江西省", "昌南市", "十二", "一百零三"]
    + list("组号栋室楼层期区弄附之-Ab甲#座户社{}0") + ["单元"]
) | st.integers(0, 2000).map(str)  # fmt: skip


@settings(max_examples=400)
@given(st.lists(WORDS, max_size=14).map("".join))
def test_an_address_of_a_known_form_is_parsed_as_one_of_a_new_form(raw: str) -> None:
    assert parse_address(raw) == (made(apart(canonical(raw))) if canonical(raw) else NOWHERE)


def test_what_is_stored_is_what_was_written() -> None:
    assert clean_address(" 昌南市 涌泉镇大田村\n3组4号 ") == "昌南市涌泉镇大田村3组4号"
    assert clean_address("无") is None
    assert parse_address("无") == NOWHERE
