"""Explanations and reports in a clerk's Chinese: fields, kinds, levels of agreement, rules, what rules a pair out.

A code without a word here is shown as it is, so a new level is never hidden.
"""

# fields of the engine for Chinese people, then kinds of fields of any table
FIELDS = {
    "name": "姓名", "born": "出生日期", "year": "出生年份", "sex": "性别", "number": "证件号码",
    "mask": "遮盖过的证件号码", "phone": "电话", "place": "住址", "kin": "亲属", "given_name": "名", "surname": "姓",
    "birth_date": "出生日期",
    "address": "地址", "house_number": "门牌号", "street": "街道", "postcode": "邮政编码", "text": "文字",
    "category": "类别", "door": "户室", "amount": "数额",
}  # fmt: skip
LEVELS = {
    "missing": "缺",
    # names of Chinese people
    "else": "不同", "given": "名相同，姓不同", "one_differs": "有一字不同", "one_missing": "少一字",
    "swapped": "两字颠倒", "sound": "同音不同字", "shape": "繁简、异体或形近字", "exact": "完全相同",
    # births
    "conflict": "相互矛盾", "near": "相近", "day_month_swapped": "月日颠倒", "next": "相差一年", "same": "相同",
    "month": "同年同月",
    # numbers, telephones, places, kin
    "differs": "不同", "far": "相差较多", "typo": "疑似笔误", "equal_invalid": "相同，但校验不符", "equal": "相同",
    "incompatible": "露出的数字不同", "compatible": "露出的数字相同", "town": "同乡镇街道", "area": "同村或小区",
    "door": "同一户", "home": "同住一户", "blood": "同父母或同子女", "spouse": "同一配偶",
    # any tables
    "other": "不同", "initial": "首字母相同", "similar": "相似", "close": "非常接近", "one word": "有一个词相同",
    "reordered": "词序不同", "year or day": "年份或日期之一相同", "two parts": "两部分相同", "slip": "疑似笔误",
    "partly known": "已知部分相同", "two slips": "两处笔误", "part": "部分相同", "beginning": "开头相同",
    "words": "部分词相同", "number": "号码相同", "quarter": "相差不到四分之一", "tenth": "相差不到一成",
    "hundredth": "相差不到百分之一",
}  # fmt: skip
# levels that mean something else in one field than in the others
SPECIAL = {("name", "surname"): "姓相同，名不同", ("place", "near"): "同楼栋或同村民组", ("year", "same"): "同年"}
STEPS = {
    "prior": "比较之前", "typical": "是否属于该登记的人群", "repeat": "同一登记内重复的可能",
    "relatives": "亲属也可能如此", "neighbours": "家人或邻居也可能如此", "frequency": "重名等常见程度及其他",
}  # fmt: skip
VETOES = {
    "number": "两个有效证件号码不同", "birth": "出生日期相互矛盾", "sex": "性别不同", "age": "与父母或子女的年龄不符",
    "record": "同一条登记写明是两个人", "decision": "人工判定为不同的人", "unique": "同一来源中每个对象只有一条记录",
}  # fmt: skip
STATES = {
    "merged": "已合并", "grey": "拿不准，待人工判定", "refused": "不合并",
    "by number": "证件号码相同，直接认定，没有再打分",
    "not kept": "没有留下打分结果（可能性太低，或者打分之前已经排除、已经认定）", "not compared": "没有比较过",
    "decided same": "已由人工判定为同一个", "decided different": "已由人工判定为不同的",
}  # fmt: skip
STAGES = {"reading": "读取", "recognising": "识别", "reporting": "汇总", "adding": "追加", "writing": "写入"}
DIRECT = ("merged", "by number", "decided same")  # states that make one of the two themselves, without other records
PARTS = {
    "key": "同一条登记", "version": "同一条登记的两个版本", "number": "证件号码", "number_head": "证件号码前十四位",
    "number_tail": "证件号码后十二位", "number_last4": "证件号码后四位加姓", "name_birth": "姓名加出生日期",
    "sound_year": "姓名读音加出生年份", "birth_surname": "出生日期加姓", "birth_area": "出生日期加村或小区",
    "phone": "电话", "sound_area": "姓名读音加村或小区", "given_near": "名加楼栋或村民组", "name_town": "姓名加乡镇",
    "door": "同一户", "door_surname": "同一户加姓", "door_year": "同一户加出生年份", "name": "姓名", "kin": "亲属",
    "copy": "各字段完全相同",
}  # fmt: skip
# what a rule of any tables takes of a field (see generic.keys), and what an address is parted into (generic.places)
TAKEN = {
    "sound": "的读音", "begin": "的开头", "end": "的结尾", "first": "的第一个词", "last": "的最后一个词",
    "first_sound": "第一个词的读音", "last_sound": "最后一个词的读音", "head": "的前一半", "tail": "的后一半",
    "year": "的年份", "month_day": "的月日", "year_month": "的年月", "year_day": "的年份和日", "numbers": "中的数字",
    "rarest": "中最少见的词", "rarer": "中第二少见的词", "rare": "中第三少见的词", "about": "的约数",
}  # fmt: skip
PARTED = {"town": "的乡镇街道", "place": "的村或小区", "door": "的户室"}
ENGINES = {"Chinese people": "中国人口", "any tables": "通用"}
ENTITIES = {"person": "人", "organisation": "单位", "address": "地址"}
DIMENSIONS = {
    "source": "按来源", "sex": "按性别", "born": "按出生年代", "name_length": "按姓名长短", "name_style": "按姓名写法",
    "area": "按乡镇、街道或地区",
}  # fmt: skip
GROUPS = {
    "male": "男", "female": "女", "other": "其他", "1 character": "一个字", "2 characters": "两个字",
    "3 characters": "三个字", "4 characters": "四个字", "5 characters or more": "五个字及以上", "1 word": "一个词",
    "2 words": "两个词", "3 words or more": "三个词及以上", "other script": "其他文字",
    "long or with a middle dot": "四个字以上或带间隔点", "up to four characters": "四个字以内",
}  # fmt: skip
CONTRADICTIONS = {
    "sex": "性别", "sexes": "性别", "birth_year": "出生年份", "births": "出生日期", "number": "号码",
    "numbers": "有效证件号码",
}  # fmt: skip


