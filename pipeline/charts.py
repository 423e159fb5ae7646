"""Charts as inline SVG, made here so that the page needs nothing from anywhere else and works without scripts.

Colours are CSS classes (``f-a`` ...) whose values follow the reader's light or dark setting. Every chart carries a
text alternative; the figures stand in a table next to it. ``Markup.format`` escapes whatever is put into a piece.
"""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup


class Part(NamedTuple):
    """A piece of a bar: CSS class of its colour, value, and what it is."""

    tone: str
    value: float
    label: str = ""


class Column(NamedTuple):
    """One column: its label under the axis and its parts from the bottom up."""

    label: str
    parts: Sequence[Part]


_METER = Markup(
    '<svg class="meter" role="img" aria-label="{words}" viewBox="0 0 100 10" height="{height}" '
    'preserveAspectRatio="none"><title>{words}</title><rect class="f-rail" width="100" height="10"/>{parts}</svg>'
)
_METER_PART = Markup('<rect class="f-{}" x="{:.2f}" y="0" width="{:.2f}" height="10"/>')
_COLUMNS = Markup(
    '<svg class="columns" role="img" aria-label="{words}" viewBox="0 0 {width} {height}">'
    '<line class="axis" x1="0" x2="{width}" y1="{base}" y2="{base}"/>{parts}</svg>'
)
_COLUMN_PART = Markup(
    '<rect class="f-{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{} {:,.0f}</title></rect>'
)
_VALUE = Markup('<text class="t-value" x="{:.1f}" y="{:.1f}">{:,.0f}</text>')
_LABEL = Markup('<text class="t-axis" x="{:.1f}" y="{:.1f}">{}</text>')


def meter(parts: Sequence[Part], whole: float, height: int = 10) -> Markup:
    """A stacked bar as wide as its cell: each part takes its share of `whole`."""
    out, x = [], 0.0
    whole = max(whole, sum(p.value for p in parts), 1e-9)
    for part in parts:
        if part.value > 0:
            width = max(100 * part.value / whole, 0.6)  # so that one row among a hundred thousand is still seen
            out.append(_METER_PART.format(part.tone, x, width))
            x += width
    words = "，".join(f"{p.label} {p.value:,.0f}" for p in parts if p.label and p.value)
    return _METER.format(words=words, height=height, parts=Markup("").join(out))


def columns(data: Sequence[Column], title: str, width: int = 520, height: int = 190) -> Markup:
    """Columns over a base line, stacked where a column has several parts, with the total above each."""
    top = max((sum(p.value for p in c.parts) for c in data), default=0) or 1
    base, head = height - 26, 26
    slot = width / max(len(data), 1)
    thick = min(slot * 0.62, 46)
    out = []
    for i, column in enumerate(data):
        middle, y = slot * (i + 0.5), float(base)
        for part in column.parts:
            tall = (base - head) * part.value / top
            y -= tall
            if tall > 0:
                out.append(_COLUMN_PART.format(part.tone, middle - thick / 2, y, thick, tall, part.label, part.value))
        out.append(_VALUE.format(middle, y - 6, sum(p.value for p in column.parts)))
        out.append(_LABEL.format(middle, height - 8, column.label))
    words = title + "：" + "，".join(f"{c.label} {sum(p.value for p in c.parts):,.0f}" for c in data)
    return _COLUMNS.format(words=words, width=width, height=height, base=base + 0.5, parts=Markup("").join(out))
