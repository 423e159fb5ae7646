"""What is to be told of a config and its tables, in words: English on a terminal, Chinese on the page."""

from pipeline.linkage_words import FIELDS
from transforms.matching.generic.routing import Note

ENGLISH = {
    "looks_like": "{field}: its values look like kind {like}, the config says {kind}; try `kind: {like}`",
    "no_dates": "{field}: its values do not look like dates; look at which column it names",
    "sparse": "{field}: {filled:,} of {records:,} records have a value in it; it helps those only",
    "constant": "{field}: it is the same wherever there is a value, and tells nobody apart; take it out",
    "narrow_rules": "blocking: its rules bring together about {share:.0%} of the likely matches that other rules find, "
    "and what they miss is never compared; leave `blocking` out",
    "narrower_rules": "blocking: its rules bring together about {share:.0%} of the likely matches that other rules "
    "find, and what they miss is never compared; leave `blocking` out, or add `{rule}`, which would find {gain:.0%} of "
    "the others",
    "no_rules": "no two records were compared: all that the fields say is shared by too many; name more columns",
    "blocking_idle": "blocking: not used, the engine for Chinese people has rules of its own",
    "unused": "{field}: not used by the engine for Chinese people",
    "in_place": "{field}: used where {of} is missing",
    "as_address": "{field}: used as the address",
    "completing": "{field}: used for what {of} lacks",
}
CHINESE = {
    "looks_like": "字段 {field}：值看起来像{like_said}，配置里写的是 {kind}；可以改成 kind: {like}",
    "no_dates": "字段 {field}：值不像日期，请核对它指的是哪一列",
    "sparse": "字段 {field}：{records:,} 条记录中只有 {filled:,} 条有值，只对这些记录有用",
    "constant": "字段 {field}：凡有值的地方都一样，区分不了任何对象，可以去掉",
    "narrow_rules": "blocking：其他规则能找到的可能匹配，配置里的规则只找到约 {share:.0%}，漏掉的不会再比较；"
    "建议去掉 blocking",
    "narrower_rules": "blocking：其他规则能找到的可能匹配，配置里的规则只找到约 {share:.0%}，漏掉的不会再比较；"
    "建议去掉 blocking，或者加上规则 {rule}，还能找到其余的 {gain:.0%}",
    "no_rules": "没有比较任何两条记录：字段的取值都有太多记录相同，请再写上别的列",
    "blocking_idle": "blocking：没有使用，中国人口引擎有自己的规则",
    "unused": "字段 {field}：中国人口引擎用不上",
    "in_place": "字段 {field}：只在 {of} 缺失时使用",
    "as_address": "字段 {field}：当作地址使用",
    "completing": "字段 {field}：用来补 {of} 缺少的部分",
}


def told(notes: list[Note]) -> list[Note]:
    """Notes for a report: each with the sentence that says it."""
    return [note | {"says": english(note)} for note in notes]


def english(note: Note) -> str:
    """A sentence for a terminal or a log."""
    return ENGLISH[note["note"]].format_map(note)


def chinese(note: Note) -> str:
    """A sentence for the page."""
    return CHINESE[note["note"]].format_map(note | {"like_said": FIELDS.get(note.get("like", ""), "")})
