"""Which blocking rules to use: chosen from the data.

A rule is a set of keys that must all agree. How many pairs a rule gives is counted; what it finds is estimated on
likely matches that other rules brought up. Rules are then taken greedily, the most new likely matches a pair first,
until the budget of pairs is spent.
"""

from collections.abc import Iterable
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.generic.blocking import Rule, begun, hashed
from transforms.matching.generic.keys import RARE
from transforms.matching.generic.values import Flags, Ints

SAMPLE = 20_000  # records on which pairs are estimated
GAIN = np.array([1.0, 0.4, 0.15, 0.05, 0.0])  # what one more rule is worth to a match that 0, 1, 2, 3, 4 others find
MOST = 40  # rules
FLOOR = 20.0  # what a rule costs beside its pairs, in pairs a thousand records


class Candidate(NamedTuple):
    """A rule with about how many pairs it gives."""

    rule: Rule
    pairs: float


def cost(mixed: NDArray[np.uint64], known: Flags | None, bits: int) -> float:
    """About how many pairs share a value (of the `known` ones), counting in 2**bits buckets; chance taken off."""
    some = ((mixed if known is None else mixed[known]) >> np.uint64(64 - bits)).astype(np.int64)
    together = int(np.bincount(some, minlength=1 << bits)[some].sum()) - len(some)
    return max((together - len(some) ** 2 / (1 << bits)) / 2, 0.0)


def candidates(keys: dict[str, Ints], most: float) -> list[Candidate]:
    """Rules of one key, or of two of different fields, that give at most `most` pairs."""
    size = len(next(iter(keys.values())))
    some = np.random.default_rng(size).permutation(size)[:SAMPLE]
    scale = (size / len(some)) ** 2 if size > SAMPLE else 1.0
    bits = min(max(len(some).bit_length() + 2, 12), 17)
    keys = _unlike({n: k[some] for n, k in keys.items()})
    spread = {n: hashed(k) for n, k in keys.items()}
    before, after = {n: begun(k) for n, k in spread.items()}, {n: hashed(k, 1) for n, k in keys.items()}
    known = {n: None if (k >= 0).all() else k >= 0 for n, k in keys.items()}
    single = {n: scale * cost(spread[n], known[n], bits) for n in keys}
    found = [Candidate((n,), c) for n, c in single.items() if (keys[n] >= 0).any() and c <= most]
    for one, two in combinations(keys, 2):
        if one.split(".")[0] == two.split(".")[0]:
            continue
        if single[one] * single[two] * 2 / size**2 > most:  # even if independent
            continue
        left, right = known[one], known[two]
        both = right if left is None else left if right is None else left & right
        pairs = scale * cost(before[one] + after[two], both, bits)
        if pairs <= most:
            found.append(Candidate((one, two), pairs))
    return found


def _unlike(keys: dict[str, Ints]) -> dict[str, Ints]:
    """`keys` without those that group the records as an earlier one does: a column that is there twice."""
    found: dict[bytes, str] = {}
    for name, key in keys.items():
        _, first, back = np.unique(key, return_index=True, return_inverse=True)
        found.setdefault((first[back] * (key >= 0) - (key < 0)).tobytes(), name)
    return {name: keys[name] for name in found.values()}


def first_rules(found: list[Candidate], size: int, own: set[str]) -> list[Rule]:
    """A few rules about different fields that bring up likely matches, and some that bring up neighbours.

    Neighbours are met by rules without the fields of `own`, which tell them apart. Whole values agree, or the rarest
    words of titles.
    """
    whole = [c for c in found if all("." not in k or k.endswith(f".{RARE[0]}") for k in c.rule)]
    cheap = sorted(
        (c for c in whole if c.pairs <= 2.0 * size), key=lambda c: (-min(c.pairs, 0.7 * size), c.pairs, c.rule)
    )
    social = [c for c in whole if not own & set(c.rule) and 0.1 * size <= c.pairs <= 10.0 * size]
    social.sort(key=lambda c: (abs(np.log2(c.pairs / (2.0 * size))), c.rule))
    chosen = _spread(cheap, 3, 13)
    return chosen + [r for r in _spread(social, 2, 4) if r not in chosen][:3]


