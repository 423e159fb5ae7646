"""How good a department's data was in a month: six properties and a grade each.

The properties are those of GB/T 36344-2018, their use for departments in five grades follows DB11/T 2317-2024. Weights
and cut-offs of the standards were not available, so both are settings (Scale), and every score is plain arithmetic that
a department can check: 100 times the mean share of cases that passed, one vote a rule and one vote a feed.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from statistics import fmean
from typing import Any, NamedTuple

from contracts.model import Contract
from quality.rules import PROPERTIES, Property, property_of
from quality.statement import BEIJING

OVERALL = "综合"
UNUSABLE = ("refused", "stopped")

Row = Mapping[str, Any]


class Scale(NamedTuple):
    """`grades` from best to worst, one more than `cuts`, the lowest score of each grade but the last.

    `weights` of the properties in the overall score (1 where not given); `per_late_day` points off for a calendar day
    after the due day.
    """

    grades: tuple[str, ...] = ("A", "B", "C", "D", "E")
    cuts: tuple[float, ...] = (90.0, 80.0, 70.0, 60.0)
    weights: Mapping[str, float] = {}
    per_late_day: float = 2.0

    def grade(self, score: float | None) -> str:
        """The grade of `score` (0 to 100); empty where there is no score."""
        if score is None:
            return ""
        return next((g for g, cut in zip(self.grades, self.cuts, strict=False) if score >= cut), self.grades[-1])


STANDARD = Scale()


class Score(NamedTuple):
    """One property of one department's data in one month; `property` 综合 is all of them. None: nothing to judge by."""

    department: str
    period: str
    property: str
    score: float | None
    grade: str


def scorecard(
    deliveries: Iterable[Row], metrics: Iterable[Row], contracts: Iterable[Contract], scale: Scale = STANDARD
) -> list[Score]:
    """Scores of every department of `contracts` for every month met in `deliveries`, by department and month.

    `deliveries` are rows of ledger.delivery (`delivery_id`, `feed`, `period` date, `state`, `received_at` with zone),
    `metrics` rows of ledger.metric (`delivery_id`, `rule`, `failed`, `total`). A feed that did not come scores 0 for
    时效性 and 可访问性 and is not judged on what it did not contain; of several deliveries the last published one
    counts, else the last. Scores are rounded to a tenth.
    """
    by_feed: dict[tuple[str, date], list[Row]] = {}
    for row in deliveries:
        by_feed.setdefault((row["feed"], row["period"]), []).append(row)
    measured: dict[str, list[Row]] = {}
    for row in metrics:
        measured.setdefault(row["delivery_id"], []).append(row)
    departments: dict[str, list[Contract]] = {}
    for contract in contracts:
        departments.setdefault(contract.department, []).append(contract)
    out: list[Score] = []
    for department, feeds in sorted(departments.items()):
        for period in sorted({p for _, p in by_feed}):
            cards = [_feed(c, by_feed.get((c.feed, period), []), measured, scale) for c in feeds]
            out += _graded(department, f"{period:%Y-%m}", cards, scale)
    return out


def _feed(
    contract: Contract, deliveries: Sequence[Row], measured: Mapping[str, list[Row]], scale: Scale
) -> dict[Property, float]:
    """The property scores of one feed in one month; a property nothing speaks for is left out."""
    if not deliveries:
        return {"时效性": 0.0, "可访问性": 0.0}
    published = [d for d in deliveries if d["state"] == "published"]
    chosen = max(published or deliveries, key=lambda d: d["received_at"])
    shares: dict[str, list[float]] = {}
    rules = {m["rule"]: m for m in measured.get(chosen["delivery_id"], []) if m["total"]}
    for name, metric in rules.items():
        shares.setdefault(property_of(name), []).append(1 - min(1.0, metric["failed"] / metric["total"]))
    card: dict[Property, float] = {p: 100 * fmean(shares[p]) for p in PROPERTIES if p in shares}
    # Another month's file sent again is punctual and of no use.
    fresh = card.pop("时效性", 100.0) / 100
    card["时效性"] = fresh * _punctual(contract, chosen["period"], chosen["received_at"], scale)
    card["可访问性"] = 100 * fmean(d["state"] not in UNUSABLE for d in deliveries)
    return card


def _punctual(contract: Contract, period: date, received_at: datetime, scale: Scale) -> float:
    last_day = monthrange(period.year, period.month)[1]
    due = period.replace(day=min(contract.delivery.due_day, last_day))
    late = (received_at.astimezone(BEIJING).date() - due).days
    return max(0.0, 100.0 - scale.per_late_day * max(0, late))


def _graded(department: str, period: str, cards: Sequence[Mapping[Property, float]], scale: Scale) -> list[Score]:
    means: dict[str, float | None] = {}
    for name in PROPERTIES:
        held = [card[name] for card in cards if name in card]
        means[name] = round(fmean(held), 1) if held else None
    known = {name: score for name, score in means.items() if score is not None}
    weights = [scale.weights.get(name, 1.0) for name in known]
    overall = round(fmean(known.values(), weights), 1) if sum(weights) else None
    return [
        Score(department, period, name, score, scale.grade(score))
        for name, score in (means | {OVERALL: overall}).items()
    ]
