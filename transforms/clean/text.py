"""Text as departments deliver it, made comparable: invisible characters, widths, spaces, words that mean nothing."""

import unicodedata

from transforms.clean.expressions import expression

# BOM, zero width, bidirectional marks, soft hyphen, C0/C1 controls except tab, line feed and carriage return
_INVISIBLE = expression(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)
_SPACES = expression(r"\s+")
_SPACE_BY_HAN = expression(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")

_WORDS = (
    "无 無 没有 暂无 无此项 不详 不祥 不清楚 不明 未知 不知道 未登记 未填 未填写 未提供 未录入 未办理 未办 "
    "未采集 未说明 待补 待补充 待补录 待查 待核 待核实 待定 暂缺 缺 空 略 保密 无号码 无证 无证件 无身份证 "
    "无身份证号 无电话 无地址 null none nil nan n/a na #n/a - -- --- — —— / // \\ * ** *** . .. ... 、 ? ?? "
    "??? x xx xxx"
)
_NOTHING = frozenset(_WORDS.split())


def tidy(raw: str | None) -> str:
    """`raw` without invisible characters and outer spaces; '' for None."""
    if not raw:
        return ""
    if raw.isascii() and raw.isprintable():
        return raw.strip()
    return _INVISIBLE.sub("", raw).strip()


def narrow(raw: str | None) -> str:
    """`tidy`, with full-width forms, Roman numerals and radicals folded (NFKC)."""
    text = tidy(raw)
    return text if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def unmarked(raw: str | None) -> str:
    """`narrow`, without the apostrophe by which a spreadsheet takes what looks like a number for text."""
    return narrow(raw).lstrip("'")


def fold_spaces(text: str) -> str:
    """No spaces or line breaks next to a Chinese character, single spaces elsewhere."""
    if text.isalnum():
        return text
    return _SPACES.sub(" ", _SPACE_BY_HAN.sub("", text))


def is_placeholder(text: str) -> bool:
    """True when a clerk wrote something that means "nothing": 无, 不详, a dash, null. `text` is already narrow."""
    return not text or text.lower() in _NOTHING


def has_unknown_glyph(text: str) -> bool:
    """True for a private-use, replacement or description character: a glyph the sending system had and we lack."""
    if text.isascii():
        return False
    return any(
        "\ue000" <= c <= "\uf8ff" or c in "\ufffd□〓" or "\u2ff0" <= c <= "\u2fff" or c > "\U000effff" for c in text
    )
