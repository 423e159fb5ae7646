"""Records made ready to be compared: encoded, with keys, copies told apart; and the pairs that rules make of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from contracts.errors import Stop
from transforms.matching.alike import alike
from transforms.matching.generic import blocking, decided, keys, values, weigh
from transforms.matching.generic.blocking import Rule
from transforms.matching.generic.model import Model
from transforms.matching.generic.patterns import BY_NO_RULE, MOST_FIELDS, Pairs, patterns
from transforms.matching.generic.values import Flags, Ints, Records
from transforms.matching.hashing import Codes

ACCEPT, PRECISION = 0.5, 0.99
MOST, MOST_PER_RECORD = 5_000_000.0, 200.0  # beyond it a config's own rules explode


class Wanted(NamedTuple):
    """What a config says.

    kinds by field; `unique` sources, which hold an entity once; rules, or none to have them chosen; `accept`, the least
    probability of a merger; `precision`, what share of all mergers is to be right as far as the model can tell.
    """

    kinds: dict[str, str]
    unique: list[str]
    entity: str = "person"
    rules: tuple[Rule, ...] = ()
    accept: float = ACCEPT
    precision: float = PRECISION


def bar(threshold: float | None) -> tuple[float, float]:
    """`accept` and `precision` of a config that sets this threshold, or none."""
    return (ACCEPT, PRECISION) if threshold is None else (threshold, 0.0)


class Prepared(NamedTuple):
    """The records with their keys, names that may have changed places (keys.swapped), how many entities seem to hold
    each value, and the number of all pairs.

    Copies (see `firsts`) have no keys, hold nothing and form no pairs but with what they are copies of: else what was
    exported a hundred times would be common, fill every block, and teach that nobody's values ever change.
    """

    records: Records
    keys: dict[str, Ints]
    exchanged: dict[str, Ints]
    counts: dict[str, Ints]
    total: float
    first: Ints

    @property
    def fresh(self) -> Flags:
        """Which records are no copies."""
        found: Flags = self.first == np.arange(len(self.first))
        return found


def prepare(ordered: pa.Table, wanted: Wanted, model: Model | None = None) -> Prepared:
    """Encode the records, with all keys of the config's rules and of those of a `model`; and as that model takes them,
    whatever these few would look like by themselves. Raises Stop for what can't be linked."""
    if not ordered.num_rows:
        raise Stop("tables", "there is not one record in them", "look at the paths and at what they hold")
    if len(wanted.kinds) > MOST_FIELDS:
        raise Stop("fields", f"{len(wanted.kinds)} of them", f"take {MOST_FIELDS} at most")
    once_each(ordered)
    taken = values.Taken(model.titles) if model else values.LIKE_NOTHING
    records = values.encode(ordered, wanted.kinds, wanted.unique, wanted.entity, taken)
    empty = [n for n, c in records.columns.items() if not len(c.text)]
    if empty and model is None:
        raise Stop(f"field {empty[0]}", "no record has a value in it", "correct its column, or take the field out")
    first = firsts(records)
    fresh = first == np.arange(records.size)
    counts = {n: holders(c.code[fresh], len(c.text), records.source[fresh]) for n, c in records.columns.items()}
    if decided.single(records):
        counts = {n: np.ones_like(many) for n, many in counts.items()}
    many = int(np.count_nonzero(fresh))
    exchanged = keys.swapped(records)
    named = {key for rule in (*wanted.rules, *(model.rules if model else ())) for key in rule}
    made = {name: np.where(fresh, key, -1) for name, key in keys.keys(records, named).items()}
    return Prepared(records, made, exchanged, counts, max(many * (many - 1) / 2, 1.0), first)


def once_each(records: pa.Table) -> None:
    """Raise Stop where a record key is there twice."""
    again = records.group_by(["source", "record_key"]).aggregate([([], "count_all")])
    if again.num_rows < records.num_rows:
        twice = next(r["source"] for r in again.to_pylist() if r["count_all"] > 1)
        raise Stop(f"source {twice}", "a record key is there more than once", "name a column that tells records apart")


def firsts(records: Records) -> Ints:
    """By record the first of its source that says the same in every field, for a third and all later ones.

    For the first two that say so it is itself: somebody entered twice is ordinary, and tells how alike one person's
    records are. So it is where a source is unique, and where a single column says all (see decided.alike).
    """
    if decided.single(records):
        return np.arange(records.size)
    said = [records.source, *(column.code for column in records.columns.values())]
    return copied(said, records.unique[records.source])


def copied(said: Sequence[Ints | Codes], once: Flags) -> Ints:
    """The same of what records have `said`, source first, but for those of a source that names everybody `once`."""
    own = np.arange(len(once))
    found = alike(own, said)
    again = np.flatnonzero((found != own) & ~once)
    second = np.unique(found[again], return_index=True)[1]
    third = np.delete(again, second)
    own[third] = found[third]
    return own


def holders(held_by: Ints, values: int, group: Ints) -> Ints:
    """By value, how many different entities seem to hold it: the most records of one source (`group`) that do."""
    known = held_by >= 0
    code, many = np.unique(held_by[known] * (int(group.max(initial=0)) + 1) + group[known], return_counts=True)
    held = np.zeros(values, np.int64)
    np.maximum.at(held, code // (int(group.max(initial=0)) + 1), many)
    return held


def block(at: Prepared, rules: list[Rule], part: int = 1) -> tuple[Pairs, list[dict[str, Any]]]:
    """The pairs that `rules` make, in a `part` of the blocks, and what to report of each rule. Raises Stop for a key
    that is not there, and rules that explode."""
    known_keys(at, rules)
    most = max(MOST, MOST_PER_RECORD * at.records.size)
    pairs, report = blocking.block(
        at.keys, rules, (at.records.source, at.records.unique), blocking.Limit(most, part=part)
    )
    return pairs._replace(pattern=patterns(at.records, pairs.a, pairs.b, at.exchanged)), report


def with_copies(at: Prepared, pairs: Pairs) -> Pairs:
    """`pairs` and, found by no rule, those of each copy with what it is a copy of."""
    rows = np.flatnonzero(~at.fresh)
    a, b = at.first[rows].astype(np.int32), rows.astype(np.int32)
    more = Pairs(a, b, np.full(len(rows), BY_NO_RULE), patterns(at.records, a, b, at.exchanged))
    return pairs.and_(more)


def known_keys(at: Prepared, rules: list[Rule]) -> None:
    """Raise Stop for a key of `rules` that is not there."""
    unknown = sorted({k for r in rules for k in r} - set(at.keys))
    if unknown:
        raise Stop(f"blocking: {unknown[0]}", "there is no such key", f"use one of: {', '.join(sorted(at.keys))}")


def weighers(model: Model, at: Prepared) -> dict[str, weigh.Weigher]:
    """What agreement is worth, by field."""
    return {n: weigh.weigher(model, c, at.counts[n]) for n, c in at.records.columns.items()}
