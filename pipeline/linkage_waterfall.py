"""The picture of one pair: a waterfall of bits as SVG, nothing but shapes and text, readable in grey and in print.

What speaks for the pair is solid, what speaks against it hatched. Every bar carries its bits as ``data-bits``.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, ROW, LABELS, FIGURES, TOP = 820, 26, 300, 84, 58
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # keys of records may hold any
LEFT, RIGHT = LABELS + 12, WIDTH - FIGURES
FONT = "font-family=\"'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif\""
HATCH = (
    '<defs><pattern id="against" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#ffffff"/><line x1="0" y1="0" x2="0" y2="6" stroke="#333333" stroke-width="2.4"/>'
    "</pattern></defs>"
)


class Bar(NamedTuple):
    """One row: its label, the bits it adds, and ``what`` it is (prior, field, context, rest)."""

    label: str
    bits: float
    what: str = "field"


class _Scale(NamedTuple):
    """Bits to pixels."""

    low: float
    per_bit: float

    def x(self, bits: float) -> float:
        return LEFT + (bits - self.low) * self.per_bit


def waterfall(bars: Sequence[Bar], probability: float, title: str, note: str = "") -> str:
    """An SVG document of `bars`, their sum and the `probability` (0 to 1) they come to; `note` stands under it."""
    ends = [0.0]
    for bar in bars:
        ends.append(ends[-1] + bar.bits)
    low, high = min(ends), max(ends)
    scale = _Scale(low, (RIGHT - LEFT) / max(high - low, 1.0))
    height = TOP + ROW * (len(bars) + 1) + (64 if note else 42)
    rows = [_bar(scale, i, bar, ends[i]) for i, bar in enumerate(bars)]
    total = _total(scale, len(bars), ends[-1], probability)
    foot = _text(14, height - 16, note, size=12) if note else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="{_plain(title)}" {FONT} font-size="13" fill="#111111">\n<title>{_plain(title)}</title>'
        f'{HATCH}\n<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n{_text(14, 24, title, size=15)}\n'
        f"{_axis(scale, high, height - (50 if note else 28))}\n" + "\n".join(rows) + f"\n{total}\n{foot}</svg>\n"
    )


def _bar(scale: _Scale, row: int, bar: Bar, before: float) -> str:
    y, after = TOP + row * ROW, before + bar.bits
    x, wide = scale.x(min(before, after)), max(abs(bar.bits) * scale.per_bit, 0.8)
    fill = "#333333" if bar.bits >= 0 else "url(#against)"
    fill = "#bbbbbb" if bar.what == "prior" else fill
    link = f'<line x1="{scale.x(after):.1f}" x2="{scale.x(after):.1f}" y1="{y + 21}" y2="{y + ROW + 5}" stroke="#888"/>'
    return (
        f'<g class="step">{_text(LABELS, y + 17, bar.label, "end")}<rect class="bar {bar.what}" '
        f'data-bits="{bar.bits:.2f}" x="{x:.1f}" y="{y + 5}" width="{wide:.1f}" height="16" fill="{fill}" '
        f'stroke="#111111" stroke-width="0.8"/>{link}{_text(WIDTH - 14, y + 17, _signed(bar.bits), "end")}</g>'
    )


def _total(scale: _Scale, row: int, odds: float, probability: float) -> str:
    y, x = TOP + row * ROW, scale.x(min(0.0, odds))
    wide = max(abs(odds) * scale.per_bit, 0.8)
    label = f"合计 sum → p {_chance(probability)}"
    return (
        f'<g class="total" font-weight="bold">{_text(LABELS, y + 17, label, "end")}<rect class="sum" '
        f'data-bits="{odds:.2f}" data-probability="{probability:.6f}" x="{x:.1f}" y="{y + 5}" width="{wide:.1f}" '
        f'height="16" fill="none" stroke="#111111" stroke-width="2"/>'
        f"{_text(WIDTH - 14, y + 17, f'{odds:+.2f}', 'end')}</g>"
    )


def _chance(probability: float) -> str:
    """Never rounded to all or, where nothing rules the pair out, to nothing."""
    if probability > 0.9999:
        return "> 0.9999"
    return "< 0.0001" if 0 < probability < 0.0001 else f"= {probability:.4f}"


def _signed(bits: float) -> str:
    return f"{bits:+.2f}" if bits else "0"


def _axis(scale: _Scale, high: float, bottom: int) -> str:
    """The zero line and a tick every few bits."""
    span = max(high - scale.low, 1.0)
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 1000) if span / s <= 9)
    first = int(scale.low // step) * step
    ticks = [t for t in range(first, int(high) + step + 1, step) if scale.low <= t <= high]
    lines = [
        f'<line class="tick" x1="{scale.x(t):.1f}" x2="{scale.x(t):.1f}" y1="{TOP - 6}" y2="{bottom}" '
        f'stroke="#dddddd"/>{_text(scale.x(t), TOP - 11, str(t), "middle", 11)}'
        for t in ticks
    ]
    x = scale.x(0.0)
    zero = (
        f'<line class="zero" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{bottom}" stroke="#111" stroke-width="1.6"/>'
    )
    return "".join(lines) + zero


def _text(x: float, y: float, words: str, anchor: str = "start", size: int = 13) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{_plain(words)}</text>'


def _plain(words: str) -> str:
    """As text of XML, in which some characters cannot be."""
    return escape(NO_XML.sub("\ufffd", words))
