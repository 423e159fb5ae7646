"""Which pairs are worth comparing: rules are chosen from the data, and run as equi-joins by the engine.

A rule is a set of keys that must all agree. How many pairs a rule gives is counted; what it finds is estimated on
likely matches that other rules brought up. Rules are then taken greedily, the most new likely matches a pair first,
until the budget of pairs is spent. Blocks that are too large are split by further keys; what is too large even then is
left out, counted and reported.
"""

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from contracts.engine import Engine
from contracts.errors import Stop
from transforms.matching.generic.values import Flags, Ints

Rule = tuple[str, ...]
SAMPLE = 20_000  # records on which pairs are estimated
CAP = 100  # records in a block before it is split
GAIN = np.array([1.0, 0.4, 0.15, 0.05, 0.0])  # what one more rule is worth to a match that 0, 1, 2, 3, 4 others find
FLOOR = 20.0  # what a rule costs beside its pairs, in pairs a thousand records
_P = np.uint64(0x9E3779B97F4A7C15)


class Pairs(NamedTuple):
    """Records `a` < `b`, and `rules`: a bit for each rule that found the pair."""

    a: Ints
    b: Ints
    rules: Ints


class Candidate(NamedTuple):
    """A rule with about how many pairs it gives."""

    rule: Rule
    pairs: float


def hashed(key: Ints, salt: int = 0) -> NDArray[np.uint64]:
    """Spread the values of a key over 64 bits."""
    mixed = (key.astype(np.uint64) + np.uint64(salt + 1)) * _P
    mixed ^= mixed >> np.uint64(31)
    return mixed * np.uint64(0xBF58476D1CE4E5B9)


def joined(keys: dict[str, Ints], rule: Rule) -> Ints:
    """The keys of `rule` as one: a hash of 62 bits a row, -1 where one is missing."""
    mixed: NDArray[np.uint64] = hashed(keys[rule[0]])
    missing: Flags = keys[rule[0]] < 0
    for at, name in enumerate(rule[1:], 1):
        mixed = (mixed ^ (mixed >> np.uint64(32))) * _P + hashed(keys[name], at)
        missing = missing | (keys[name] < 0)
    return np.where(missing, -1, (mixed >> np.uint64(2)).astype(np.int64))


def cost(mixed: NDArray[np.uint64], known: Flags, bits: int) -> float:
    """About how many pairs share a value, counting in 2**bits buckets; chance collisions are taken off."""
    some = mixed[known]
    many = np.bincount((some >> np.uint64(64 - bits)).astype(np.int64), minlength=1 << bits).astype(np.float64)
    chance = len(some) ** 2 / 2 / (1 << bits)
    return max(float((many * (many - 1)).sum() / 2) - chance, 0.0)


def candidates(keys: dict[str, Ints], most: float) -> list[Candidate]:
    """Rules of one key, or of two of different fields, that give at most `most` pairs."""
    size = len(next(iter(keys.values())))
    some = np.random.default_rng(size).permutation(size)[:SAMPLE]
    scale = (size / len(some)) ** 2 if size > SAMPLE else 1.0
    bits = min(max(len(some).bit_length() + 2, 12), 17)
    spread = {n: hashed(k[some]) for n, k in keys.items()}
    known = {n: k[some] >= 0 for n, k in keys.items()}
    single = {n: scale * cost(spread[n], known[n], bits) for n in keys}
    found = [Candidate((n,), c) for n, c in single.items() if known[n].any() and c <= most]
    for one, two in combinations(keys, 2):
        if one.split(".")[0] == two.split(".")[0]:
            continue
        if single[one] * single[two] * 2 / size**2 > most:  # even if independent
            continue
        pair = (spread[one] ^ (spread[one] >> np.uint64(32))) * _P + spread[two]
        pairs = scale * cost(pair, known[one] & known[two], bits)
        if pairs <= most:
            found.append(Candidate((one, two), pairs))
    return found


def first_rules(found: list[Candidate], size: int, own: set[str]) -> list[Rule]:
    """A few rules about different fields that bring up likely matches, and some that bring up neighbours.

    Neighbours are met by rules without the fields of `own`, which tell them apart.
    """
    whole = [c for c in found if not any("." in k for k in c.rule)]
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


