"""From scored pairs to people: the strongest bonds first, and every merger weighed again with all that is then known.

In each round those pairs merge that are the best choice of both sides, pass the threshold, break no constraint, and
have no rival: a third entity that one side fits nearly as well and that can't be the other side as well (a twin, a
namesake). Merged entities are compared anew, so no chain of single resemblances can tie two families together. A round
costs what it touches: entities whose pairs are what they were are not looked at.
"""

import numpy as np
from numpy.typing import NDArray

from transforms.matching import kin
from transforms.matching.compare import CHUNK
from transforms.matching.holdings import bounds
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.keys import KIN_BIT, merge
from transforms.matching.merging import final, rescore, unite
from transforms.matching.model import FIELDS
from transforms.matching.patterns import level
from transforms.matching.rivals import RIVAL, rivalled
from transforms.matching.score import Scored, joined, sieved
from transforms.matching.state import Pairs
from transforms.matching.twins import in_order
from transforms.matching.vetoes import root
from transforms.matching.web import OPEN
from transforms.matching.world import Options, Run, World, begin, let_go, recount

STEPS = (0.95, 0.85)
# how many more bear a common name is an estimate, and nothing else would show that it was wrong: the surest step only
NAME_ALONE = STEPS[0]
SAID = tuple(f for f in FIELDS if f not in ("name", "sex"))
FLOOR = -15.0  # bits: pairs less likely are let go; only relatives could bring them back, and would find them again
FEW = 0.005  # of the entities: when no more merge in a pass, frequencies are what they were


def cluster(world: World, entity: Ints, method: NDArray[np.uint8], pairs: list[Pairs], options: Options) -> Run:
    """Merge entities until nothing more can be merged.

    `entity`, numbered from 0 without gaps, and `method` are the spine's, by mention; `pairs` has those that blocking
    found, and has them no longer when they are weighed: what is left of them is far less.
    """
    run = begin(world, entity, method)
    found: Pairs | None = pairs.pop()
    fresh, few = 0, FEW * run.state.known.size  # mergers since values were counted
    for step in (*(s for s in STEPS if s > options.accept), options.accept):
        for _ in range(options.passes):
            _refresh(run, found, fresh > few)
            found, fresh = None, 0 if fresh > few else fresh
            merged = _settle(run, step, options)
            fresh += merged
            if not merged or (fresh <= few and not len(world.links.who)):
                break
    in_order(run)
    return run


def _refresh(run: Run, found: Pairs | None, count: bool) -> None:
    """Bring all pairs up to date with the clusters and take in `found`; `count` values anew before that."""
    web = run.web
    rows = np.flatnonzero(web.fate == OPEN)
    web.chance[rows] = np.nan
    near = (web.odds[rows] > -RIVAL) & count
    related = np.zeros(0 if found is None else len(found.a), np.uint8)
    if count:
        recount(run)
    if len(run.world.links.who):
        found, related, changed = _related(run, found, rows)
        near |= changed
    rescore(run, rows[near])
    if found is not None:
        _admit(run, found, related)


def _related(run: Run, found: Pairs | None, rows: Ints) -> tuple[Pairs, Levels, Flags]:
    """What relatives say as things stand: new pairs (`found` and theirs), their levels, and which of `rows` changed."""
    web, size = run.web, run.web.size
    entity, known, links = run.now(), run.state.known, run.links
    bounds(known, *kin.families(links, entity))
    loose = known.held.trusted.count == 0
    relations = kin.relate(links, entity, ~loose)
    bonds = kin.pairs(relations, loose)
    now = kin.levels(relations, bonds, *web.pairs(rows)[:2], size)
    changed: Flags = now != web.kin[rows]
    web.kin[rows] = now
    new = web.lacks(bonds[0], bonds[1])
    codes = bonds[0][new] * size + bonds[1][new]
    bits = np.full(len(codes), KIN_BIT)
    if found is not None:
        codes, bits = np.append(found.a * size + found.b, codes), np.append(found.rules, bits)
    pairs = merge(codes, bits, size)
    return pairs, kin.levels(relations, bonds, pairs.a, pairs.b, size), changed


def _admit(run: Run, pairs: Pairs, related: Levels) -> None:
    """Score `pairs`, a part at a time, and keep those that are likely enough to be heard of again."""
    first, web = not len(run.web.a), run.web  # later ones are relatives that are found anew each time
    kept = list[tuple[Pairs, Levels, Scored]]()
    for begins in range(0, len(pairs.a), CHUNK):
        part = slice(begins, begins + CHUNK)
        some, level = Pairs(*(column[part] for column in pairs)), related[part]
        scored = sieved(run.state, some, level)
        stays = ~final(scored) & (scored.odds > FLOOR)
        rows = np.flatnonzero(stays)
        kept.append((some.rows(rows), level[rows], scored.rows(rows)))
        if first:
            run.gone.append(let_go(some, scored, np.flatnonzero(~stays)))
    if kept:
        some_pairs, levels, scores = zip(*kept, strict=True)
        web.add(Pairs(*map(np.concatenate, zip(*some_pairs, strict=True))), np.concatenate(levels), joined(scores))


def _settle(run: Run, step: float, options: Options) -> int:
    """Merge what is at least as likely as `step`, as far as the expected precision bears it, until nothing is left.

    Returns how many mergers that were.
    """
    web, before = run.web, sum(run.mergers)
    least = float(np.log2(step / (1 - step)))
    look = web.hopeful(least)
    for _ in range(options.rounds):
        rows = web.choose(look, least)
        if not len(rows):
            break
        chance = rivalled(run, rows)
        order = np.argsort(-chance, kind="stable")
        rows, chance = rows[order], chance[order]
        share = (run.sure + np.cumsum(chance)) / (sum(run.mergers) + 1 + np.arange(len(rows)))
        good = (chance >= np.where(_common(run, rows), max(NAME_ALONE, step), step)) & (
            (share >= options.precision) | (chance >= options.precision)
        )
        bad = rows[~good]
        web.chance[bad] = chance[~good]
        look = web.ends(bad)
        if good.any():
            touched = unite(run, rows[good], chance[good])
            look = np.concatenate([root(run.state.parent, look), touched])
    return sum(run.mergers) - before


def _common(run: Run, rows: Ints) -> Flags:
    """Pairs that have only a name in common, and one that chance alone would put together among so many people."""
    web = run.web
    name = run.state.known.held.name.first[web.a[rows]]
    found: Flags = name >= 0  # of those who give none there may be nobody else
    found[found] = run.state.frequency.parts[name[found]] >= 1.0
    some = np.flatnonzero(found)
    patterns = web.patterns[rows[some]]
    for field in SAID if len(some) else ():
        found[some] &= level(patterns, field) == 0
    return found
