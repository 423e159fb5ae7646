"""Addresses taken apart into the places that matter locally, and a key that is equal for every spelling of one door.

Parts after GB/T 39609-2020 (region, street or yard, building, unit, room) with the rural forms registers use: village,
group, house number; banner, sumu and gacha (盟 旗 苏木 嘎查), hamlet (屯), lane (弄). Province, prefecture and county
are set aside whether they are written or not. The parser reads from left to right and knows suffixes, never place
names other than the provinces'.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from transforms.clean.address_text import canonical
from transforms.clean.expressions import expression
from transforms.clean.text import fold_spaces, is_placeholder, tidy


class Address(NamedTuple):
    """Parts of an address, None where absent; numbers are digits without leading zeros.

    `key` names the door (room, or house number) without the township, so that it agrees when one side leaves the
    township out: two villages of one name share keys, which is for the township to tell apart. None without a door.
    """

    town: str | None = None
    village: str | None = None
    village_group: str | None = None
    road: str | None = None
    road_no: str | None = None
    compound: str | None = None
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    house_no: str | None = None
    key: str | None = None


class _Form(NamedTuple):
    """An address with its numbers left out. `values` are those of an Address; of some of them, by place, `numbers` says
    which number they are, counted from 0, and `mixed` has what writes them from all numbers.
    """

    values: list[str | None]
    numbers: list[tuple[int, int]]
    mixed: list[tuple[int, Callable[..., str]]]


PARTS = Address._fields[:-1]
_NAMES = frozenset(["town", "village", "road", "compound"])
NOWHERE = Address()
_NUMBERS = expression(r"([1-9]\d*)")  # zeros before it are part of the form
_PLACES = "123456789"
_PLACE = frozenset(_PLACES)

_WAY = r"(?:大道|大街|路|街|巷|胡同)"
# what looks like a place but is the first part of a road's name: 中关村大街; 路桥街道 and 东街街道 are places
# and so are 街心乡 and 路边村
_NOT_A_WAY = (
    r"(?![东南西北中]?(?:大道|大街|路(?![桥口铺边下]|\D{1,2}村)|街(?![道街])|巷|胡同)"
    r"(?!\D{0,2}?(?:街道|镇|乡(?![镇村]))))"
)
_GROUP_WORD = r"(?:村民小组|居民小组|生产小组|生产队|小组|组)"
_MARK = r"(?:栋|幢|号楼|座)"
_SIDE = "甲乙丙丁东南西北中"

_NEXT_REGION = r"(?=.{2,9}?[市州县区盟旗])"
_PROVINCE = expression(
    r"(?:北京|天津|上海|重庆)市?(?=.+?[区县])"
    r"|(?:河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海"
    rf"|台湾)(?:省|{_NEXT_REGION})"
    r"|(?:内蒙古|西藏|广西壮族|宁夏回族|新疆维吾尔)自治区|(?:香港|澳门)特别行政区"
    rf"|(?:内蒙古|西藏|广西|宁夏|新疆){_NEXT_REGION}"
)
# 市场 and 市民 are words; 社区, 小区, 园区 are neighbourhoods; a district is followed by a place, not by a number;
# 县城 and 县前街 lie in a county's seat, but 城关镇, 城市花园 and 前进村 begin anew after it; 红旗村 is no banner
_REGION = expression(
    r"(?!城市)(?P<name>[^\d号栋幢组][^\d路街道村组号栋幢]{0,9}?)"
    r"(?P<suffix>自治州|地区|盟(?!路)|自治县|自治旗|特区|林区"
    r"|县(?!城(?!市|[^城]{1,3}(?:街道|镇|乡))|前(?:街|路|巷|大)|医|府|政|道)"
    r"|旗(?!杆|山|舰|区|村|社|镇|乡|街道|小区|[组队])"
    r"|市(?!场|民|政|委|府|医|直|郊|中心|内)"
    rf"|(?<![社小园校厂景库宅活属院片牧住舍置业发墅游])区(?!\d)){_NOT_A_WAY}"
)
_COUNTY = frozenset(["自治县", "自治旗", "特区", "林区", "县", "旗", "区"])  # a county lies in no other
# No road is called 路 alone, so 路下镇 is a town
_TOWN = expression(
    r"(?P<town>\D(?:[^\d号栋路巷村]|[路巷村](?=街道|镇|乡|桥|庄|口|铺|头)){0,11}?"
    r"(?:街道(?!\d)|民族乡|民族苏木|苏木|乡(?![镇村])|镇|农场|林场|牧场|渔场|茶场|垦殖场|原种场"
    rf"|开发区|工业园区?|产业园区?|高新园?区|高新园))(?:办事处|人民政府|政府|管委会|管理委员会|区)?{_NOT_A_WAY}"
)
# 大路边镇: a village or a road with its number follows, and not what lies beside a town (镇东社区, 镇前路)
_TOWN_AMID = expression(
    r"(?P<town>\D{1,6}?[路街巷号栋]\D{0,2}?(?:街道|镇|乡(?![镇村])|苏木))(?![东南西北中上下前后内外府政])"
    rf"(?=\D[^\d组]{{0,8}}?(?:村|社区|居委会|嘎查)|\D[^\d路街道巷号栋]{{1,5}}?{_WAY}\d)"
)
_VILLAGE = expression(
    r"(?P<village>\D(?:[^\d号栋路组]|路(?=口|村)){0,11}?)(?:村民委员会|村委会|居民委员会|居委会|社区居民委员会|社区居委会"
    rf"|社区|行政村|村|嘎查){_NOT_A_WAY}(?!民小组|口)"
)
_HAMLET = expression(rf"(?P<hamlet>\D[^\d号栋路组]{{0,7}}?)(?:自然村|自然屯|村|屯){_NOT_A_WAY}(?!委|民小组)")
_GROUP = expression(
    rf"第?(?P<village_group>\d+)(?:{_GROUP_WORD}|小队|队|社)|(?P<named>[^\d号栋路街巷]{{1,6}}?){_GROUP_WORD}"
)
_BARE_GROUP = expression(
    r"(?P<village>[^\d号栋路街巷苑园庭区城里]{1,8}?)第?(?P<village_group>\d+)" + rf"(?:{_GROUP_WORD}|小队|队)"
)
_HOUSE = expression(
    r"(?P<no>\d+(?:-\d+)*)(?:号|户)?(?:(?:附|之)(?P<sub>\d+)号?|(?P<letter>[甲乙丙丁]|[A-Z](?![A-Z0-9])))?"
)
_ROAD = expression(
    rf"(?P<road>[^\d号栋幢]{{1,12}}?(?:{_WAY}(?!口)|公路|国道|省道|弄堂)(?:[东南西北中]?[段侧])?)"
    r"(?:(?P<no>[甲乙丙丁]?\d+(?:-\d+)*)(?P<mark>弄|号院|号(?!楼))(?:附(?P<sub>\d+)号?)?)?"
)
# up to the first number that is no phase (二期, 3区) and so must be a building or a door
_COMPOUND = expression(
    r"(?P<compound>(?:[^\dA-Z]|\d+(?=期|区|组团)|[A-Z](?=\d*(?:期|区|组团)))+?)"
    rf"(?=[A-Z]?\d+(?!\d|期|区|组团)|[{_SIDE}A-Z]{_MARK})(?<!\d)"
)
_TAIL = expression(
    rf"(?:(?P<building>[A-Z]?\d+[A-Z]?|[A-Z{_SIDE}])"
    rf"(?:{_MARK}|#楼?|楼(?=\d+单元)|号(?=\d|[A-Z{_SIDE}]\w*单元)|-(?=[A-Z]?\d)))?"
    rf"(?:(?P<unit>[A-Z]?\d+[A-Z]?|[A-Z{_SIDE}])(?:单元|门洞?|梯|-(?=\d)))?-?"
    r"(?:(?P<floor>\d+)(?:层|楼)-?)?(?P<room>[A-Z]?\d+[A-Z]?)?(?P<mark>室|房|号|户)?"
)
_ESTATE = expression(
    r".+(?:小区|花园|家园|公寓|新村|名苑|华庭|广场|大厦|山庄|别墅|宿舍|家属院|家属楼|安置房|保障房|公租房|廉租房"
    r"|[苑园庭府城里邸居轩阁湾郡墅岸院坊寓楼])"
)
_BUILDING_NEXT = expression(rf"[A-Z]?\d+[A-Z]?(?:{_MARK}|#|-\d+-|单元|号\d)")


def clean_address(raw: str | None) -> str | None:
    """`raw` without spaces and line breaks inside Chinese text; None for nothing and for placeholders."""
    text = fold_spaces(tidy(raw))
    return None if is_placeholder(text) else text


def parse_address(raw: str | None) -> Address:
    """The parts of an address and the key of its door. Never raises: what isn't recognised is left out."""
    text = canonical(raw)
    if not text or is_placeholder(text):
        return NOWHERE
    pieces = _NUMBERS.split(text)
    numbers = pieces[1::2]
    if len(numbers) > len(_PLACES):
        return made(apart(text))
    pieces[1::2] = _PLACES[: len(numbers)]
    form = _form("".join(pieces))
    if form is None:
        return made(apart(text))
    values = form.values.copy()
    for at, which in form.numbers:
        values[at] = numbers[which]
    for at, write in form.mixed:
        values[at] = write(*numbers)
    return Address._make(values)


