"""One spelling for the text of an address: widths, dashes, Chinese numerals before a suffix, remarks set aside."""

from transforms.clean.expressions import expression
from transforms.clean.text import narrow

_DASHES = expression(r"[‐‑‒–—―−﹣~～]")
_DASH_HAN = expression(r"(?<=\d)[一ー_](?=\d)")  # 10一1一103: the numeral one typed for a dash
_BRACKETS = expression(r"[(\[【〔{<《].*?(?:[)\]】〕}>》]|$)")
_QUOTED = expression("[\"'“”‘’「」『』].*?(?:[\"'“”‘’「」『』]|$)")
_REMARK = expression(r"^(?:近|靠|旁|对面|附近|隔壁|后面|前面|旁边|原|旧|老|电话|联系|备注|注|现|已|此)|^[^\d]*$")
_ADMIN = expression(r"[省市州盟县区旗镇乡村路街道庭园苑]$")
_SEPARATORS = expression(r"[,，;；。、|/\\]+")

_VALUE = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "○": 0}
_NUMERALS = r"[〇零○一二三四五六七八九十百两]+"
_HAN = frozenset("一ー_〇零○二三四五六七八九十百两")
# 三门村 and 五社路 keep their numerals: the looser suffixes count only before a further number or at the end
_BEFORE_SUFFIX = expression(
    rf"{_NUMERALS}(?=村民小组|居民小组|生产队|小组|组(?!团)|号|栋|幢|单元|室)"
    rf"|{_NUMERALS}(?=(?:社|队|座|层|楼|户|弄|门|期|区|梯)(?:[\d〇零一二三四五六七八九十百]|$))"
)


def canonical(raw: str | None) -> str:
    """`raw` narrow, without spaces, brackets and remarks, numerals before a suffix as digits, letters upper case."""
    text = narrow(raw)
    if not text.isalnum():
        text = "".join(text.split())
        text = _DASHES.sub("-", _QUOTED.sub("", _BRACKETS.sub("", text)))
        text = _joined(_SEPARATORS.split(text)).replace("·", "").replace(".", "-")
    if not text.isupper():
        text = text.upper()
    if _HAN.isdisjoint(text):
        return text.strip("-")
    text = _DASH_HAN.sub("-", text)
    return _BEFORE_SUFFIX.sub(lambda m: _arabic(m[0]), text).strip("-")


def _joined(pieces: list[str]) -> str:
    """The pieces between commas without those that only describe the way there."""
    kept = [pieces[0]]
    kept += [p for p in pieces[1:] if p and (_ADMIN.search(p) or not _REMARK.match(p))]
    return "".join(kept)


def _arabic(numeral: str) -> str:
    """十二 as 12, 一百零三 as 103, 一七〇四 as 1704."""
    if not set(numeral) & {"十", "百"}:
        return "".join(str(_VALUE[c]) for c in numeral)
    hundreds, _, rest = numeral.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    total = 100 * (_digit(hundreds) or 1) if "百" in numeral else 0
    total += 10 * (_digit(tens) or 1) if ten else 0
    return str(total + _digit(ones))


def _digit(numeral: str) -> int:
    return _VALUE.get(numeral[-1:], 0)
