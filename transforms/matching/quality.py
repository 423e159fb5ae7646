"""Figures of a run that tell how far its people can be trusted; none of them tells of anybody."""

from typing import Any

import numpy as np

from transforms.matching.evidence import spokesmen
from transforms.matching.kernels import DAY
from transforms.matching.vetoes import VETOES
from transforms.matching.web import MERGED, PARALLEL
from transforms.matching.world import METHODS, Run

SHOWN = 20


def quality(run: Run) -> dict[str, Any]:
    """Methods, sizes of clusters, vetoed pairs by reason, expected share of right mergers, bridges, contradictions."""
    entity, web = run.entity(), run.web
    how_many = np.bincount(np.bincount(entity))
    sizes = np.flatnonzero(how_many[1:]) + 1
    how_many = how_many[sizes]
    apart = np.flatnonzero((web.fate != MERGED) & (web.fate != PARALLEL))
    gone = [bonds.veto for bonds in run.gone]
    vetoed = np.bincount(np.concatenate([web.veto[apart], *gone]), minlength=len(VETOES))
    methods = np.bincount(run.how(), minlength=len(METHODS))
    return {
        "people": int(how_many.sum()),
        "methods": {m: int(n) for m, n in zip(METHODS, methods, strict=True)},
        "sizes": {str(s): int(n) for s, n in zip(sizes, how_many, strict=True)},
        "vetoes": {v: int(n) for v, n in zip(VETOES[1:], vetoed[1:], strict=True)},
        "mergers": run.mergers,
        "expected_precision": run.sure / max(sum(run.mergers), 1) if run.mergers else 1.0,
        "bridges": bridges(run),
        "conflicting": conflicting(run),
    }


def bridges(run: Run) -> dict[str, Any]:
    """Mergers of two groups of several mentions each that one pair alone brought together: where a cluster would break.

    count, and the least likely ones: probability, and the first mention of either side by feed, record_key and role.
    """
    web = run.web
    many = np.bincount(run.base, minlength=web.size) > 1
    rows = np.flatnonzero((web.fate == MERGED) & (web.support <= 1) & ~np.isnan(web.chance))
    rows = rows[many[web.left[rows]] & many[web.right[rows]]]
    weak = rows[np.lexsort((rows, web.chance[rows]))][:SHOWN]
    return {"count": len(rows), "weakest": [_named(run, row) for row in weak]}


def _named(run: Run, row: int) -> dict[str, Any]:
    mention = spokesmen(run)
    ends = mention[[run.web.left[row], run.web.right[row]]]
    left, right = run.world.nodes.named(ends).to_pylist()
    return {"probability": round(float(run.web.chance[row]), 4), "left": left, "right": right}


def conflicting(run: Run) -> dict[str, int]:
    """People of whom two things are said that cannot both be: two trusted numbers, two sexes, two births to the day."""
    held = run.state.known.held
    row, born = held.born.each(np.flatnonzero(held.born.count > 1))
    full = np.bincount(row[born & 3 == DAY])
    return {"numbers": _several(held.trusted.count), "sexes": _several(held.sex.count), "births": _several(full)}


def _several(count: np.ndarray[Any, np.dtype[np.integer[Any]]]) -> int:
    return int((count > 1).sum())