def choose(
    keys: dict[str, Ints], found: list[Candidate], a: Ints, b: Ints, budget: float
) -> tuple[list[Rule], list[dict[str, Any]]]:
    """Rules for likely matches `a`, `b`, by new matches a pair, within `budget` pairs; and what each may do."""
    agree = {n: (k[a] == k[b]) & (k[a] >= 0) for n, k in keys.items()}
    size = len(next(iter(keys.values())))
    hits = {c.rule: np.flatnonzero(np.logical_and.reduce([agree[k] for k in c.rule])) for c in found}
    times = np.zeros(len(a), np.int64)
    left, chosen, report = budget, list[Rule](), list[dict[str, Any]]()
    pool = [c for c in found if len(hits[c.rule])]
    worth = {c.rule: np.inf for c in pool}
    while pool:
        best, value = None, 0.0
        for each in sorted(pool, key=lambda c: -worth[c.rule]):
            if worth[each.rule] <= value:
                break
            gain = GAIN[np.minimum(times[hits[each.rule]], len(GAIN) - 1)].sum() / (each.pairs + FLOOR * size / 1000)
            worth[each.rule] = gain
            if each.pairs <= left and gain > value:
                best, value = each, gain
        new = GAIN[np.minimum(times[hits[best.rule]], len(GAIN) - 1)].sum() if best else 0.0
        if best is None or new < max(2e-4 * len(a), 0.5) or len(chosen) >= 40:
            break
        chosen.append(best.rule)
        share = len(hits[best.rule]) / max(len(a), 1)
        fresh = int((times[hits[best.rule]] == 0).sum()) / max(len(a), 1)
        report.append({"rule": "+".join(best.rule), "estimated_pairs": round(best.pairs),
                       "recall": round(share, 4), "new_recall": round(fresh, 4)})  # fmt: skip
        times[hits[best.rule]] += 1
        left -= best.pairs
        pool = [c for c in pool if c.rule != best.rule and c.pairs <= left]
    return chosen, report


def split(keys: dict[str, Ints], rule: Rule, cap: int) -> tuple[Ints, dict[str, int]]:
    """A block number a record (-1: none) under `rule`, and what was done to it.

    A block over `cap` is split by the other keys one after the other, the ones with the most values first; a record
    without the splitting key leaves it. What is over four times `cap` after three such steps is left out: its pairs are
    counted as `pairs_left`.
    """
    block = joined(keys, rule)
    fields = {k.split(".")[0] for k in rule}
    others = sorted((n for n in keys if n.split(".")[0] not in fields), key=lambda n: -int(keys[n].max(initial=0)))
    blocks_split = pairs_left = 0
    for name in [*others[:3], None]:
        rows = np.flatnonzero(block >= 0)
        _, back, many = np.unique(block[rows], return_inverse=True, return_counts=True)
        limit = cap if name else 4 * cap
        over = rows[many[back] > limit]
        if not len(over):
            break
        if name is None:
            big = many[many > limit]
            pairs_left = int((big * (big - 1) // 2).sum())
            block[over] = -1
            break
        blocks_split = max(blocks_split, int((many > cap).sum()))
        finer = (hashed(block[over]) * _P + hashed(keys[name][over], 7)) >> np.uint64(2)
        block[over] = np.where(keys[name][over] < 0, -1, finer.astype(np.int64))
    rows = np.flatnonzero(block >= 0)
    many = np.unique(block[rows], return_counts=True)[1]
    return block, {"blocks_split": blocks_split, "pairs_left": pairs_left, "pairs": int((many * (many - 1) // 2).sum())}


def block(
    keys: dict[str, Ints], rules: list[Rule], sources: tuple[Ints, Flags], engine: Engine, most: float, cap: int = CAP
) -> tuple[Pairs, list[dict[str, Any]]]:
    """The pairs of records that some rule brings together, and a report a rule.

    `sources`: the source of each record, and by source whether it is unique: its records do not meet each other. Raises
    Stop when the rules give more than `most` pairs.
    """
    source, unique = sources
    columns, report, parts = {}, list[dict[str, Any]](), []
    for at, rule in enumerate(rules):
        number, counts = split(keys, rule, cap)
        columns[f"k{at}"] = pa.array(number, mask=number < 0)
        report.append({"rule": "+".join(rule), **counts})
        parts.append(
            f"select l.r as a, r.r as b, cast({1 << at} as bigint) as bit from t l join t r on l.k{at} = r.k{at} "
            "where l.r < r.r and (l.s <> r.s or l.s < 0)"
        )
    if not parts:
        return Pairs(*(np.zeros(0, np.int64) for _ in range(3))), []
    worst = max(report, key=lambda row: int(row["pairs"]))
    if sum(int(row["pairs"]) for row in report) > most:
        what = f"the rules give over {most:,.0f} pairs, {worst['pairs']:,} of them by this one"
        raise Stop(f"blocking: {worst['rule']}", what, "add a key to the rule, or leave `blocking` out")
    table = pa.table({"r": np.arange(len(source)), "s": np.where(unique[source], source, -1), **columns})
    union = " union all ".join(parts)
    answer = engine.sql(
        f"select a, b, cast(sum(bit) as bigint) as rules from ({union}) group by a, b order by a, b", t=table
    )
    a, b, bits = (answer[c].to_numpy().astype(np.int64) for c in ("a", "b", "rules"))
    for at, row in enumerate(report):
        row["pairs"] = int(((bits >> at) & 1).sum())
    return Pairs(a, b, bits), report
