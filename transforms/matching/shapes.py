"""Characters a hurried eye takes for one another, in groups: a misreading is nearer the truth than a stranger's name.

Data only, gathered from the errors that transcribers of handwritten registers make; characters of one sound are not
listed, because comparing by sound finds them. Folding is for comparing names, never for storing them.
"""

_GROUPS = (
    "未末 己已巳 土士 日曰 大太犬 天夭 王玉壬 甲申 千干 戊戌戍 师帅 冶治 晴睛 宇字 睿容 "
    "倩债 昊吴 昱昆 昌吕 旦且 明朋 云去 凤风 荣荥 洁沽 波泼 海梅 妍研 姗册 娟捐 霞露 "
    "桂挂 柱住 林村 春眷 季李 陈阵 杨场 周同 徐除 马乌 郭部 郑邓 袁衰 沈沉 丁了 余佘 "
    "杜社 戴载 夏复 汪江 田由 任仕 姜美 范苑 方万 石右 金全 白自 康唐 毛手 秦泰 史吏 "
    "顾颐 邵召 孟盂 龙尤 钱线 雪雷 怡恰 昃昊 钰珏 淑椒 兴六 兰三 贵责 祥样 胜胚 强弧 "
    "建健 平乎 斌赋 东车 生主 禾木 水永 贝见 儿几 元无 又叉 专传 侯候 拴栓 析折 晓绕 "
    "烧浇 苗笛 桃姚 枝技 玖久 巧朽 辛幸 佳住 俊竣 凯飒 芝艺 菜莱 蒙豪 薇徽 琳淋 瑞端 "
    "瑾谨 璐路 皎咬 盼盻 磊蕾 祖租 科料 程稻 竹什 笑芙 粟栗 细绅 绮倚 羽习 耀辉 育盲 "
    "良艮 茂戎 莲连 裕袼 诚城 谊宜 贤坚 赞攒 越趁 轩杆 进近 逸免 郁都 酉西 铃玲 锋峰 "
    "闰闻 阳阴 陶掏 雯斐 青清 静净 韵韶 颖颍 飞气 驰弛 鹏鸣 麦夌 黛袋 "
)


def _table() -> dict[int, str]:
    """Each character to the first of its group; a character that is in two groups stays in the first."""
    table: dict[int, str] = {}
    for group in _GROUPS.split():
        for character in group[1:]:
            if ord(character) not in table and character != group[0]:
                table[ord(character)] = group[0]
    # a chain (昃昊 after 昊吴) would leave the result hanging on the order of lookups
    return {key: table.get(ord(value), value) for key, value in table.items()}


LOOK_ALIKE = _table()
