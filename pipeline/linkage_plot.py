"""The reliability plot: what was estimated against what was observed, as inline SVG for the report."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

SIZE, LEFT, BOTTOM, TOP = 340, 52, 44, 14
_PLOT = Markup(
    '<svg class="plot" role="img" aria-label="{title}" viewBox="0 0 {width} {height}" style="max-width:440px">'
    '<title>{title}</title>{grid}<line class="axis" x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" stroke-dasharray="5 4"/>'
    "{points}{names}</svg>"
)
_GRID = Markup(
    '<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{base}" stroke="currentColor" stroke-opacity=".15"/>'
    '<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" stroke-opacity=".15"/>'
    '<text class="t-axis" x="{x:.1f}" y="{under}" text-anchor="middle">{share}</text>'
    '<text class="t-axis" x="{before}" y="{y:.1f}" dy="4" style="text-anchor:end">{share}</text>'
)
_POINT = Markup(
    '<g><title>{words}</title><line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>'
    '<circle class="point f-a" cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" data-pairs="{pairs}"/></g>'
)
_NAMES = Markup(
    '<text class="t-axis" x="{x}" y="{y}" text-anchor="middle">估计的概率 estimated</text>'
    '<text class="t-axis" x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">'
    "实际的比例 observed</text>"
)


def reliability(bands: Sequence[Mapping[str, Any]], title: str) -> Markup:
    """A point a band (see transforms.matching.calibration.Band) with its interval; on the dashed line all is right."""
    height = TOP + SIZE + BOTTOM
    base, right = TOP + SIZE, LEFT + SIZE
    most = max((b["pairs"] for b in bands), default=1)
    grid = [
        _GRID.format(x=LEFT + SIZE * i / 5, y=base - SIZE * i / 5, share=f"{i / 5:g}", top=TOP, base=base, left=LEFT,
                     right=right, under=base + 18, before=LEFT - 8)
        for i in range(6)
    ]  # fmt: skip
    points = [
        _POINT.format(x=LEFT + SIZE * b["estimated"], y=base - SIZE * b["observed"], low=base - SIZE * b["least"],
                      high=base - SIZE * b["most"], r=3 + 5 * (b["pairs"] / most) ** 0.5, pairs=b["pairs"],
                      words=f"{b['pairs']:,}: {b['estimated']:.4f} → {b['observed']:.4f}")
        for b in bands
    ]  # fmt: skip
    names = _NAMES.format(x=LEFT + SIZE / 2, y=height - 8, middle=TOP + SIZE / 2)
    return _PLOT.format(title=title, width=right + 16, height=height, x0=LEFT, y0=base, x1=right, y1=TOP,
                        grid=Markup("").join(grid), points=Markup("").join(points), names=names)  # fmt: skip
