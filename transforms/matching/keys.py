"""Which pairs are worth comparing: those that agree on what two mentions of one person usually share.

Each rule gives every entity a key. Keys are sorted with the entity in their low bits, so blocks are runs of equal high
bits; entities with a trusted number never need each other, so only blocks with one that has none are looked into. A
block that is too large is split by further columns, one after the other; what is still too large then is left out,
counted and reported, never dropped in silence.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from transforms.matching.block_rows import agreeing, distinct
from transforms.matching.blocks import (
    CODES,
    LARGE,
    LEFT,
    NONE,
    Asked,
    Column,
    Room,
    Shorts,
    United,
    Way,
    marked,
    marked_large,
    narrowed,
    paired,
    room,
    sharing,
    united,
)
from transforms.matching.kernels import Ints, Words
from transforms.matching.profiles import Profiles
from transforms.matching.reach import reach
from transforms.matching.state import Pairs

FEW = 20  # where one row in so many is of somebody loose, few others say anything that they say
RULE_BITS = 5  # of a pair's code tell the rule: at most 32 rules


class Rule(NamedTuple):
    """Entities that agree on all of `on` (one column or two) meet; blocks of more than `cap` only where they agree on
    `split` as well.

    `both` lets two entities meet that each have a trusted number; otherwise one of them must have none. Who agrees with
    twenty on no more than this is not recognised by it: a larger block has to agree on more.
    """

    name: str
    on: tuple[str, ...]
    split: tuple[str, ...] = ()
    cap: int = 20
    both: bool = False


RULES = (
    Rule("version", ("key",), both=True),
    Rule("number", ("number",), both=True),
    Rule("number_head", ("head14",), ("surname", "sex")),
    Rule("number_tail", ("tail12",), ("surname",)),
    Rule("number_last4", ("last4", "surname"), ("given",)),
    Rule("name_birth", ("shape", "born"), ("sex", "area"), both=True),
    Rule("sound_year", ("sound", "year"), ("sex", "area")),
    Rule("birth_surname", ("born", "surname"), ("sex", "area")),
    Rule("birth_area", ("born", "area"), ("sex", "near")),
    Rule("phone", ("phone",), ("surname", "given")),
    Rule("sound_area", ("sound", "area"), ("near", "sex")),
    Rule("given_near", ("given", "near"), ("sex", "door")),
    Rule("name_town", ("shape", "town"), ("year", "sex")),
    # at one door live people of one surname and of several; those who give no name are told by their age
    Rule("door_surname", ("door", "surname"), ("sex", "year")),
    Rule("door_year", ("door", "year"), ("sex", "town")),
    Rule("name", ("shape",), ("town", "year")),
)
BITS = {rule.name: 1 << i for i, rule in enumerate(RULES)}
KIN_BIT = 1 << len(RULES)


class Found(NamedTuple):
    """`report` has a row a rule: pairs it found, those of them that no earlier rule found (new), blocks that were
    split, blocks and pairs left out as their block was too large, and `reach`: the share of known matches (two
    mentions under one number, its birth included) that it would find.
    """

    pairs: Pairs
    report: list[dict[str, int | float | str]]


def block(profiles: Profiles, rules: tuple[Rule, ...] = RULES) -> Found:
    """Run every rule over `profiles` and put the pairs together."""
    pairs, report = met(profiles, rules)
    known = reach(profiles, {rule.name: rule.on for rule in rules})
    return Found(
        pairs, [row | ({"reach": known[name]} if (name := str(row["rule"])) in known else {}) for row in report]
    )


def met(profiles: Profiles, rules: tuple[Rule, ...]) -> Found:
    """The same without the reach of the rules."""
    found = _Codes(profiles.size)
    # of a column that nobody says nothing comes
    said = [all(len(profiles.columns[column].words) > 1 for column in rule.on) for rule in rules]
    wanted = [rule.on for rule, some in zip(rules, said, strict=True) if some]
    few = len(profiles.free.rows) * FEW < profiles.size and not any(rule.both for rule in rules)
    rows = iter(agreeing(profiles, wanted) if few else distinct(profiles, wanted))
    space = room(profiles.size, len(profiles.free.rows))
    report: list[dict[str, int | float | str]] = []
    for at, rule in enumerate(rules):
        way = Way(rule.cap, rule.both, profiles.bits, RULE_BITS, at)
        told = {"blocks_split": 0, "blocks_left": 0, "pairs_left": 0}
        told |= _join(profiles, (rule, next(rows)), way, space, found) if said[at] else {}
        report.append({"rule": rule.name, "pairs": 0, "new": 0, **told})
    del space, rows
    codes = found.written()
    codes.sort()
    many = len(codes)
    pairs = United(*(np.empty(size, np.int64) for size in (many, many, many, len(rules), len(rules))))
    bits = np.array([BITS[rule.name] for rule in rules], np.int64)
    many = united(codes, Way(0, False, profiles.bits, RULE_BITS, 0), bits, pairs)
    for row, by_rule, new in zip(report, pairs.pairs.tolist(), pairs.new.tolist(), strict=True):
        row |= {"pairs": by_rule, "new": new}
    return Found(Pairs(pairs.a[:many], pairs.b[:many], pairs.rules[:many]), report)


class _Codes:
    """The codes of pairs (see Way) that rules find, in an array that grows."""

    def __init__(self, rows: int) -> None:
        self._codes = np.empty(4 * rows + 64, np.uint64)  # no memory yet where nothing is written
        self._told = np.zeros(3, np.int64)

    def add(self, packed: Words, way: Way) -> tuple[Words, int]:
        """Those of sorted `packed`; the keys of its large blocks, and the pairs that are in them."""
        large = np.empty(len(packed) // (way.cap + 1), np.uint64)
        self._told[LARGE:] = 0
        at = 0
        while (at := paired(packed, at, way, (self._codes, large), self._told)) < len(packed):
            # by all there was: a single block may have more pairs than there is room, and none are written yet
            self._codes = np.append(self._codes, np.empty(len(self._codes), np.uint64))
        return large[: self._told[LARGE]], int(self._told[LEFT])

    def written(self) -> Words:
        """All of them so far."""
        return self._codes[: self._told[CODES]]


def _join(profiles: Profiles, chosen: tuple[Rule, Shorts], way: Way, space: Room, found: _Codes) -> dict[str, int]:
    """Add the pairs of a rule, that needs some rows; what became of its large blocks."""
    (rule, rows), about, free = chosen, profiles.about, profiles.free
    on = _on(rule, profiles.columns.__getitem__)
    columns = *rule.on, *rule.split
    many = marked(_on(rule, free.column), free.code[: free.relevant(columns)], way.bits, space)
    many = sharing(on, about, Asked(rows, rule.both, many), way, space)
    split, depth, cap = 0, 0, rule.cap
    while True:
        # what is narrowed again goes with its rows
        ordered = space.packed[:many].copy() if depth else space.packed[:many]
        ordered.sort()
        large, left = found.add(ordered, way._replace(cap=cap))
        split = split if depth else len(large)
        if depth == len(rule.split) or not len(large):
            return {"blocks_split": split, "blocks_left": len(large), "pairs_left": left}
        # others have these marks too, of small blocks, which stay small: they bring pairs that are known already
        marked_large(large, way.bits, space)
        if not depth:  # what their entities say in a further column may be new each time
            some = _rows_of(profiles, _entities(ordered, large, way.bits), profiles.relevant(columns))
            many = sharing(on, about, Asked(some, False, 0), way, space)
        many = narrowed(profiles.columns[rule.split[depth]], about, space, way.bits, many)
        depth += 1
        cap = 2 * rule.cap if depth == len(rule.split) else rule.cap


def _on(rule: Rule, column: Callable[[str], Column]) -> tuple[Column, Column]:
    return column(rule.on[0]), column(rule.on[1]) if rule.on[1:] else NONE


def _entities(ordered: Words, large: Words, bits: int) -> Ints:
    """The entities in blocks of the keys `large`; all words in these blocks are `ordered` by their keys."""
    first, below = large << np.uint64(bits + 1), np.uint64((2 << bits) - 1)
    begin, stop = np.searchsorted(ordered, first), np.searchsorted(ordered, first | below, "right")
    count = stop - begin
    at = np.repeat(stop - np.cumsum(count), count) + np.arange(count.sum())
    return (ordered[at] & np.uint64((1 << bits) - 1)).astype(np.int64)


def _rows_of(profiles: Profiles, entities: Ints, size: int) -> Shorts:
    """The rows below `size` of some entities."""
    chosen = np.zeros(len(profiles.loose), bool)
    chosen[entities] = True
    rows = [np.flatnonzero(chosen.take(profiles.entity)), np.empty(0, np.int64)]
    if size > len(profiles.entity):
        rows[1] = len(profiles.entity) + np.flatnonzero(chosen.take(profiles.entity.take(profiles.again)))
    return np.concatenate(rows).astype(np.int32)


def merge(codes: Ints, bits: Ints, size: int) -> Pairs:
    """Distinct pairs of codes ``a * size + b`` with the union of their rule bits."""
    order = np.argsort(codes, kind="stable")
    code, start = np.unique(codes[order], return_index=True)
    rules = np.bitwise_or.reduceat(bits[order], start) if len(code) else np.empty(0, np.int64)
    return Pairs(code // size, code % size, rules)
