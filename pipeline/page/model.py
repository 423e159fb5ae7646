"""What the report says, as data: counts, codes and names of feeds and rules. Nothing here can name a person.

There is no field for a record key, a person id, a file name or a cell's value, so none can reach the page. Names of
columns that no contract promised are counted and not kept either: a file without its header has people's names there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Feed:
    """A feed somebody promised. `format` and `mode` are the contract's words."""

    feed: str
    title: str
    department: str
    format: str
    mode: str


@dataclass(frozen=True)
class Delivery:
    """One delivery as the ledger has it. Counts are rows and None until the step that counts them has run."""

    feed: str
    month: str
    state: str
    verdict: str | None
    reason: str | None
    encoding: str | None
    bytes: int
    lines: int | None
    parsed: int | None
    rejected: int | None
    typed: int | None
    quarantined: int | None
    published: int | None
    deduplicated: int | None
    unknown_columns: int
    refused_words: tuple[str, ...]
    seconds: float | None

    @property
    def bad(self) -> int:
        """Rows that did not make it: unreadable ones and quarantined ones."""
        return (self.rejected or 0) + (self.quarantined or 0)

    @property
    def balanced(self) -> bool | None:
        """Whether the three equations hold; None while a count is missing."""
        counts = (
            self.lines,
            self.parsed,
            self.rejected,
            self.typed,
            self.quarantined,
            self.published,
            self.deduplicated,
        )
        if any(c is None for c in counts):
            return None
        lines, parsed, rejected, typed, quarantined, published, deduplicated = (c or 0 for c in counts)
        return lines == parsed + rejected and parsed == typed + quarantined and typed == published + deduplicated


@dataclass(frozen=True)
class Arrivals:
    """Files met in the drop folder, by what became of them. `feed` is None where none could be told."""

    feed: str | None
    month: str
    outcome: str
    files: int


@dataclass(frozen=True)
class ReasonCount:
    """Rows of one feed and month that one reason of `contracts.reasons` was given for, at one field."""

    feed: str
    month: str
    reason: str
    field: str | None
    rows: int


@dataclass(frozen=True)
class Grade:
    """One property (or 综合, all of them) of a department in a month: `score` 0 to 100, `grade` A (best) to E."""

    department: str
    month: str
    property: str
    score: float | None
    grade: str


@dataclass(frozen=True)
class LinkedFeed:
    """Mentions of one feed by the number of feeds their person is found in (1, 2, ... REACH or more)."""

    feed: str
    mentions: int
    persons: int
    by_reach: Mapping[int, int]

    @property
    def linked(self) -> int:
        """Mentions whose person is also found in another feed."""
        return sum(n for reach, n in self.by_reach.items() if reach > 1)


@dataclass(frozen=True)
class Run:
    """One run of recognition: when, over which entity, over how much, and what became of ids (event -> count)."""

    at: datetime
    entity: str
    mentions: int
    persons: int
    events: Mapping[str, int]


@dataclass(frozen=True)
class Recognition:
    """How mentions became people. `sizes` is mentions a person -> persons; `reach` is feeds a person -> persons.

    `grey` is pairs in doubt by entity.
    """

    mentions: int = 0
    persons: int = 0
    organisations: int = 0
    addresses: int = 0
    by_feed: tuple[LinkedFeed, ...] = ()
    sizes: Mapping[int, int] = field(default_factory=dict)
    reach: Mapping[int, int] = field(default_factory=dict)
    methods: Mapping[str, int] = field(default_factory=dict)
    grey: Mapping[str, int] = field(default_factory=dict)
    conflicts: Mapping[str, int] = field(default_factory=dict)
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A question put to the registers, as its file describes it.

    `unasked` are months in which a register it can't do without had never come: no lead then means nothing.
    """

    rule: str
    title: str
    department: str
    legal_basis: tuple[str, ...]
    benefit: bool
    grace_days: int | None
    due_working_days: int
    unasked: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeadCount:
    """Leads of one rule and month in one state at one evidence level.

    `fresh` of them no earlier month had; `refuted` were found not to be so, whatever their state is now.
    """

    rule: str
    month: str
    state: str
    level: str
    leads: int
    fresh: int
    refuted: int = 0


@dataclass(frozen=True)
class Platform:
    """Versions by name, and the size of the warehouse in bytes."""

    versions: Mapping[str, str] = field(default_factory=dict)
    database_bytes: int = 0


@dataclass(frozen=True)
class Facts:
    """Everything the page shows. `months` are "2026-10", oldest first."""

    generated_at: datetime
    months: tuple[str, ...] = ()
    feeds: tuple[Feed, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    arrivals: tuple[Arrivals, ...] = ()
    reasons: tuple[ReasonCount, ...] = ()
    grades: tuple[Grade, ...] = ()
    recognition: Recognition = field(default_factory=Recognition)
    rules: tuple[Rule, ...] = ()
    leads: tuple[LeadCount, ...] = ()
    platform: Platform = field(default_factory=Platform)