@lru_cache(maxsize=1 << 15)  # a county's addresses have some ten thousand forms
def _form(text: str) -> _Form | None:
    """The form of `text`, an address whose first number is 1, second 2, third 3: how long a number is says nothing.

    None where it does depend on a number: 3楼2室 is room 302.
    """
    found = apart(text)
    if "floor" in found:
        return None
    form = _Form(list(made(found)), [], [])
    for at, value in enumerate(form.values):
        if value and len(value) == 1 and value in _PLACES:
            form.numbers.append((at, int(value) - 1))
        elif value and not _PLACE.isdisjoint(value):
            braced = (f"{{{int(c) - 1}}}" if c in _PLACE else c * 2 if c in "{}" else c for c in value)
            form.mixed.append((at, "".join(braced).format))
    return form


def made(parts: dict[str, str]) -> Address:
    """The address of the parts that `apart` found."""
    parts = {k: v if k in _NAMES else _number(v) for k, v in parts.items()}
    floor = parts.pop("floor", None)
    if floor and len(parts.get("room", "")) in (1, 2):
        parts["room"] = f"{floor}{parts['room']:0>2}"
    return Address(**parts, key=_key(parts))


def apart(text: str) -> dict[str, str]:
    """The parts of a canonical address, as written, and the `floor` of a room."""
    found: dict[str, str] = {}
    rest = _without_region(text)
    rest = _take(_TOWN if _TOWN.match(rest) else _TOWN_AMID, rest, found)
    rest = _village(rest, found)
    rest = _road(rest, found)
    if "village" in found and "road" not in found:
        rest = _house(rest, found)
    _building(rest, found)
    return found


