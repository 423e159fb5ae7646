"""Small national code sets: sex (GB/T 2261.1), marital status (GB/T 2261.2), relation to the head (GB/T 4761)."""

from transforms.clean.text import is_placeholder, narrow

_SEX = {
    **dict.fromkeys(["1", "男", "男性", "男孩", "男婴", "m", "male", "01", "1.0"], "1"),
    **dict.fromkeys(["2", "女", "女性", "女孩", "女婴", "f", "female", "02", "2.0"], "2"),
}
_SEX_UNSAID = frozenset(["0", "9", "00", "09", "u", "unknown", "未知的性别", "未说明的性别", "未知性别"])

_MARITAL = {
    **dict.fromkeys(["10", "未婚", "单身", "从未结婚"], "10"),
    **dict.fromkeys(["20", "已婚", "有配偶", "结婚"], "20"),
    **dict.fromkeys(["21", "初婚"], "21"),
    **dict.fromkeys(["22", "再婚"], "22"),
    **dict.fromkeys(["23", "复婚"], "23"),
    **dict.fromkeys(["30", "丧偶", "丧夫", "丧妻"], "30"),
    **dict.fromkeys(["40", "离婚", "离异"], "40"),
    **dict.fromkeys(["90", "未说明", "未说明的婚姻状况"], "90"),
}

_RELATION_WORDS = """
01 本人 | 02 户主 家庭户户主 | 10 配偶 爱人 夫妻 | 11 夫 丈夫 | 12 妻 妻子
20 子 儿子 子女 | 21 独生子 | 22 长子 大儿子 | 23 次子 二子 二儿子 | 24 三子 三儿子 | 25 四子 | 26 五子
27 养子 继子 养子或继子 养继子 | 28 女婿 | 29 其他儿子
30 女 女儿 | 31 独生女 | 32 长女 大女儿 | 33 次女 二女 二女儿 | 34 三女 三女儿 | 35 四女 | 36 五女
37 养女 继女 养女或继女 养继女 | 38 儿媳 媳妇 儿媳妇 | 39 其他女儿
40 孙子孙女 孙子、孙女 孙辈 外孙子、外孙女 | 41 孙子 孙 孙男 | 42 孙女 | 43 外孙子 外孙 外孙男 | 44 外孙女
45 孙媳妇 孙媳 外孙媳妇 | 46 孙女婿 外孙女婿 | 47 曾孙子 曾孙 外曾孙子 重孙 | 48 曾孙女 外曾孙女 重孙女 | 49 其他孙辈
50 父母 | 51 父亲 父 爸爸 | 52 母亲 母 妈妈 | 53 公公 | 54 婆婆 | 55 岳父 | 56 岳母 | 57 继父 养父 | 58 继母 养母
59 其他父母
60 祖父母 | 61 祖父 爷爷 | 62 祖母 奶奶 | 63 外祖父 外公 姥爷 | 64 外祖母 外婆 姥姥 | 65 配偶的祖父母
66 曾祖父 | 67 曾祖母 | 70 兄弟姐妹 | 71 兄 哥哥 哥 | 72 嫂 嫂子 | 73 弟 弟弟 | 74 弟媳 弟妹
75 姐姐 姐 | 76 姐夫 | 77 妹妹 妹 | 78 妹夫
79 其他兄弟姐妹
80 其他 其他亲属 其他关系 | 81 伯父 | 82 伯母 | 83 叔父 叔叔 | 84 婶母 婶婶 | 85 舅父 舅舅 | 86 舅母 | 87 姨父 | 88 姨母
89 姑父 | 90 姑母 | 91 堂兄弟、堂姐妹 | 92 表兄弟、表姐妹 | 93 侄子 侄 | 94 侄女 | 95 外甥 | 96 外甥女 | 97 其他亲属关系
99 非亲属 保姆
"""


def _relations() -> dict[str, str]:
    """Word or code to code."""
    found = {"03": "02", "98": "99", "1": "01", "2": "02", "3": "02", "小集体户户主": "02", "集体户户主": "02"}
    for entry in _RELATION_WORDS.replace("\n", "|").split("|"):
        code, *words = entry.split() or [""]
        found.update(dict.fromkeys([code, *words] if code else [], code))
    return found


_RELATION = _relations()


def sex_code(raw: str | None) -> tuple[str | None, str | None]:
    """1 male, 2 female (男, 1, M, 男性), None when unknown or unsaid; sex_unknown when the text means nothing."""
    text = narrow(raw).lower()
    code = _SEX.get(text)
    if code or is_placeholder(text) or text in _SEX_UNSAID:
        return code, None
    return None, "sex_unknown"


def marital_code(raw: str | None) -> tuple[str | None, str | None]:
    """The two digits of GB/T 2261.2: 离异 40, 丧偶 30, 已婚 20; a text that is none of them is 90 with code_unknown."""
    text = narrow(raw)
    code = _MARITAL.get(text)
    if code or is_placeholder(text):
        return code, None
    return "90", "code_unknown"


def relation_code(raw: str | None) -> tuple[str | None, str | None]:
    """The two digits of GB/T 4761-2008: 户主 02, 配偶 10, 子 20, 之妻 12.

    The codes of 1984 that the edition of 2008 dropped count as the nearest (03 as head, 98 as no relative). A code of
    three or four digits (two relations combined) is kept. code_unknown for anything else.
    """
    text = narrow(raw).replace(" ", "")
    if is_placeholder(text):
        return None, None
    code = _RELATION.get(text) or _RELATION.get(text.removeprefix("户主").removeprefix("之").removeprefix("的"))
    if code is None and text.isdigit() and len(text) in (3, 4) and text[:2] in _RELATION:
        code = text
    return (code, None) if code else (None, "code_unknown")
