"""Newborn twins without names, of one sex: told apart by order where nothing else can."""

import numpy as np

from transforms.matching.kernels import BIRTH, KIN
from transforms.matching.merging import unite
from transforms.matching.world import Clusters, World

BLOOD, SAME_DAY = KIN.index("blood"), BIRTH.index("exact")


def in_order(world: World, found: Clusters) -> Clusters:
    """Tell nameless newborn twins apart by order, where as many certificates as children are left and all fit alike.

    Certificates are numbered as the children come, and so, mostly, are identity numbers; and whichever is which, each
    has been registered. The score says that it is a guess.
    """
    levels = found.scored.levels
    twin = ~np.isnan(found.rivalled) & (levels["kin"] == BLOOD) & (levels["born"] == SAME_DAY) & (levels["name"] == 0)
    rows = np.flatnonzero(twin)
    numbers = found.state.facts.trusted
    sides = np.stack([found.pairs.a[rows], found.pairs.b[rows]])
    known = numbers.many(sides) > 0
    rows, sides, known = rows[known[0] != known[1]], sides[:, known[0] != known[1]], known[:, known[0] != known[1]]
    child, certificate = np.where(known[0], sides[0], sides[1]), np.where(known[0], sides[1], sides[0])
    chosen: list[int] = []
    done: set[int] = set()
    for paper in np.unique(certificate):
        children = np.unique(child[certificate == paper])
        papers = np.unique(certificate[np.isin(child, children)])
        every = np.isin(child, children).sum() == len(children) * len(papers)
        if int(paper) in done or not every or len(children) != len(papers):
            continue
        done.update(int(p) for p in papers)
        by_number = sorted(children, key=lambda c: world.values.number_text[numbers.values[numbers.start[c]]][14:])
        chosen += [
            int(rows[(child == one) & (certificate == other)][0]) for one, other in zip(by_number, papers, strict=True)
        ]
    if not chosen:
        return found
    picked = np.array(chosen, np.int64)
    return unite(world, found, picked, found.rivalled[picked])