def _without_region(text: str) -> str:
    """`text` from the township on. Few beginnings are distinct, so what was found for one is remembered."""
    head = _HEAD.match(text)
    return text[_region_length(head[0]) :] if head else text


# as far as a region can reach and its lookaheads can see
_HEAD = expression(r"\D{0,30}[省市州县区旗盟].{0,6}")


@lru_cache(maxsize=4096)
def _region_length(text: str) -> int:
    province = _PROVINCE.match(text)
    rest = text[province.end() :] if province else text
    for _ in range(3):
        region = _REGION.match(rest)
        if region is None or not _regional(region["name"], region["suffix"]):
            break
        rest = rest[region.end() :]
        if region["suffix"] in _COUNTY and region["name"] != "市辖":
            break
    return len(text) - len(rest)


def _regional(name: str, suffix: str) -> bool:
    """False when `name` already holds a township: 涌泉镇 of 涌泉镇区, but not 景德镇 of 景德镇市."""
    if re.search(r"(?<!^)[镇乡](?!$)", name) or "苏木" in name:
        return False
    return not (suffix == "区" and name[1:].endswith(("镇", "乡")))


def _take(pattern: re.Pattern[str], text: str, found: dict[str, str]) -> str:
    match = pattern.match(text)
    if match is None:
        return text
    found.update({k: v for k, v in match.groupdict().items() if v})
    return text[match.end() :]


