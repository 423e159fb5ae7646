"""What a decision about a pair would teach: how open the question is, how much hangs on it, how many are alike.

    gain = uncertainty x impact x novelty

uncertainty: the entropy of the pair's probability in bits (Shannon 1948), one at even odds. impact: the pairs of
records that a decision puts together or apart, as a logarithm, and the open leads on either side, those that bring
people what is theirs twice. novelty: how many undecided pairs agree in the same fields to the same levels, as a
logarithm, over how often such a pair was decided already: the first decision about a common pattern says most, the
tenth little.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np


class Question(NamedTuple):
    """An undecided pair: its probability, what agrees to which level, records and open leads on its sides."""

    score: float
    pattern: tuple[tuple[str, str], ...]
    records: tuple[int, int]
    leads: int = 0
    benefits: int = 0


class Gain(NamedTuple):
    """What a decision would teach. `alike`: undecided pairs of its pattern, it included; `decided`: decided ones."""

    gain: float
    uncertainty: float
    impact: float
    novelty: float
    alike: int
    decided: int


def pattern(evidence: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The fields that were compared and their levels, in order of the fields' names."""
    return tuple(sorted((name, str(said["level"])) for name, said in evidence.get("fields", {}).items()))


def entropy(chance: float) -> float:
    """Bits that the answer to a question of this probability holds: 0 for 0 and 1, 1 for even odds."""
    p = float(np.clip(chance, 0.0, 1.0))
    return float(-sum(x * np.log2(x) for x in (p, 1 - p) if x > 0))


def gains(questions: Sequence[Question], decided: Counter[tuple[tuple[str, str], ...]]) -> list[Gain]:
    """The gain of each question; of one pattern, each that comes after a better one counts that one as decided."""
    alike = Counter(q.pattern for q in questions)
    first = [(entropy(q.score), _impact(q)) for q in questions]
    order = sorted(range(len(questions)), key=lambda i: (-first[i][0] * first[i][1], i))
    before: dict[tuple[tuple[str, str], ...], int] = defaultdict(int)
    found: dict[int, Gain] = {}
    for i in order:
        q, (open_, impact) = questions[i], first[i]
        novelty = (1 + float(np.log2(alike[q.pattern]))) / (1 + decided[q.pattern] + before[q.pattern])
        before[q.pattern] += 1
        found[i] = Gain(open_ * impact * novelty, open_, impact, novelty, alike[q.pattern], decided[q.pattern])
    return [found[i] for i in range(len(questions))]


def _impact(q: Question) -> float:
    return float(np.log2(1 + q.records[0] * q.records[1])) + q.leads + q.benefits
