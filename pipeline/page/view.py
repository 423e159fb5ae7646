"""Turns the facts into what the template walks through: totals by department, cells of a matrix, groups of leads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contracts.reasons import REASONS
from pipeline.page.model import Delivery, Facts, Feed, Rule

WORST_REASONS = 4  # a department; the receipts have them all
OPEN = ("suspected", "sent")


@dataclass(frozen=True)
class Cell:
    """A feed in a month: its deliveries, oldest first, and what became of files that are none (refused, waiting)."""

    month: str
    deliveries: tuple[Delivery, ...]
    others: tuple[str, ...] = ()

    @property
    def last(self) -> Delivery | None:
        """The delivery that counts: the last one."""
        return self.deliveries[-1] if self.deliveries else None

    def superseded(self, at: int) -> bool:
        """Whether a later delivery of the month has been published over the one at `at`, where each is the whole."""
        later = self.deliveries[at + 1 :]
        return self.deliveries[at].state == "published" and any(d.state == "published" for d in later)

    @property
    def tone(self) -> str:
        """none, stop, warn or good: the colour of the cell."""
        if self.last is None:
            return "none"
        if self.last.state in ("refused", "stopped"):
            return "stop"
        return "warn" if self.last.verdict == "warn" or self.last.state != "published" else "good"


@dataclass(frozen=True)
class FeedRow:
    """A feed and its cells, one a month."""

    feed: Feed
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Reason:
    """Why rows of a department were objected to, over all months."""

    reason: str
    feed: str
    field: str | None
    rows: int


@dataclass(frozen=True)
class Department:
    """A department's feeds with totals over all months, its commonest reasons and its grades (property -> by month).

    `cells` counts the single values of kept rows that it is asked to correct.
    """

    name: str
    rows: tuple[FeedRow, ...]
    reasons: tuple[Reason, ...]
    cells: int
    grades: dict[str, dict[str, tuple[str, float | None]]]

    def _deliveries(self) -> Iterator[Delivery]:
        return (d for row in self.rows for cell in row.cells for d in cell.deliveries)

    @property
    def lines(self) -> int:
        """Rows the department sent."""
        return sum(d.lines or 0 for d in self._deliveries())

    @property
    def published(self) -> int:
        """Rows that are in the warehouse."""
        return sum(d.published or 0 for d in self._deliveries())

    @property
    def bad(self) -> int:
        """Rows set aside."""
        return sum(d.bad for d in self._deliveries())

    @property
    def repeated(self) -> int:
        """Rows with a key that came again."""
        return sum(d.deduplicated or 0 for d in self._deliveries())


@dataclass(frozen=True)
class RuleRow:
    """A rule with its leads: open ones and new ones by month, levels and states of the last month."""

    rule: Rule
    open: dict[str, int]
    fresh: dict[str, int]
    levels: dict[str, dict[str, int]]
    states: dict[str, int]
    refuted: int


def departments(facts: Facts) -> tuple[Department, ...]:
    """Every department that promised something, in the order of the contracts."""
    names = dict.fromkeys(f.department for f in facts.feeds)
    return tuple(_department(facts, name) for name in names)


def rules(facts: Facts, benefit: bool) -> tuple[RuleRow, ...]:
    """The rules that bring people what is theirs, or the others, the ones with most open leads first."""
    rows = [_rule(facts, rule) for rule in facts.rules if rule.benefit is benefit]
    last = facts.months[-1] if facts.months else ""
    return tuple(sorted(rows, key=lambda r: (-r.open.get(last, 0), r.rule.rule)))


def open_leads(rows: Iterable[RuleRow], month: str) -> int:
    """Open leads of `rows` in `month`."""
    return sum(row.open.get(month, 0) for row in rows)


def _department(facts: Facts, name: str) -> Department:
    feeds = [f for f in facts.feeds if f.department == name]
    held: dict[tuple[str, str], list[Delivery]] = {}
    for delivery in facts.deliveries:
        held.setdefault((delivery.feed, delivery.month), []).append(delivery)
    others: dict[tuple[str | None, str], list[str]] = {}
    for arrival in facts.arrivals:
        if arrival.outcome in ("refused", "waiting"):
            others.setdefault((arrival.feed, arrival.month), []).append(arrival.outcome)

    def cell(feed: str, month: str) -> Cell:
        return Cell(month, tuple(held.get((feed, month), ())), tuple(others.get((feed, month), ())))

    rows = tuple(FeedRow(f, tuple(cell(f.feed, m) for m in facts.months)) for f in feeds)
    grades: dict[str, dict[str, tuple[str, float | None]]] = {}
    for grade in facts.grades:
        if grade.department == name:
            grades.setdefault(grade.property, {})[grade.month] = (grade.grade, grade.score)
    mine = {f.feed for f in feeds}
    cells = sum(r.rows for r in facts.reasons if r.feed in mine and _of_a_cell(r.reason))
    return Department(name, rows, _reasons(facts, feeds), cells, grades)


def _of_a_cell(reason: str) -> bool:
    return reason in REASONS and REASONS[reason].scope == "cell"


def _reasons(facts: Facts, feeds: list[Feed]) -> tuple[Reason, ...]:
    titles = {f.feed: f.title for f in feeds}
    totals: dict[tuple[str, str, str | None], int] = {}
    for count in facts.reasons:
        if count.feed in titles:
            key = (count.reason, count.feed, count.field)
            totals[key] = totals.get(key, 0) + count.rows
    worst = sorted(totals.items(), key=lambda item: (-item[1], item[0][0], item[0][1]))
    return tuple(Reason(reason, feed, field, rows) for (reason, feed, field), rows in worst[:WORST_REASONS])


def _rule(facts: Facts, rule: Rule) -> RuleRow:
    mine = [c for c in facts.leads if c.rule == rule.rule]
    last = facts.months[-1] if facts.months else ""
    pending = [c for c in mine if c.state in OPEN]
    return RuleRow(
        rule=rule,
        open={m: sum(c.leads for c in pending if c.month == m) for m in facts.months},
        fresh={m: sum(c.fresh for c in pending if c.month == m) for m in facts.months},
        levels={m: _by((c.level, c.leads) for c in pending if c.month == m) for m in facts.months},
        states=_by((c.state, c.leads) for c in mine if c.month == last),
        refuted=sum(c.refuted for c in mine),
    )


def _by(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    out: dict[str, int] = {}
    for key, count in pairs:
        out[key] = out.get(key, 0) + count
    return dict(sorted(out.items(), reverse=True))