def _village(text: str, found: dict[str, str]) -> str:
    """Village or community, hamlet and group; a community or 新村 right before a building is a housing estate."""
    match = _VILLAGE.match(text) or _HAMLET.match(text)
    if match is None:
        rest = _group(text, found)
        return rest if rest != text else _take(_BARE_GROUP, text, found)
    rest = text[match.end() :]
    if match[0].endswith(("村", "社区")) and (
        _BUILDING_NEXT.match(rest) or (match[0].endswith("社区") and re.match(r"\d+-\d", rest))
    ):
        return text
    found["village"] = match[1]
    hamlet = _HAMLET.match(rest)
    if hamlet:
        found["village_group"] = hamlet["hamlet"]
        rest = rest[hamlet.end() :]
    return _group(rest, found)


def _group(text: str, found: dict[str, str]) -> str:
    match = _GROUP.match(text)
    if match is None or (match["named"] and "village" not in found):
        return text
    found["village_group"] = match["village_group"] or match["named"]
    return text[match.end() :]


def _road(text: str, found: dict[str, str]) -> str:
    match = _ROAD.match(text)
    if match is None:
        return text
    found["road"] = match["road"]
    if match["no"]:
        sub = f"-{match['sub']}" if match["sub"] else ""
        found["road_no"] = f"{match['no']}{'弄' if match['mark'] == '弄' else ''}{sub}"
    return text[match.end() :]


def _house(text: str, found: dict[str, str]) -> str:
    match = _HOUSE.match(text)
    if match is None:
        return text
    extra = match["sub"] or match["letter"]
    found["house_no"] = match["no"] + (f"-{extra}" if extra else "")
    return text[match.end() :]


def _building(text: str, found: dict[str, str]) -> None:
    """Estate, building, unit and room from what is left after road or village."""
    if not text or "house_no" in found:
        return
    compound = _COMPOUND.match(text)
    if compound:
        found["compound"] = compound["compound"]
        text = text[compound.end() :]
    elif not re.match(rf"\d|[A-Z{_SIDE}]{_MARK}|[A-Z]\d", text):
        if _ESTATE.fullmatch(text):
            found["compound"] = text
        return
    tail = _TAIL.match(text)
    parts = {k: tail[k] for k in ("building", "unit", "floor", "room") if tail[k]} if tail else {}
    if tail and set(parts) == {"room"} and tail["mark"] not in ("室", "房"):
        parts = {"house_no": parts["room"]}
        if "village" in found and "village_group" not in found and compound and not _ESTATE.fullmatch(compound[0]):
            found["village_group"] = found.pop("compound")  # a hamlet written without 村: 大田村上屋12号
    found.update(parts)


def _number(text: str) -> str:
    if text[0] != "0" and "-0" not in text:
        return text
    return "-".join(p.lstrip("0") or "0" if p.isdigit() else p for p in text.split("-"))


def _key(parts: dict[str, str]) -> str | None:
    """The door, from the most exact place that is known: estate, road with number, village."""
    room, house = parts.get("room"), parts.get("house_no")
    inner = "-".join(parts.get(k, "") for k in ("building", "unit", "room")) if room else house
    if "compound" in parts:
        bare = parts["compound"].removesuffix("小区").removesuffix("社区")
        return f"{bare if len(bare) > 1 else parts['compound']}/{inner}" if inner else None
    if "road_no" in parts:
        gate = parts["road"] + parts["road_no"] + ("" if parts["road_no"].endswith("弄") else "号")
        return f"{gate}/{inner}" if inner else gate
    if "village" in parts and inner:
        return f"{parts['village']}村/{parts.get('village_group', '')}/{inner}"
    return None
