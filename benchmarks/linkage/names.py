"""The invented county's stock of names and places, and the ways clerks get a name wrong."""

from functools import cache
from itertools import accumulate
from random import Random

from pypinyin import lazy_pinyin

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁"
    "任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴"
    "莫孔向汤"
)
DOUBLE = ("欧阳", "上官", "司马", "诸葛", "夏侯")
GIVEN = {
    "old_m": "国建华明德福贵生根水金荣发林海春文志永长有才庆祥保兴",
    "old_f": "秀英兰香桂珍凤玉莲菊花梅云娥爱翠红荷春细金银女妹",
    "mid_m": "伟强勇军杰涛斌辉鹏飞刚平波超健磊亮峰宏志东俊林洋凯",
    "mid_f": "丽敏静艳娟霞燕芳玲萍婷慧娜雪琴莉红倩颖梅洁丹琳蓉",
    "new_m": "浩宇轩子豪俊泽睿博皓宸铭天一诺梓辰奕航嘉思远文昊",
    "new_f": "欣怡梓涵诗雨佳琪语彤思瑶可馨雅萱若汐一诺子晴妍悦",
}
TOWNS = (
    "云溪镇",
    "白石镇",
    "柳塘镇",
    "青坪乡",
    "北渡镇",
    "松林乡",
    "横桥镇",
    "上湾乡",
    "东关街道",
    "西塔街道",
    "南浦街道",
    "城中街道",
)
VILLAGES = [
    "石坑",
    "下洲",
    "黄泥塘",
    "大坪",
    "竹园",
    "三口井",
    "岭背",
    "长丘",
    "新屋",
    "老圩",
    "枫树下",
    "水口",
    "坝头",
    "寺前",
    "罗家",
    "曹家",
    "涂家",
    "桥边",
    "井头",
    "高坑",
]
COMPOUNDS = [
    "翠湖花园",
    "金桂苑",
    "阳光城",
    "书香门第",
    "滨河小区",
    "纺织新村",
    "东方名邸",
    "和谐家园",
    "梧桐里",
    "丽景湾",
]
ROADS = ["人民路", "解放路", "滨河大道", "学府路", "工农路", "文昌街", "朝阳路", "建设路", "广场东路", "新风路"]

TRADITIONAL = dict(
    zip(
        "国华贵荣发兴兰凤莲云爱红伟军杰涛辉鹏飞刚刘陈张吴孙马赵郑",
        "國華貴榮發興蘭鳳蓮雲愛紅偉軍傑濤輝鵬飛剛劉陳張吳孫馬趙鄭",
        strict=True,
    )
)
LOOKALIKE = {
    "萍": "苹",
    "琪": "淇",
    "晴": "睛",
    "怡": "恰",
    "玲": "铃",
    "梅": "海",
    "博": "搏",
    "昊": "昃",
    "铭": "名",
    "娜": "那",
}
VARIANT = {"闫": "阎", "肖": "萧", "付": "傅", "邱": "丘", "戴": "代", "余": "佘"}


@cache
def _surname_weights() -> list[float]:
    return list(accumulate(1 / (rank + 4) for rank in range(len(SURNAMES))))


def surname(random: Random) -> str:
    """A surname, the common ones as common as in life (the first has some 7 %)."""
    if random.random() < 0.004:
        return random.choice(DOUBLE)
    return random.choices(SURNAMES, cum_weights=_surname_weights())[0]


def given(random: Random, sex: str, year: int, generation: str = "") -> str:
    """A given name of the fashion of its year; `generation` is the character siblings share, if they do."""
    era = "old" if year < 1962 else "mid" if year < 1998 else "new"
    pool = GIVEN[f"{era}_{'m' if sex == '1' else 'f'}"]
    pick = [pool[min(int(random.expovariate(3.2 / len(pool))), len(pool) - 1)] for _ in range(2)]
    if generation:
        return generation + pick[1]
    return pick[0] if random.random() < (0.3 if era == "mid" else 0.1) else "".join(pick)


@cache
def _by_sound() -> dict[str, list[str]]:
    sounds: dict[str, list[str]] = {}
    for character in sorted(set("".join(GIVEN.values()) + "玮蔚纬维卫兵宾滨敬靖菁娴贤弦芬纷")):
        sounds.setdefault(lazy_pinyin(character)[0], []).append(character)
    return sounds


def misspell(name: str, random: Random) -> str:
    """`name` as a hurried clerk may have it: another character of the same sound, a look-alike, a slip."""
    at = random.randrange(1, len(name)) if len(name) > 1 else 0
    kind = random.choices(("sound", "script", "variant", "look", "drop", "swap"), (40, 15, 10, 15, 10, 10))[0]
    if kind == "sound":
        others = [c for c in _by_sound().get(lazy_pinyin(name[at])[0], []) if c != name[at]]
        return name[:at] + random.choice(others) + name[at + 1 :] if others else name
    if kind == "drop" and len(name) > 2:
        return name[:at] + name[at + 1 :]
    if kind == "swap" and len(name) == 3:
        return name[0] + name[2] + name[1]
    table = {"script": TRADITIONAL, "variant": VARIANT}.get(kind, LOOKALIKE)
    return "".join(table.get(c, c) for c in name)
