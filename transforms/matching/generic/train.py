"""What the data themselves say of m and u: no labels.

u comes from random pairs and, for agreement, from the frequencies of values. m comes from expectation maximisation over
the pairs of one blocking rule at a time, learning only fields that the rule does not use (as Splink does): a field that
was blocked on always agrees and would teach that it never differs. It runs on the distinct patterns and how often each
came, so it costs the same for a million pairs as for a thousand million.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.matching.generic.blocking import Rule
from transforms.matching.generic.compare import NAMES, compare
from transforms.matching.generic.keys import RARE
from transforms.matching.generic.model import OWN, Model
from transforms.matching.generic.patterns import Pairs, level, levels, unpacked
from transforms.matching.generic.values import Bits, Column, Flags, Ints, Levels, Records
from transforms.matching.generic.weigh import WORD, doubled

SAMPLE = 50_000  # random pairs for u; pairs of one rule for m
TITLES = 1_000_000  # random pairs for u of titles
SESSIONS = 8
ROUNDS, SETTLED = 15, 5e-4  # of expectation maximisation, which ends when no share moves by more
EXCESS = 2.0  # neighbours agree at least so much more often than strangers
WEIGHT = 30.0  # how many pairs the probabilities before training are worth


class Session(NamedTuple):
    """One run of expectation maximisation: its rule, the pairs it saw, the shares of matches and neighbours in them."""

    rule: Rule
    pairs: int
    share: float
    near: float


def random_pairs(size: int, many: int) -> tuple[Ints, Ints]:
    """`many` pairs of different records, the same every time (a generator seeded with the size)."""
    draw = np.random.default_rng(size)
    a, b = draw.integers(0, size, many), draw.integers(0, max(size - 1, 1), many)
    return a, np.where(b >= a, b + 1, b)


def strangers(records: Records, exchanged: dict[str, Ints], fresh: Flags) -> dict[str, Levels]:
    """Levels of random pairs of records that are `fresh`: copies are no strangers to each other."""
    rows = np.flatnonzero(fresh)
    many = min(SAMPLE, max(2 * len(rows), SAMPLE // 3)) if len(rows) > 1 else 0
    a, b = random_pairs(len(rows), many)
    return levels(records, rows[a], rows[b], exchanged)


def estimate_u(records: Records, seen: dict[str, Levels], counts: dict[str, Ints]) -> dict[str, tuple[float, ...]]:
    """u by field and level: of strangers' levels and, for agreement, of `counts`, how many entities hold each value."""
    found = {}
    for name, column in records.columns.items():
        top = len(NAMES[column.kind])
        level = seen[name] if column.titles is None else _of_titles(records, column)
        many = np.bincount(level, minlength=top)[1:-1].astype(float)
        total = max(counts[name].sum(), 1)
        share = counts[name] / total
        same = float(np.clip((share * np.maximum(share - 0.5 / total, 0)).sum(), 1e-7, 0.999))
        if column.titles is not None:  # hardly any comes twice, and so nothing is known of how often one would
            same = min(float((np.count_nonzero(level == top - 1) + 0.5) / max(len(level), 1)), 0.999)
        many += 0.5
        many[0] += 1 + 0.02 * many.sum()
        found[name] = (1.0, *(float(p) for p in many / many.sum() * (1 - same)), same)
    return found


def _of_titles(records: Records, column: Column) -> Levels:
    """Levels of many more random pairs: hardly two titles are alike by chance, and how hardly is what tells them.

    They are of one source: where it is unique no two of its records are one entity, elsewhere fewer than across them.
    """
    many = np.bincount(records.source, minlength=len(records.unique))
    many = many * records.unique if records.unique.any() else many
    rows = np.flatnonzero(records.source == many.argmax())
    a, b = random_pairs(len(rows), min(TITLES, len(rows) ** 2) if len(rows) > 1 else 0)
    return compare(column, column.code[rows[a]], column.code[rows[b]])


def probability(odds: Bits) -> Bits:
    """Odds in bits as a probability."""
    return 1.0 / (1.0 + np.exp2(-np.clip(odds, -60, 60)))


