"""An explanation as steps that add up: from the odds before anything is compared to the odds after.

Bits are log2 of a ratio of probabilities, so that what is added may be drawn as a waterfall (the form Splink made
usual). Both engines weigh a pair against strangers and against relatives or neighbours at once (three hypotheses); the
steps tell what each field says against strangers, and one last step what it costs that a relative may look the same.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

What = Literal["prior", "field", "context", "rest"]


@dataclass(frozen=True)
class Step:
    """One bar: `name` of the field (or of what it is), its `level` of agreement, `bits` for (+) or against (-)."""

    what: What
    name: str
    level: str
    bits: float


@dataclass(frozen=True)
class Told:
    """Why two records are or are not one entity; no value of theirs in it.

    The bits of `steps` sum to `odds`. `source` says whether they come from the pair as it was kept ("kept") or were
    computed again from the records ("records"). `state` is what the run made of the pair, "" when no run is known:
    merged, grey or refused; "by number" where one number made them one and nothing was weighed; "not kept" where rules
    bring it together and yet it is not among the pairs that were kept; "not compared" where none does; "decided same"
    or "decided different" where somebody decided it. `together`: whether the run put the two into one entity, None
    when no run is known; `veto` what rules it out, "" for nothing. `rules` bring the pair together. `bonds` lists, for
    two records of one entity, the pairs that hold it together as (left, right, odds).
    """

    left: str
    right: str
    source: str
    model: str
    steps: tuple[Step, ...]
    odds: float
    veto: str = ""
    state: str = ""
    together: bool | None = None
    rules: tuple[str, ...] = ()
    bonds: tuple[tuple[str, str, float], ...] = ()
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def probability(self) -> float:
        """The odds as a probability; 0 where something rules it out."""
        return 0.0 if self.veto else float(1 / (1 + np.exp2(-np.clip(self.odds, -60, 60))))

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON values, bits to two decimals but such that the steps still sum to the odds."""
        steps, odds = rounded(self.steps)
        return {
            **asdict(self),
            "steps": [asdict(s) for s in steps],
            "odds": odds,
            "probability": round(self.probability, 6),
            "rules": list(self.rules),
            "bonds": [{"left": a, "right": b, "odds": round(bits, 2)} for a, b, bits in self.bonds],
        }


def complete(prior: float, fields: Sequence[Step], odds: float, rest: str) -> tuple[Step, ...]:
    """The steps from `prior` over `fields` to `odds`; what is missing to the sum becomes a step named `rest`.

    Steps of no bits at a missing value stay: that nothing is known is said too.
    """
    left = odds - prior - sum(s.bits for s in fields)
    steps = (Step("prior", "prior", "", prior), *fields)
    return (*steps, Step("rest", rest, "", left)) if abs(left) >= 0.005 else steps


def rounded(steps: Sequence[Step]) -> tuple[tuple[Step, ...], float]:
    """Steps rounded to two decimals by their running sum, so that they add up to the rounded odds exactly."""
    ends = np.round(np.cumsum([s.bits for s in steps]), 2)
    each = np.round(np.diff(ends, prepend=0.0), 2)
    told = tuple(Step(s.what, s.name, s.level, float(b) + 0.0) for s, b in zip(steps, each, strict=True))
    return told, float(ends[-1]) if len(steps) else 0.0
