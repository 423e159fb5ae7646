"""Are the probabilities true? Tried on people known by a number, from whom one mention is taken with its number hidden.

Such a mention is looked for like any other without a number; whether a pair was right is then told by the number that
scoring did not see. Registers count as they do among the mentions that have none. What this can't see: mentions whose
name disagrees with their number's (they are nobody's for certain), and the help of relatives.
"""

from typing import Any

import numpy as np

from transforms.matching.calibration import bands, brier, calibration_error
from transforms.matching.hashing import mix
from transforms.matching.held import Held
from transforms.matching.holdings import Bits, holdings
from transforms.matching.kernels import Ints
from transforms.matching.keys import RULES, met
from transforms.matching.profiles import profiles, versions
from transforms.matching.reach import IDENTIFYING
from transforms.matching.sample import drawn, known, some
from transforms.matching.score import score
from transforms.matching.sets import gather
from transforms.matching.state import Pairs
from transforms.matching.values import Nodes
from transforms.matching.world import Run, coverages

MOST = 4000  # mentions that are left out: a share is then known to one or two per cent
FEW = 50  # fewer tell nothing
ENOUGH = 15  # times as many people are drawn first: some registers lack numbers more often than others


def held_out(run: Run, most: int = MOST) -> dict[str, Any] | None:
    """Bands of probability with what was estimated and what was right, for pairs of a mention left out with people.

    None when there are fewer than FEW mentions to leave out. left_out: how many there were; reached: the share of them
    for whom blocking found their person; pairs, bands, brier and error: see calibration.
    """
    nodes, values = run.world.nodes, run.world.values
    out = _left_out(run, most)
    if len(out) < FEW:
        return None
    size = int(run.base.max()) + 1
    entity, number = run.base.copy(), nodes.number.copy()
    entity[out] = size + np.arange(len(out))
    number[out] = -1
    loose = np.append(np.zeros(size, bool), np.ones(len(out), bool))
    hidden = nodes._replace(number=number)
    rules = tuple(r._replace(both=False) for r in RULES if not IDENTIFYING & set(r.on))
    found = met(profiles(hidden, values, run.world.places, entity, loose), rules).pairs
    pairs, chance = _chance(run, hidden, entity, found.rows(np.flatnonzero((found.b >= size) & (found.a < size))))
    right = pairs.a == run.base[out][pairs.b - size]
    shown = bands(chance, right)
    return {
        "by": "numbers",
        "left_out": len(out),
        "reached": round(float(right.sum() / len(out)), 4),
        "pairs": len(right),
        "bands": [{k: round(v, 6) for k, v in b._asdict().items()} for b in shown],
        "brier": round(brier(chance, right), 6),
        "error": round(calibration_error(shown), 6),
    }


def _left_out(run: Run, most: int) -> Ints:
    """About `most` mentions, one a person who has others; of each register as large a part as it lacks numbers.

    People are drawn before anything is asked of their mentions, so there is little to ask.
    """
    nodes, group = run.world.nodes, run.base
    people = int(group.max(initial=-1)) + 1
    rows = np.flatnonzero(drawn(mix([np.arange(people)]), ENOUGH * most).take(group))
    valid = np.append(run.world.values.number_status == 0, False)
    rows = rows[valid[nodes.number[rows]] & ~run.world.borrowed[rows]]
    rows = rows[~versions(nodes.key)[rows]]  # of a key with versions its other versions would stay
    several = np.bincount(group[rows], minlength=people) > 1
    rows = rows[several[group[rows]]]
    word = mix([nodes.key[rows]])
    order = np.lexsort((word, group[rows]))
    rows, word = rows[order], word[order]
    first = np.append(True, np.diff(group[rows]) > 0) if len(rows) else np.zeros(0, bool)
    rows = rows[first]
    word = mix([group[rows], nodes.key[rows]])  # a draw of its own: the others chose people, and one mention of each
    lacking = np.bincount(nodes.source[np.flatnonzero(nodes.number < 0)], minlength=len(nodes.sources)) + 1.0
    there = np.bincount(nodes.source[rows], minlength=len(nodes.sources)) + 1.0
    share = np.minimum(most * (lacking / lacking.sum()) / there, 1.0)
    chosen: Ints = rows[word.astype(np.float64) / 2.0**64 < share[nodes.source[rows]]]
    return chosen


def _chance(run: Run, hidden: Nodes, entity: Ints, pairs: Pairs) -> tuple[Pairs, Bits]:
    """Those of `pairs` whose first has a number, and their probabilities, frequencies being those at the run's end."""
    world = run.world
    wanted, ends = np.unique(np.concatenate([pairs.a, pairs.b]), return_inverse=True)
    part = some(entity, wanted)
    about = known(hidden, world.values, part, world.borrowed, hidden.number[part.rows])
    a, b = ends[: len(pairs.a)], ends[len(pairs.a) :]
    kept = np.flatnonzero(about.trusted.many(a) > 0)
    pairs, a, b = pairs.rows(kept), a[kept], b[kept]
    nobody = np.zeros(0, np.int64)
    apart = Held.of(gather(nobody, nobody, len(wanted)))
    state = run.state._replace(
        known=holdings(about, coverages(world)), parent=np.arange(len(wanted)), beside=apart, apart=apart
    )
    scored = score(state, Pairs(a, b, pairs.rules), np.zeros(len(a), np.uint8))
    return pairs, rivals(np.where(scored.veto > 0, -np.inf, scored.odds), pairs.b)


def rivals(odds: Bits, who: Ints) -> Bits:
    """Probabilities from odds in bits, in view of all others that the same `who` may be: it is one of them, or nobody.

    Every odds speak of one candidate against nobody; among exclusive ones each has its own over one and all.
    """
    most = np.full(int(who.max(initial=-1)) + 1, 0.0)
    np.maximum.at(most, who, odds)
    share = np.exp2(odds - most[who])
    total = np.bincount(who, weights=share, minlength=len(most)) + np.exp2(-most)
    found: Bits = share / total[who]
    return found
