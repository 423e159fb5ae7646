"""The closed list of field kinds: what a contract may promise about a column, in one word.

A kind carries everything that follows from it: the type in Parquet and in PostgreSQL, how sensitive the value is,
whether it says *who* (then it is stored with identifiers, never with content), and how it is masked for a reader.
Kinds for religion, politics, ethnicity, petition history, biometrics or movement do not exist on purpose.
"""

import re
import unicodedata
from typing import Literal, NamedTuple

KindName = Literal[
    "text",
    "code",
    "category",
    "person_name",
    "org_name",
    "id_number",
    "credit_code",
    "sex",
    "date",
    "timestamp",
    "month",
    "phone",
    "address",
    "integer",
    "decimal",
    "amount_yuan",
    "amount_fen",
    "relation",
    "marital",
    "bank_card",
]
Sensitivity = Literal["general", "internal", "personal", "sensitive"]


class Kind(NamedTuple):
    """`arrow` and `sql` are type names; `identifies` sends the column to `identifiers`; `mask` names a masking rule."""

    arrow: str
    sql: str
    sensitivity: Sensitivity
    identifies: bool
    mask: str
    title: str


KINDS: dict[str, Kind] = {
    "text": Kind("string", "text", "internal", False, "drop", "文本"),
    "code": Kind("string", "text", "internal", False, "keep", "编码"),
    "category": Kind("string", "text", "internal", False, "keep", "代码"),
    "person_name": Kind("string", "text", "personal", True, "name", "姓名"),
    "org_name": Kind("string", "text", "internal", True, "keep", "单位名称"),
    "id_number": Kind("string", "text", "sensitive", True, "id_number", "证件号码"),
    "credit_code": Kind("string", "text", "internal", False, "keep", "统一社会信用代码"),
    "sex": Kind("string", "text", "personal", True, "keep", "性别"),
    "date": Kind("date32", "date", "internal", False, "month", "日期"),
    "timestamp": Kind("timestamp", "timestamptz", "internal", False, "day", "时间"),
    "month": Kind("date32", "date", "internal", False, "keep", "月份"),
    "phone": Kind("string", "text", "personal", True, "phone", "电话"),
    "address": Kind("string", "text", "personal", True, "town", "地址"),
    "integer": Kind("int64", "bigint", "internal", False, "keep", "整数"),
    "decimal": Kind("float64", "double precision", "internal", False, "keep", "数值"),
    "amount_yuan": Kind("int64", "bigint", "personal", False, "drop", "金额（元，存为分）"),
    "amount_fen": Kind("int64", "bigint", "personal", False, "drop", "金额（分）"),
    "relation": Kind("string", "text", "personal", True, "keep", "家庭关系"),
    "marital": Kind("string", "text", "personal", False, "drop", "婚姻状况"),
    "bank_card": Kind("string", "text", "sensitive", True, "drop", "银行账号"),
}

# Matched as substrings of a source column's name (traditional forms and spaces folded first); reference: PIPL art. 28
# and the deny list of the sharing rules. A contract may name such a column in `ignore`, never in `fields`.
FORBIDDEN: tuple[str, ...] = (
    "宗教",
    "信仰",
    "政治面貌",
    "政治面目",
    "党派",
    "党员",
    "民族",
    "族别",
    "邪教",
    "上访",
    "信访",
    "涉稳",
    "稳控",
    "重点人员",
    "重点人口",
    "重点管控",
    "关注等级",
    "危险性评估",
    "风险等级",
    "前科",
    "吸毒",
    "艾滋",
    "指纹",
    "掌纹",
    "人脸",
    "人像",
    "面部",
    "照片",
    "相片",
    "虹膜",
    "声纹",
    "基因",
    "DNA",
    "轨迹",
    "定位",
    "车辆卡口",
    "minzu",
    "zongjiao",
    "zhengzhimianmao",
    "religion",
    "ethnic",
    "political",
    "biometric",
    "fingerprint",
    "petition",
    "trajectory",
)

# The same as registers abbreviate them (pinyin initials), where the whole name is nothing else.
FORBIDDEN_WHOLE = frozenset({"mz", "mzdm", "zzmm", "zzmmdm", "zjxy", "zjxydm"})

# The few traditional characters that occur in the deny list, folded before matching.
_FOLD = str.maketrans("黨員訪紋聲臉軌跡險風級關點評穩車輛", "党员访纹声脸轨迹险风级关点评稳车辆")
_BETWEEN = re.compile(r"[\W_]+")


def forbidden_word(column: str) -> str | None:
    """Return the deny-list word that `column` (a source column's name) contains, or None.

    Width, case, traditional forms, and whatever stands between the characters don't matter.
    """
    folded = _BETWEEN.sub("", unicodedata.normalize("NFKD", column).translate(_FOLD)).lower()
    if folded in FORBIDDEN_WHOLE:
        return folded
    return next((word for word in FORBIDDEN if word.lower() in folded), None)
