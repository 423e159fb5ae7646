"""Frequencies that go on with every batch: what a part of the people held before is replaced by what it holds now.

The tables of a whole run stay as they are, by hash of the value (counts_kept), however long; what batches changed since
is a second, short layer of differences.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from transforms.matching import counts_kept
from transforms.matching.counts import Counts, Scopes, counted, counts
from transforms.matching.fingerprints import Fingerprints, Short
from transforms.matching.holdings import Attributes
from transforms.matching.kernels import Flags, Ints, Words
from transforms.matching.sets import distinct, facts
from transforms.matching.state import Bits
from transforms.matching.values import Nodes, Values

# columns of fingerprints, and the field of Counts that says how common a value is
RARE = {"surname": "family"} | {c: c for c in ("shape", "sound", "given", "phone", "door", "near", "area", "town")}
HELD = ("name", "born", "number", "phone", "place")
Tables = Mapping[str, tuple[Words, Ints]]  # for every field of Counts that goes by value, hashes, ascending, and counts


class Seen(NamedTuple):
    """Mentions as they were encoded, and which of them carry somebody else's number."""

    nodes: Nodes
    values: Values
    places: Scopes
    borrowed: Flags

    @property
    def trusted(self) -> Flags:
        """Which mentions have a valid number of their own."""
        own: Flags = (np.append(self.values.number_status, 9)[self.nodes.number] == 0) & ~self.borrowed
        return own


class Tally(NamedTuple):
    """`base` and the differences to it, `later`; how many people and mentions there are (what is said of somebody once
    more does not count), and the share of mentions whose person has a number."""

    base: Tables
    later: Tables
    people: int
    numbered: float
    mentions: int


def tally(seen: Seen, entity: Ints, chosen: Flags) -> Tally:
    """The frequencies among the `chosen` mentions, grouped by `entity` (numbered below the number of mentions)."""
    nodes = seen.nodes
    name, born, number, phone, place = (np.where(chosen, getattr(nodes, field), -1) for field in HELD)
    part = nodes._replace(
        name=name, born=born, number=number, phone=phone, place=place, sex=np.where(chosen, nodes.sex, 0)
    )
    return _told(
        seen, entity, chosen, counts(facts(part, seen.values, entity, seen.borrowed), seen.values, seen.places)
    )


def everybody(seen: Seen, entity: Ints, held: Attributes) -> Tally:
    """The frequencies among all mentions of a run, from what is `held` by its entities."""
    return _told(seen, entity, np.ones(len(entity), bool), counted(entity, held, seen.values, seen.places))


def _told(seen: Seen, entity: Ints, chosen: Flags, found: Counts) -> Tally:
    sure = np.zeros(len(entity), bool)
    sure[entity[seen.trusted & chosen]] = True
    owner = distinct(entity[chosen] * len(entity) + seen.nodes.alike[chosen]) // len(entity)
    share = float(sure[owner].mean()) if len(owner) else 0.0
    there = np.zeros(len(entity), bool)
    there[owner] = True
    tables = counts_kept.kept(found, seen.values, seen.places).tables
    return Tally(tables, {}, int(there.sum()), share, len(owner))


def replaced(whole: Tally, before: list[Tally], after: list[Tally]) -> Tally:
    """`whole` with `before`, parts of it, taken out and `after` put in; none of them has layers."""
    parts = [(whole, 1), *((part, -1) for part in before), *((part, 1) for part in after)]
    size = sum(sign * part.mentions for part, sign in parts)
    sure = sum(sign * part.numbered * part.mentions for part, sign in parts)
    later = {}
    for field in whole.base:
        layers = [(part.base[field], sign) for part, sign in parts[1:]]
        layers += [(whole.later[field], 1)] if field in whole.later else []
        later[field] = _sum(layers)
    return Tally(whole.base, later, sum(sign * part.people for part, sign in parts), sure / max(size, 1), size)


def _sum(layers: list[tuple[tuple[Words, Ints], int]]) -> tuple[Words, Ints]:
    hashes, back = np.unique(np.concatenate([table[0] for table, _ in layers]), return_inverse=True)
    each = np.concatenate([sign * table[1].astype(np.int64) for table, sign in layers])
    total = np.bincount(back, weights=each, minlength=len(hashes)).astype(np.int64)
    return hashes[total != 0], total[total != 0]


def recalled(known: Tally, values: Values, places: Scopes) -> Counts:
    """The frequencies in the rows of these `values`; 0 for a value that nobody has."""
    people = max(2, known.people)
    base = counts_kept.recalled(counts_kept.Kept(people, known.numbered, dict(known.base)), values, places)
    if not known.later:
        return base
    later = counts_kept.recalled(counts_kept.Kept(people, known.numbered, dict(known.later)), values, places)
    born, births = _sum(
        [((base.born.astype(np.uint64), base.births), 1), ((later.born.astype(np.uint64), later.births), 1)]
    )
    by_value = {f: np.maximum(getattr(base, f) + getattr(later, f), 0) for f in known.base if f != "births"}
    return base._replace(born=born.astype(np.int64), births=np.maximum(births, 0), **by_value)


def rarity(known: Tally, words: Fingerprints) -> dict[str, Bits]:
    """By column and row of `words`: log2 of how many people there are for each that has its value.

    Words are the upper halves of the hashes that frequencies are kept by. Births are taken to be as common as any.
    """
    people = np.log2(max(known.people, 2))
    found = {"born": np.full(len(words["born"]), np.log2(max(len(known.base["births"][0]), 2)))}
    for column, field in RARE.items():
        many = sum(_many(layer[field], words[column]) for layer in (known.base, known.later) if field in layer)
        found[column] = people - np.log2(np.maximum(many, 1))
    return found


def _many(table: tuple[Words, Ints], words: Short) -> Ints:
    hashes, count = table
    if not len(hashes):
        return np.zeros(len(words), np.int64)
    at = counts_kept.places(hashes, words.astype(np.uint64) << np.uint64(32), 32)
    return np.where(at >= 0, count[at], 0).astype(np.int64)
