"""Names of organisations taken apart: region, core, legal form, branch.

A name is region, trade name, line of business and legal form (企业名称登记管理规定, State Council order 734 of 2020,
article 6); a branch adds its own words to the name it belongs to (article 13). Within one registry no two companies of
one line of business share a trade name (article 17), so that region and core name a company, however its legal form is
written. Nothing of the kind holds for the shops of individuals: 王家农资店 is in every town.
"""

import re
from typing import NamedTuple

from transforms.clean.text import narrow
from transforms.clean.variants import VARIANTS

# What a name may or may not carry: brackets, spaces, and the words of its legal form (Company Law 2023, article 7).
_FORM = re.compile(
    r"(股份有限公司|有限责任公司|集团有限公司|有限公司|责任公司|公司|合伙企业|（有限合伙）|\(有限合伙\)|个体工商户)$"
)
_NOISE = re.compile(r"[\s()（）\[\]【】“”\"'·.,，。-]+")

_COMPANY = r"(?<![分支])(?:集团)?(?:股份有限公司|有限责任公司|有限公司|责任公司|股份公司|总公司|公司)"
_PARTNERS = r"(?:个人独资企业|合伙企业)?(?:特殊普通合伙|普通合伙|有限合伙)|个人独资企业|合伙企业"
_ANY_FORM = re.compile(rf"{_COMPANY}|(?:{_PARTNERS}|个体工商户|个体户)$")
_CORPORATE = re.compile(rf"{_COMPANY}|(?:{_PARTNERS}|合作社)$")
_BRANCH = re.compile(r"[分支](?:公司|店|厂|社|行|部|院|校|所|中心|局|站)$")
_OF_COMPANY = re.compile(
    rf"{_COMPANY}.*(?:营业部|营业厅|门市部?|办事处|经销部|项目部|直营店|连锁店|专卖店|店|厂|车间|仓库)$"
)
_COOPERATIVE = re.compile(r"(?:农民)?(?:专业)?合作社$")
_PROVINCE = re.compile(
    r"(?:北京|天津|上海|重庆)市?|(?:河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川"
    r"|贵州|云南|陕西|甘肃|青海|台湾)省?|(?:内蒙古|西藏|广西|宁夏|新疆)(?:壮族|回族|维吾尔)?(?:自治区)?"
)
# 超市, 门市部, 社区 and 园区 are no regions
_UNIT = re.compile(
    r"(?:(?!公司)[^\d]){2,7}?(?:自治州|自治县|自治旗|地区|(?<![夜超门都城菜早股花闹])市(?![场政民部集区])|县(?![城医])"
    r"|(?<![小社园校景片牧新发])区(?![块域间])|旗(?![袍舰帜杆]))"
)
_TOWN = re.compile(r"[^\d]{2,6}?(?:街道|(?<![古小])镇|(?<![老同水])乡)(?![村亲])")
_ROAD_NEXT = re.compile(r"[大中]?[东南西北]?[路街道巷]")
_ORDINAL = re.compile(r"第(?=[〇零一二三四五六七八九十百\d])")
_COUNTED = re.compile(
    r"[〇零一二三四五六七八九十百\d]+(?=[分支号门营]|店|厂|车间|部|队|中学|小学|中|小|幼|院|校|期|区|组|食堂|$)"
)
_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")


class OrgName(NamedTuple):
    """Parts of a name. `region`: the smallest prefecture or county it begins with; `town`: a township after it.

    `core` is what is left without legal form, one spelling for all, a branch's own words included; None for no name.
    `corporate`: a company, partnership or cooperative by its form. `branch`: a part of another one. `numbers`: what is
    counted in it (第二分店, 3号), which tells apart what is otherwise alike.
    """

    region: str | None = None
    town: str | None = None
    core: str | None = None
    corporate: bool = False
    branch: bool = False
    numbers: tuple[str, ...] = ()


NAMELESS = OrgName()


def parse_name(name: str | None) -> OrgName:
    """The parts of a name as it is written. Never raises: what isn't recognised stays in the core."""
    text = _NOISE.sub("", narrow(name).translate(VARIANTS).upper()) if name else ""
    if not text:
        return NAMELESS
    region, town, rest = _region(text)
    branch = bool(_BRANCH.search(rest) or _OF_COMPANY.search(rest))
    core = _ANY_FORM.sub("", rest)
    core = _COOPERATIVE.sub("合作社", core) if len(core) > 3 else core
    core = _COUNTED.sub(lambda m: _arabic(m[0]), _ORDINAL.sub("", core))
    corporate = not branch and bool(_CORPORATE.search(rest))
    numbers = tuple(re.findall(r"\d+", core))
    return OrgName(region, town, core or rest, corporate, branch, numbers)


def _region(text: str) -> tuple[str | None, str | None, str]:
    """Region and township that a name begins with, and the rest of it, which is never less than two characters."""
    region = town = None
    match = _PROVINCE.match(text)
    if match and not _ROAD_NEXT.match(text, match.end()):
        # 北京大酒店 is no hotel 大酒店 of Beijing
        least = 2 if match[0].endswith(("省", "市", "区")) else 4
        text = text[match.end() :] if len(_ANY_FORM.sub("", text[match.end() :])) >= least else text
    for _ in range(3):
        match = _UNIT.match(text)
        if match is None or len(_ANY_FORM.sub("", text[match.end() :])) < 2:
            break
        region, text = match[0], text[match.end() :]
    match = _TOWN.match(text)
    if match and len(_ANY_FORM.sub("", text[match.end() :])) > 1:
        town, text = match[0], text[match.end() :]
    return region, town, text


def _arabic(numeral: str) -> str:
    """二 as 2, 十二 as 12; digits as they are."""
    plain = numeral.translate(_DIGITS)
    if "百" in plain:
        return plain
    tens, ten, ones = plain.rpartition("十")
    return str(10 * int(tens or 1) + int(ones or 0)) if ten else str(int(plain))


def core_name(name: str | None) -> str | None:
    """A name without brackets, spaces and legal form; None when nothing is left."""
    if not name:
        return None
    bare = _NOISE.sub("", name)
    return _FORM.sub("", bare) or bare or None
