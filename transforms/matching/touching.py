"""Whom a batch may concern: of all the people there are, the few that its mentions could belong to or come between.

Mentions meet by the rules that block a whole run. A mention with a valid number needs the people of that number, and
those who may have been taken for others for want of one: kept mentions without a number of their own. One without a
number may be anybody. Every meeting is weighed roughly, erring on the side of meeting: what agrees counts for as much
as its value is rare; what then seems no better than a rival that nobody would hear (rivals.RIVAL) is left out.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from transforms.matching.fingerprints import COLUMNS, Fingerprints, Side, side
from transforms.matching.kernels import Flags, Ints
from transforms.matching.keys import RULES, Rule
from transforms.matching.meeting import Kept, meet
from transforms.matching.rivals import RIVAL
from transforms.matching.sets import distinct
from transforms.matching.state import Bits
from transforms.matching.weighing import Pairs, weighed

BEATEN = 10.0  # bits: nobody so much less likely than another candidate is looked at
# Whoever has a number is somebody without those who have none: only a pair that a person would be asked about counts.
LIKELY = float(np.log2(0.1 / 0.9))
MEETINGS = [
    (rule, again)
    for rule in RULES
    for again in ((False, True) if {"born", "year"} & {*rule.on, *rule.split} else (False,))
    if rule.name != "version"
]
INDEXED = tuple(dict.fromkeys((rule.on, again) for rule, again in MEETINGS))


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
    people = float(np.log2(max(int(np.count_nonzero(kept.owned.first >= 0)), 2)))
    # whose name alone would be enough to look at whoever bears it
    named = np.flatnonzero(rare["shape"] > people + np.where(numbered, LIKELY, -RIVAL))
    row, new = _candidates(kept, words, named, ~numbered)
    free, sure = np.flatnonzero(~numbered[new]), np.flatnonzero(numbered[new])
    every, of = _whole(kept, row[free], new[free])
    anybody = _weighed(kept, words, rare, (every, of, kept.entity[every].astype(np.int64)))
    found = _weighed(kept, words, rare, (row[sure], new[sure], row[sure]))
    loose = _unsettled(kept, rarity, found.rows(found.odds > people + LIKELY))
    parts = (anybody._replace(row=np.full(len(anybody.row), -1)), loose)
    new, entity, row = (np.concatenate([getattr(p, name) for p in parts]) for name in ("new", "entity", "row"))
    odds = np.concatenate([p.odds for p in parts]) - people
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
    mine = dict(zip(COLUMNS, kept.words[rows].T, strict=False))
    own = _weighed(kept, mine, rarity(mine), (beside[other], of[other], of[other]))
    settled = np.full(len(rows), -np.inf)
    settled[own.new] = own.odds
    worth = (found.odds > settled[at] - RIVAL) | (found.entity != owner[at])
    return found.rows(worth)


def _candidates(kept: Kept, words: Fingerprints, named: Ints, everybody: Flags) -> tuple[Ints, Ints]:
    """(kept row, mention of the batch) that meet by any rule. Whoever has more in common than the name meets by others
    than the rule of names, which is for those of the batch that are `named` alone."""
    new, some = side(words, np.arange(len(everybody))), side(words, named)
    span = len(kept.entity)
    found = [np.empty(0, np.int64)]
    for rule, again in MEETINGS:
        mine = some if rule.on == ("shape",) else new
        row, at = _by(rule, kept, mine, everybody, again)
        found.append(mine.row[at] * span + row)
    code = distinct(np.concatenate(found))
    return code % span, code // span


def _by(rule: Rule, old: Kept, new: Side, everybody: Flags, again: bool) -> tuple[Ints, Ints]:
    """Rows of `old` and `new` that meet by one rule, under their first birth or `again` under their second; with too
    many, those that agree on what splits its blocks."""
    row, at = meet(old, new.words, rule.on, everybody[new.row], again)
    kept: list[tuple[Ints, Ints]] = []
    for depth in range(len(rule.split) + 1):
        last = depth == len(rule.split)
        few = ~crowded(old, row, at, (2 if last and rule.split else 1) * rule.cap)
        kept.append((row[few], at[few]))
        if last or few.all():
            break
        row, at = row[~few], at[~few]
        word = new.words[rule.split[depth]][at]
        agree = (word != 0) & (word == old.column(rule.split[depth], again)[row])
        row, at = row[agree], at[agree]
    return np.concatenate([k[0] for k in kept]), np.concatenate([k[1] for k in kept])


def crowded(old: Kept, row: Ints, at: Ints, most: int) -> Flags:
    """Which of the meetings are of a newcomer that meets more than `most` people."""
    found: Flags = (np.bincount(at) > most)[at]
    some = np.flatnonzero(found)  # of those who meet so many mentions, who alone may meet so many people
    people = distinct(at[some] * old.people + old.entity[row[some]]) // old.people
    found[some] = (np.bincount(people) > most)[at[some]]
    return found


def _whole(kept: Kept, row: Ints, new: Ints) -> tuple[Ints, Ints]:
    """Every mention of the entities met, beside the mention of the batch that met one of them."""
    code = distinct(new * kept.people + kept.entity[row])
    new, entity = code // kept.people, code % kept.people
    start, rows = kept.owned.members(entity)
    return rows, np.repeat(new, np.diff(start))


def _weighed(kept: Kept, words: Fingerprints, rarity: dict[str, Bits], pairs: tuple[Ints, Ints, Ints]) -> Met:
    """What speaks for each (mention of the batch, whatever the third of `pairs` names): the best rows in every field.

    `pairs` are kept rows, mentions of the batch, and what the rows are taken together by, ascending by the last two.
    """
    row, new, by = pairs
    first, odds = weighed(kept.words, words, rarity, Pairs(row, new, by))
    return Met(new[first], kept.entity[row[first]].astype(np.int64), odds, row[first])
