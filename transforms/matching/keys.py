"""Which pairs are worth comparing: those that agree on what two mentions of one person usually share.

Each rule gives every entity a key. Keys are sorted with the entity in their low bits, so blocks are runs of equal high
bits; entities with a trusted number never need each other, so only blocks with one that has none are looked into. A
block that is too large is split by further columns, one after the other; what is still too large then is left out,
counted and reported, never dropped in silence.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.blocks import NONE, Paired, Room, Way, low, maybe, paired, sharing, united
from transforms.matching.kernels import Ints, Words
from transforms.matching.profiles import Profiles, key_of
from transforms.matching.reach import reach
from transforms.matching.state import Pairs

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
    size = profiles.size + 1
    room = Room(np.empty(size, np.uint64), np.empty(size, np.int32))
    ways = [Way(rule.cap, rule.both, profiles.bits, RULE_BITS, at) for at, rule in enumerate(rules)]
    joined = [_join(profiles, rule, way, room) for rule, way in zip(rules, ways, strict=True)]
    codes = np.concatenate([np.empty(0, np.uint64), *(j.codes for j in joined)])
    report: list[dict[str, int | float | str]] = [
        {
            "rule": r.name,
            "pairs": 0,
            "new": 0,
            "blocks_split": j.split,
            "blocks_left": j.left,
            "pairs_left": j.pairs_left,
        }
        for r, j in zip(rules, joined, strict=True)
    ]
    del joined, room
    codes.sort()
    found = united(codes, profiles.bits, RULE_BITS, np.array([BITS[rule.name] for rule in rules], np.int64))
    for row, pairs, new in zip(report, found.pairs.tolist(), found.new.tolist(), strict=True):
        row |= {"pairs": pairs, "new": new}
    return Found(Pairs(found.a, found.b, found.rules), report)


class Joined(NamedTuple):
    """The pairs a rule found, as codes (blocks.Way), and what became of its large blocks."""

    codes: Words
    split: int
    left: int
    pairs_left: int


def _join(profiles: Profiles, rule: Rule, way: Way, room: Room) -> Joined:
    about = profiles.about
    on = [profiles.columns[column] for column in rule.on]
    size = profiles.relevant((*rule.on, *rule.split)) + 1
    some = Room(room.packed[:size], room.rows[:size])
    many = sharing((on[0], on[1] if on[1:] else NONE), about, way, some)
    packed, rows = some.packed[:many], some.rows[:many]
    free, parts = np.uint64(int(rule.both) << way.bits), list[Paired]()
    for depth in range(len(rule.split) + 1):
        last = depth == len(rule.split)
        found = paired(np.sort(packed), way._replace(cap=2 * rule.cap if last and depth else rule.cap))
        parts.append(found)
        if last or not len(found.large):
            break
        # some of these are of small blocks, which stay small: they bring pairs that are known already
        rows = rows[np.flatnonzero(maybe(packed, found.large, way))]
        key, known = key_of(profiles, (*rule.on, *rule.split[: depth + 1]), rows)
        rows, key = rows[known], key[known]
        packed = key & ~low(way.bits + 1) | about.code.take(profiles.mention(rows)) | free
    codes = parts[0].codes if len(parts) == 1 else np.concatenate([part.codes for part in parts])
    return Joined(codes, len(parts[0].large), len(found.large), found.left)


def merge(codes: Ints, bits: Ints, size: int) -> Pairs:
    """Distinct pairs of codes ``a * size + b`` with the union of their rule bits."""
    order = np.argsort(codes, kind="stable")
    code, start = np.unique(codes[order], return_index=True)
    rules = np.bitwise_or.reduceat(bits[order], start) if len(code) else np.empty(0, np.int64)
    return Pairs(code // size, code % size, rules)
