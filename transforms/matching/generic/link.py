"""Records in, entities out, for any fields: encode, find likely matches, choose rules, train, score, merge."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from contracts.errors import Stop
from transforms.matching.generic import decided, evidence, hints, places, redundancy, train, weigh
from transforms.matching.generic import rules as choosing
from transforms.matching.generic.blocking import Rule
from transforms.matching.generic.cluster import Clusters, Edges, cluster, components, lone
from transforms.matching.generic.meet import Rules, further, meet
from transforms.matching.generic.model import OWN, START_M, Model, start_f
from transforms.matching.generic.patterns import BY_NO_RULE, Pairs, unpacked
from transforms.matching.generic.prepared import Prepared, Wanted, block, known_keys, prepare, weighers, with_copies
from transforms.matching.generic.routing import Note
from transforms.matching.generic.scoring import FAINT, setting, weighted
from transforms.matching.generic.values import Bits, Ints
from transforms.matching.named import named, verdicts
from transforms.matching.thresholds import best, thresholds

LIKELY = 0.95
SMALL, PER_RECORD = 300_000.0, 20.0  # pairs that may be compared: per record, and at least
SAMPLED = 100_000  # records from which on likely matches are sought in a sample of the blocks
TELLING = 30_000  # likely matches by which rules are chosen


class Scored(NamedTuple):
    """The pairs that a model's rules find, with odds of FAINT and more; `at` knows how many entities hold each value.

    `compared`: how many pairs the rules found.
    """

    at: Prepared
    model: Model
    pairs: Pairs
    odds: Bits
    compared: int


class Linked(NamedTuple):
    """members: source, record_key, entity_id (int64, in order of their first records). pairs: see evidence.table.

    report: counts, the rules with pairs and recall, the training sessions, the meetings, sizes, expected precision,
    and what other thresholds would give. `inside` is what all of it was made of, by row of the members.
    """

    members: pa.Table
    pairs: pa.Table
    model: Model
    report: dict[str, Any]
    inside: "Inside"


class Inside(NamedTuple):
    """What later batches need: the `records` as they are compared (source, record_key, a column a field), what was
    found of them, the clusters, the share of records that are nobody else's, and rules that entities met by alone."""

    records: pa.Table
    found: Scored
    clusters: Clusters
    lone: float
    further: list[Rule]


def link(tables: pa.Table, wanted: Wanted, model: Model | None = None, decisions: pa.Table | None = None) -> Linked:
    """Group the records of `tables`: source, record_key and a text column a field; the order of rows does not matter.

    Without a `model` one is trained on the records. `decisions` (see named.verdicts) are obeyed. Raises Stop for no
    records, fields without a value, a record key that is there twice, and rules of the config that explode.
    """
    ordered = tables.sort_by([("source", "ascending"), ("record_key", "ascending")])
    ordered, kinds = places.expand(ordered, wanted.kinds, wanted.entity, model.kinds if model else None)
    wanted = wanted._replace(kinds=kinds)
    prepared = prepare(ordered, wanted, model)
    known = _trained(prepared, wanted) if model is None else scored(prepared, model, wanted)
    fitted = known.model
    said = verdicts(named(ordered), decisions)
    how = setting(prepared.records, weighers(fitted, known.at), fitted, (wanted.accept, wanted.precision))
    alone = lone(prepared.records.size, known.pairs.a, known.pairs.b, known.odds)
    how = how._replace(different=said.different, lone=alone)
    edges = Edges(known.pairs.a.astype(np.int64), known.pairs.b.astype(np.int64), np.round(known.odds, 6))
    one = decided.alike(prepared.records, said.different)
    before, edges = decided.begun(how, np.hstack([said.same, one]), edges)
    done = cluster(how, edges, before)
    rules = list(fitted.rules)
    more = [] if wanted.rules else further(prepared.keys, done.entity, rules)
    done, met = meet(how, prepared.keys, done, Rules(rules, more))
    done = cluster(how, edges.take(np.zeros(0, np.int64)), done, last=True)
    _, number = np.unique(done.entity, return_inverse=True)
    members = ordered.select(["source", "record_key"]).append_column("entity_id", pa.array(number + 1, pa.int64()))
    table = evidence.table(members, known.pairs, known.odds, fitted)
    inside = Inside(ordered, known, done, alone, more)
    return Linked(members, table, fitted, {**_report(known, done), "meetings": met}, inside)


class _Begun(NamedTuple):
    """A first model, the pairs it was made from, which of them are likely matches, the rules there could be, and the
    fields that say nothing (see redundancy.silent)."""

    model: Model
    early: Pairs
    rules: list[Rule]
    likely: Ints
    pool: list[choosing.Candidate]
    budget: float
    silent: dict[str, list[str]]


