"""Whom a batch may concern: of all the people there are, the few that its mentions could belong to or come between.

Mentions meet by the rules that block a whole run. A mention with a valid number needs the people of that number, and
those who may have been taken for others for want of one: kept mentions without a number of their own. One without a
number may be anybody. Every meeting is weighed roughly, erring on the side of meeting: what agrees counts for as much
as its value is rare; what then seems no better than a rival that nobody would hear (rivals.RIVAL) is left out.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from transforms.matching.fingerprints import AGAIN, COLUMNS, Fingerprints, Side, meet, side
from transforms.matching.kernels import Flags, Ints
from transforms.matching.keys import RULES, Rule
from transforms.matching.rivals import RIVAL
from transforms.matching.sets import distinct
from transforms.matching.state import Bits

BEATEN = 10.0  # bits: nobody so much less likely than another candidate is looked at
# Whoever has a number is somebody without those who have none: only a pair that a person would be asked about counts.
LIKELY = float(np.log2(0.1 / 0.9))
# What agreement in part is worth less than its value is rare, and what disagreement is worth: rough logarithms of the
# shares of the shipped model, rounded in favour of meeting.
PART, OTHER = 3.0, {"name": -6.0, "born": -6.0, "place": -1.0, "phone": -1.0, "sex": -5.0, "number": -8.0}
YEAR, SEX, NUMBER, HALF, END = 5.0, 1.0, 40.0, 15.0, 8.0
UNSAID = -99.0


class Kept(NamedTuple):
    """What is kept of the mentions so far, by row: their words, whose they are (-1: replaced by a later version), and
    whether they have a valid number of their own. `people` bounds the ids of entities."""

    words: Fingerprints
    entity: Ints
    trusted: Flags
    people: int


class Met(NamedTuple):
    """Mentions of the batch (`new`) and entities they may belong to; `odds` in bits, rough and generous.

    One with a number meets single mentions that have none: `row`, else -1.
    """

    new: Ints
    entity: Ints
    odds: Bits
    row: Ints

    def rows(self, chosen: Flags) -> "Met":
        """Some of them."""
        return Met(self.new[chosen], self.entity[chosen], self.odds[chosen], self.row[chosen])


Rarity = Callable[[Fingerprints], dict[str, Bits]]  # by column and row, the bits that it is worth to agree there


def met(kept: Kept, words: Fingerprints, numbered: Flags, rarity: Rarity) -> Met:
    """All that is worth a proper look; `words` and `numbered` (a valid number) are those of the batch."""
    rare = rarity(words)
    alive = np.count_nonzero(np.bincount(kept.entity + 1, minlength=2)[1:])
    people = float(np.log2(max(int(alive), 2)))
    free, sure = np.flatnonzero(~numbered), np.flatnonzero(numbered)
    loose = np.flatnonzero(~kept.trusted & (kept.entity >= 0))
    parts = []
    if len(free):
        everybody = [Side(kept.words, np.arange(len(kept.entity))), _again(kept.words)]
        row, new = _candidates(everybody, _hopeful(words, free, rare, people - RIVAL), kept.entity)
        row, new = _whole(kept, row, new)
        found = _weighed(kept, words, rare, (row, new, kept.entity[row]))
        parts.append(found._replace(row=np.full(len(found.row), -1)))
    if len(sure) and len(loose):
        row, new = _candidates([side(kept.words, loose)], _hopeful(words, sure, rare, people + LIKELY), kept.entity)
        found = _weighed(kept, words, rare, (row, new, row))
        parts.append(_unsettled(kept, rarity, found.rows(found.odds > people + LIKELY)))
    new, entity, row = (
        np.concatenate([np.empty(0, np.int64), *(getattr(p, name) for p in parts)]) for name in ("new", "entity", "row")
    )
    odds = np.concatenate([np.empty(0), *(p.odds for p in parts)]) - people
    best = np.full(len(numbered), -np.inf)
    np.maximum.at(best, new, odds)
    worth = (odds > -RIVAL) & (odds > best[new] - BEATEN)
    return Met(new, entity, odds, row).rows(worth)


def _unsettled(kept: Kept, rarity: Rarity, found: Met) -> Met:
    """Without the kept mentions that belong to who they are so much better that a newcomer changes nothing."""
    rows, at = np.unique(found.row, return_inverse=True)
    owner = kept.entity[rows]
    beside, of = _whole(kept, rows, np.arange(len(rows)))
    other = beside != rows[of]
    mine = {column: kept.words[column][rows] for column in COLUMNS}
    own = _weighed(kept, mine, rarity(mine), (beside[other], of[other], of[other]))
    settled = np.full(len(rows), -np.inf)
    settled[own.new] = own.odds
    worth = (found.odds > settled[at] - RIVAL) | (found.entity != owner[at])
    return found.rows(worth)


def _again(words: Fingerprints) -> Side:
    """The kept mentions with a second birth, under that."""
    twice = np.flatnonzero((words["born_again"] != 0) | (words["year_again"] != 0))
    of = {born: again for again, born in AGAIN.items()}
    return Side({c: words[of.get(c, c)][twice] for c in words if c not in AGAIN}, twice)


class _Hopeful(NamedTuple):
    """Mentions of the batch, and those of them whose name alone would be enough to look at whoever bears it."""

    side: Side
    rare: Side


def _hopeful(words: Fingerprints, rows: Ints, rare: dict[str, Bits], least: float) -> _Hopeful:
    return _Hopeful(side(words, rows), side(words, rows[rare["shape"][rows] > least]))


def _candidates(old: list[Side], hopeful: _Hopeful, entity: Ints) -> tuple[Ints, Ints]:
    """(kept row, mention of the batch) that meet by any rule. Whoever has more in common than the name meets by others
    than the rule of names."""
    span = len(entity)
    found = [np.empty(0, np.int64)]
    for rule in RULES:
        if rule.name == "version":
            continue
        new = hopeful.rare if rule.on == ("shape",) else hopeful.side
        for known in old if {"born", "year"} & {*rule.on, *rule.split} else old[:1]:
            row, at = _by(rule, known, new, entity)
            found.append(new.row[at] * span + known.row[row])
    code = distinct(np.concatenate(found))
    return code % span, code // span


def _by(rule: Rule, old: Side, new: Side, entity: Ints) -> tuple[Ints, Ints]:
    """Rows of `old` and `new` that meet by one rule; with too many, those that agree on what splits its blocks."""
    row, at = meet(old.words, new.words, rule.on)
    living = entity[old.row[row]] >= 0
    row, at = row[living], at[living]
    kept: list[tuple[Ints, Ints]] = []
    span = int(entity.max(initial=0)) + 1
    for depth in range(len(rule.split) + 1):
        last = depth == len(rule.split)
        many = np.bincount(distinct(at * span + entity[old.row[row]]) // span, minlength=len(new.row))
        few = (many <= (2 if last and rule.split else 1) * rule.cap)[at]
        kept.append((row[few], at[few]))
        if last or few.all():
            break
        row, at = row[~few], at[~few]
        word = new.words[rule.split[depth]][at]
        agree = (word != 0) & (word == old.words[rule.split[depth]][row])
        row, at = row[agree], at[agree]
    return np.concatenate([k[0] for k in kept]), np.concatenate([k[1] for k in kept])


def _whole(kept: Kept, row: Ints, new: Ints) -> tuple[Ints, Ints]:
    """Every mention of the entities met, beside the mention of the batch that met one of them."""
    code = distinct(new * kept.people + kept.entity[row])
    new, entity = code // kept.people, code % kept.people
    rows = members(kept.entity, entity, kept.people)
    rows = rows[np.argsort(kept.entity[rows], kind="stable")]
    owner = kept.entity[rows]
    start, stop = np.searchsorted(owner, entity), np.searchsorted(owner, entity, "right")
    total = stop - start
    slot = np.repeat(start - np.cumsum(total) + total, total) + np.arange(total.sum())
    return rows[slot], np.repeat(new, total)


def members(entity: Ints, wanted: Ints, people: int) -> Ints:
    """The rows of the `wanted` entities, ascending."""
    marked = np.zeros(people + 1, bool)  # the last for those without
    marked[wanted] = True
    marked[-1] = False
    return np.flatnonzero(marked[entity])


def _weighed(kept: Kept, words: Fingerprints, rarity: dict[str, Bits], pairs: tuple[Ints, Ints, Ints]) -> Met:
    """What speaks for each (mention of the batch, whatever the third of `pairs` names): the best rows in every field.

    `pairs` are kept rows, mentions of the batch, and what the rows are taken together by.
    """
    row, new, by = pairs
    order = np.lexsort((by, new))
    row, new, by = row[order], new[order], by[order]
    start = np.flatnonzero(np.append(True, (np.diff(new) != 0) | (np.diff(by) != 0))[: len(new)])
    odds = np.zeros(len(start))
    for bits in _fields(kept.words, words, rarity, row, new).values():
        best = np.maximum.reduceat(bits, start) if len(start) else odds
        odds += np.where(best == UNSAID, 0.0, best)
    return Met(new[start], kept.entity[row[start]], odds, row[start])


def _fields(old: Fingerprints, words: Fingerprints, rarity: dict[str, Bits], row: Ints, new: Ints) -> dict[str, Bits]:
    """What each field of two mentions says, in bits; UNSAID where one of them says nothing."""
    here = {c: old[c][row] for c in old}
    there = {c: words[c][new] for c in words}

    def same(column: str, other: str = "") -> Flags:
        agree: Flags = (here[column] == there[other or column]) & (here[column] != 0)
        return agree

    def weigh(field: str, known: tuple[str, ...], cases: Sequence[tuple[Flags, Bits | float]]) -> Bits:
        said = np.zeros(len(row), bool)
        for column in known:
            said |= (here[column] != 0) & (there[column] != 0)
        bits = np.where(said, OTHER[field], UNSAID)
        for agree, worth in cases:
            bits = np.where(agree, np.maximum(bits, worth), bits)
        return bits

    rare = {column: bits[new] for column, bits in rarity.items()}
    born = same("born") | same("born", "born_again") | same("born_again", "born") | same("born_again")
    year = same("year") | same("year", "year_again") | same("year_again", "year")
    alike = [(same(c), rare[c] - PART) for c in ("surname", "given")] + [(same(c), rare[c]) for c in ("sound", "shape")]
    digits = [(same("last4"), END), (same("head14") | same("tail12"), HALF), (same("number"), NUMBER)]
    return {
        "name": weigh("name", ("shape",), alike),
        "born": weigh("born", ("year",), [(year, YEAR), (born, rare["born"])]),
        "place": weigh("place", ("town", "area"), [(same(c), rare[c]) for c in ("town", "area", "near", "door")]),
        "phone": weigh("phone", ("phone",), [(same("phone"), rare["phone"])]),
        "sex": weigh("sex", ("sex",), [(same("sex"), SEX)]),
        "number": weigh("number", ("number",), digits),
    }
