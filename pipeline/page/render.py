"""Facts to one self-contained HTML page: no script, no request to anywhere, every value escaped."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

import contracts
from contracts.reasons import REASONS
from pipeline import charts
from pipeline.page import view, words
from pipeline.page.facts import REACH, SIZES
from pipeline.page.model import Delivery, Facts, LinkedFeed
from quality.rules import PROPERTIES
from quality.scorecard import OVERALL, Scale

HERE = Path(__file__).parent
COUNTS = ("lines", "parsed", "rejected", "typed", "quarantined", "published", "deduplicated")
TONES = {"E3": "a", "E2": "b", "E1": "c"}
ARROWS = {True: " ↑", False: " ↓"}
GRADES = Scale().grades


def render(facts: Facts) -> str:
    """The report as HTML text (UTF-8 when written)."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=select_autoescape(("html", "j2")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(_context(facts)) + "\n"


def _context(facts: Facts) -> dict[str, Any]:
    departments = view.departments(facts)
    benefit, checks = view.rules(facts, benefit=True), view.rules(facts, benefit=False)
    last = facts.months[-1] if facts.months else ""
    worst = _worst_rate(departments)
    total = {key: sum(getattr(d, key) or 0 for d in facts.deliveries) for key in COUNTS}
    rec = facts.recognition
    return {
        **_helpers(facts),
        "f": facts,
        "rec": rec,
        "words": words,
        "months": facts.months,
        "last": last,
        "departments": departments,
        "cell_meter": lambda d: charts.meter([charts.Part("b", d.cells, "待补正")], d.lines * worst / 100),
        "came": [d for d in departments if d.lines],
        "fed": len({d.feed for d in facts.deliveries}),
        "total": total,
        "properties": (*PROPERTIES, OVERALL),
        "scale": "，".join(f"{g} 不低于 {cut:.0f}" for g, cut in zip(GRADES, Scale().cuts, strict=False)),
        "graded": any(d.grades for d in departments),
        "worst": any(d.reasons for d in departments),
        "problems": [a for a in facts.arrivals if a.outcome not in ("new", "duplicate")],
        "benefit": benefit,
        "rules": benefit + checks,
        "benefit_open": view.open_leads(benefit, last),
        "check_open": view.open_leads(checks, last),
        "refuted": sum(row.refuted for row in benefit + checks),
        "conflicts": {**dict.fromkeys(words.CONFLICTS, 0), **rec.conflicts},
        "methods": _methods(rec.methods),
        "durations": _durations(facts),
        "size_chart": charts.columns(_columns(rec.sizes, SIZES, "条"), "每人记录数"),
        "reach_chart": charts.columns(_columns(rec.reach, REACH, "项"), "每人出现的数据项数"),
    }


def _helpers(facts: Facts) -> dict[str, Any]:
    """Functions the template calls."""
    most = max(
        (view.open_leads([r], m) for b in (True, False) for r in view.rules(facts, b) for m in facts.months), default=0
    )
    return {
        "say": words.say,
        "month": words.month,
        "size": words.size,
        "span": words.span,
        "titles": {f.feed: f.title for f in facts.feeds},
        "tone": _tone,
        "reason": lambda code: REASONS[code].text if code in REASONS else code,
        "remedy": lambda code: REASONS[code].remedy if code in REASONS else "",
        "label": _label,
        "grade": lambda dept, name: _grade(dept.grades.get(name, {}), facts.months),
        "reach_meter": _reach_meter,
        "lead_meter": lambda row: _lead_meter(row, facts.months[-1], most),
    }


def _tone(delivery: Delivery) -> str:
    return view.Cell(delivery.month, (delivery,)).tone


def _label(reason: view.Reason) -> str:
    """The Chinese name of the field a reason was given for; nothing for whole rows and unknown fields."""
    contract = contracts.by_feed().get(reason.feed)
    names = {c.name: c.label for c in contract.fields} if contract else {}
    return names.get(reason.field or "", "")


def _worst_rate(departments: Iterable[view.Department]) -> float:
    """What a full bar of values to correct stands for, in values a hundred rows: the worst department's."""
    return max((100 * d.cells / d.lines for d in departments if d.lines), default=0.0)


def _reach_meter(feed: LinkedFeed) -> Markup:
    reach = feed.by_reach
    parts = [
        charts.Part("a", sum(n for r, n in reach.items() if r >= 4), "四项及以上"),
        charts.Part("b", sum(n for r, n in reach.items() if r in (2, 3)), "两至三项"),
        charts.Part("c", reach.get(1, 0), "仅此一项"),
    ]
    return charts.meter(parts, feed.mentions)


def _lead_meter(row: view.RuleRow, month: str, most: int) -> Markup:
    levels = row.levels.get(month, {})
    if row.rule.benefit:
        return charts.meter([charts.Part("warm", sum(levels.values()), row.rule.title)], most)
    parts = [charts.Part(TONES.get(level, "b"), n, words.say(words.LEVELS, level)) for level, n in levels.items()]
    return charts.meter(parts, most)


def _grade(by_month: Mapping[str, tuple[str, float | None]], months: tuple[str, ...]) -> Markup:
    """A grade with its score, and an arrow when the score moved by a point or more since the month before."""
    if not months or months[-1] not in by_month:
        return Markup('<span class="soft">—</span>')
    grade, score = by_month[months[-1]]
    before = by_month.get(months[-2], ("", None))[1] if len(months) > 1 else None
    number = "—" if score is None else f" {score:.0f}"
    moved = score is not None and before is not None and abs(score - before) >= 1
    arrow = ARROWS[score > before] if moved and score is not None and before is not None else ""
    return Markup('<span class="{}">{}{}{}</span>').format(_grade_class(grade), grade, number, arrow)


def _grade_class(grade: str) -> str:
    return f"g{GRADES.index(grade) + 1}" if grade in GRADES else "soft"


def _columns(counts: Mapping[int, int], most: int, unit: str) -> list[charts.Column]:
    out = []
    for n in range(1, most + 1):
        label = f"{n}{'+' if n == most else ''}"
        out.append(
            charts.Column(f"{label} {unit}" if most <= 5 else label, [charts.Part("a", counts.get(n, 0), label)])
        )
    return out


def _methods(methods: Mapping[str, int]) -> dict[str, int]:
    out: dict[str, int] = {}
    for method, count in methods.items():
        word = words.say(words.METHODS, method)
        out[word] = out.get(word, 0) + count
    return dict(sorted(out.items(), key=lambda item: -item[1]))


def _durations(facts: Facts) -> list[tuple[str, int, float, float]]:
    out = []
    for month in facts.months:
        seconds = [d.seconds for d in facts.deliveries if d.month == month and d.seconds is not None]
        if seconds:
            out.append((month, len(seconds), median(seconds), max(seconds)))
    return out