def _spread(ordered: list[Candidate], times: int, many: int) -> list[Rule]:
    """The first `many` rules that use no field more than `times` times."""
    used: dict[str, int] = {}
    chosen: list[Rule] = []
    for each in ordered:
        if all(used.get(f, 0) < times for f in each.rule):
            chosen.append(each.rule)
            used |= {f: used.get(f, 0) + 1 for f in each.rule}
    return chosen[:many]


class Likely(NamedTuple):
    """Likely matches among so many `records`: how `many` they are, and by key which of them agree."""

    agree: dict[str, Flags]
    many: int
    records: int


def likely(keys: dict[str, Ints], a: Any, b: Any) -> Likely:
    """Records `a` and `b` as what rules are chosen by."""
    return Likely({n: (k[a] == k[b]) & (k[a] >= 0) for n, k in keys.items()}, len(a), len(next(iter(keys.values()))))


def times_found(seen: Likely, rules: Iterable[Rule]) -> Ints:
    """How many of `rules` bring each likely match together."""
    times = np.zeros(seen.many, np.int64)
    for rule in rules:
        times += found_by(seen, rule)
    return times


def found_by(seen: Likely, rule: Rule) -> Flags:
    """Which likely matches agree on all keys of a rule."""
    found = seen.agree[rule[0]]
    for key in rule[1:]:
        found = found & seen.agree[key]
    return found


def choose(
    seen: Likely, found: list[Candidate], budget: float, already: list[Rule]
) -> tuple[list[Rule], list[dict[str, Any]]]:
    """Rules for likely matches, by new matches a pair, within `budget` pairs; and what each may do.

    What the rules of `already` find counts as found.
    """
    hits = {c.rule: np.flatnonzero(found_by(seen, c.rule)) for c in found if c.rule not in already}
    times = times_found(seen, already)
    gains = GAIN[np.minimum(times, len(GAIN) - 1)]
    least = max(2e-4 * seen.many, 2.0 if already else 0.5)
    price = {c.rule: c.pairs + FLOOR * seen.records / 1000 for c in found}
    worth = {rule: gains[hits[rule]].sum() / price[rule] for rule in hits}
    pool = [c for c in found if c.rule in worth and worth[c.rule] * price[c.rule] >= least]
    left, chosen, report = budget, list[Rule](), list[dict[str, Any]]()
    while pool and len(chosen) < MOST:
        best, value = None, 0.0
        for each in sorted(pool, key=lambda c: -worth[c.rule]):
            if worth[each.rule] <= value:  # what a rule is worth falls as others find its matches
                break
            gain = worth[each.rule] = gains[hits[each.rule]].sum() / price[each.rule]
            if gain > value:
                best, value = each, gain
        if best is None or value * price[best.rule] < least:
            break
        mine = hits[best.rule]
        chosen.append(best.rule)
        report.append({"rule": "+".join(best.rule), "estimated_pairs": round(best.pairs), **_shares(times, mine)})
        times[mine] += 1
        gains[mine] = GAIN[np.minimum(times[mine], len(GAIN) - 1)]
        left -= best.pairs
        pool = [c for c in pool if c.rule != best.rule and c.pairs <= left]
    return chosen, report


def reached(seen: Likely, rules: list[Rule]) -> dict[str, dict[str, float]]:
    """What each of `rules`, named as in a report, may do for likely matches; new is what none before it finds."""
    times, found = np.zeros(seen.many, np.int64), {}
    for rule in rules:
        mine = np.flatnonzero(found_by(seen, rule))
        found["+".join(rule)] = _shares(times, mine)
        times[mine] += 1
    return found


def _shares(times: Ints, mine: Ints) -> dict[str, float]:
    """The shares of all likely matches, found so many `times` before, that are a rule's, and that are new."""
    fresh = int(np.count_nonzero(times[mine] == 0))
    return {"recall": round(len(mine) / max(len(times), 1), 4), "new_recall": round(fresh / max(len(times), 1), 4)}