def _begin(at: Prepared, wanted: Wanted) -> _Begun:
    """Likely matches by rules that cost little."""
    records = at.records
    strangers = train.strangers(records, at.exchanged, at.fresh)
    u = train.estimate_u(records, strangers, at.counts)
    m = {f: START_M[k] for f, k in wanted.kinds.items()}
    f = {n: start_f(k, u[n]) for n, k in wanted.kinds.items()}
    silent = redundancy.silent(records)
    share = dict.fromkeys(silent, 0.0)
    titles = tuple(n for n, c in records.columns.items() if c.titles is not None)
    start = Model(dict(wanted.kinds), m, f, u, 0.5, 1 / at.total, (), {}, share, titles)
    budget = max(PER_RECORD * records.size, min(SMALL, at.total))
    pool = choosing.candidates(at.keys, budget / 3)
    own = {f for f, k in wanted.kinds.items() if k in OWN}
    first = choosing.first_rules(pool, records.size, own)
    part = max(records.size // SAMPLED, 1)
    pairs, _ = block(at, first, part)
    start, _ = train.estimate_m(start, [(pairs, first)], at.total, silent)
    start, odds = _odds(start, at._replace(total=at.total / part), pairs)
    likely = np.flatnonzero(train.probability(odds) > LIKELY)
    matches = unpacked(pairs.pattern[likely], list(start.kinds))
    return _Begun(start._replace(share=redundancy.shares(start, matches, strangers)), pairs, first, likely, pool,
                  budget, silent)  # fmt: skip


def _odds(model: Model, at: Prepared, pairs: Pairs) -> tuple[Model, Bits]:
    """`model` with the prior that those of `pairs` suggest that a rule found, and the odds of all; what is hopeless is
    not weighed and stays so."""
    how = weighers(model, at)
    able = np.flatnonzero(weigh.hopeful(model._replace(prior=max(model.prior, 1e-3)), how, pairs, FAINT))
    bits = weighted(at.records, how, pairs.take(able))
    told = pairs.rules[able] != BY_NO_RULE
    model = train.estimate_prior(model, bits[0][told], bits[1][told], at.total)
    odds = np.full(len(pairs.a), -np.inf)
    odds[able] = weigh.odds(model, *bits)
    return model, odds


def _rules(at: Prepared, wanted: Wanted, begun: _Begun) -> tuple[list[Rule], dict[str, Any], list[Note]]:
    """The config's rules, or those chosen from the data; by name what each may find, and what is to be said of them."""
    telling = begun.likely[:: max(len(begun.likely) // TELLING, 1)]
    seen = choosing.likely(at.keys, begun.early.a[telling], begun.early.b[telling])
    if wanted.rules:
        rules = list(wanted.rules)
        known_keys(at, rules)
        return rules, choosing.reached(seen, rules), hints.of_rules(seen, rules, begun.pool)
    rules, chosen = choosing.choose(seen, begun.pool, begun.budget, [])
    rules = rules or begun.rules
    return rules, {row["rule"]: row for row in chosen}, [] if rules else [hints.NO_RULES]


def _trained(at: Prepared, wanted: Wanted) -> Scored:
    """A model from the records alone, with the pairs of its rules and their odds."""
    begun = _begin(at, wanted)
    rules, estimated, notes = _rules(at, wanted, begun)
    pairs, blocks = block(at, rules)
    fitted, sessions = train.estimate_m(
        begun.model, [(begun.early, begun.rules), (pairs, rules)], at.total, begun.silent
    )
    pairs = with_copies(at, pairs)
    fitted, odds = _odds(fitted, at, pairs)
    compared = len(pairs.a)
    some = odds > 2 * FAINT
    pairs, odds = pairs.take(some), odds[some]
    at = at._replace(counts=_entities(at, pairs, train.probability(odds)))
    fitted, odds = _odds(fitted, at, pairs)
    told = {
        "notes": notes,
        "records": at.records.size,
        "likely_matches": len(begun.likely),
        "rules": [{"rule": row["rule"], **estimated.get(row["rule"], {}), **row} for row in blocks],
        "sessions": [s._asdict() for s in sessions],
    }
    some = odds > FAINT
    return Scored(at, fitted._replace(rules=tuple(rules), report=told), pairs.take(some), odds[some], compared)


def _entities(at: Prepared, pairs: Pairs, chance: Bits) -> dict[str, Ints]:
    """By field and value, how many entities hold it, records tied by pairs that are almost certain being one."""
    sure = chance > LIKELY
    entity = components(at.records.size, pairs.a[sure], pairs.b[sure])
    counts = {}
    for name, column in at.records.columns.items():
        known = (column.code >= 0) & at.fresh
        code = np.unique(column.code[known] * at.records.size + entity[known])
        counts[name] = np.bincount(code // at.records.size, minlength=len(column.text)).astype(np.int64)
    return counts


def scored(at: Prepared, model: Model, wanted: Wanted) -> Scored:
    """Pairs by the model's rules (or the config's), and their odds. Raises Stop for a model of other fields."""
    if model.kinds != dict(wanted.kinds):
        raise Stop("model", "it was trained for other fields or kinds", "train one for this config: leave out --model")
    rules = list(wanted.rules or model.rules)
    pairs = with_copies(at, block(at, rules)[0])
    bits = weighted(at.records, weighers(model, at), pairs)
    at = at._replace(counts=_entities(at, pairs, train.probability(weigh.odds(model, *bits))))
    odds = weigh.odds(model, *weighted(at.records, weighers(model, at), pairs))
    some = odds > FAINT
    return Scored(at, model._replace(rules=tuple(rules)), pairs.take(some), odds[some], len(pairs.a))


def _missed(done: Clusters) -> Bits:
    """Probabilities of the mergers that a lower threshold would make: the best that both entities have."""
    left = done.left.take(done.left.strength > FAINT)
    chance = train.probability(left.strength)
    return chance[best(left.a, left.b, chance)]


def _report(known: Scored, done: Clusters) -> dict[str, Any]:
    sizes, many = np.unique(np.unique(done.entity, return_counts=True)[1], return_counts=True)
    return {
        "records": known.at.records.size,
        "entities": int(many.sum()),
        "pairs_compared": known.compared,
        "mergers": len(done.mergers.chance),
        "expected_precision": round(float(done.mergers.chance.mean()) if len(done.mergers.chance) else 0.0, 6),
        "thresholds": thresholds(done.mergers.chance, _missed(done), known.at.records.size),
        "sizes": {str(s): int(n) for s, n in zip(sizes, many, strict=True)},
        **known.model.report,
    }
