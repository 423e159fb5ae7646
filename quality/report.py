"""What the checks found, in a form that can be stored: counts and rule names, never a value from the data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["pass", "warn", "stop"]
Severity = Literal["stop", "warn", "row", "info"]
State = Literal["passed", "failed", "errored"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's outcome over one batch.

    `failed` of `total` (rows, mentions or columns, as the rule says) went against it; `percent` is what was judged
    against `limit` (percent too; None where the rule only measures). `reason` is a file-scope code of contracts.reasons
    when the rule refuses a delivery. `errored` means the judging itself broke, which is not the same as bad data.
    """

    rule: str
    severity: Severity
    state: State
    failed: int
    total: int
    percent: float
    limit: float | None
    text: str
    reason: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Every finding of one batch, in the order of the rules, and who judged them."""

    feed: str
    period: str
    judge: str
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """stop: do not load; warn: load and tell the department; pass: nothing to say. A rule that errored stops."""
        if any(f.state == "errored" or (f.state == "failed" and f.severity == "stop") for f in self.findings):
            return "stop"
        return "warn" if any(f.state == "failed" for f in self.findings) else "pass"

    @property
    def errored(self) -> bool:
        """Whether only our own judging broke: nothing stopped the delivery but rules that could not be evaluated."""
        stopping = [f for f in self.findings if f.state == "failed" and f.severity == "stop"]
        return not stopping and any(f.state == "errored" for f in self.findings)

    @property
    def failures(self) -> tuple[Finding, ...]:
        """What did not pass, the gravest first."""
        order = {"stop": 0, "warn": 1, "row": 2, "info": 3}
        bad = (f for f in self.findings if f.state != "passed")
        return tuple(sorted(bad, key=lambda f: (f.state != "errored", order[f.severity])))

    @property
    def reason(self) -> str:
        """The code of contracts.reasons a stopped delivery goes back with; empty when no rule that has one failed."""
        stopping = (f for f in self.findings if f.state == "failed" and f.severity == "stop")
        return next((f.reason for f in stopping if f.reason), "")

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON: the fields, with `verdict` and `reason` spelled out for readers without this class."""
        return {**asdict(self), "findings": [asdict(f) for f in self.findings]} | {
            "verdict": self.verdict,
            "reason": self.reason,
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> "Report":
        """The report `as_dict` wrote. Raises KeyError or TypeError when it did not."""
        findings = tuple(Finding(**f) for f in data["findings"])
        return Report(data["feed"], data["period"], data["judge"], findings)