def estimate_m(
    model: Model, blocks: list[tuple[Pairs, list[Rule]]], total: float, silent: dict[str, list[str]]
) -> tuple[Model, list[Session]]:
    """`model` with m, f and `near` from the pairs of up to SESSIONS rules of each of `blocks`.

    `silent`: by field that says nothing of its own, those it repeats: they always agree under its rules, too.
    """
    tallies = {f: np.zeros((2, len(p))) for f, p in model.m.items()}
    done: list[Session] = []
    near = 0.5 / total
    names = list(model.kinds)
    for pairs, rules in blocks:
        for at in _order(pairs, rules, model):
            rule = rules[at]
            used = {k.split(".")[0] for k in rule}
            used.update(*(again for field, again in silent.items() if field in used))
            rows = np.flatnonzero((pairs.rules >> at) & 1)
            step = max(len(rows) // SAMPLE, 1)
            fields = [f for f in names if f not in used]
            if len(rows) < 20 or not fields:
                continue
            # a rule about what is one's own finds hardly any neighbours, and could not tell them; by the birth alone
            # nobody tells a neighbour from somebody whose birth is written wrong
            own = {model.kinds[f] for f in fields} & OWN.keys()
            social = bool(own - {"birth_date"}) and not any(model.kinds[f] in OWN for f in used)
            pattern, weight = np.unique(pairs.pattern[rows[::step]], return_counts=True)
            seen = unpacked(pattern, names)
            shares, counted = _em(model, {f: seen[f] for f in fields}, weight, social)
            done.append(Session(rule, len(rows), *(round(s, 4) for s in shares)))
            near = max(near, len(rows) * shares[1] / total if social and _alike(model, counted) else 0)
            for f in fields:
                tallies[f] += counted[f]
        for f, mine in _titles(model, pairs, rules, total):
            tallies[f][0] += mine
    m = {f: _blend(model.m[f], tallies[f][0]) for f in tallies}
    far = {n: model.f[n] if model.kinds[n] in OWN else _blend(model.f[n], tallies[n][1]) for n in tallies}
    return model._replace(m=m, f=far, near=min(near, 0.3)), done


def _titles(model: Model, pairs: Pairs, rules: list[Rule], total: float) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """By field of titles how many of its levels matches have under the rule about its rarest words.

    To have a word in common leaves open how alike two titles are, and what is so alike is under the rule: of all those
    pairs, less the strangers that are so alike anywhere, how often is known without any other field. How often matches
    are not alike at all is not, and stays as it was.
    """
    for at, rule in enumerate(rules):
        field, _, part = rule[0].partition(".")
        if len(rule) > 1 or part != RARE[0] or field not in (model.titles or ()):
            continue
        seen = level(pairs.pattern[((pairs.rules >> at) & 1) > 0], list(model.kinds).index(field))
        before, u = np.array(model.m[field]), np.array(model.u[field])
        found = np.maximum(np.bincount(seen, minlength=len(u)) - u * total, 0.0)
        found[: WORD + 1] = before[: WORD + 1] * found[WORD + 1 :].sum() / before[WORD + 1 :].sum()
        yield field, found


def _alike(model: Model, counted: dict[str, NDArray[np.float64]]) -> bool:
    """Whether the neighbours of a session agree on anything that is not their own: else they are but strangers."""
    shared = [f for f in counted if model.kinds[f] not in OWN and model.kinds[f] != "sex"]
    return any(counted[f][1][-1] / max(counted[f][1][1:].sum(), 1.0) > EXCESS * model.u[f][-1] for f in shared)


def _order(pairs: Pairs, rules: list[Rule], model: Model) -> list[int]:
    """The SESSIONS rules whose pairs were found most often by others too, and all that are about neighbours."""
    bits = pairs.rules[:: max(len(pairs.rules) // (20 * SAMPLE), 1)]
    often = np.bitwise_count(bits) > 1
    pure = {}
    for at in range(len(rules)):
        hit = ((bits >> at) & 1) > 0
        pure[at] = float(often[hit].mean()) if hit.any() else 0.0
    best = sorted(pure, key=lambda at: -pure[at])[:SESSIONS]
    social = [at for at, r in enumerate(rules) if not any(model.kinds[k.split(".")[0]] in OWN for k in r)]
    return best + [at for at in social[:SESSIONS] if at not in best]


def _em(
    model: Model, pattern: dict[str, Levels], weight: Ints, social: bool
) -> tuple[tuple[float, float], dict[str, NDArray[np.float64]]]:
    """The shares of matches and of neighbours among pairs, and by field how many of each had each level (2, levels).

    Patterns came `weight` times. u stays as it is, and so does f where it tells neighbours apart. Without `social`
    there are no neighbours.
    """
    again = doubled({f: model.kinds[f] for f in pattern}, model.share)
    fields = [f for f in pattern if f not in again] or list(pattern)
    flat = _flat(fields, pattern, model)
    stranger = flat.bits(np.concatenate([model.u[f] for f in fields]))
    first, far = (np.concatenate([p[f] for f in fields]) for p in (model.m, model.f))
    own = np.concatenate([np.full(len(model.m[f]), model.kinds[f] in OWN) for f in fields])
    m, near = first, far
    shares = np.array([0.4, 0.3, 0.3]) if social else np.array([0.5, 1e-9, 0.5])
    parts, seen = np.zeros((3, len(weight))), np.zeros((2, len(first)))
    for _ in range(ROUNDS):
        parts = np.stack([flat.bits(m), flat.bits(near), stranger]) + np.log2(shares)[:, None]
        parts = np.exp2(parts - parts.max(axis=0))
        parts *= weight / parts.sum(axis=0)
        before = shares
        shares = np.clip(parts.sum(axis=1) / weight.sum(), [1e-4, 1e-4 if social else 1e-9, 1e-4], 1.0)
        shares /= shares.sum()
        seen = np.stack([flat.counted(p) for p in parts[:2]])
        m, near = flat.blended(first, seen[0]), np.where(own, near, flat.blended(far, seen[1]))
        if np.abs(shares - before).max() < SETTLED:
            break
    counted = dict(zip(fields, np.split(seen, flat.start[1:], axis=1), strict=True))
    for f in again:
        counted[f] = np.stack([np.bincount(pattern[f], weights=p, minlength=len(model.m[f])) for p in parts[:2]])
    return (float(shares[0]), float(shares[1])), counted


class _Flat(NamedTuple):
    """Fields one after the other, so that one look-up serves all: `start` of each field's levels (0, missing, first).

    place: by field and pattern the place of its level. worth: by place what part of its bits the field gives.
    """

    start: Ints
    place: Ints
    worth: Bits

    def bits(self, shares: Bits) -> Bits:
        """log2 of what each pattern has of `shares`, by place; missing says nothing."""
        logs = np.log2(shares) * self.worth
        logs[self.start] = 0.0
        found: Bits = logs[self.place].sum(axis=0)
        return found

    def counted(self, part: Bits) -> Bits:
        """How many of each level there are, patterns coming `part` times."""
        weights = np.broadcast_to(part, self.place.shape).ravel()
        return np.bincount(self.place.ravel(), weights=weights, minlength=len(self.worth)).astype(np.float64)

    def blended(self, before: Bits, counted: Bits) -> Bits:
        """See _blend, for all fields at once."""
        many = np.diff(np.append(self.start, len(before)))
        prior, new = before.copy(), counted.copy()
        prior[self.start] = new[self.start] = 0.0
        prior /= np.repeat(np.add.reduceat(prior, self.start), many)
        whole = np.repeat(np.add.reduceat(new, self.start), many)
        mixed = np.clip((new + WEIGHT * prior) / (whole + WEIGHT), 1e-6, 1.0)
        mixed[self.start] = 1.0
        return mixed


def _flat(fields: list[str], pattern: dict[str, Levels], model: Model) -> _Flat:
    many = [len(model.m[f]) for f in fields]
    start = np.append(0, np.cumsum(many)[:-1])
    place = np.stack([pattern[f].astype(np.int64) + at for f, at in zip(fields, start.tolist(), strict=True)])
    return _Flat(start, place, np.repeat([model.share.get(f, 1.0) for f in fields], many))


def _blend(before: tuple[float, ...], counted: NDArray[np.float64]) -> tuple[float, ...]:
    prior = np.array(before[1:]) / sum(before[1:])
    mixed = (counted[1:] + WEIGHT * prior) / (counted[1:].sum() + WEIGHT)
    return (1.0, *(float(p) for p in np.clip(mixed, 1e-6, 1.0)))


def estimate_prior(model: Model, strangers: Bits, neighbours: Bits, total: float) -> Model:
    """`model` with the share of all `total` pairs that are matches, if every match is among the pairs given."""
    prior = float(np.clip(0.5 * len(strangers) / max(total, 1), 1e-15, 0.4))
    with np.errstate(over="ignore"):
        far, near = np.exp2(-strangers), model.near * np.exp2(-neighbours)
    for _ in range(20):
        sure = prior / (prior + max(1 - prior - model.near, 1e-9) * far + near)
        prior = float(np.clip(max(sure.sum(), 0.5) / total, 1e-15, 0.4))
    return model._replace(prior=prior)
