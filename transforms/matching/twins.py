"""Newborn twins without names, of one sex: told apart by order where nothing else can."""

import numpy as np

from transforms.matching.kernels import BIRTH, KIN
from transforms.matching.merging import unite
from transforms.matching.patterns import level
from transforms.matching.web import OPEN
from transforms.matching.world import Run

BLOOD, SAME_DAY = KIN.index("blood"), BIRTH.index("exact")


def in_order(run: Run) -> None:
    """Tell nameless newborn twins apart by order, where as many certificates as children are left and all fit alike.

    Certificates are numbered as the children come, and so, mostly, are identity numbers; and whichever is which, each
    has been registered. The score says that it is a guess.
    """
    web = run.web
    rows = np.flatnonzero((web.fate == OPEN) & ~np.isnan(web.chance) & (web.kin == BLOOD))
    patterns = web.patterns[rows]
    rows = rows[(level(patterns, "born") == SAME_DAY) & (level(patterns, "name") == 0)]
    numbers = run.state.known.held.trusted
    sides = np.stack([web.a[rows], web.b[rows]])
    known = numbers.count[sides] > 0
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
        by_number = sorted(children, key=lambda c: run.world.values.number_text[numbers.first[c]][14:])
        chosen += [
            int(rows[(child == one) & (certificate == other)][0]) for one, other in zip(by_number, papers, strict=True)
        ]
    if chosen:
        picked = np.array(chosen, np.int64)
        unite(run, picked, web.chance[picked])
