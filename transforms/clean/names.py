"""Names of persons: cleaned for display, folded to keys for comparison, split into surname and given name.

Rules: 民委发〔2016〕33号 (the middle dot is U+00B7, names of other peoples have no fixed order) and what registers
contain.
"""

import unicodedata
from typing import NamedTuple

from transforms.clean.expressions import expression
from transforms.clean.surnames import COMPOUND, READINGS
from transforms.clean.syllables import syllable
from transforms.clean.text import fold_spaces, has_unknown_glyph, is_placeholder, tidy
from transforms.clean.variants import VARIANTS

DOT = "\u00b7"
# Every dot that input methods and old code pages put between the parts of a name; NFKC knows only one of them.
_DOTS = expression(
    r"\s*[\u00b7\u2022\u30fb\uff65\u2027\u22c5\u2219\u2e33\u2024\uff0e\u02d9\u0387\u1427\u318d\ue00c.。﹒]+\s*"
)
_LOST = expression(r"[?？]")

_BRACKETS = expression(r"[(\[【〔{<《].*?(?:[)\]】〕}>》]|$)")
_SEX_WORD = expression(r"(?<=[\u4e00-\u9fff]{2})\s+[男女]$")
_TAIL = expression(r"(?:[\s\d*#※★☆●○△▲▽+~_、,，;；:：!！/\\'\"“”‘’-]+|(?<=[\u4e00-\u9fff]{2})注)+$")
_HEAD = expression(r"^[\s\d*#※★☆●○△▲+~_、,，.。·:：/\\'\"“”‘’-]+")

# case matters to Latin letters alone: were it ignored in all of this, re would look for two forms of each character
_UNNAMED = expression(
    r"^(?:无名(?:氏|男|女|尸|男尸|女尸|男婴|女婴|婴)?|佚名|匿名|某+|测试.*|(?i:test.*)|姓名|户主|本人|新生儿|男婴|女婴|婴儿|弃婴|"
    r"[\u4e00-\u9fff]{1,2}某{1,2}|[男女]|先生|女士|群众|村民|居民|业主|(?:男|女)(?:方|性)|未取名|未起名|未命名|待取名|无姓名|未定)$"
)
_CHILD_OF = expression(r"^.+之[子女婴妻夫父母]\d*$|^[\u4e00-\u9fff]{2,}(?:婴儿|[男女]婴)$")
_MASKED = expression(r"[*＊×]")


class NameParts(NamedTuple):
    """`surname` is empty when the name has none that can be told (a single name, Latin letters, parts with a dot)."""

    surname: str
    given: str


def clean_name(raw: str | None) -> tuple[str | None, str | None]:
    """The name as it is to be shown and compared, and the reason to object to it (contracts.reasons) or None.

    Spaces inside Chinese names, widths, radicals and dots are unified; remarks behind the name ((男), *, 注, a number)
    are dropped; the script is never converted. Placeholders and names with hidden characters give None. A name kept
    with a reason (name_unusual, glyph_unknown) is usable and worth a look.
    """
    if not raw:
        return None, "name_missing"
    if _plain(raw):
        return raw, None
    text = _unified(raw)
    if is_placeholder(text) or is_placeholder(raw.strip()):
        return None, "name_missing"
    hidden = bool(_MASKED.search(text.rstrip("*")))
    name = _without_remarks(text)
    if is_placeholder(name) or _UNNAMED.match(name) or _CHILD_OF.match(name) or (len(name) == 1 and "*" in text):
        return None, "name_missing"
    if hidden:
        return None, "name_unusual"
    if has_unknown_glyph(name) or _LOST.search(name):
        return name, "glyph_unknown"
    return name, "name_unusual" if _odd(name) else None


# Characters that any placeholder or remark contains: a name without them needs no closer look.
SUSPECT = frozenset("无無未未不某测户佚匿婴之待暂没姓本新弃先群村居业取缺空略保注男女")
_HAN = expression(r"[\u4e00-\u9fa5]{2,4}")


def _plain(raw: str) -> bool:
    return _HAN.fullmatch(raw) is not None and SUSPECT.isdisjoint(raw)


def _unified(raw: str) -> str:
    """Widths, dots and inner spaces unified."""
    text = _DOTS.sub(DOT, tidy(raw))
    text = _DOTS.sub(DOT, unicodedata.normalize("NFKC", text)).strip(f" {DOT}")
    return _SEX_WORD.sub("", text)


def _without_remarks(text: str) -> str:
    """`text` without remarks, until none is left: behind a dot that falls away another one may come to light."""
    bare = fold_spaces(_HEAD.sub("", _TAIL.sub("", _BRACKETS.sub("", text))).strip()).strip(f" {DOT}")
    return bare if bare == text else _without_remarks(bare)


def _odd(name: str) -> bool:
    """True for what no name should contain: digits, signs, a single Chinese character, Latin among Chinese."""
    if not all(c.isalpha() or c in f"{DOT} '-" for c in name):
        return True
    han = sum(c > "\u2e7f" for c in name)
    letters = sum(c.isalpha() for c in name)
    return len(name) > 50 or (0 < han < letters) or (han == letters == 1)


def match_key(name: str) -> str:
    """`name` without spaces and dots, lower case, traditional and variant characters folded: for comparison only."""
    return name.replace(DOT, "").replace(" ", "").translate(VARIANTS).lower()


def split_name(name: str) -> NameParts:
    """Surname and given name of a cleaned name; compound surnames (欧阳, 司马) only when a given name follows."""
    key = match_key(name)
    if DOT in name or not key or key[0] < "\u3400" or len(key) == 1:
        return NameParts("", name)
    size = 2 if len(key) > 2 and key[:2] in COMPOUND else 1
    if len(key) > 4 + (size - 1):
        return NameParts("", name)
    return NameParts(name[:size], name[size:])


def pinyin_key(name: str) -> str:
    """Toneless syllables of a cleaned name joined by spaces; surnames as surnames are read: 曾 zeng, 单 shan, 仇 qiu.

    A name in Latin letters is its own key, in lower case.
    """
    key = match_key(name)
    if key.isascii():
        return key
    surname = match_key(split_name(name).surname)
    reading = READINGS.get(surname)
    if reading is None:
        reading = " ".join(syllable(c) for c in surname)
    rest = " ".join(syllable(c) for c in key[len(surname) :])
    return f"{reading} {rest}".strip()