def dimension(name: str) -> str:
    """The words for a way to divide records."""
    return DIMENSIONS.get(name, name)


def group(name: str) -> str:
    """The words for a group of records."""
    return GROUPS.get(name, name)


def contradiction(name: str) -> str:
    """The words for an attribute of which an entity has one."""
    return CONTRADICTIONS.get(name, name)


def passing(name: str) -> str:
    """The words for how mergers came about (see subgroups.passes)."""
    if name.startswith("pair from "):
        return f"多项证据合计，概率不低于 {name.removeprefix('pair from ')}"
    known = {"certain": "号码一致或人工判定", "kin": "有亲属关系印证", "pair below": "多项证据合计，概率更低"}
    return known.get(name, name)


def level(field: str, code: str) -> str:
    """The words for a level of `field`."""
    return SPECIAL.get((field, code), LEVELS.get(code, code))


def label(name: str, kinds: dict[str, str]) -> str:
    """The words for a step, or for a field: of a config (`kinds`) those of its kind, followed by its own name."""
    if name in STEPS:
        return STEPS[name]
    whole, _, part = name.rpartition("_")
    if name not in kinds and kinds.get(whole) == "address" and part in PARTED:
        return label(whole, kinds) + PARTED[part]
    kind = kinds.get(name, "")
    known = FIELDS.get(kind or name)
    if known is None:
        return name
    return known if not kind or known == FIELDS.get(name) else f"{known}（{name}）"


def rule(name: str, kinds: dict[str, str]) -> str:
    """The words for a blocking rule: over fields of these `kinds`, like ``given.begin+address_place``, or one of the
    engine for Chinese people.
    """
    if name in PARTS and name not in kinds:
        return PARTS[name]
    return "加".join(_key(key, kinds) for key in name.split("+"))


def _key(name: str, kinds: dict[str, str]) -> str:
    field, _, taken = name.partition(".")
    return label(field, kinds) + TAKEN.get(taken, taken)


def chance(probability: float) -> str:
    """Four digits, never rounded to all."""
    return "> 0.9999" if probability > 0.9999 else f"{probability:.4f}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share in per cent, never rounded to all; a dash for none."""
    if share is None:
        return "—"
    most = 1 - 10.0 ** -(digits + 2)
    return f"> {most:.{digits}%}" if most < share < 1 else f"{share:.{digits}%}"


def share(chance: float) -> str:
    """A probability in per cent, never rounded to none or all."""
    if chance >= 0.9999:
        return "高于 99.99%"
    return "低于 0.01%" if chance < 0.0001 else f"为 {chance:.2%}"
