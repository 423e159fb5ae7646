"""Which pairs are worth comparing: records whose keys agree, every rule a key or several.

Blocks that are too large are split by further keys; what is too large even then is left out, counted and reported. A
pair that an earlier rule gave is not given again. How rules are chosen: rules.py.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contracts.errors import Stop
from transforms.matching.generic.patterns import PART, Pairs
from transforms.matching.generic.values import Flags, Ints

Rule = tuple[str, ...]
CAP = 100  # records in a block before it is split
SIFT = 22  # bits, at most, of a block's number by which blocks of no interest are sifted out
MOST_RULES = 62
_P = np.uint64(0x9E3779B97F4A7C15)


def hashed(key: Ints, salt: int = 0) -> NDArray[np.uint64]:
    """Spread the values of a key over 64 bits."""
    mixed = (key.astype(np.uint64) + np.uint64(salt + 1)) * _P
    mixed ^= mixed >> np.uint64(31)
    return mixed * np.uint64(0xBF58476D1CE4E5B9)


def folded(mixed: NDArray[np.uint64], key: Ints, at: int) -> NDArray[np.uint64]:
    """A hash of what `mixed` is a hash of and one more key, the one number `at` of a rule."""
    return begun(mixed) + hashed(key, at)


def begun(mixed: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """What `folded` adds the hash of the next key to."""
    return (mixed ^ (mixed >> np.uint64(32))) * _P


def numbers(mixed: NDArray[np.uint64]) -> Ints:
    """Hashes as numbers of blocks, of 42 bits: a hash that two blocks share by chance costs a few pairs."""
    return (mixed >> np.uint64(22)).astype(np.int64)


def joined(keys: dict[str, Ints], rule: Rule) -> Ints:
    """The keys of `rule` as one: a number of a block a row, -1 where one is missing."""
    mixed: NDArray[np.uint64] = hashed(keys[rule[0]])
    missing: Flags = keys[rule[0]] < 0
    for at, name in enumerate(rule[1:], 1):
        mixed = folded(mixed, keys[name], at)
        missing = missing | (keys[name] < 0)
    return np.where(missing, -1, numbers(mixed))


def grouped(block: Ints) -> tuple[Ints, Ints, Ints]:
    """Rows in the order of their blocks (those without one left out), where each block begins, and its size."""
    known = np.flatnonzero(block >= 0)
    bits = len(known).bit_length()
    if block.max(initial=0) >> (63 - bits):
        rank = np.argsort(block[known], kind="stable")
    else:  # numbers are sorted in a quarter of the time that it takes to find their order
        rank = np.sort(block[known] << bits | np.arange(len(known))) & ((1 << bits) - 1)
    order = known[rank]
    sorted_ = block[order]
    start = np.flatnonzero(np.append(True, sorted_[1:] != sorted_[:-1])) if len(order) else np.zeros(0, np.int64)
    return order, start, np.diff(np.append(start, len(order)))


def sharing(block: Ints, some: Ints | Flags) -> Flags:
    """Which rows are in the block of one of `some` rows; a few others pass, as grouping finds out."""
    sift = (1 << min(len(block).bit_length() + 4, SIFT)) - 1
    able = np.zeros(sift + 1, bool)
    able[block[some] & sift] = True
    found: Flags = able[block & sift]
    return found


class Limit(NamedTuple):
    """Most pairs in all, most records in a block before it is split, and one in how many blocks is looked at.

    fresh: records of which every pair is to have one; None for all. finer: by which keys blocks are split, the first
    first; without, those that have the most values.
    """

    most: float
    cap: int = CAP
    part: int = 1
    fresh: Flags | None = None
    finer: tuple[str, ...] = ()


class Blocks(NamedTuple):
    """Records by block under one rule: `number` a record (-1: alone or none); `rows` one block after the other.

    Blocks are `many` long, and pairs are those with one of the `first` so many rows of a block. counts: pairs,
    blocks_split, pairs_left.
    """

    number: NDArray[np.int32]
    rows: Ints
    many: Ints
    first: Ints
    counts: dict[str, int]


def split(keys: dict[str, Ints], rule: Rule, limit: Limit) -> Blocks:
    """The blocks under `rule`, or those of them that the `limit` lets one look at.

    A block over its `cap` is split by the other keys one after the other, the ones with the most values first; a record
    without the splitting key leaves it. What is over four times `cap` after three such steps is left out: its pairs are
    counted as `pairs_left`.
    """
    block = joined(keys, rule)
    if limit.part > 1:
        block = np.where(block % limit.part == 0, block, -1)
    if limit.fresh is not None:
        block = np.where(sharing(block, limit.fresh), block, -1)
    fields = {k.split(".")[0] for k in rule}
    others = [n for n in limit.finer or most_values(keys) if n.split(".")[0] not in fields]
    rows = np.arange(len(block))
    counts = {"blocks_split": 0, "pairs_left": 0, "pairs": 0}
    nothing = np.zeros(0, np.int64)
    found, sizes = [nothing], [nothing]
    for name in [*others[:3], None]:
        order, _, many = grouped(block)
        most = limit.cap if name else 4 * limit.cap
        fine = (many <= most) & (many > 1)
        found.append(rows[order[np.repeat(fine, many)]])
        sizes.append(many[fine])
        big = many > most
        if not big.any():
            break
        if name is None:
            counts["pairs_left"] = int((many[big] * (many[big] - 1) // 2).sum())
            break
        counts["blocks_split"] = max(counts["blocks_split"], int(big.sum()))
        over = order[np.repeat(big, many)]
        rows = rows[over]
        finer = folded(block[over].astype(np.uint64), keys[name][rows], 7)
        block = np.where(keys[name][rows] < 0, -1, numbers(finer))
    together, many = np.concatenate(found), np.concatenate(sizes)
    together, first = (together, many) if limit.fresh is None else _fresh_first(together, many, limit.fresh)
    number = np.full(len(keys[rule[0]]), -1, np.int32)
    number[together] = np.repeat(np.arange(len(many)), many)
    counts["pairs"] = int((first * (2 * many - first - 1) // 2).sum())
    return Blocks(number, together, many, first, counts)


def most_values(keys: dict[str, Ints]) -> list[str]:
    """The names of the keys, those of the most values first."""
    return sorted(keys, key=lambda name: -int(keys[name].max(initial=0)))


def _fresh_first(rows: Ints, many: Ints, fresh: Flags) -> tuple[Ints, Ints]:
    """`rows` of blocks that are `many` long with the fresh ones of each block first, and how many those are."""
    block = np.repeat(np.arange(len(many)), many)
    order = np.argsort(2 * block + ~fresh[rows], kind="stable")
    return rows[order], np.bincount(block[fresh[rows]], minlength=len(many))


def meetings(start: Ints, many: Ints, first: Ints | None = None) -> Iterator[tuple[Ints, Ints]]:
    """All pairs of places in runs that begin at `start` and are `many` long, about PART at a time.

    With `first`, those pairs that have one of the first so many places of a run.
    """
    size = np.repeat(many, many)
    place = np.arange(len(size)) - np.repeat(np.cumsum(many) - many, many)
    at = np.repeat(start, many) + place
    later = size - 1 - place
    if first is not None:
        later[place >= np.repeat(first, many)] = 0
    ends = np.cumsum(later)
    cuts = np.searchsorted(ends, np.arange(PART, (int(ends[-1]) if len(ends) else 0) + PART, PART))
    begin = 0
    for cut in np.unique(np.minimum(cuts + 1, len(at))).tolist():
        some = later[begin:cut]
        first = np.repeat(at[begin:cut], some)
        offset = np.arange(len(first)) - np.repeat(np.cumsum(some) - some, some)
        yield first, first + 1 + offset
        begin = cut


def block(
    keys: dict[str, Ints], rules: list[Rule], sources: tuple[Ints, Flags], limit: Limit
) -> tuple[Pairs, list[dict[str, Any]]]:
    """The pairs of records that some rule brings together, without patterns yet, and a report a rule.

    `sources`: the source of each record, and by source whether it is unique: its records do not meet each other. Raises
    Stop when the rules give more pairs than the limit, or are more than MOST_RULES.
    """
    if len(rules) > MOST_RULES:
        raise Stop("blocking", f"{len(rules)} rules", f"give {MOST_RULES} at most")
    blocks = [split(keys, rule, limit) for rule in rules]
    report: list[dict[str, Any]] = [{"rule": "+".join(r), **b.counts} for r, b in zip(rules, blocks, strict=True)]
    if sum(int(row["pairs"]) for row in report) > limit.most:
        worst = max(report, key=lambda row: int(row["pairs"]))
        what = f"the rules give over {limit.most:,.0f} pairs, {worst['pairs']:,} of them by this one"
        raise Stop(f"blocking: {worst['rule']}", what, "add a key to the rule, or leave `blocking` out")
    found = [part for at in range(len(rules)) for part in _pairs(blocks, at, sources)]
    nothing = (np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int64))
    a, b, bits = (np.concatenate([nothing[i], *(part[i] for part in found)]) for i in range(3))
    for at, row in enumerate(report):
        row["pairs"] = int(np.count_nonzero((bits >> at) & 1))
    return Pairs(a, b, bits, np.zeros(len(a), np.uint64)), report


def _pairs(blocks: list[Blocks], at: int, sources: tuple[Ints, Flags]) -> Iterator[tuple[Any, Any, Ints]]:
    """Pairs of rule `at` that no rule before it gives, and a bit for each rule that gives them."""
    source, unique = sources
    rows, many = blocks[at].rows, blocks[at].many
    for left, right in meetings(np.cumsum(many) - many, many, blocks[at].first):
        x, y = rows[left], rows[right]
        if unique.any():
            fresh = (source[x] != source[y]) | ~unique[source[x]]
            x, y = x[fresh], y[fresh]
        for before in blocks[:at]:
            fresh = ~_agree(before.number, x, y)
            x, y = x[fresh], y[fresh]
        bits = np.full(len(x), 1 << at, np.int64)
        for after in range(at + 1, len(blocks)):
            bits |= _agree(blocks[after].number, x, y).astype(np.int64) << after
        yield np.minimum(x, y).astype(np.int32), np.maximum(x, y).astype(np.int32), bits


def _agree(number: NDArray[np.int32], x: Ints, y: Ints) -> Flags:
    left = number[x]
    same: Flags = (left == number[y]) & (left >= 0)
    return same
