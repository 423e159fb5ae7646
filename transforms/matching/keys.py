"""Which pairs are worth comparing: those that agree on what two mentions of one person usually share.

Each rule gives every entity a key. Keys are sorted with the entity in their low bits, so blocks are runs of equal high
bits; entities with a trusted number never need each other, so only blocks with one that has none are looked into. A
block that is too large is split by further columns, one after the other; what is still too large then is left out,
counted and reported, never dropped in silence.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.blocks import among, distinct, first_of_runs, gathered, low, maybe, pairs
from transforms.matching.kernels import Ints, Words
from transforms.matching.profiles import Profiles, key_of
from transforms.matching.reach import reach
from transforms.matching.state import Pairs

RULE_BITS = 5  # of a pair's code tell the rule: at most 32 rules


class Rule(NamedTuple):
    """Entities that agree on all of `on` meet; blocks of more than `cap` only where they agree on `split` as well.

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


class Keys(NamedTuple):
    """Distinct (hash, entity), ascending; the hash of a key is the same in every run."""

    hash: Words
    entity: Ints


class Joined(NamedTuple):
    """The pairs a rule found, as codes ``a << bits | b`` (a < b), and what became of its large blocks."""

    codes: Words
    split: int
    left: int
    pairs_left: int


def block(profiles: Profiles, size: int, rules: tuple[Rule, ...] = RULES) -> Found:
    """Run every rule over `profiles` and put the pairs together; `size` bounds entity ids."""
    bits = max(1, (size - 1).bit_length())
    joined = [_join(profiles, rule, bits) for rule in rules]
    shift = np.uint64(RULE_BITS)
    codes = np.concatenate([np.empty(0, np.uint64), *(j.codes << shift | np.uint64(i) for i, j in enumerate(joined))])
    codes.sort()
    pair, by = codes >> shift, (codes & np.uint64(31)).astype(np.int64)
    del codes
    start = np.flatnonzero(first_of_runs(pair))
    new = np.bincount(by[start], minlength=len(rules))
    bit = np.array([BITS[rule.name] for rule in rules], np.int64)
    found = np.bitwise_or.reduceat(bit[by], start) if len(start) else np.empty(0, np.int64)
    pair = pair[start]
    known = reach(profiles, {rule.name: rule.on for rule in rules})
    report: list[dict[str, int | float | str]] = []
    for rule, j, first in zip(rules, joined, new.tolist(), strict=True):
        row: dict[str, int | float | str] = {"rule": rule.name, "pairs": len(j.codes), "new": first}
        row |= {"blocks_split": j.split, "blocks_left": j.left, "pairs_left": j.pairs_left}
        report.append(row | ({"reach": known[rule.name]} if rule.name in known else {}))
    a, b = (pair >> np.uint64(bits)).astype(np.int64), (pair & low(bits)).astype(np.int64)
    return Found(Pairs(a, b, found), report)


def block_keys(profiles: Profiles, rule: Rule, depth: int = 0) -> Keys:
    """The keys of `rule`, refined by the first `depth` columns of its split, and the entities that have them."""
    columns = (*rule.on, *rule.split[:depth])
    rows = profiles.rows(columns)
    key, known = key_of(profiles, columns, rows)
    row = np.flatnonzero(known)
    key, entity = key[row], profiles.entity[profiles.mention(row)]
    order = np.lexsort((entity, key))
    key, entity = key[order], entity[order]
    first = first_of_runs(key) | first_of_runs(entity)
    return Keys(key[first], entity[first])


def _join(profiles: Profiles, rule: Rule, bits: int) -> Joined:
    whole = profiles.rows((*rule.on, *rule.split))
    key, known = key_of(profiles, rule.on, whole)
    if not rule.both:  # nobody with a number needs a key that nobody without one has
        known &= maybe(key, key[np.flatnonzero(known & profiles.free[: len(key)])])
    rows = np.flatnonzero(known)
    key = key[rows]
    codes: list[Words] = []
    split = 0
    for depth in range(len(rule.split) + 1):
        last = depth == len(rule.split)
        cap = 2 * rule.cap if last and rule.split else rule.cap
        blocks = gathered(key, profiles.owner.take(rows), profiles.loose, bits)
        worth = (blocks.many > 1) & ((blocks.loose > 0) | rule.both)
        small, large = worth & (blocks.many <= cap), worth & (blocks.many > cap)
        codes.append(pairs(blocks, small, profiles.loose, rule.both, bits))
        split = split or int(large.sum())
        if last or not large.any():
            break
        kept = np.flatnonzero(among(key >> np.uint64(bits), blocks.key[large]))
        word = profiles.words(rule.split[depth], rows[kept])
        told = np.flatnonzero(word)
        key, rows = (key[kept] + word)[told], rows[kept][told]
    many, numbered = blocks.many[large], (0 if rule.both else 1) * (blocks.many - blocks.loose)[large]
    left = int((many * (many - 1) // 2 - numbered * (numbered - 1) // 2).sum())
    return Joined(distinct(np.concatenate(codes)), split, int(large.sum()), left)


def merge(codes: Ints, bits: Ints, size: int) -> Pairs:
    """Distinct pairs of codes ``a * size + b`` with the union of their rule bits."""
    order = np.argsort(codes, kind="stable")
    code, start = np.unique(codes[order], return_index=True)
    rules = np.bitwise_or.reduceat(bits[order], start) if len(code) else np.empty(0, np.int64)
    return Pairs(code // size, code % size, rules)
